//! A NodeReport: what an agent sees of its node. It is facts, and what could not be read is named as a gap.
//!
//! The knowledge reads the same fields as `podwhy_knowledge::NodeFacts`; a test holds both to each other.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// At most so many containers are reported: the ones that changed last.
pub const MOST_CONTAINERS: usize = 600;
/// At most so many manifests of static pods.
pub const MOST_MANIFESTS: usize = 40;
/// At most so many classes of errors.
pub const MOST_CLASSES: usize = 24;
/// At most so many uids of pods in one class.
pub const MOST_UIDS: usize = 16;
/// At most so many neighbours are probed.
pub const MOST_NEIGHBOURS: usize = 8;
/// At most so many mounts, disks, units, gaps.
pub const MOST_OTHERS: usize = 32;
/// An excerpt has at most so many characters.
pub const MOST_EXCERPT: usize = 400;
/// A whole report has at most so many bytes as JSON: etcd takes one and a half million, and it is written often.
pub const MOST_BYTES: usize = 256 * 1024;

/// What is seen of one node. Its object has the node's name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Report {
    /// The agent's version.
    pub agent: String,
    /// The uid of its Node object.
    pub node_uid: String,
    /// When what follows was last found to have changed.
    #[schemars(with = "Option<String>")]
    pub reported_at: Option<Timestamp>,
    /// systemd's units of the kubelet and the runtime.
    pub units: Vec<Unit>,
    /// `5.15.0-1019-aws`
    pub kernel: String,
    /// `containerd 2.1.4`, as the runtime itself says.
    pub runtime: String,
    /// `v1.31.2`, as the Node or the running binary says.
    pub kubelet: String,
    /// What the kubelet's configuration says.
    pub limits: KubeletLimits,
    /// Its hard eviction thresholds: `memory.available: 100Mi`.
    pub eviction_hard: BTreeMap<String, String>,
    /// The file systems of the kubelet and of the images.
    pub disks: Vec<Disk>,
    /// Mount points that are read-only and were not meant to be.
    pub read_only_mounts: Vec<String>,
    /// The manifests in the static pods' folder.
    pub static_pods: Vec<StaticManifest>,
    /// Recent errors in the journals, by class.
    pub journal: Vec<JournalClass>,
    /// The containers as the runtime sees them; none when it was not asked or did not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub containers: Option<Vec<RuntimeContainer>>,
    /// Whether containers live on when the runtime's unit is restarted.
    pub survival: Survival,
    /// What this agent would do when it is told to.
    pub actions: Vec<Offered>,
    /// The other nodes whose kubelets it probes.
    pub neighbours: Vec<Neighbour>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

/// One systemd unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Unit {
    /// `kubelet.service`
    pub name: String,
    /// systemd's `ActiveState`: `active`, `inactive`, `failed`, `activating`.
    pub active: String,
    /// systemd's `SubState`: `running`, `auto-restart`.
    pub sub: String,
    /// systemd's `Result` of the last run: `success`, `exit-code`, `oom-kill`.
    pub result: String,
    /// Since when it is so.
    #[schemars(with = "Option<String>")]
    pub since: Option<Timestamp>,
    /// systemd's `InvocationID`: another one after each start.
    pub invocation: String,
}

/// The kubelet's effective settings.
/// <https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct KubeletLimits {
    /// `maxPods`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_pods: Option<i64>,
    /// `eventRecordQPS`
    #[serde(rename = "eventQps", skip_serializing_if = "Option::is_none")]
    pub event_qps: Option<i64>,
    /// `eventBurst`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_burst: Option<i64>,
    /// `kubeAPIQPS`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kube_api_qps: Option<i64>,
    /// `kubeAPIBurst`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kube_api_burst: Option<i64>,
    /// `registryPullQPS`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry_pull_qps: Option<i64>,
    /// `registryBurst`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry_burst: Option<i64>,
}

/// A file system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Disk {
    /// `/var/lib/containerd`, as it is called on the node.
    pub path: String,
    /// Bytes.
    pub capacity: u64,
    /// Bytes that a process may still write.
    pub free: u64,
    /// Inodes.
    pub inodes: u64,
    /// Inodes that are left.
    pub inodes_free: u64,
}

/// A manifest of a static pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct StaticManifest {
    /// `/etc/kubernetes/manifests/kube-apiserver.yaml`
    pub path: String,
    /// The SHA-256 of the file. The kubelet's own hash is of what it parsed, and cannot be made of the file alone.
    pub sha256: String,
    /// When the file changed last.
    #[schemars(with = "Option<String>")]
    pub changed_at: Option<Timestamp>,
    /// `metadata.namespace`
    pub namespace: String,
    /// `metadata.name`, without the node's.
    pub name: String,
    /// Container names and images, in the manifest's order.
    pub images: Vec<ManifestImage>,
    /// Why it could not be parsed, if so.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unread: String,
}

/// A container of a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ManifestImage {
    /// The container.
    pub container: String,
    /// Its image.
    pub image: String,
}

/// One class of errors in a unit's journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct JournalClass {
    /// `unmount-busy`, `readlink-invalid`, `pleg`, `api-throttled`, `disk-io`, `oom-kill`.
    pub class: String,
    /// `kubelet.service`; `kernel`.
    pub unit: String,
    /// How often within the time that is looked at.
    pub count: u64,
    /// When last.
    #[schemars(with = "Option<String>")]
    pub last: Option<Timestamp>,
    /// One line of it, redacted.
    pub excerpt: String,
    /// The uids of the pods that its lines name.
    pub pod_uids: Vec<String>,
}

/// A container as the runtime sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RuntimeContainer {
    /// Its pod's namespace.
    pub namespace: String,
    /// Its pod.
    pub pod: String,
    /// Its pod's uid.
    pub pod_uid: String,
    /// Its name.
    pub name: String,
    /// `running`, `exited`, `created`, `unknown`.
    pub state: String,
    /// When it started.
    #[schemars(with = "Option<String>")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schemars(with = "Option<String>")]
    pub finished_at: Option<Timestamp>,
}

/// Whether containers live on when the runtime's unit is restarted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Survival {
    /// Whether they do; none where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub survive: Option<bool>,
    /// By what: `KillMode=process`, `live-restore is off`.
    pub because: String,
    /// How many run now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<u64>,
}

/// What an agent would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Offered {
    /// One of [`crate::ticket::Action`]'s words.
    pub action: String,
    /// The unit that is restarted, where one is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// Why it would not, if so: no systemd, a server's unit, not enabled.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why_not: String,
}

/// Another node, as its kubelet's port is reached from here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Neighbour {
    /// Its name.
    pub node: String,
    /// The uid of its Node object.
    pub uid: String,
    /// What came of the last probe.
    pub outcome: Outcome,
    /// When it was made, by this node's clock.
    #[schemars(with = "Option<String>")]
    pub at: Option<Timestamp>,
    /// When something there answered last: this agent knows a way to it. None where it never did.
    #[schemars(with = "Option<String>")]
    pub reached_at: Option<Timestamp>,
    /// How long the last probe took, in milliseconds.
    pub took_ms: u64,
}

/// What came of a probe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was not probed yet.
    #[default]
    NotYet,
    /// The connection was made.
    Answered,
    /// The connection was refused: a machine's kernel does that.
    Refused,
    /// Nothing came back.
    TimedOut,
    /// There is no way there, says this node: that tells nothing of the other.
    NoRoute,
}

/// What could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Gap {
    /// `journal`, `systemd`, `cri`, `kubelet configuration`.
    pub what: String,
    /// Why.
    pub why: String,
}

impl Report {
    /// Cut to what one object may hold, and what was cut is said.
    pub fn bounded(mut self) -> Report {
        let mut cut = Vec::new();
        if let Some(containers) = &mut self.containers {
            containers.sort_by_key(|one| std::cmp::Reverse(one.finished_at.max(one.started_at)));
            keep(containers, MOST_CONTAINERS, "containers", &mut cut);
        }
        keep(&mut self.static_pods, MOST_MANIFESTS, "static pods", &mut cut);
        keep(&mut self.journal, MOST_CLASSES, "classes of errors", &mut cut);
        keep(&mut self.neighbours, MOST_NEIGHBOURS, "neighbours", &mut cut);
        keep(&mut self.units, MOST_OTHERS, "units", &mut cut);
        keep(&mut self.disks, MOST_OTHERS, "disks", &mut cut);
        keep(&mut self.read_only_mounts, MOST_OTHERS, "read-only mounts", &mut cut);
        for class in &mut self.journal {
            shorten(&mut class.excerpt);
            class.pod_uids.truncate(MOST_UIDS);
        }
        for manifest in &mut self.static_pods {
            shorten(&mut manifest.unread);
            keep(&mut manifest.images, MOST_OTHERS, "images of a static pod", &mut cut);
        }
        while self.size() > MOST_BYTES {
            let Some(containers) = self.containers.as_mut().filter(|containers| !containers.is_empty())
            else {
                break;
            };
            let half = containers.len() / 2;
            keep(containers, half, "containers", &mut cut);
        }
        self.gaps.extend(cut.into_iter().map(|why| Gap { what: "report".to_string(), why }));
        self.gaps.iter_mut().for_each(|gap| shorten(&mut gap.why));
        self.gaps.truncate(MOST_OTHERS);
        self
    }

    /// Whether it tells the same as another one, whenever they were made. That a disk has a little less room is no news, nor that a
    /// neighbour answered again; that one is silent still is.
    pub fn tells_as(&self, other: &Report) -> bool {
        self.timeless() == other.timeless()
    }

    fn timeless(&self) -> Report {
        let mut report = Report { reported_at: None, ..self.clone() };
        for disk in &mut report.disks {
            disk.free = coarse(disk.free, disk.capacity);
            disk.inodes_free = coarse(disk.inodes_free, disk.inodes);
        }
        for one in report.neighbours.iter_mut().filter(|one| one.outcome == Outcome::Answered) {
            (one.at, one.took_ms, one.reached_at) = (None, 0, None);
        }
        report
    }

    fn size(&self) -> usize {
        serde_json::to_vec(self).map_or(0, |bytes| bytes.len())
    }
}

/// In hundredths of all.
fn coarse(free: u64, all: u64) -> u64 {
    free / (all / 100).max(1)
}

fn keep<T>(list: &mut Vec<T>, most: usize, what: &str, cut: &mut Vec<String>) {
    if list.len() > most {
        cut.push(format!("{} of {} {what} are left out", list.len() - most, list.len()));
        list.truncate(most);
    }
}

fn shorten(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(MOST_EXCERPT) {
        text.truncate(end);
        text.push('…');
    }
}

#[cfg(test)]
mod tests;
