//! A pod's node that is not there at all.

use std::collections::BTreeSet;

use crate::finding::{Confidence, Evidence, Source};
use crate::snapshot::Snapshot;

/// How surely the node does not exist. The API server's own 404 proves it; a dump shows it where it plainly holds the
/// cluster's nodes, and this one is not among them.
pub(super) fn is_gone(s: &Snapshot, name: &str) -> Option<Confidence> {
    s.pod()?;
    if s.is_absent("Node", "", name) {
        return Some(Confidence::Certain);
    }
    let (world, read) = (&s.world, s.world.nodes.len());
    if world.live || read == 0 || world.unread.keys().any(|(kind, ..)| kind == "Node") {
        return None;
    }
    let named = world.briefs.iter().filter(|pod| pod.holds_resources()).filter_map(|pod| pod.node.as_deref());
    let absent: BTreeSet<&str> = named.filter(|node| !world.nodes.contains_key(*node)).collect();
    match (read, absent.len()) {
        // one Node alone may have been asked for by name: it says little of the others
        (1, 1) => (!is_well(s)).then_some(Confidence::Possible),
        (1, _) => None,
        (_, 1) => Some(Confidence::Likely),
        (read, absent) => (absent < read).then_some(Confidence::Possible),
    }
}

fn is_well(s: &Snapshot) -> bool {
    s.condition("Ready").is_some_and(|ready| ready.status == "True")
}

/// Whether anything of the pod has ever run, as far as was heard.
pub(super) fn has_run(s: &Snapshot) -> bool {
    !matches!(s.phase(), "" | "Pending") || s.containers().iter().any(|c| c.ever_ran())
}

/// What shows it.
pub(super) fn evidence(s: &Snapshot, name: &str, sure: Confidence) -> Vec<Evidence> {
    let what = match sure {
        Confidence::Certain => "not found".to_string(),
        _ => {
            let read: Vec<&str> = s.world.nodes.keys().take(10).map(String::as_str).collect();
            format!("not among the nodes read: {}", read.join(", "))
        }
    };
    let spec = s.from_spec("spec.nodeName", name);
    vec![spec, Evidence::new(Source::Node, format!("Node {name}"), None, what)]
}
