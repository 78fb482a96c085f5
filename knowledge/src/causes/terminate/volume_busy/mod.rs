//! The containers have ended, and a volume of the pod does not come off: "device or resource busy".

use serde::Serialize;

use crate::agent::{JournalClass, NodeFacts};
use crate::cause::{Cause, Match};
use crate::event::Event;
use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::node_state::{from_agent, unheard_since};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::terminating::{event_since, evidence, kubelets_turn, running};
use crate::wording::{Wording, first_match};

/// `volume-busy`
pub const CAUSE: Cause = Cause {
    id: "volume-busy",
    stage: Some(Stage::Terminate),
    since: "0.1.0",
    hides: &["pod-disrupted"],
    expected: false,
    remedies: &[
        RemedyKind::words("find-holder"),
        RemedyKind::words("upgrade-docker"),
        RemedyKind::words("upgrade-kernel"),
    ],
    wordings: &[
        Wording::telling(
            r"error cleaning subPath mounts",
            r#"error cleaning subPath mounts for volume "filebeat-config" (UniqueName: "kubernetes.io/configmap/c74b89dd-filebeat-config") pod "c74b89dd""#,
            "kubelet 1.9–1.37",
        ),
        Wording::telling(
            r"(un-?mount|umount|TearDown)[^\n]*(device or resource busy|target is busy|device is busy)|(rename|remove|rmdir|unlinkat|deleting)[^\n]*/pods/[^\n]*(device or resource busy|directory not empty)",
            "umount: /var/lib/kubelet/pods/69fd83d4/volumes/kubernetes.io~csi/data/mount: target is busy.",
            "kubelet 1.0–1.37, util-linux",
        ),
        Wording::hint(
            r"UnmountVolume\.TearDown failed|UnmountDevice failed|Orphaned pod [^\n]*volume (paths|subpaths?) (are|is) still present",
            r#"UnmountVolume.TearDown failed for volume "v" (UniqueName: "kubernetes.io/configmap/9f118966-v")"#,
            "kubelet 1.3–1.37",
        ),
        Wording::hint(
            r"failed to remove (root filesystem|container)[^\n]*busy|Orphaned pod [^\n]*(remove|rmdir|cleanup|clean up)",
            "Driver overlay2 failed to remove root filesystem 5f1c: remove /var/lib/docker/overlay2/5f1c/merged: device or resource busy",
            "dockerd 1.12–28, kubelet 1.8–1.37",
        ),
        Wording::hint(
            r#"(unlinkat|remove|rmdir) /(var/)?(run|lib)/\S+: device or resource busy"#,
            r#"unlinkat /var/run/netns/cni-49ddd103: device or resource busy"#,
            "containerd 1.x–2.x, dockerd",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// So many of the wordings say that it is busy; the rest, that it does not come off.
const BUSY: usize = 2;

#[derive(Serialize)]
struct Facts {
    node: String,
    since: String,
    words: Option<String>,
    /// It does not come off because someone uses it.
    busy: bool,
    /// No one said so: it is what is left to do.
    inferred: bool,
    volumes: Vec<String>,
    sub_path: bool,
    kernel: String,
    os: String,
    runtime: String,
    /// The kernel's version has the fault.
    old_kernel: bool,
    /// The docker's version has the fault.
    old_docker: bool,
    docker: bool,
    uid: String,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let (Some(deletion), Some(node)) = (kubelets_turn(s), s.node_name()) else { return Vec::new() };
    if !running(s).is_empty() || still_runs(s) {
        return Vec::new();
    }
    let uid = s.pod().and_then(|pod| pod.metadata.uid.clone()).unwrap_or_default();
    let says = |e: &Event| first_match(CAUSE.wordings, &e.message).is_some();
    let event = event_since(s, &deletion, says);
    let journal = s.agent().and_then(|facts| Some((facts, facts.errors("unmount-busy")?)));
    let recent = |class: &JournalClass| class.last.is_none_or(|at| at.as_second() >= deletion.asked());
    let journal = journal.filter(|(_, class)| recent(class));
    let ours = journal.is_some_and(|(_, class)| class.is_about(&uid));
    let volumes = volumes(s);
    // it never ran and has nothing to take off, or something else of the kubelet's failed and said so
    let other = event_since(s, &deletion, |e| e.reason == "FailedKillPod").is_some();
    let busy = event.is_none_or(|e| first_match(&CAUSE.wordings[..BUSY], &e.message).is_some());
    let confidence = match (event, ours) {
        (Some(_), _) if !busy && !ours => Confidence::Likely,
        (Some(_), _) | (_, true) => Confidence::Certain,
        // a silent kubelet cleans up nothing, whatever the volume is like
        _ if volumes.is_empty() || other || s.node().is_none() || unheard_since(s, node).is_some() => {
            return Vec::new();
        }
        _ => Confidence::Likely,
    };
    let words = event.map(|e| e.message.clone());
    let words = words.or_else(|| journal.filter(|_| ours).map(|(_, class)| class.excerpt.clone()));
    let facts = Facts {
        since: s.taken_at().age(deletion.ends),
        busy: busy || ours,
        ..facts(s, node, words, volumes, uid)
    };
    let found = Match::new(confidence, Blame::global("Node", node), facts)
        .because_all(event.map(Evidence::event))
        .because_all(journal.map(|(facts, class)| said(node, facts, class)))
        .because(evidence(s, &deletion))
        .because_all(s.containers().iter().filter_map(|c| Some(s.from_end(c, c.last_end()?))))
        .because_all(s.node().and_then(|node| Evidence::node_condition(node, "Ready")));
    vec![found]
}

fn said(node: &str, facts: &NodeFacts, class: &JournalClass) -> Evidence {
    from_agent(
        node,
        class.last.or(facts.reported_at),
        format!("{} (×{}): {}", class.unit, class.count, class.excerpt),
    )
}

/// Whether the runtime still has a container of the pod that runs, whatever the API says.
fn still_runs(s: &Snapshot) -> bool {
    let uid = s.pod().and_then(|pod| pod.metadata.uid.as_deref()).unwrap_or_default();
    let all = s.agent().and_then(|facts| facts.containers_of(s.namespace(), s.name(), uid));
    all.is_some_and(|all| all.iter().any(|c| c.state == "running"))
}

fn volumes(s: &Snapshot) -> Vec<String> {
    let volumes = s.spec().and_then(|spec| spec.volumes.as_ref()).into_iter().flatten();
    volumes.map(|v| v.name.clone()).collect()
}

fn facts(s: &Snapshot, node: &str, words: Option<String>, volumes: Vec<String>, uid: String) -> Facts {
    let info = s.node().and_then(|node| node.status.as_ref()?.node_info.as_ref());
    let runtime = info.map(|info| info.container_runtime_version.clone()).unwrap_or_default();
    let kernel = info.map(|info| info.kernel_version.clone()).unwrap_or_default();
    let docker = runtime.strip_prefix("docker://").map(str::to_string);
    let mounts = s.containers();
    let mounts = mounts.iter().filter_map(|c| c.spec?.volume_mounts.as_ref()).flatten();
    Facts {
        node: node.to_string(),
        since: String::new(),
        busy: false,
        inferred: words.is_none(),
        words,
        volumes,
        sub_path: mounts.into_iter().any(|m| m.sub_path.is_some() || m.sub_path_expr.is_some()),
        old_kernel: is_older(&kernel, &[4, 4]),
        old_docker: docker.as_deref().is_some_and(|version| is_older(version, &[17, 12, 1])),
        docker: docker.is_some(),
        os: info.map(|info| info.os_image.clone()).unwrap_or_default(),
        kernel,
        runtime,
        uid,
    }
}

/// Whether a version (`3.10.0-957.el7`, `17.3.2`) is older than this one.
fn is_older(version: &str, than: &[u64]) -> bool {
    let numbers = version.split(|c: char| !c.is_ascii_digit()).map_while(|part| part.parse::<u64>().ok());
    let numbers: Vec<u64> = numbers.take(than.len()).collect();
    !numbers.is_empty() && numbers.as_slice() < than
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(is_older("17.3.2", &[17, 12, 1]) && is_older("3.10.0-957.el7.x86_64", &[4, 4]));
        assert!(is_older("1.13.1", &[17, 12, 1]) && !is_older("20.10.24+dfsg1", &[17, 12, 1]));
        assert!(!is_older("5.15.0-139-generic", &[4, 4]) && !is_older("", &[4, 4]));
    }
}
