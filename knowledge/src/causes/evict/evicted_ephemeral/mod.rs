//! The pod wrote more to local disk than it, one of its containers or a volume may, and the kubelet ended it.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::evicted::{Over, Short, evicted};
use crate::finding::{Confidence, Stage};
use crate::quantity::Milli;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `evicted-ephemeral`
pub const CAUSE: Cause = Cause {
    id: "evicted-ephemeral",
    stage: Some(Stage::Evict),
    since: "0.1.0",
    hides: &["container-status-lost", "pod-disrupted", "volume-mount-failed"],
    expected: false,
    remedies: &[
        RemedyKind::button("delete-pod"),
        RemedyKind::words("find-writer"),
        RemedyKind::words("raise-limit"),
    ],
    wordings: &[
        Wording::telling(
            r"storage usage exceeds the total limit of containers",
            "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ",
            "kubelet 1.8–1.37",
        ),
        Wording::telling(
            r#"usage of EmptyDir volume "?[^"\s]+"? exceeds the limit"#,
            r#"Usage of EmptyDir volume "scratch" exceeds the limit "16Mi". "#,
            "kubelet 1.8–1.37",
        ),
        Wording::telling(
            r#"container "?[^"\s]+"? exceeded its local ephemeral[ -]storage limit"#,
            r#"Container exporter exceeded its local ephemeral storage limit "1Gi". "#,
            "kubelet 1.8–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    node: String,
    /// `pod`, `container`, `volume`
    of_pod: bool,
    of_container: Option<String>,
    of_volume: Option<String>,
    limit: String,
    suggested: String,
    /// An emptyDir in memory: what it holds counts as memory.
    in_memory: bool,
    ago: Option<String>,
    owner: String,
    /// A Job: its template cannot be changed.
    fixed: bool,
    bare: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(found) = evicted(s).filter(|found| found.short == Short::Ephemeral) else { return Vec::new() };
    let Some((over, limit)) = &found.over else { return Vec::new() };
    let owner = s.top_owner();
    let (container, volume) = match over {
        Over::Pod => (None, None),
        Over::Container(name) => (Some(name.clone()), None),
        Over::Volume(name) => (None, Some(name.clone())),
    };
    let volumes = s.spec().and_then(|spec| spec.volumes.as_ref());
    let declared = volumes.into_iter().flatten().find(|v| Some(&v.name) == volume.as_ref());
    let empty_dir = declared.and_then(|v| v.empty_dir.as_ref());
    let facts = Facts {
        node: s.node_name().unwrap_or_default().to_string(),
        of_pod: container.is_none() && volume.is_none(),
        in_memory: empty_dir.is_some_and(|dir| dir.medium.as_deref() == Some("Memory")),
        // a place to start and not a measurement: the page says so
        suggested: Milli::parse(limit).map_or(String::new(), |amount| Milli(amount.0 * 2).show("memory")),
        limit: limit.clone(),
        ago: found.at.map(|at| s.taken_at().age(at)),
        bare: owner.kind == "Pod",
        fixed: owner.kind == "Job",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        of_container: container.clone(),
        of_volume: volume.clone(),
    };
    let mut evidence = found.evidence;
    if let Some(name) = &container {
        let path = format!("spec.containers[{name}].resources.limits.ephemeral-storage");
        evidence.push(s.from_spec(&path, limit));
    }
    if let (Some(name), Some(size)) = (&volume, empty_dir.and_then(|dir| dir.size_limit.as_ref())) {
        evidence.push(s.from_spec(&format!("spec.volumes[{name}].emptyDir.sizeLimit"), &size.0));
    }
    let found = Match::new(Confidence::Certain, owner, facts).because_all(evidence);
    // named by the kubelet in its words; a container that is not in the pod would be someone else's
    let known = container.filter(|name| s.containers().iter().any(|c| c.name == name));
    vec![match known {
        Some(name) => found.in_container(&name),
        None => found,
    }]
}
