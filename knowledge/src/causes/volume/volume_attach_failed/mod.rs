//! A volume cannot be attached to the pod's node: its driver is not there, or refuses.

mod why;

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::mount::{
    Attachment, Failure, Storage, Trouble, attachments, failures, has_driver, is_unregistered, lacks_driver,
    storage_of, storages, unwell_driver_pod,
};
use crate::remedy::RemedyKind;
use crate::sandbox::lacks_sandbox;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

use why::Why;

/// `volume-attach-failed`
pub const CAUSE: Cause = Cause {
    id: "volume-attach-failed",
    stage: Some(Stage::Volume),
    since: "0.1.0",
    hides: &["volume-mount-failed"],
    expected: false,
    remedies: &[
        RemedyKind::words("look-at-driver"),
        RemedyKind::words("look-at-attachment"),
        RemedyKind::words("move-pod"),
    ],
    wordings: &[
        Wording::telling(
            r"CSINode (?P<name>\S+) does not contain driver (?P<driver>[^\s,:]+)",
            r#"AttachVolume.Attach failed for volume "pvc-3a9f" : CSINode wrk-4 does not contain driver ebs.csi.aws.com"#,
            "attach-detach controller 1.14–1.37",
        )
        .blames("Node"),
        Wording::telling(
            r"driver name (?P<driver>\S+) not found in the list of registered CSI drivers",
            r#"MountVolume.MountDevice failed for volume "pvc-c228" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name driver.longhorn.io not found in the list of registered CSI drivers"#,
            "kubelet 1.11–1.37",
        ),
        Wording::telling(
            r"timed out waiting for external-attacher of (?P<driver>\S+) CSI driver",
            r#"AttachVolume.Attach failed for volume "data" : timed out waiting for external-attacher of csi-nfsplugin CSI driver to attach volume data-60111c"#,
            "attach-detach controller 1.24–1.37",
        ),
        Wording::telling(
            r"AttachVolume\.\w+ failed|MountVolume\.WaitForAttach failed|volume attachment is being deleted",
            r#"AttachVolume.Attach failed for volume "pvc-1" : rpc error: code = NotFound desc = volume not found"#,
            "attach-detach controller and kubelet 1.3–1.37",
        ),
        Wording::hint(
            r#"volume (is )?not attached according to node status"#,
            r#"Error: "Volume not attached according to node status for volume "pvc-98e22a46""#,
            "kubelet 1.3–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Default, Serialize)]
struct Facts {
    volume: String,
    claim: Option<String>,
    node: String,
    driver: Option<String>,
    /// The driver is not registered on the node.
    absent: bool,
    /// It was not, and is by now.
    registered: bool,
    /// The kubelet calls a program that the node does not have.
    helper: bool,
    /// It passes by itself.
    throttled: bool,
    timeout: bool,
    denied: bool,
    gone: bool,
    full: bool,
    zone: bool,
    other: bool,
    words: String,
    driver_pod: Option<String>,
    driver_ailment: Option<String>,
    driver_namespace: Option<String>,
    driver_name: Option<String>,
    attachment: Option<String>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if !lacks_sandbox(s) {
        return Vec::new();
    }
    // a driver comes up with its node: at first its words are as they should be
    let starting = s.is_on_new_node() && s.is_young();
    let early = |f: &&Failure<'_>| starting && is_unregistered(&f.event.message);
    let all = failures(s, Trouble::Attach);
    let mut found: Vec<Match> = all.iter().filter(|f| !early(f)).map(|f| by_event(s, f)).collect();
    if found.is_empty() && !starting {
        found.extend(storages(s).iter().find_map(|storage| by_objects(s, storage)));
    }
    found
}

fn by_event(s: &Snapshot, failure: &Failure<'_>) -> Match {
    let storage = storage_of(s, &failure.volume)
        .unwrap_or_else(|| Storage { volume: Some(failure.volume.clone()), ..Storage::default() });
    let own = own_attachment(s, &storage);
    let words = &failure.event.message;
    matched(s, &storage, own, words, Some(failure), Confidence::Certain)
}

/// Without an event: what the attacher wrote into the VolumeAttachment, or a node that does not list the driver.
fn by_objects(s: &Snapshot, storage: &Storage) -> Option<Match> {
    let own = own_attachment(s, storage);
    if let Some(error) = own.as_ref().filter(|a| !a.attached && !a.leaving).and_then(|a| a.error.clone()) {
        return Some(matched(s, storage, own, &error, None, Confidence::Certain));
    }
    let absent = s.node_name().zip(storage.driver.as_deref()).and_then(|(n, d)| lacks_driver(s, n, d));
    absent.map(|_| matched(s, storage, own, "", None, Confidence::Likely))
}

fn own_attachment(s: &Snapshot, storage: &Storage) -> Option<Attachment> {
    let all = attachments(s, storage.volume.as_deref()?);
    all.into_iter().find(|a| Some(a.node.as_str()) == s.node_name())
}

fn matched(
    s: &Snapshot,
    storage: &Storage,
    own: Option<Attachment>,
    words: &str,
    failure: Option<&Failure<'_>>,
    confidence: Confidence,
) -> Match {
    let node = s.node_name().unwrap_or_default();
    let named = CAUSE.wordings.iter().find_map(|w| w.capture(words, "driver")).map(str::to_string);
    let driver = storage.driver.clone().or(named);
    let listed = driver.as_deref().and_then(|driver| lacks_driver(s, node, driver));
    let told = is_unregistered(words);
    // what the event says was so when it was written; the node's list is as it is now
    let registered = driver.as_deref().is_some_and(|driver| has_driver(s, node, driver));
    let absent = (listed.is_some() || told) && !registered;
    let confidence = if told && registered { Confidence::Possible } else { confidence };
    let facts = facts(s, storage, own.as_ref(), words, driver, absent, told && registered);
    let on_node = absent || facts.helper;
    let blame = if on_node { Blame::global("Node", node) } else { storage.blame(s) };
    Match::new(confidence, blame, facts)
        .because_all(failure.map(|f| Evidence::event(f.event)))
        .because_all(own.as_ref().map(Attachment::evidence))
        .because_all(listed)
}

fn facts(
    s: &Snapshot,
    storage: &Storage,
    own: Option<&Attachment>,
    words: &str,
    driver: Option<String>,
    absent: bool,
    registered: bool,
) -> Facts {
    let node = s.node_name().unwrap_or_default();
    // which driver's pod is to be looked at is known only where the driver is
    let pod = driver.as_deref().and_then(|driver| unwell_driver_pod(s, node, driver));
    let split = pod.as_ref().and_then(|(pod, _)| pod.split_once('/'));
    let why = why::why(words);
    let mut facts = Facts {
        volume: storage.volume.clone().unwrap_or_else(|| storage.name.clone()),
        claim: storage.claim.clone(),
        node: node.to_string(),
        driver,
        absent,
        registered,
        words: why::essence(words),
        driver_namespace: split.map(|(namespace, _)| namespace.to_string()),
        driver_name: split.map(|(_, name)| name.to_string()),
        driver_pod: pod.as_ref().map(|(pod, _)| pod.clone()),
        driver_ailment: pod.as_ref().map(|(_, ailment)| ailment.clone()),
        attachment: own.map(|a| a.name.clone()),
        ..Facts::default()
    };
    match why {
        _ if absent => {}
        // the words are of before: nothing in them is so any more
        _ if registered => facts.other = true,
        Why::Helper => facts.helper = true,
        Why::Throttled => facts.throttled = true,
        Why::Denied => facts.denied = true,
        Why::Gone => facts.gone = true,
        Why::Full => facts.full = true,
        Why::Zone => facts.zone = true,
        Why::Timeout => facts.timeout = true,
        Why::Other => facts.other = true,
    }
    facts
}
