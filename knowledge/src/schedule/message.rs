//! The scheduler's own sentence, in every wording from 1.0 on, as counts by class of reason.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use crate::wording::Wording;

/// Why a node was refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A claim that binds at once is not bound: no node was even looked at.
    UnboundClaim,
    /// A claim that does not exist.
    MissingClaim,
    /// The volume can only be used elsewhere.
    VolumePlace,
    /// The node's volume limit.
    VolumeLimit,
    /// A ResourceClaim cannot be met.
    ResourceClaim,
    /// A host port is taken.
    HostPort,
    /// Required pod affinity.
    PodAffinity,
    /// Required pod anti-affinity, its own or a neighbour's.
    PodAntiAffinity,
    /// A topology spread constraint.
    TopologySpread,
    /// The node's pod limit.
    TooManyPods,
    /// Not enough of a resource.
    Resource(String),
    /// nodeSelector or required node affinity.
    NodeSelector,
    /// A taint someone set.
    Taint,
    /// The node is not ready or under pressure.
    NotReady,
    /// The node is cordoned.
    Unschedulable,
}

impl Class {
    /// The cause a node refused for this reason points to.
    pub fn cause_id(&self) -> &'static str {
        match self {
            Class::UnboundClaim => "pvc-unbound",
            Class::MissingClaim => "persistent-volume-missing",
            Class::VolumePlace => "volume-zone-conflict",
            Class::VolumeLimit => "node-volume-limit-reached",
            Class::ResourceClaim => "resource-claim-unavailable",
            Class::HostPort => "host-port-conflict",
            Class::PodAffinity => "pod-affinity-unmatched",
            Class::PodAntiAffinity => "pod-anti-affinity-conflict",
            Class::TopologySpread => "topology-spread-unsatisfiable",
            Class::TooManyPods => "node-pod-limit-reached",
            Class::Resource(name) => match name.as_str() {
                "cpu" => "insufficient-cpu",
                "memory" => "insufficient-memory",
                "ephemeral-storage" => "insufficient-ephemeral-storage",
                _ => "insufficient-extended-resource",
            },
            Class::NodeSelector => "node-selector-unmatched",
            Class::Taint => "taint-not-tolerated",
            Class::NotReady => "nodes-not-ready",
            Class::Unschedulable => "node-unschedulable",
        }
    }

    /// Reasons the table of nodes does not re-run.
    pub fn is_beyond_the_table(&self) -> bool {
        matches!(self, Class::UnboundClaim | Class::MissingClaim | Class::ResourceClaim)
    }

    /// Reasons the table shows only where more than nodes and the size of pods was read: the labels of pods and
    /// namespaces, volumes, CSINodes.
    pub fn needs_more_than_nodes(&self) -> bool {
        matches!(
            self,
            Class::VolumePlace
                | Class::VolumeLimit
                | Class::PodAffinity
                | Class::PodAntiAffinity
                | Class::TopologySpread
        )
    }

    /// Reasons that keep a pod off nodes not meant for it: beside any other reason they are the background.
    pub fn is_background(&self) -> bool {
        matches!(self, Class::NodeSelector | Class::Taint | Class::NotReady | Class::Unschedulable)
    }
}

/// One class and how it is written.
#[derive(Debug)]
pub struct ClassRule {
    make: fn(Option<&str>) -> Class,
    /// The phrase, without the count before or after it.
    pub wording: Wording,
}

const fn rule(make: fn(Option<&str>) -> Class, wording: Wording) -> ClassRule {
    ClassRule { make, wording }
}

/// Every class, in every wording. The scheduler's sources name them `ErrReason…`:
/// <https://github.com/kubernetes/kubernetes/tree/v1.37.0/pkg/scheduler/framework/plugins>
pub const CLASSES: &[ClassRule] = &[
    rule(
        |_| Class::UnboundClaim,
        Wording::telling(
            r"unbound (immediate )?PersistentVolumeClaims|didn't find available persistent volumes to bind|did not have enough free storage|PersistentVolumeClaim is not bound",
            "0/4 nodes are available: 4 pod has unbound immediate PersistentVolumeClaims.",
            "kube-scheduler 1.9–1.37",
        ),
    ),
    rule(
        |_| Class::MissingClaim,
        Wording::telling(
            r#"persistentvolumeclaim "[^"]+" (not found|is being deleted|bound to non-existent persistentvolume)|create the persistentvolumeclaim "|bound to non-existent pv\(s\)"#,
            r#"0/4 nodes are available: persistentvolumeclaim "data" not found."#,
            "kube-scheduler 1.16–1.37",
        ),
    ),
    rule(
        |_| Class::VolumePlace,
        Wording::telling(
            r"had volume node affinity conflict|didn't match PersistentVolume's node affinity|had no available volume zone|NoVolumeZoneConflict|NoVolumeNodeConflict",
            "0/4 nodes are available: 4 node(s) had volume node affinity conflict.",
            "kube-scheduler 1.8–1.37",
        ),
    ),
    rule(
        |_| Class::VolumeLimit,
        Wording::telling(
            r"exceed(s|ed)? max volume count|Max\w*VolumeCount|would exceed max \w+ volume",
            "0/4 nodes are available: 1 node(s) exceed max volume count.",
            "kube-scheduler 1.12–1.37",
        ),
    ),
    rule(
        |_| Class::ResourceClaim,
        Wording::telling(
            r#"cannot allocate all claims|waiting for (dynamic )?resource (claim|controller|driver)|(unallocated immediate )?(resourceclaim|resourceclass|deviceclass)\S* ("[^"]*" )?(not found|is being deleted|in use|not available|must be reallocated)|unallocated immediate resourceclaim|device class \S+ does not exist|ResourceClaim not created yet"#,
            "0/4 nodes are available: 4 cannot allocate all claims.",
            "kube-scheduler 1.31–1.37",
        ),
    ),
    rule(
        |_| Class::HostPort,
        Wording::telling(
            r"didn't have free ports for the requested pod ports|PodFitsHostPorts|PodFitsPorts",
            "0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports.",
            "kube-scheduler 1.0–1.37",
        ),
    ),
    rule(
        |_| Class::PodAntiAffinity,
        Wording::telling(
            r"didn't (match|satisfy) (existing )?pods?'?s? anti-affinity rules|MatchInterPodAntiAffinity",
            "0/4 nodes are available: 1 node(s) didn't match pod anti-affinity rules.",
            "kube-scheduler 1.18–1.37",
        ),
    ),
    rule(
        |_| Class::PodAffinity,
        Wording::telling(
            r"didn't match pod affinity(/anti-affinity)?( rules)?|MatchInterPodAffinity|inter-?pod affinity",
            "0/4 nodes are available: 1 node(s) didn't match pod affinity rules.",
            "kube-scheduler 1.6–1.37",
        ),
    ),
    rule(
        |_| Class::TopologySpread,
        Wording::telling(
            r"didn't match pod topology spread constraints( \(missing required label\))?",
            "0/3 nodes are available: 3 node(s) didn't match pod topology spread constraints.",
            "kube-scheduler 1.16–1.37",
        ),
    ),
    rule(
        |_| Class::TooManyPods,
        Wording::telling(
            r"Too many pods|Insufficient pods\b",
            "0/5 nodes are available: 3 Insufficient pods.",
            "kube-scheduler 1.0–1.37",
        ),
    ),
    rule(
        |name| Class::Resource(name.unwrap_or("cpu").trim_end_matches(['.', ',']).to_ascii_lowercase()),
        Wording::telling(
            r"Insufficient (?P<name>[a-z0-9][\w./-]*\w)|(?:didn't have enough resource: |PodExceedsFree)(?P<old>CPU|Memory)|PodFitsResources",
            "0/6 nodes are available: 6 Insufficient nvidia.com/gpu.",
            "kube-scheduler 1.0–1.37",
        ),
    ),
    rule(
        |_| Class::NodeSelector,
        Wording::telling(
            r"didn't match (Pod's )?node (affinity/selector|affinity|selector)|MatchNodeSelector|didn't satisfy plugin\(s\) \[NodeAffinity\]",
            "0/4 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
            "kube-scheduler 1.5–1.37",
        ),
    ),
    rule(
        |_| Class::Taint,
        Wording::telling(
            r"had (untolerated )?taints?(\(s\))?( \{[^}]*\})?(,? that the pod didn't tolerate)?|PodToleratesNodeTaints",
            "0/1 nodes are available: 1 node(s) had untolerated taint {gpu: }.",
            "kube-scheduler 1.6–1.37",
        ),
    ),
    rule(
        |_| Class::NotReady,
        Wording::telling(
            r"NodeUnder(Memory|Disk|PID)Pressure|NodeNotReady|NodeOutOfDisk|NodeNetworkUnavailable|were not ready|NodeUnknownCondition|had (memory|disk|pid) pressure|had unavailable network|had unknown conditions|were out of disk space|no nodes available to schedule pods",
            "No nodes are available that match all of the following predicates:: NodeUnderMemoryPressure (1).",
            "kube-scheduler 1.5–1.16",
        ),
    ),
    rule(
        |_| Class::Unschedulable,
        Wording::telling(
            r"were unschedulable|NodeUnschedulable",
            "0/4 nodes are available: 4 node(s) were unschedulable.",
            "kube-scheduler 1.5–1.37",
        ),
    ),
];

/// A parsed sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// How many nodes it counted; `None` in wordings that do not say.
    pub total: Option<usize>,
    /// Class and count, in the sentence's order. A class without a number counts as all nodes, or one.
    pub counts: Vec<(Class, usize)>,
    /// It counts taints without naming them, as schedulers of today do.
    pub unnamed_taint: bool,
    /// Nodes left out of the counts: control-plane nodes, which are tainted everywhere and tell nothing beside another
    /// reason.
    pub control_plane: usize,
}

impl Said {
    /// Whether every node it counted was given a reason that was understood.
    pub fn covers_all(&self) -> bool {
        let counted: usize = self.counts.iter().map(|(_, n)| n).sum();
        self.total.is_none_or(|total| counted + self.control_plane >= total)
    }

    /// Whether nothing in it is left open: all of it was understood, and each taint is named.
    pub fn is_plain(&self) -> bool {
        self.covers_all() && !self.unnamed_taint
    }

    /// How often the class was given.
    pub fn count(&self, class: &Class) -> usize {
        self.counts.iter().filter(|(known, _)| known == class).map(|(_, n)| n).sum()
    }

    /// The classes, the one that most likely tells the cause first.
    pub fn by_telling(&self) -> Vec<Class> {
        let mut classes: Vec<Class> = Vec::new();
        for (class, _) in &self.counts {
            if !classes.contains(class) {
                classes.push(class.clone());
            }
        }
        // `Class` is declared from the most telling to the least; resources keep the sentence's order
        let rank = |class: &Class| match class {
            Class::Resource(_) => Class::Resource(String::new()),
            other => other.clone(),
        };
        classes.sort_by_key(rank);
        classes
    }
}

/// What tells a scheduler's sentence from others that name the same things.
const MARKERS: &str = r"nodes are available|no nodes available to schedule|failed to fit in any node|fit failure on node|SchedulerPredicates failed|Failed for reason|find fit for pod|Cannot schedule pods|filter plugin for pod|node\(s\)|failedScheduling";

static MARKER: LazyLock<Option<Regex>> =
    LazyLock::new(|| RegexBuilder::new(MARKERS).case_insensitive(true).build().ok());

static TOTAL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"0/(\d+) nodes are available").ok());

static COUNTED: LazyLock<Vec<(Regex, &'static ClassRule)>> = LazyLock::new(|| {
    CLASSES
        .iter()
        .filter_map(|class| {
            let pattern = format!(
                r"(?:(?P<before>\d+)\s+)?(?:node\(s\)\s+|pod\s+has\s+)?(?:{})(?:\s*\((?P<after>\d+)\))?",
                class.wording.pattern
            );
            Some((RegexBuilder::new(&pattern).case_insensitive(true).build().ok()?, class))
        })
        .collect()
});

/// Reads a scheduler's sentence; `None` when the text is none.
pub fn parse(text: &str) -> Option<Said> {
    if !MARKER.as_ref()?.is_match(text) {
        return None;
    }
    read(text)
}

/// What a node offers by itself: "insufficient permissions" is another's sentence.
const NODE_RESOURCES: &[&str] = &["cpu", "memory", "ephemeral-storage"];

/// Reads a part of a scheduler's sentence that was copied without the rest: `Insufficient cpu`.
pub fn parse_fragment(text: &str) -> Option<Said> {
    // a kubelet that refuses a pod uses the words of the first schedulers
    let by_kubelet = text.to_ascii_lowercase().contains("didn't have enough resource");
    let said = read(text).filter(|_| text.len() < 200 && !by_kubelet)?;
    let known = |class: &Class| match class {
        Class::Resource(name) => NODE_RESOURCES.contains(&name.as_str()) || name.contains('/'),
        // alone these are the words of a node's own events
        Class::NotReady => false,
        _ => true,
    };
    said.counts.iter().all(|(class, _)| known(class)).then_some(said)
}

/// Reads why an autoscaler's new node would not take the pod either, which it says in the scheduler's words:
/// `pod didn't trigger scale-up: 1 node(s) had no available volume zone`.
pub fn parse_scale_up(text: &str) -> Option<Said> {
    let (_, reasons) = text.split_once("trigger scale-up")?;
    counted(reasons.split_once(": ")?.1)
}

fn read(text: &str) -> Option<Said> {
    // an autoscaler says of nodes that could come what the scheduler says of those there are
    if ["trigger scale-up", "Failed to schedule pod, "].iter().any(|words| text.contains(words)) {
        return None;
    }
    // a kubelet that refuses a pod quotes the scheduler's reason
    if text.contains("Predicate ") && !text.contains("nodes are available") {
        return None;
    }
    // what preemption could not do says nothing about why the pod does not fit
    counted(text.split("preemption:").next().unwrap_or(text))
}

fn counted(text: &str) -> Option<Said> {
    let total = TOTAL.as_ref().and_then(|re| re.captures(text)?[1].parse().ok());
    let mut found: Vec<(usize, Class, usize, bool)> = Vec::new();
    // until 1.23 a node refused for either kind had this besides its own reason
    let mut either_kind: Vec<(usize, Class, usize, bool)> = Vec::new();
    let mut unnamed_taint = false;
    for (regex, class) in COUNTED.iter() {
        for captures in regex.captures_iter(text) {
            let number = captures.name("before").or_else(|| captures.name("after"));
            let count = number.and_then(|n| n.as_str().parse().ok()).or(total).unwrap_or(1);
            let at = captures.get(0).map_or(0, |m| m.start());
            let name = captures.name("name").or_else(|| captures.name("old")).map(|m| m.as_str());
            let phrase = captures.get(0).map_or("", |m| m.as_str());
            let by_role = phrase.contains("{node-role.kubernetes.io/");
            let made = match (class.make)(name) {
                Class::Taint => {
                    unnamed_taint |= !phrase.contains('{');
                    taint_class(phrase)
                }
                made => made,
            };
            if made == Class::PodAffinity && phrase.contains("affinity/anti-affinity") {
                either_kind.push((at, made, count, by_role));
                continue;
            }
            // `Insufficient pods` is the pod limit, not a resource
            if made != Class::Resource("pods".to_string()) {
                found.push((at, made, count, by_role));
            }
        }
    }
    if !found.iter().any(|(_, class, ..)| matches!(class, Class::PodAffinity | Class::PodAntiAffinity)) {
        found.extend(either_kind);
    }
    if found.is_empty() {
        return None;
    }
    found.sort_by_key(|(at, ..)| *at);
    // nodes of the control plane are tainted everywhere: beside any other reason they tell nothing
    let others = found.iter().any(|(.., by_role)| !by_role);
    let control_plane = found.iter().filter(|(.., by_role)| others && *by_role).map(|(_, _, n, _)| n).sum();
    let told = found.into_iter().filter(|(.., by_role)| !(others && *by_role));
    let counts = told.map(|(_, class, count, _)| (class, count)).collect();
    Some(Said { total, counts, unnamed_taint, control_plane })
}

/// Kubernetes taints a node for its condition: that is not a taint someone decided on.
fn taint_class(phrase: &str) -> Class {
    if phrase.contains(super::taint::UNSCHEDULABLE) {
        Class::Unschedulable
    } else if phrase.contains("{node.kubernetes.io/") || phrase.contains("{node.cloudprovider.kubernetes.io/")
    {
        Class::NotReady
    } else {
        Class::Taint
    }
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
