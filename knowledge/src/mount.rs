//! Volumes that are not attached or mounted: what the three causes about them share.

mod driver;
mod said;
mod storage;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use crate::causes::volume::{volume_attach_failed, volume_multi_attach};
use crate::event::Event;
use crate::sandbox::lacks_sandbox;
use crate::snapshot::Snapshot;
use crate::wording::first_match;

pub use driver::unwell_driver_pod;
pub use said::without_names;
pub use storage::{
    Attachment, Storage, attachments, has_driver, is_attached_by_node, lacks_driver, may_have, storage_of,
    storages,
};

/// What keeps a volume from the pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Another node holds it.
    Multi,
    /// It does not come to the node.
    Attach,
    /// It is not mounted.
    Mount,
}

/// A failure that may still hold.
pub struct Failure<'a> {
    /// The latest event of it.
    pub event: &'a Arc<Event>,
    /// The volume as the event names it: the PersistentVolume's name, or an inline volume's in the pod. Empty where the
    /// event names none.
    pub volume: String,
}

static VOLUME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"volume "?([^"\s]+)"? ?(?:\(UniqueName|:|Volume )"#).ok());
/// Before 1.8 the unique name came first, and the volume's own after it.
static SPEC_NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"\(spec\.Name: "([^"]+)"\)"#).ok());

/// Whether it only says that the volumes are still not there: the reason stands in another event.
pub fn is_secondary(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("mount volumes for pod")
        || message.contains("attach or mount volumes")
        || message.contains("unmounted volumes=")
        || message.contains("waiting for volumes to attach")
}

/// What other causes explain: a ConfigMap, Secret, key, claim or account that is not there, a check of a hostPath, a
/// kubelet that has not read an object yet.
const OTHERS: &[&str] = &[
    "not registered",
    "non-existent config key",
    "non-existent secret key",
    "couldn't find key",
    "hostpath type check failed",
    "failed to sync configmap cache",
    "failed to sync secret cache",
];

fn is_of_another_cause(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    // the Secret a CSI driver needs is named in the PersistentVolume, and may stand in any namespace
    if message.contains("secretref") {
        return false;
    }
    let kinds = ["configmap \"", "configmaps \"", "secret \"", "secrets \"", "persistentvolume"];
    let accounts = ["serviceaccount \"", "serviceaccounts \""];
    // a projected volume lists what each of its sources lacks
    let absent =
        message.contains("\" not found") && kinds.iter().chain(&accounts).any(|kind| message.contains(kind));
    absent || OTHERS.iter().any(|words| message.contains(words))
}

/// Whose trouble an event's message tells of.
fn trouble(event: &Event) -> Option<Trouble> {
    let message = event.message.as_str();
    let lower = message.to_ascii_lowercase();
    let about_volumes =
        matches!(event.reason.as_str(), "FailedMount" | "FailedAttachVolume" | "FailedMapVolume")
            || ["attachvolume.", "mountvolume.", "mapvolume.", "multi-attach"]
                .iter()
                .any(|word| lower.contains(word));
    if !event.warning || !about_volumes || is_secondary(message) || is_of_another_cause(message) {
        return None;
    }
    if first_match(volume_multi_attach::CAUSE.wordings, message).is_some() {
        return Some(Trouble::Multi);
    }
    let attaching = event.reason == "FailedAttachVolume"
        || first_match(volume_attach_failed::CAUSE.wordings, message).is_some();
    if attaching { Some(Trouble::Attach) } else { Some(Trouble::Mount) }
}

/// The volumes that fail in this way, each with its latest event, and nothing that came later speaking against it.
pub fn failures(s: &Snapshot, wanted: Trouble) -> Vec<Failure<'_>> {
    if !lacks_sandbox(s) {
        return Vec::new();
    }
    let mut latest: BTreeMap<String, (&Arc<Event>, Trouble)> = BTreeMap::new();
    for event in &s.events {
        if let Some(trouble) = trouble(event) {
            latest.insert(volume_in(&event.message), (event, trouble));
        }
    }
    latest
        .into_iter()
        .filter(|(volume, (event, trouble))| {
            // a claim made anew may have another volume by now
            let own = *trouble == Trouble::Mount || may_have(s, volume);
            *trouble == wanted
                && own
                && still_holds(s, event, volume)
                && !came_since(s, event, volume, *trouble)
                && !was_mounted_since(s, event, volume)
        })
        .map(|(volume, (event, _))| Failure { event, volume })
        .collect()
}

/// Whether the words are that a CSI driver is not on the node.
pub fn is_unregistered(words: &str) -> bool {
    words.contains("does not contain driver") || words.contains("list of registered CSI drivers")
}

/// Whether the volume was attached to the pod's node after all. A kubelet that lacks the driver does not see that.
fn came_since(s: &Snapshot, event: &Event, volume: &str, trouble: Trouble) -> bool {
    let here = |a: &Attachment| a.attached && !a.leaving && Some(a.node.as_str()) == s.node_name();
    // what is staged on the node was attached before: that another still uses it shows then only
    trouble != Trouble::Mount
        && !event.message.contains("registered CSI drivers")
        && !event.message.contains("MountDevice")
        && (attachments(s, volume).iter().any(here) || is_attached_by_node(s, volume))
}

/// Whether the kubelet has since listed what it still waits for, and this volume is not in the list.
fn was_mounted_since(s: &Snapshot, event: &Event, volume: &str) -> bool {
    let Some(name) = storage_of(s, volume).map(|storage| storage.name) else { return false };
    let told = s.events.iter().rev().find(|e| e.warning && is_secondary(&e.message));
    told.filter(|e| event.at.is_some() && e.at > event.at)
        .and_then(|e| unmounted(&e.message))
        .is_some_and(|names| !names.is_empty() && !names.contains(&name))
}

/// Whether the kubelet, or who attaches, has since failed at something that is not this volume.
pub fn has_failed_otherwise_since(s: &Snapshot, failure: &Failure<'_>) -> bool {
    let otherwise =
        |e: &&Arc<Event>| !is_secondary(&e.message) && !e.message.contains(failure.volume.as_str());
    let kubelets = |e: &&Arc<Event>| {
        e.warning && e.reason.starts_with("Failed") && !e.reason.eq_ignore_ascii_case("FailedScheduling")
    };
    let later = |e: &&Arc<Event>| failure.event.at.is_some() && e.at > failure.event.at;
    s.events.iter().filter(kubelets).filter(later).any(|e| otherwise(&e))
}

/// The volume a message names.
fn volume_in(message: &str) -> String {
    let spec = SPEC_NAME.as_ref().and_then(|re| re.captures(message));
    let found = spec.or_else(|| VOLUME.as_ref().and_then(|re| re.captures(message)));
    found.map(|c| c[1].trim_end_matches(':').to_string()).unwrap_or_default()
}

/// A kubelet that still fails for this tries again within two minutes; of what it says, one event in five minutes gets
/// through.
const STALE_SECONDS: i64 = 900;

/// Sandboxes and images come after all volumes are mounted: a later word about them says that this one was.
fn still_holds(s: &Snapshot, event: &Event, volume: &str) -> bool {
    let Some(at) = event.at else { return true };
    let later: Vec<&Arc<Event>> = s.events.iter().filter(|e| e.at.is_some_and(|other| other > at)).collect();
    let past = |e: &&Arc<Event>| {
        let own = !volume.is_empty() && e.message.contains(volume);
        matches!(
            e.reason.as_str(),
            "FailedCreatePodSandBox"
                | "SandboxChanged"
                | "Pulling"
                | "Pulled"
                | "Created"
                | "Started"
                | "BackOff"
        ) || (own && matches!(e.reason.as_str(), "SuccessfulMountVolume"))
            || (own && e.reason == "SuccessfulAttachVolume" && trouble(event) != Some(Trouble::Mount))
    };
    let ended = s.containers().iter().any(|c| {
        c.last_end().and_then(|end| end.finished_at.as_ref()).is_some_and(|finished| finished.0 > at)
    });
    let speaking =
        |e: &&&Arc<Event>| e.warning && !is_secondary(&e.message) && e.reason.starts_with("Failed");
    let newest = later.iter().filter(speaking).filter_map(|e| e.at).max();
    let overtaken = newest.is_some_and(|newest| newest.as_second() - at.as_second() > STALE_SECONDS);
    !ended && !overtaken && !later.iter().any(past)
}

/// The event that only says that volumes are still missing, with the pod's names for them, when it may still hold.
pub fn waiting(s: &Snapshot) -> Option<(&Arc<Event>, Vec<String>)> {
    if !lacks_sandbox(s) {
        return None;
    }
    let event = s.events.iter().rev().find(|e| e.warning && is_secondary(&e.message))?;
    // before 1.15 the lists were named in this order
    let names = unmounted(&event.message).or_else(|| list(&event.message, "volumes=[")).unwrap_or_default();
    still_holds(s, event, "").then_some((event, names))
}

/// Whether the kubelet waits for volumes, and not for this one, by its name in the pod.
pub fn is_mounted_by_now(s: &Snapshot, name: &str) -> bool {
    waiting(s).is_some_and(|(_, names)| !names.is_empty() && !names.iter().any(|other| other == name))
}

/// The volumes that are still not mounted, by their names in the pod.
fn unmounted(message: &str) -> Option<Vec<String>> {
    list(message, "unmounted volumes=[")
}

fn list(message: &str, mark: &str) -> Option<Vec<String>> {
    let (_, rest) = message.split_once(mark)?;
    let (inside, _) = rest.split_once(']')?;
    Some(inside.split([' ', ',']).filter(|name| !name.is_empty()).map(str::to_string).collect())
}
