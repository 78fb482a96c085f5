//! Image pulls that fail now: which container, which image, and in whose words.

mod login;
pub mod making;
pub mod onnode;
pub mod said;
pub mod sibling;

use std::sync::Arc;

use k8s_openapi::api::core::v1::Volume;
use serde::Serialize;

use crate::cause::Match;
use crate::container::{ContainerKind, ContainerView};
use crate::event::Event;
use crate::evidence::cut;
use crate::finding::{Blame, Confidence, Evidence};
use crate::image::{DOCKER_HUB, registry_of, repository_of, tag_of};
use crate::pull::said::Failure;
use crate::redact::redact;
use crate::snapshot::Snapshot;

pub use login::{Credentials, Refusal, credentials, not_retrieved, refusal};

/// Waiting reasons of a container whose image is not there.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/images/types.go>
pub(crate) const REASONS: [&str; 7] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "RegistryUnavailable",
    "SignatureValidationFailed",
    "ErrImageNeverPull",
    "ImageInspectError",
];

/// Pages quote no more than this many characters of the words.
const MAX_WORDS: usize = 500;

/// One container waiting for its image.
#[derive(Clone, Debug)]
pub struct Pull<'a> {
    /// The container.
    pub container: ContainerView<'a>,
    /// The image as the spec writes it.
    pub image: &'a str,
    /// Why the last pull failed, in the kubelet's or runtime's words; empty when no one kept them.
    pub words: String,
    /// The container's state, and the event with the words when they stand there.
    pub evidence: Vec<Evidence>,
}

/// Every container that waits for its image, with the latest words about why.
///
/// Before 1.29 the state of a backed-off pull says only "Back-off pulling image": then the newest event of the
/// container that says more is taken.
pub fn failing_pulls(s: &Snapshot) -> Vec<Pull<'_>> {
    let waiting = |c: &ContainerView<'_>| c.waiting().is_some_and(|(reason, _)| REASONS.contains(&reason));
    // a debug container that cannot start does not make the pod fail
    let own = |c: &ContainerView<'_>| c.kind != ContainerKind::Ephemeral;
    // of a pod that is over, or on its way out, an image is no concern; one that ran out of time was waiting for it
    let over = s.phase() == "Failed" && !matches!(s.status_reason(), "" | "DeadlineExceeded");
    if over || s.is_deleting() || s.phase() == "Succeeded" {
        return Vec::new();
    }
    s.containers()
        .into_iter()
        .filter(|c| own(c) && waiting(c))
        .map(|container| failing_pull(s, container))
        .collect()
}

fn failing_pull<'a>(s: &'a Snapshot, container: ContainerView<'a>) -> Pull<'a> {
    let (_, message) = container.waiting().unwrap_or_default();
    let mut evidence: Vec<Evidence> = s.from_waiting(&container).into_iter().collect();
    let mut words = message.to_string();
    if says_nothing(message)
        && let Some(event) = telling_event(s, &container, message)
    {
        words = event.message.clone();
        evidence.insert(0, Evidence::event(event));
    }
    let image = volume_image(s, &format!("{message} {words}"), container.image());
    Pull { container, image: image.unwrap_or(container.image()), words, evidence }
}

/// The image of an image volume (1.31+), where the words name it and not the container's own.
fn volume_image<'a>(s: &'a Snapshot, words: &str, own: &str) -> Option<&'a str> {
    let names = |image: &str| !image.is_empty() && words.contains(image);
    let volumes = s.spec().and_then(|spec| spec.volumes.as_ref()).filter(|_| !names(own))?;
    let images = volumes.iter().filter_map(|volume| volume.image.as_ref()?.reference.as_deref());
    images.into_iter().find(|image| names(image))
}

/// "Back-off pulling image "x"" and "Error: ErrImagePull" repeat the state.
fn says_nothing(message: &str) -> bool {
    let bare_back_off = message.starts_with("Back-off pulling image") && !message.contains(": ");
    let bare_error = message.trim_start_matches("Error: ");
    bare_back_off || message.is_empty() || REASONS.contains(&bare_error)
}

/// Whether an event speaks of getting an image, rather than of a probe or of what the container did before.
fn is_about_image(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("image") && ["pull", "inspect", "parse", "tag"].iter().any(|part| message.contains(part))
}

/// The image the kubelet says it could not pull, as it writes it.
fn pulled_image(message: &str) -> Option<&str> {
    message.strip_prefix("Failed to pull image \"")?.split('"').next()
}

/// Whether the container, or an image volume, asks for this image: one that was there before it was changed in place is
/// of no concern. Kubelets write the default tag or do not.
fn is_written_so(s: &Snapshot, container: &ContainerView<'_>, pulled: &str) -> bool {
    let volumes = s.spec().and_then(|spec| spec.volumes.as_ref()).into_iter().flatten();
    let of_volumes = volumes.filter_map(|volume| volume.image.as_ref()?.reference.as_deref());
    let bare = |image: &'_ str| image.strip_suffix(":latest").unwrap_or(image).to_string();
    [container.image()].into_iter().chain(of_volumes).any(|image| bare(image) == bare(pulled))
}

/// The newest event that says why. The kubelet backs off by pod and image, so a container may wait for what happened to
/// another one of the same image.
fn telling_event<'a>(
    s: &'a Snapshot,
    container: &ContainerView<'a>,
    message: &str,
) -> Option<&'a Arc<Event>> {
    let image = volume_image(s, message, container.image()).unwrap_or(container.image());
    let names = |text: &str| !image.is_empty() && text.contains(&format!("\"{image}\""));
    let telling = |event: &Arc<Event>| {
        event.warning
            && !says_nothing(&event.message)
            && is_about_image(&event.message)
            && pulled_image(&event.message).is_none_or(|pulled| is_written_so(s, container, pulled))
    };
    let newest = |about: &dyn Fn(&Arc<Event>) -> bool| s.events.iter().rev().find(|e| telling(e) && about(e));
    newest(&|e| match &e.container {
        Some(name) => name == container.name,
        None => !image.is_empty() && e.message.contains(image),
    })
    .or_else(|| newest(&|e| e.message.starts_with("Failed to pull image") && names(&e.message)))
}

/// What every page about a pull is rendered with.
#[derive(Debug, Serialize)]
pub struct PullFacts {
    /// The image as the spec writes it.
    pub image: String,
    /// Its registry, `host[:port]`.
    pub registry: String,
    /// The same with its port: 443 when the image names none.
    pub address: String,
    /// What a docker-registry Secret calls it: Docker Hub has a name of its own there.
    pub login_server: String,
    /// The reference without tag.
    pub repository: String,
    /// The tag or digest.
    pub tag: String,
    /// The image volume (1.31+) that the image is for, where it is not the container's own.
    pub volume: Option<String>,
    /// The image without its registry: `team/app:v1`.
    pub path: String,
    /// The words, without what every pull's begin with.
    pub words: String,
    /// The node that pulls.
    pub node: String,
    /// The node's runtime and version as the kubelet reports it; empty when the Node was not read.
    pub runtime: String,
    /// dockerd, also behind dockershim or cri-dockerd; true for all three when it is not known.
    pub docker: bool,
    /// containerd
    pub containerd: bool,
    /// CRI-O
    pub crio: bool,
    /// containerd before 2.0, whose plugin is `io.containerd.grpc.v1.cri`; true as well when the version is not known.
    pub containerd_1: bool,
    /// containerd since 2.0, whose plugin is `io.containerd.cri.v1.images`; true as well when the version is not known.
    pub containerd_2: bool,
    /// dockerd behind the kubelet's own dockershim, which 1.24 took out.
    pub dockershim: bool,
    /// `k3s` or `rke2`, which write their containerd's configuration themselves, from a file of their own.
    pub rancher: Option<&'static str>,
    /// The kubelet's version; empty when the Node was not read.
    pub kubelet: String,
}

impl Pull<'_> {
    /// The registry.
    pub fn registry(&self) -> String {
        registry_of(self.image)
    }

    /// Whether it is one of Docker Hub's official images, which are never private: a name without a user.
    pub fn is_official(&self) -> bool {
        let repository = repository_of(self.image);
        let name = repository.strip_prefix("docker.io/").unwrap_or(repository);
        self.registry() == DOCKER_HUB && (!name.contains('/') || name.starts_with("library/"))
    }

    /// Whether the words are about reaching the registry itself: not a proxy before it, nor a signature after it.
    pub fn speaks_of_registry(&self) -> bool {
        let reason = self.container.waiting().map_or("", |(reason, _)| reason);
        matches!(reason, "ErrImagePull" | "ImagePullBackOff" | "RegistryUnavailable")
            && !self.words.contains("proxyconnect")
    }

    /// Whether nobody kept why it failed: the state says that it backs off, and the events are gone.
    pub fn is_wordless(&self) -> bool {
        says_nothing(&self.words)
    }

    /// The reason of the waiting state.
    pub fn reason(&self) -> &str {
        self.container.waiting().map_or("", |(reason, _)| reason)
    }

    /// Why it failed, as far as its words tell; never of an image that was not to be pulled or has no valid name.
    pub fn failure(&self) -> Option<Failure> {
        let tried =
            !matches!(self.reason(), "ErrImageNeverPull" | "InvalidImageName" | "SignatureValidationFailed");
        said::failure(&self.words).filter(|_| tried)
    }

    /// A match about this pull, with the state, the words and the image as evidence.
    pub fn found(&self, s: &Snapshot, confidence: Confidence, blame: Blame, facts: impl Serialize) -> Match {
        Match::new(confidence, blame, facts)
            .in_container(self.container.name)
            .because_all(self.evidence.clone())
            .because(s.from_spec(&format!("{}.image", self.container.spec_path()), self.image))
    }

    /// Whether a manifest that is not the one the spec names was not found: an index names it, and the registry lost it.
    pub fn lacks_another_digest(&self) -> bool {
        let lost = ["404", "not found", "manifest unknown"].iter().any(|part| self.words.contains(part));
        let after = ["manifests/sha256:", "reading manifest sha256:"]
            .iter()
            .find_map(|before| self.words.split_once(before).map(|(_, rest)| rest));
        let digest =
            after.map(|rest| rest.split(|c: char| !c.is_ascii_hexdigit()).next().unwrap_or_default());
        lost && digest.is_some_and(|digest| !digest.is_empty() && !self.image.contains(digest))
    }

    /// The image volume that the image is for, where it is not the container's own.
    fn volume(&self, s: &Snapshot) -> Option<String> {
        let volumes = s.spec()?.volumes.as_ref().filter(|_| self.image != self.container.image())?;
        let is_it = |v: &&Volume| v.image.as_ref().and_then(|i| i.reference.as_deref()) == Some(self.image);
        volumes.iter().find(is_it).map(|volume| volume.name.clone())
    }

    /// The page's data.
    pub fn facts(&self, s: &Snapshot) -> PullFacts {
        let runtime = runtime_of(s);
        let kubelet = kubelet_of(s);
        let is = |name: &str| runtime.is_empty() || runtime.starts_with(name);
        let major = runtime.strip_prefix("containerd://").map(|version| version.trim_start_matches('v'));
        PullFacts {
            containerd_1: is("containerd") && major.is_none_or(|v| v.starts_with("1.")),
            containerd_2: is("containerd") && major.is_none_or(|v| !v.starts_with("1.")),
            dockershim: is("docker") && minor_of(&kubelet).is_none_or(|minor| minor < 24),
            rancher: ["k3s", "rke2"]
                .into_iter()
                .find(|name| is("containerd") && kubelet.contains(&format!("+{name}"))),
            kubelet,
            volume: self.volume(s),
            image: self.image.to_string(),
            address: match self.registry() {
                registry if registry.contains(':') => registry,
                registry => format!("{registry}:443"),
            },
            login_server: match self.registry() {
                registry if registry == DOCKER_HUB => "https://index.docker.io/v1/".to_string(),
                registry => registry,
            },
            registry: self.registry(),
            repository: repository_of(self.image).to_string(),
            tag: tag_of(self.image).to_string(),
            words: cut(&redact(said::essence(&self.words)), MAX_WORDS),
            path: self.image.strip_prefix(&format!("{}/", self.registry())).unwrap_or(self.image).to_string(),
            node: s.node_name().unwrap_or_default().to_string(),
            docker: is("docker"),
            containerd: is("containerd"),
            crio: is("cri-o"),
            runtime,
        }
    }
}

/// `containerd://2.4.2`, as the node reports it.
pub fn runtime_of(s: &Snapshot) -> String {
    let info = s.node().and_then(|n| n.status.as_ref()?.node_info.as_ref());
    info.map(|info| info.container_runtime_version.clone()).unwrap_or_default()
}

/// `v1.31.2`, as the node reports it; empty when the Node was not read.
pub fn kubelet_of(s: &Snapshot) -> String {
    let info = s.node().and_then(|n| n.status.as_ref()?.node_info.as_ref());
    info.map(|info| info.kubelet_version.clone()).unwrap_or_default()
}

/// `31` of `v1.31.2`.
pub fn minor_of(version: &str) -> Option<u32> {
    let digits = version.trim_start_matches('v').split('.').nth(1)?;
    digits.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
}

/// A merge patch of the pod template's spec in an owner of this kind; `None` where a template cannot be changed.
pub fn template_patch(kind: &str, spec: serde_json::Value) -> Option<String> {
    let template = serde_json::json!({ "spec": { "template": { "spec": spec } } });
    match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => Some(template.to_string()),
        "CronJob" => Some(serde_json::json!({ "spec": { "jobTemplate": template } }).to_string()),
        _ => None,
    }
}
