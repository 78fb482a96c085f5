//! What a kubelet says when it evicts a pod, or does not let one in because of pressure.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/eviction/helpers.go> (`evictionMessage`)

use std::sync::LazyLock;

use jiff::Timestamp;
use regex::Regex;
use serde::Serialize;

use crate::cause::Match;
use crate::finding::{Blame, Confidence, Evidence};
use crate::quantity::Milli;
use crate::snapshot::Snapshot;

/// What ran short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Short {
    /// The node's memory.
    Memory,
    /// The node's disk: space or inodes, of the kubelet's or the images' file system.
    Disk,
    /// The pod's own limit on local storage.
    Ephemeral,
    /// Process ids.
    Pid,
}

/// A container that the kubelet names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Using {
    /// Its name.
    pub container: String,
    /// What it used, as people write it.
    pub used: String,
    /// What it had asked for.
    pub request: String,
}

/// An eviction in the kubelet's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evicted {
    /// What ran short.
    pub short: Short,
    /// `memory`, `ephemeral-storage`, `inodes` … as the kubelet names it; empty where it names a condition.
    pub resource: String,
    /// It was not let in: the node already had the condition.
    pub refused: bool,
    /// The threshold, and what was left.
    pub threshold: Option<(String, String)>,
    /// Who used most.
    pub using: Vec<Using>,
    /// The container or volume that passed its own limit, and the limit.
    pub over: Option<(Over, String)>,
    /// The words.
    pub message: String,
    /// When, as far as it is known.
    pub at: Option<Timestamp>,
    /// Where the words were read.
    pub evidence: Vec<Evidence>,
}

/// Whose own limit was passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Over {
    /// All containers of the pod together.
    Pod,
    /// A container.
    Container(String),
    /// An emptyDir volume.
    Volume(String),
}

fn regex(pattern: &str) -> Option<Regex> {
    Regex::new(&format!("(?i){pattern}")).ok()
}

static LOW: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(r"node was low on (?:resource: \[?(?P<resource>[\w.-]*\w)|(?P<compute>compute resources))")
});
static CONDITION: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"node had condition:? \[?(?P<conditions>[\w, ]+)"));
static THRESHOLD: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"threshold quantity: (?P<threshold>[\w.]*\w), available: (?P<left>[\w.]*\w)"));
static USING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"container (?P<name>\S+) was using (?P<used>[\w.]*\w), (?:which exceeds its request of|request is) (?P<request>[\w.]*\w)",
    )
});
static POD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?:local )?(?:ephemeral[ -])?(?:local )?storage usage exceeds the total limit of containers:? ?(?P<limit>[\w.]*\w)?",
    )
});
static VOLUME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(r#"usage of EmptyDir volume "?(?P<name>[^"\s]+)"? exceeds the limit "?(?P<limit>[\w.]*\w)"#)
});
static CONTAINER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r#"container "?(?P<name>[^"\s]+)"? exceeded its local ephemeral[ -]storage limit "?(?P<limit>[\w.]*\w)"#,
    )
});

/// The eviction of the snapshot's pod, if it was evicted.
pub fn evicted(s: &Snapshot) -> Option<Evicted> {
    let status = s.status()?;
    let event = s.events.iter().rev().find(|e| e.reason == "Evicted" && e.warning);
    let disruption = s.condition("DisruptionTarget").filter(|c| c.status == "True");
    let by_kubelet = disruption.is_some_and(|c| c.reason == "TerminationByKubelet");
    let told = match s.status_reason() {
        "Evicted" => s.phase() != "Succeeded",
        // while it is being ended the condition stands alone, and some kubelets have lost the reason afterwards
        "" => by_kubelet && s.phase() != "Succeeded" || event.is_some() && s.phase() == "Failed",
        _ => false,
    };
    if !told {
        return None;
    }
    let own = status.message.as_deref().unwrap_or_default();
    let texts =
        [own, event.map_or("", |e| e.message.as_str()), disruption.as_ref().map_or("", |c| c.message)];
    let mut found = texts.iter().find_map(|text| read(text))?;
    let started = status.start_time.as_ref().map(|t| t.0).filter(|_| found.refused);
    found.at = event.and_then(|e| e.first_at).or(disruption.and_then(|c| c.at)).or(s.ended_at()).or(started);
    if s.status_reason() == "Evicted" {
        found.evidence.push(s.from_status(None, format!("status.reason Evicted: {}", own.trim())));
    }
    found.evidence.extend(event.map(|e| Evidence::event(e)));
    found.evidence.extend(s.from_condition("DisruptionTarget").filter(|_| disruption.is_some()));
    Some(found)
}

/// The kubelet's words, read.
pub fn read(text: &str) -> Option<Evicted> {
    let mut found = Evicted {
        short: Short::Memory,
        resource: String::new(),
        refused: false,
        threshold: None,
        using: Vec::new(),
        over: None,
        message: text.trim().to_string(),
        at: None,
        evidence: Vec::new(),
    };
    if let Some(over) = over(text) {
        found.short = Short::Ephemeral;
        found.over = Some(over);
        return Some(found);
    }
    if let Some(low) = LOW.as_ref()?.captures(text) {
        let resource = low.name("resource").map_or("memory", |m| m.as_str());
        found.short = short_of(resource)?;
        found.resource = resource.to_string();
    } else {
        let had = CONDITION.as_ref()?.captures(text)?;
        // memory alone keeps only some pods out, every other condition all of them
        let mut had: Vec<Short> =
            had.name("conditions")?.as_str().split([',', ' ']).filter_map(short_of).collect();
        had.sort_by_key(|short| *short == Short::Memory);
        found.short = *had.first()?;
        found.refused = true;
    }
    let unit = if found.resource.is_empty() { "memory" } else { found.resource.as_str() };
    let unit = unit.to_string();
    if let Some(threshold) = THRESHOLD.as_ref()?.captures(text) {
        let of = |name: &str| threshold.name(name).map(|m| show(m.as_str(), &unit));
        found.threshold = of("threshold").zip(of("left"));
    }
    found.using = USING
        .as_ref()?
        .captures_iter(text)
        .filter_map(|c| {
            Some(Using {
                container: c.name("name")?.as_str().to_string(),
                used: show(c.name("used")?.as_str(), &unit),
                request: c.name("request")?.as_str().to_string(),
            })
        })
        .collect();
    Some(found)
}

/// The pod's, a container's or a volume's own limit.
fn over(text: &str) -> Option<(Over, String)> {
    let volume = VOLUME.as_ref()?.captures(text);
    let container = CONTAINER.as_ref()?.captures(text);
    let (over, captures) = match (volume, container) {
        (Some(found), _) => (Over::Volume(found.name("name")?.as_str().to_string()), found),
        (None, Some(found)) => (Over::Container(found.name("name")?.as_str().to_string()), found),
        (None, None) => (Over::Pod, POD.as_ref()?.captures(text)?),
    };
    let limit = captures.name("limit").map_or(String::new(), |m| show(m.as_str(), "ephemeral-storage"));
    Some((over, limit))
}

/// The kubelet's names have changed: `nodefs`, `imagefs` (1.4), `ephemeral-storage` (1.9), conditions in brackets.
fn short_of(words: &str) -> Option<Short> {
    let words = words.to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    match () {
        () if has(&["memory"]) => Some(Short::Memory),
        () if has(&["disk", "nodefs", "imagefs", "containerfs", "storage", "inode"]) => Some(Short::Disk),
        () if has(&["pid"]) => Some(Short::Pid),
        () => None,
    }
}

/// Bytes as people write them; the kubelet may print them plain, or in thousandths.
fn show(amount: &str, resource: &str) -> String {
    let bytes = !resource.contains("inode") && !resource.contains("pid");
    match Milli::parse(amount) {
        Some(milli) if bytes && milli.0 >= 10 * (1 << 20) * 1000 => {
            Milli((milli.0 + 999) / 1000 / (1 << 20) * (1 << 20) * 1000).show("memory")
        }
        Some(milli) if bytes && milli.0 % 1000 != 0 => Milli::units(milli.ceil()).show("memory"),
        _ => amount.to_string(),
    }
}

/// Data of the pages of memory, disk and pid.
#[derive(Serialize)]
struct NodeFacts {
    node: String,
    refused: bool,
    resource: String,
    threshold: Option<String>,
    left: Option<String>,
    using: Vec<Using>,
    most: Option<Using>,
    ago: Option<String>,
    /// The node has the condition now.
    still: bool,
    /// It was read, and has it no more.
    over: bool,
    inodes: bool,
    qos: String,
    best_effort: bool,
    owner: String,
    /// A Job: its template cannot be changed.
    fixed: bool,
    bare: bool,
    docker: bool,
}

/// The match of a cause about the node's memory, disk or process ids.
pub fn detect(s: &Snapshot, short: Short, condition: &str) -> Vec<Match> {
    let Some(found) = evicted(s).filter(|found| found.short == short) else { return Vec::new() };
    let node = s.node_name().unwrap_or_default();
    let now = s.node().and_then(|node| {
        let conditions = node.status.as_ref()?.conditions.as_ref()?;
        Some(conditions.iter().find(|c| c.type_ == condition)?.status == "True")
    });
    let runtime = s.node().and_then(|n| n.status.as_ref()?.node_info.as_ref());
    let owner = s.top_owner();
    let qos = s.status().and_then(|status| status.qos_class.clone()).unwrap_or_default();
    let facts = NodeFacts {
        node: node.to_string(),
        refused: found.refused,
        inodes: found.resource.to_ascii_lowercase().contains("inode"),
        resource: found.resource.clone(),
        threshold: found.threshold.as_ref().map(|(threshold, _)| threshold.clone()),
        left: found.threshold.as_ref().map(|(_, left)| left.clone()),
        most: most(&found.using),
        using: found.using,
        ago: found.at.map(|at| s.taken_at().age(at)),
        still: now == Some(true),
        over: now == Some(false),
        best_effort: qos == "BestEffort",
        qos,
        bare: owner.kind == "Pod",
        fixed: owner.kind == "Job",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        docker: runtime.is_some_and(|info| info.container_runtime_version.starts_with("docker")),
    };
    // a pod that is not bound yet cannot be evicted; without a name the pod itself must do
    let blame = if node.is_empty() { s.subject_blame() } else { Blame::global("Node", node) };
    let condition = s.node().and_then(|node| Evidence::node_condition(node, condition));
    vec![Match::new(Confidence::Certain, blame, facts).because_all(found.evidence).because_all(condition)]
}

fn most(using: &[Using]) -> Option<Using> {
    let amount = |using: &Using| Milli::parse(&using.used).unwrap_or_default();
    using.iter().max_by_key(|u| amount(u)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_versions_words_are_read() {
        for (text, short, refused) in [
            ("The node was low on resource: memory. ", Short::Memory, false),
            ("Pod The node was low on compute resources.", Short::Memory, false),
            ("The node was low on resource: [MemoryPressure].", Short::Memory, false),
            ("The node was low on resource: nodefs.", Short::Disk, false),
            ("The node was low on resource: imagefsInodes.", Short::Disk, false),
            ("The node was low on resource: inodes. ", Short::Disk, false),
            (
                "The node was low on resource: pids. Threshold quantity: 100, available: 50. ",
                Short::Pid,
                false,
            ),
            ("Pod The node had condition: [DiskPressure]. ", Short::Disk, true),
            ("The node had condition: [PIDPressure]. ", Short::Pid, true),
            (
                "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ",
                Short::Ephemeral,
                false,
            ),
            ("Usage of EmptyDir volume \"scratch\" exceeds the limit \"16Mi\". ", Short::Ephemeral, false),
            ("Container app exceeded its local ephemeral storage limit \"1Gi\". ", Short::Ephemeral, false),
            (
                "pod local ephemeral storage usage exceeds the total limit of containers",
                Short::Ephemeral,
                false,
            ),
        ] {
            let found = read(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((found.short, found.refused), (short, refused), "{text}");
        }
        assert!(read("Preempted in order to admit critical pod").is_none());
    }

    #[test]
    fn amounts_are_shown_as_people_write_them() {
        let found = read("The node was low on resource: ephemeral-storage. Threshold quantity: 24068434671, available: 23201836Ki. Container a was using 8Ki, request is 0, has larger consumption of ephemeral-storage. Container b was using 106848Ki, which exceeds its request of 0. ").unwrap();
        assert_eq!(found.threshold, Some(("22953Mi".to_string(), "22658Mi".to_string())));
        assert_eq!(most(&found.using).unwrap().container, "b");
        let over =
            read("Pod ephemeral local storage usage exceeds the total limit of containers 3435973836800m. ");
        assert_eq!(over.unwrap().over, Some((Over::Pod, "3276Mi".to_string())));
    }
}
