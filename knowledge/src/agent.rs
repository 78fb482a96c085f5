//! What the node agent reports of its node: the facts no API object holds.
//!
//! It is the spec of a `NodeReport` (`podwhy.dev/v1alpha1`), named as its node. Everything in it may be missing: an agent reports
//! what it could read.

use jiff::Timestamp;
use serde::Deserialize;

/// A report about one node.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeFacts {
    /// When it was made.
    pub reported_at: Option<Timestamp>,
    /// The uid of the Node object that it is about.
    pub node_uid: String,
    /// systemd units of the kubelet and the runtime.
    pub units: Vec<Unit>,
    /// `5.15.0-1019-aws`
    pub kernel: String,
    /// `docker 17.03.1`, `containerd 2.1.4`, as the runtime itself says.
    pub runtime: String,
    /// `v1.31.2`, as the running binary says.
    pub kubelet: String,
    /// What the kubelet's own configuration says, where it was read.
    pub limits: KubeletLimits,
    /// The file systems of the kubelet and of the images.
    pub disks: Vec<Disk>,
    /// Mount points that are read-only and should not be.
    pub read_only_mounts: Vec<String>,
    /// The manifests in the static pods' folder.
    pub static_pods: Vec<StaticManifest>,
    /// Recent errors in the journals, by class.
    pub journal: Vec<JournalClass>,
    /// The containers as the runtime sees them; `None` when it was not asked or did not answer.
    pub containers: Option<Vec<RuntimeContainer>>,
    /// Whether containers live on when the runtime is restarted.
    pub survival: Survival,
    /// What the agent would do when it is told to.
    pub actions: Vec<Ability>,
}

/// Whether containers live on when the runtime is restarted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Survival {
    /// Whether they do; `None` where that is not known.
    pub survive: Option<bool>,
    /// By what: `KillMode=process`.
    pub because: String,
    /// How many run.
    pub running: Option<u64>,
}

/// Something that the agent would do, or why it would not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Ability {
    /// `restart-kubelet`, `restart-runtime`, `remove-image`.
    pub action: String,
    /// The unit that is restarted, where one is.
    pub unit: String,
    /// Why it would not; empty where it would.
    pub why_not: String,
}

/// One systemd unit.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Unit {
    /// `kubelet.service`
    pub name: String,
    /// systemd's `ActiveState`: `active`, `inactive`, `failed`, `activating`.
    pub active: String,
    /// systemd's `Result` of the last run: `success`, `exit-code`, `oom-kill` …
    pub result: String,
    /// Since when.
    pub since: Option<Timestamp>,
}

impl Unit {
    /// Whether it is the kubelet's.
    pub fn is_kubelet(&self) -> bool {
        ["kubelet", "k3s", "k3s-agent", "rke2-agent", "rke2-server", "k0sworker", "kubelite"]
            .contains(&self.short())
    }

    /// Whether it is the container runtime's.
    pub fn is_runtime(&self) -> bool {
        ["containerd", "docker", "crio", "cri-o", "cri-docker"].contains(&self.short())
    }

    /// Whether it runs.
    pub fn is_active(&self) -> bool {
        matches!(self.active.as_str(), "active" | "reloading" | "refreshing")
    }

    fn short(&self) -> &str {
        let name = self.name.strip_suffix(".service").unwrap_or(&self.name);
        // `snap.microk8s.daemon-kubelite`
        name.rsplit_once(".daemon-").map_or(name, |(_, daemon)| daemon)
    }
}

/// The kubelet's effective settings.
/// <https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/>
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KubeletLimits {
    /// `maxPods`
    pub max_pods: Option<i64>,
    /// `eventRecordQPS`
    pub event_qps: Option<i64>,
    /// `eventBurst`
    pub event_burst: Option<i64>,
    /// `kubeAPIQPS`
    pub kube_api_qps: Option<i64>,
    /// `kubeAPIBurst`
    pub kube_api_burst: Option<i64>,
    /// `registryPullQPS`
    pub registry_pull_qps: Option<i64>,
    /// `registryBurst`
    pub registry_burst: Option<i64>,
}

/// A file system.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Disk {
    /// `/var/lib/containerd`
    pub path: String,
    /// Bytes.
    pub capacity: u64,
    /// Bytes a process may still write.
    pub free: u64,
    /// Inodes.
    pub inodes: u64,
    /// Inodes left.
    pub inodes_free: u64,
}

/// A manifest of a static pod.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StaticManifest {
    /// `/etc/kubernetes/manifests/kube-apiserver.yaml`
    pub path: String,
    /// Its hash as the kubelet computes it; empty where it is not known.
    pub hash: String,
    /// When the file changed last.
    pub changed_at: Option<Timestamp>,
    /// `metadata.namespace`
    pub namespace: String,
    /// `metadata.name`, without the node's.
    pub name: String,
    /// Container name and image, in the manifest's order.
    pub images: Vec<ManifestImage>,
    /// Why it could not be parsed; empty where it was.
    pub unread: String,
}

/// A container of a static pod's manifest.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ManifestImage {
    /// The container.
    pub container: String,
    /// Its image.
    pub image: String,
}

/// One class of error in a unit's journal.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JournalClass {
    /// `unmount-busy`, `status-refused`, `readlink-invalid`, `pleg`, `api-throttled`, `pull-qps`, `disk-io`, `oom-kill`, `read-only` …
    pub class: String,
    /// `kubelet.service`
    pub unit: String,
    /// How often, lately.
    pub count: u64,
    /// When last.
    pub last: Option<Timestamp>,
    /// One line of it.
    pub excerpt: String,
    /// The uids of the pods its lines name, where they name any.
    pub pod_uids: Vec<String>,
}

impl JournalClass {
    /// Whether one of its lines is about this pod.
    pub fn is_about(&self, uid: &str) -> bool {
        !uid.is_empty() && (self.pod_uids.iter().any(|known| known == uid) || self.excerpt.contains(uid))
    }
}

/// A container as the runtime sees it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
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
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl NodeFacts {
    /// The unit of the kubelet. Where several could be its, one that runs.
    pub fn kubelet_unit(&self) -> Option<&Unit> {
        let all = || self.units.iter().filter(|unit| unit.is_kubelet());
        all().find(|unit| unit.is_active()).or_else(|| all().next())
    }

    /// The unit of the runtime. Of dockerd and its containerd, dockerd's.
    pub fn runtime_unit(&self) -> Option<&Unit> {
        let docker = self.units.iter().find(|unit| unit.name.starts_with("docker"));
        docker.or_else(|| self.units.iter().find(|unit| unit.is_runtime()))
    }

    /// Errors of this class.
    pub fn errors(&self, class: &str) -> Option<&JournalClass> {
        self.journal.iter().find(|known| known.class == class && known.count > 0)
    }

    /// The containers of a pod as the runtime sees them; `None` when it was not asked or did not answer.
    pub fn containers_of(&self, namespace: &str, pod: &str, uid: &str) -> Option<Vec<&RuntimeContainer>> {
        let of_pod = |c: &&RuntimeContainer| match c.pod_uid.is_empty() {
            true => c.namespace == namespace && c.pod == pod,
            false => c.pod_uid == uid,
        };
        Some(self.containers.as_ref()?.iter().filter(of_pod).collect())
    }
}
