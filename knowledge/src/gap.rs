//! What could not be read, and which causes could hide behind it. A gap is never an absence.

mod words;

use std::fmt;

use crate::mount::storages;
use crate::sandbox::lacks_sandbox;
use crate::schedule::filters::NAMESPACE_LABELS;
use crate::snapshot::Snapshot;
use crate::world::{Lookup, PodObject};

pub use words::in_words;

/// Why something was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapReason {
    /// The API server refused.
    Forbidden,
    /// The request took too long.
    TimedOut,
    /// It existed once: events live for an hour.
    Expired,
    /// The files do not hold it.
    NotInDump,
}

impl GapReason {
    /// The word used in the JSON answer.
    pub fn as_str(self) -> &'static str {
        match self {
            GapReason::Forbidden => "forbidden",
            GapReason::TimedOut => "timed-out",
            GapReason::Expired => "expired",
            GapReason::NotInDump => "not-in-dump",
        }
    }
}

impl fmt::Display for GapReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that was not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// What: `Node worker-1`, `events of Pod shop/cart-0`.
    pub what: String,
    /// Why.
    pub why: GapReason,
    /// The causes that could stand there.
    pub could_hide: Vec<&'static str>,
}

impl Gap {
    /// Whether it is one ConfigMap, Secret or claim that was not read: worth no word where the cause is certain.
    pub fn is_about_an_object(&self) -> bool {
        ["ConfigMap ", "Secret ", "PersistentVolumeClaim ", "NodeReport ", "ResourceClaim"]
            .iter()
            .any(|kind| self.what.starts_with(kind))
    }
}

/// What is told in events only, while a pod has no sandbox.
const BEFORE_SANDBOX: [&str; 9] = [
    "sandbox-image-unavailable",
    "runtime-class-missing",
    "pod-ip-exhausted",
    "cni-not-ready",
    "sandbox-network-failed",
    "container-runtime-timeout",
    "volume-multi-attach",
    "volume-attach-failed",
    "volume-mount-failed",
];

/// How long a default API server keeps events (`--event-ttl`), in seconds.
const EVENT_TTL_SECONDS: i64 = 3_600;

/// The gaps of a pod's snapshot that follow from what the world holds. A pod that is well has none worth naming.
pub fn pod_gaps(s: &Snapshot) -> Vec<Gap> {
    let ready = s.condition("Ready").is_some_and(|c| c.status == "True");
    if (ready && !s.is_deleting()) || s.phase() == "Succeeded" {
        return Vec::new();
    }
    let mut gaps = Vec::new();
    if s.world.pods.get(&(s.namespace().to_string(), s.name().to_string())).is_some_and(PodObject::is_brief) {
        let what = format!("status of Pod {}/{}", s.namespace(), s.name());
        gaps.push(Gap { what, why: GapReason::NotInDump, could_hide: Vec::new() });
    }
    node_gap(s, &mut gaps);
    agent_gap(s, &mut gaps);
    event_gap(s, &mut gaps);
    log_gaps(s, &mut gaps);
    object_gaps(s, &mut gaps);
    claim_gaps(s, &mut gaps);
    job_gap(s, &mut gaps);
    silence_gaps(s, &mut gaps);
    attachment_gaps(s, &mut gaps);
    gaps
}

/// A failed pod's Job that was not read may have given up.
fn job_gap(s: &Snapshot, gaps: &mut Vec<Gap>) {
    let owner = s.pod().and_then(crate::snapshot::pod_owner).filter(|(kind, _)| kind == "Job");
    let Some((kind, name)) = owner.filter(|_| s.phase() == "Failed" && s.owners.is_empty()) else {
        return;
    };
    if let Some(why) = s.world.why_unread(&kind, s.namespace(), &name) {
        let could_hide = vec!["backoff-limit-reached", "job-deadline-exceeded"];
        gaps.push(Gap { what: format!("Job {}/{name}", s.namespace()), why, could_hide });
    }
}

/// The gaps of a workload's own snapshot: without its events nobody knows why it makes no pods.
pub fn workload_gaps(s: &Snapshot) -> Vec<Gap> {
    if !s.events.is_empty() || !crate::refused::is_missing_pods(s) {
        return Vec::new();
    }
    let (namespace, name) = (s.namespace(), s.name());
    let unread = s.world.why_unread("Event", namespace, name);
    let created = s.workload().and_then(|w| w.created);
    let old = created.is_some_and(|at| s.taken_at().seconds_since(at) > EVENT_TTL_SECONDS);
    let read = s.world.has_events_in(namespace);
    let why = match unread {
        Some(GapReason::NotInDump) | None if old && (read || s.world.live) => GapReason::Expired,
        Some(why) => why,
        None => return Vec::new(),
    };
    let could_hide = vec![
        "service-account-missing",
        "security-policy-denied",
        "resource-quota-exceeded",
        "limit-range-exceeded",
        "admission-webhook-denied",
        "pod-object-invalid",
    ];
    vec![Gap { what: format!("events of {} {namespace}/{name}", s.kind().camel()), why, could_hide }]
}

/// A pod of which no scheduler has spoken: whether there is one at work, and the claims for devices that keep a pod out of
/// its queue.
fn silence_gaps(s: &Snapshot, gaps: &mut Vec<Gap>) {
    if !s.is_unscheduled() || s.condition("PodScheduled").is_some() || s.scheduler_message().is_some() {
        return;
    }
    for wanted in crate::schedule::devices::wanted(s) {
        let (kind, name) = match (wanted.claim, wanted.template) {
            (Some(claim), _) => ("ResourceClaim", claim),
            (None, Some(template)) => ("ResourceClaimTemplate", template),
            (None, None) => continue,
        };
        if s.other(kind, s.namespace(), &name).is_none()
            && let Some(why) = s.world.why_unread(kind, s.namespace(), &name)
        {
            let what = format!("{kind} {}/{name}", s.namespace());
            gaps.push(Gap { what, why, could_hide: vec!["resource-claim-unavailable"] });
        }
    }
    let name = s.spec().and_then(|spec| spec.scheduler_name.as_deref()).unwrap_or_default();
    let default = name.is_empty() || name == crate::schedule::scheduler::DEFAULT;
    if default
        && crate::schedule::scheduler::lock(&s.world, crate::schedule::scheduler::DEFAULT).is_none()
        && let Some(why) = s.world.why_unread("Lease", "kube-system", "kube-scheduler")
    {
        let what = "Lease kube-system/kube-scheduler".to_string();
        gaps.push(Gap { what, why, could_hide: vec!["scheduler-down"] });
    }
}

fn node_gap(s: &Snapshot, gaps: &mut Vec<Gap>) {
    if let (Some(name), None) = (s.node_name(), s.node())
        && let Some(why) = s.world.why_unread("Node", "", name)
    {
        let mut could_hide = vec![
            "node-lost",
            "kubelet-down",
            "container-runtime-down",
            "volume-busy",
            "container-status-lost",
        ];
        // the node's condition says it after the pod's events have expired
        if lacks_sandbox(s) {
            could_hide.push("cni-not-ready");
        }
        gaps.push(Gap { what: format!("Node {name}"), why, could_hide });
    }
    if let Some(table) = crate::schedule::evaluate(s)
        && table.lacks_neighbours()
        && let Some(why) = s.world.why_unread("Pod", "", "")
    {
        gaps.push(Gap { what: "some of the pods on the nodes".to_string(), why, could_hide: Vec::new() });
    }
    if let Some(table) = crate::schedule::evaluate(s)
        && table.unread().iter().any(|what| what == NAMESPACE_LABELS)
        && let Some(why) = s.world.why_unread("Namespace", "", "")
    {
        gaps.push(Gap { what: NAMESPACE_LABELS.to_string(), why, could_hide: Vec::new() });
    }
    if s.is_unscheduled()
        && s.world.nodes.is_empty()
        && let Some(why) = s.world.why_unread("Node", "", "")
    {
        gaps.push(Gap {
            what: "Nodes".to_string(),
            why,
            could_hide: vec![
                "node-selector-unmatched",
                "taint-not-tolerated",
                "insufficient-cpu",
                "insufficient-memory",
                "insufficient-ephemeral-storage",
                "insufficient-extended-resource",
                "host-port-conflict",
                "pod-affinity-unmatched",
                "pod-anti-affinity-conflict",
                "topology-spread-unsatisfiable",
                "node-pod-limit-reached",
                "node-volume-limit-reached",
                "volume-zone-conflict",
                "nodes-not-ready",
                "node-unschedulable",
            ],
        });
    }
}

/// What only the node itself knows, where it would decide: of a static pod, and of one whose deletion does not end.
fn agent_gap(s: &Snapshot, gaps: &mut Vec<Gap>) {
    let overdue = crate::terminating::deletion(s).is_some_and(|deletion| deletion.is_overdue());
    if let (Some(name), None) = (s.node_name(), s.agent())
        && (overdue || s.is_static())
        && let Some(why) = s.world.why_unread("NodeReport", "", name)
    {
        let could_hide = if s.is_static() {
            vec!["static-pod-stale"]
        } else {
            vec!["volume-busy", "kubelet-status-lag", "kubelet-down", "deletion-blocked-by-webhook"]
        };
        gaps.push(Gap { what: format!("NodeReport {name}"), why, could_hide });
    }
}

fn event_gap(s: &Snapshot, gaps: &mut Vec<Gap>) {
    if !s.events.is_empty() {
        return;
    }
    let created = s.pod().and_then(|p| p.metadata.creation_timestamp.as_ref()).map(|t| t.0);
    let old = created.is_some_and(|at| s.taken_at().seconds_since(at) > EVENT_TTL_SECONDS);
    let read = s.world.has_events_in(s.namespace());
    let mut could_hide = if s.is_unscheduled() {
        Vec::new()
    } else {
        vec![
            "config-map-missing",
            "secret-missing",
            "config-key-missing",
            "memory-limit-too-small",
            "image-name-wrong",
            "registry-plain-http",
            "registry-untrusted-ca",
            "pull-secret-missing",
            "pull-denied",
            "registry-unreachable",
            "pull-timeout",
            "image-broken-in-registry",
            "pull-qps-exceeded",
            "pull-rate-limited",
            "image-platform-mismatch",
            "image-corrupt-on-node",
            "node-disk-full-for-images",
            "rootfs-read-only",
            "liveness-probe-killing",
            "readiness-probe-failing",
            "startup-probe-failing",
            "container-unkillable",
            "host-path-missing",
            "bad-security-context",
            "stale-subpath-mount",
            "post-start-hook-failing",
            "persistent-volume-missing",
        ]
    };
    if lacks_sandbox(s) {
        could_hide.extend(BEFORE_SANDBOX);
    }
    let unread = s.world.why_unread("Event", s.namespace(), s.name());
    // a live server that has none of an old pod's events has let them expire
    let why = match unread {
        Some(GapReason::NotInDump) | None if old && (read || s.world.live) => GapReason::Expired,
        Some(why) => why,
        None => return,
    };
    gaps.push(Gap { what: format!("events of Pod {}/{}", s.namespace(), s.name()), why, could_hide });
}

fn log_gaps(s: &Snapshot, gaps: &mut Vec<Gap>) {
    for container in s.crashing() {
        let failed = container.last_end().is_some_and(|end| end.exit_code != 0);
        let ran = container.ever_ran();
        let read = s.log(container.name).is_some_and(|l| l.previous.is_some() || l.current.is_some());
        let unread = s.world.why_unread("Log", s.namespace(), s.name());
        if failed
            && ran
            && !read
            && let Some(why) = unread
        {
            gaps.push(Gap {
                what: format!("log of container {} in Pod {}/{}", container.name, s.namespace(), s.name()),
                why,
                could_hide: vec![
                    "app-exited",
                    "command-not-found",
                    "permission-denied-exec",
                    "image-platform-mismatch",
                    "dns-lookup-failed",
                    "dependency-refused",
                    "rbac-forbidden",
                    "read-only-root-filesystem-write",
                ],
            });
        }
    }
}

/// A claim that was not read, while the pod waits for a node or its volumes.
fn claim_gaps(s: &Snapshot, gaps: &mut Vec<Gap>) {
    let started = s.containers().iter().any(|c| c.ever_ran());
    let volumes = s.spec().and_then(|spec| spec.volumes.as_ref()).filter(|_| !started);
    for claim in volumes.into_iter().flatten().filter_map(|v| v.persistent_volume_claim.as_ref()) {
        let unread = s.world.why_unread("PersistentVolumeClaim", s.namespace(), &claim.claim_name);
        if matches!(s.world.claim(s.namespace(), &claim.claim_name), Lookup::Unseen)
            && let Some(why) = unread
        {
            gaps.push(Gap {
                what: format!("PersistentVolumeClaim {}/{}", s.namespace(), claim.claim_name),
                why,
                could_hide: vec!["pvc-unbound", "persistent-volume-missing"],
            });
        }
    }
}

/// Where volumes are attached, when the server would not tell: after the events have expired nothing else says it.
fn attachment_gaps(s: &Snapshot, gaps: &mut Vec<Gap>) {
    if !lacks_sandbox(s) || storages(s).iter().all(|storage| storage.claim.is_none()) {
        return;
    }
    for (kind, what) in [("VolumeAttachment", "VolumeAttachments"), ("CSINode", "CSINodes")] {
        // most dumps leave them out, and the events say the same
        let why = s.world.why_unread(kind, "", "").filter(|why| *why != GapReason::NotInDump);
        if let Some(why) = why {
            let could_hide = vec!["volume-multi-attach", "volume-attach-failed"];
            gaps.push(Gap { what: what.to_string(), why, could_hide });
        }
    }
}

fn object_gaps(s: &Snapshot, gaps: &mut Vec<Gap>) {
    // only a pod whose containers have not started yet can be waiting for them
    if s.node_name().is_none() || s.containers().iter().any(|c| c.ever_ran()) {
        return;
    }
    for reference in crate::references::config_references(s) {
        let unseen = match reference.kind {
            "ConfigMap" => matches!(s.world.config_map(s.namespace(), &reference.name), Lookup::Unseen),
            _ => matches!(s.world.secret(s.namespace(), &reference.name), Lookup::Unseen),
        };
        let what = format!("{} {}/{}", reference.kind, s.namespace(), reference.name);
        let why = s.world.why_unread(reference.kind, s.namespace(), &reference.name);
        // every namespace is given this one, and most dumps leave it out
        if unseen
            && let Some(why) = why
            && reference.name != "kube-root-ca.crt"
            && !reference.optional
            && !gaps.iter().any(|gap| gap.what == what)
        {
            let missing = if reference.kind == "ConfigMap" { "config-map-missing" } else { "secret-missing" };
            gaps.push(Gap { what, why, could_hide: vec![missing, "config-key-missing"] });
        }
    }
}
