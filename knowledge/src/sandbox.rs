//! Pods whose sandbox could not be made: what the causes about it share.
//!
//! The kubelet mounts the volumes, has the runtime make the sandbox with its network, and only then pulls images. A pod
//! that has a sandbox now is past all of that, whatever its older events say.

mod plugin;
mod words;

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;

use crate::agent::JournalClass;
use crate::causes::image::node_disk_full_for_images;
use crate::causes::sandbox::{
    cni_not_ready, container_runtime_timeout, memory_limit_too_small, pod_ip_exhausted,
    runtime_class_missing, sandbox_image_unavailable, sandbox_network_failed,
};
use crate::container::{ContainerKind, ContainerView};
use crate::event::Event;
use crate::finding::{Confidence, Evidence, Source};
use crate::snapshot::Snapshot;
use crate::wording::{Wording, first_match};

pub use plugin::unwell_network_pod;
use words::making;
pub use words::{is_refused, unnamed};

/// What kept the sandbox from being made, by the words of whoever failed. The order in which they are asked is theirs:
/// a network plugin that times out is the plugin's trouble before it is the runtime's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The memory limit.
    Memory,
    /// The pause image.
    Image,
    /// The RuntimeClass or its handler.
    RuntimeClass,
    /// The node's disk is full.
    Disk,
    /// No address is left.
    Address,
    /// The node's network is not set up.
    NotReady,
    /// The plugin failed for this pod.
    Network,
    /// The runtime was too slow.
    Timeout,
}

const TROUBLES: [(Trouble, &[Wording]); 7] = [
    (Trouble::Memory, memory_limit_too_small::CAUSE.wordings),
    (Trouble::Image, sandbox_image_unavailable::CAUSE.wordings),
    (Trouble::RuntimeClass, runtime_class_missing::CAUSE.wordings),
    (Trouble::Address, pod_ip_exhausted::CAUSE.wordings),
    (Trouble::NotReady, cni_not_ready::CAUSE.wordings),
    (Trouble::Network, sandbox_network_failed::CAUSE.wordings),
    (Trouble::Timeout, container_runtime_timeout::CAUSE.wordings),
];

/// Whose trouble a message about a sandbox tells of.
pub fn trouble(message: &str) -> Option<Trouble> {
    let message = making(message);
    let told = TROUBLES.iter().find(|(_, wordings)| first_match(wordings, message).is_some());
    match told.map(|(trouble, _)| *trouble) {
        // these come before anything is written for the sandbox
        Some(early @ (Trouble::Memory | Trouble::Image | Trouble::RuntimeClass)) => Some(early),
        _ if node_disk_full_for_images::fills_before_sandbox(message) => Some(Trouble::Disk),
        other => other,
    }
}

/// The latest event about a sandbox that could not be made, if it can still hold, with how often it was told in all.
pub struct Failure<'a> {
    /// The event.
    pub event: &'a Arc<Event>,
    /// How often the kubelet said so, in all its events of this trouble.
    pub times: i64,
    /// What went wrong: the event's message, or where it says nothing a line of the node's journal.
    pub words: &'a str,
    journal: Option<&'a JournalClass>,
}

impl Failure<'_> {
    /// The event, the journal's line, and the pod condition that says that there is no sandbox, where the kubelet
    /// writes it (1.25 and up).
    pub fn evidence(&self, s: &Snapshot) -> Vec<Evidence> {
        let condition = CONDITIONS.iter().find_map(|name| s.from_condition(name));
        let node = s.node_name().unwrap_or_default();
        let journal = self.journal.map(|line| {
            let text = format!("{}: {}", line.unit, line.excerpt);
            Evidence::new(Source::Agent, format!("Node {node}"), line.last, text)
        });
        journal.into_iter().chain([Evidence::event(self.event)]).chain(condition).collect()
    }

    /// A line of the journal that does not name the pod may be another pod's; a kubelet that has failed at a volume since
    /// did not come as far as the sandbox again; and a sandbox that dies for want of memory takes its network with it.
    pub fn confidence(&self, s: &Snapshot) -> Confidence {
        let named = |line: &JournalClass| line.excerpt.contains(s.name());
        let since = last_volume_failure(s).zip(self.event.at);
        let since = since.map_or(0, |(mounting, at)| mounting.as_second() - at.as_second());
        if since > REPEATS_SECONDS {
            return Confidence::Possible;
        }
        let effect = matches!(trouble(self.words), Some(Trouble::Network | Trouble::Timeout | Trouble::Disk));
        let doubtful =
            !self.journal.is_none_or(named) || since > 0 || (effect && memory_limit_too_small::is_proven(s));
        if doubtful { Confidence::Likely } else { Confidence::Certain }
    }
}

/// Kubelets of 1.8 and 1.9 wrote nothing else; why stands in their journal alone.
const BARE: [&str; 3] = ["failed create pod sandbox", "failed to create pod sandbox", "error syncing pod"];

fn is_bare(event: &Event) -> bool {
    BARE.contains(&event.message.trim().trim_end_matches('.').to_ascii_lowercase().as_str())
}

/// The line of the node's journal that says what an event does not.
fn journal_of<'a>(s: &'a Snapshot, event: &Event) -> Option<&'a JournalClass> {
    let near = |line: &JournalClass| match (line.last, event.at) {
        (Some(last), Some(at)) => (last.as_second() - at.as_second()).abs() <= STALE_SECONDS,
        _ => true,
    };
    let sandbox = |line: &JournalClass| {
        let excerpt = line.excerpt.to_ascii_lowercase();
        ["sandbox", "infra container"].iter().any(|word| excerpt.contains(word))
    };
    let lines = s.agent()?.journal.iter().filter(|line| near(line) && sandbox(line));
    let (named, others): (Vec<_>, Vec<_>) = lines
        .filter(|line| trouble(&line.excerpt).is_some())
        .partition(|line| line.excerpt.contains(s.name()));
    named.into_iter().chain(others).next()
}

/// The kubelet's own word on whether the sandbox and its network stand: 1.28 and up, and 1.25 to 1.27 behind a gate.
/// <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-has-network>
const CONDITIONS: [&str; 2] = ["PodReadyToStartContainers", "PodHasNetwork"];

/// The latest failure to make the pod's sandbox, when it is of this trouble and may still be so.
pub fn failure(s: &Snapshot, wanted: Trouble) -> Option<Failure<'_>> {
    if !lacks_sandbox(s) {
        return None;
    }
    let told: Vec<Failure<'_>> = s
        .events
        .iter()
        .filter(|e| is_about_sandbox(e))
        .filter_map(|event| {
            let journal = is_bare(event).then(|| journal_of(s, event)).flatten();
            let words = making(journal.map_or(event.message.as_str(), |line| line.excerpt.as_str()));
            trouble(words).map(|_| Failure { event, times: event.count, words, journal })
        })
        .collect();
    let times = told.iter().filter(|f| trouble(f.words) == Some(wanted)).map(|f| f.times).sum();
    let latest = told.into_iter().next_back()?;
    let holds = trouble(latest.words) == Some(wanted) && still_holds(s, latest.event);
    holds.then_some(Failure { times, ..latest })
}

/// Whether the pod waits on its node without a sandbox: nothing of it runs, was pulled, or got an address.
pub fn lacks_sandbox(s: &Snapshot) -> bool {
    let Some(pod) = s.pod() else { return false };
    if s.is_deleting() || s.node_name().is_none() || matches!(s.phase(), "Succeeded" | "Failed") {
        return false;
    }
    let blank = |c: &ContainerView<'_>| {
        let waits = c.waiting().map(|(reason, _)| reason);
        let untouched = matches!(waits, None | Some("" | "ContainerCreating" | "PodInitializing"));
        untouched && !c.is_running() && !c.is_ready()
    };
    // a kubelet that has nothing to say of the containers says so while it is pending: anything else is a pod in brief
    if s.phase() != "Pending" && s.containers().iter().all(|c| c.status.is_none()) {
        return false;
    }
    // an end may be left behind: an init container's, or on a node that was started anew every container's
    let own = |c: &ContainerView<'_>| c.kind != ContainerKind::Ephemeral;
    if !s.containers().iter().filter(|c| own(c)).all(blank) {
        return false;
    }
    match CONDITIONS.iter().find_map(|name| s.condition(name)) {
        Some(condition) => condition.status != "True",
        None => !has_address(pod) || s.containers().iter().any(|c| c.last_end().is_some()),
    }
}

/// Whether a sandbox gave the pod an address. One on the host's network has the host's from the start.
fn has_address(pod: &Pod) -> bool {
    !on_host_network(pod)
        && pod.status.as_ref().and_then(|s| s.pod_ip.as_deref()).is_some_and(|ip| !ip.is_empty())
}

/// Whether the pod uses its node's network, and needs none of the plugin's.
pub fn on_host_network(pod: &Pod) -> bool {
    pod.spec.as_ref().and_then(|spec| spec.host_network).unwrap_or(false)
}

/// A kubelet that cannot make the sandbox, or waits for the network, says so under these reasons; before 1.8 under
/// `FailedSync`, with what failed in the message.
fn is_about_sandbox(event: &Event) -> bool {
    let message = making(&event.message).to_ascii_lowercase();
    let by_reason = ["FailedCreatePodSandBox", "NetworkNotReady"].contains(&event.reason.as_str());
    let by_message =
        ["pod sandbox", "createpodsandbox", "infra container", "network is not ready", "setupnetwork"];
    let parted = ["killpodsandbox", "teardown", "failed to stop sandbox", "failed to destroy network"];
    event.warning
        && !parted.iter().any(|word| message.contains(word))
        && (by_reason
            || (message.contains("\"startcontainer\" for \"pod\""))
            || (!message.starts_with("pod sandbox changed")
                && by_message.iter().any(|m| message.contains(m))))
}

/// A kubelet that still fails for this says so again within this; it mounts the volumes anew before each try.
const STALE_SECONDS: i64 = 900;

/// Of what a kubelet says of one pod again and again, one event in so many seconds gets through.
const REPEATS_SECONDS: i64 = 300;

/// Whether nothing that comes later in a pod's life was told after the event, nor an end of a container's run.
fn still_holds(s: &Snapshot, event: &Event) -> bool {
    let Some(at) = event.at else { return true };
    let later = |e: &&Arc<Event>| e.at.is_some_and(|other| other > at);
    let past = |e: &&Arc<Event>| {
        matches!(e.reason.as_str(), "Pulling" | "Pulled" | "Created" | "Started" | "BackOff")
            || (e.reason == "Failed" && e.container.is_some())
    };
    let ended = s.containers().iter().any(|c| {
        c.last_end().and_then(|end| end.finished_at.as_ref()).is_some_and(|finished| finished.0 > at)
    });
    let overtaken =
        last_volume_failure(s).is_some_and(|other| other.as_second() - at.as_second() > STALE_SECONDS);
    !ended && !overtaken && !s.events.iter().filter(later).any(|e| past(&e))
}

/// When a volume last kept the kubelet from going on.
fn last_volume_failure(s: &Snapshot) -> Option<Timestamp> {
    let volumes = ["FailedMount", "FailedMapVolume", "FailedAttachVolume"];
    s.events.iter().filter(|e| volumes.contains(&e.reason.as_str())).filter_map(|e| e.at).max()
}

/// What every page about a sandbox is rendered with besides its own: the node and how it runs containers.
#[derive(Clone, Debug, Default)]
pub struct NodeWords {
    /// The node's name.
    pub node: String,
    /// `containerd 2.1.4`; empty when the Node was not read.
    pub runtime: String,
    /// `v1.31.2`; empty when the Node was not read.
    pub kubelet: String,
}

impl NodeWords {
    /// Of the pod's node.
    pub fn of(s: &Snapshot) -> NodeWords {
        let info = s.node().and_then(|node| node.status.as_ref()?.node_info.as_ref());
        NodeWords {
            node: s.node_name().unwrap_or_default().to_string(),
            runtime: info
                .map(|i| i.container_runtime_version.replacen("://", " ", 1))
                .or_else(|| s.agent().map(|agent| agent.runtime.clone()))
                .unwrap_or_default(),
            kubelet: info
                .map(|i| i.kubelet_version.clone())
                .or_else(|| s.agent().map(|agent| agent.kubelet.clone()))
                .unwrap_or_default(),
        }
    }

    /// Whether the runtime may be this one: also when it is not known.
    pub fn may_run(&self, runtime: &str) -> bool {
        self.runtime.is_empty() || self.runtime.starts_with(runtime)
    }

    /// The runtime's major version, where known: `2` of `containerd 2.1.4`.
    pub fn runtime_major(&self) -> Option<u32> {
        self.runtime.split_once(' ')?.1.trim_start_matches('v').split('.').next()?.parse().ok()
    }
}
