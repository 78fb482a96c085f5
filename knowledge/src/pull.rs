//! Image pulls that fail now: which container, which image, and in whose words.

use std::sync::Arc;

use serde::Serialize;

use crate::container::{ContainerKind, ContainerView};
use crate::event::Event;
use crate::finding::Evidence;
use crate::image::{registry_of, repository_of, tag_of};
use crate::snapshot::Snapshot;
use crate::world::Lookup;

/// Waiting reasons of a container whose image is not there.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/images/types.go>
const REASONS: [&str; 7] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "RegistryUnavailable",
    "SignatureValidationFailed",
    "ErrImageNeverPull",
    "ImageInspectError",
];

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
        && let Some(event) = telling_event(s, &container)
    {
        words = event.message.clone();
        evidence.insert(0, Evidence::event(event));
    }
    Pull { container, image: container.image(), words, evidence }
}

/// "Back-off pulling image "x"" and "Error: ErrImagePull" repeat the state.
fn says_nothing(message: &str) -> bool {
    let bare_back_off = message.starts_with("Back-off pulling image") && !message.contains(": ");
    let bare_error = message.trim_start_matches("Error: ");
    bare_back_off || message.is_empty() || REASONS.contains(&bare_error)
}

fn telling_event<'a>(s: &'a Snapshot, container: &ContainerView<'a>) -> Option<&'a Arc<Event>> {
    let image = container.image();
    s.events.iter().rev().find(|event| {
        let about = match &event.container {
            Some(name) => name == container.name,
            None => !image.is_empty() && event.message.contains(image),
        };
        about && event.warning && !says_nothing(&event.message)
    })
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
    /// The reference without tag.
    pub repository: String,
    /// The tag or digest.
    pub tag: String,
    /// The words.
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
        self.registry() == crate::image::DOCKER_HUB && (!name.contains('/') || name.starts_with("library/"))
    }

    /// Whether the words are about reaching the registry itself: not a proxy before it, nor a signature after it.
    pub fn speaks_of_registry(&self) -> bool {
        let reason = self.container.waiting().map_or("", |(reason, _)| reason);
        matches!(reason, "ErrImagePull" | "ImagePullBackOff" | "RegistryUnavailable")
            && !self.words.contains("proxyconnect")
    }

    /// The page's data.
    pub fn facts(&self, s: &Snapshot) -> PullFacts {
        let runtime = runtime_of(s);
        let is = |name: &str| runtime.is_empty() || runtime.starts_with(name);
        PullFacts {
            image: self.image.to_string(),
            address: match self.registry() {
                registry if registry.contains(':') => registry,
                registry => format!("{registry}:443"),
            },
            registry: self.registry(),
            repository: repository_of(self.image).to_string(),
            tag: tag_of(self.image).to_string(),
            words: self.words.clone(),
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

/// How far the pod's pull secrets go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// The pod names none.
    None,
    /// It names some, and one exists.
    Present(String),
    /// The kubelet or the API server says that this one does not exist; `true` when it is the only one named.
    Missing(String, bool),
    /// It names some, and none was read.
    Unseen(String),
}

/// The pod's pull secrets. The ServiceAccount's are copied into the pod when it is made.
pub fn credentials(s: &Snapshot) -> Credentials {
    let names: Vec<&str> = s
        .spec()
        .and_then(|spec| spec.image_pull_secrets.as_ref())
        .into_iter()
        .flatten()
        .map(|reference| reference.name.as_str())
        .filter(|name| !name.is_empty())
        .collect();
    let Some(first) = names.first() else {
        return Credentials::None;
    };
    for name in &names {
        let proved = match s.world.secret(s.namespace(), name) {
            Lookup::Absent => true,
            // it may have been made since the kubelet said so
            Lookup::Found(_) => false,
            Lookup::Unseen => not_retrieved(s, name).is_some(),
        };
        if proved {
            return Credentials::Missing((*name).to_string(), names.len() == 1);
        }
    }
    for name in &names {
        if matches!(s.world.secret(s.namespace(), name), Lookup::Found(_)) {
            return Credentials::Present((*name).to_string());
        }
    }
    Credentials::Unseen((*first).to_string())
}

/// The kubelet's event about a pull secret it could not read (1.24+).
pub fn not_retrieved<'a>(s: &'a Snapshot, name: &str) -> Option<&'a Arc<Event>> {
    let listed = |message: &str| {
        let inside =
            message.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside);
        inside.is_some_and(|inside| inside.split([',', ' ']).any(|word| word == name))
    };
    s.events
        .iter()
        .rev()
        .find(|e| e.message.contains("retrieve some image pull secrets") && listed(&e.message))
}

/// How a registry turned the pull away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The runtime had nothing to show.
    NothingSent,
    /// What was shown was not accepted, or nothing was shown and the registry does not say which.
    Refused,
    /// Whoever asked may not have it: 403.
    Forbidden,
    /// Docker Hub's way: no such repository, or not for you.
    Ambiguous,
}

/// The registry, or its token server, was not reached or was too busy: then nobody judged a login.
const NOT_JUDGED: &[&str] = &[
    "dial tcp",
    "no such host",
    "i/o timeout",
    "connection refused",
    "connection reset",
    "handshake",
    "deadline exceeded",
    "request canceled",
    "context canceled",
    "server gave http response",
    // a blob that another host refuses after the registry has given the manifest
    "httpreadseeker",
    "x509:",
    ": eof",
    "proxyconnect",
    "toomanyrequests",
    "429 too many",
    "500 internal",
    "502 bad gateway",
    "503 service",
    "504 gateway",
];

/// Reads the words of a failed pull for a refusal.
pub fn refusal(words: &str) -> Option<Refusal> {
    // a file system's "permission denied" is not the registry's
    let words = words.to_ascii_lowercase().replace("permission denied", "");
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    if has(NOT_JUDGED) {
        return None;
    }
    if has(&["no basic auth credentials", "anonymous pulls are not allowed"]) {
        return Some(Refusal::NothingSent);
    }
    // a token server that gives nothing to strangers says the same of what does not exist
    let token = has(&["failed to fetch anonymous token", "requesting bearer token"]);
    if token && has(&["401", "403", "unauthorized", "denied", "insufficient_scope"]) {
        return Some(Refusal::Ambiguous);
    }
    if has(&[
        "pull access denied",
        "requested access to the resource is denied",
        "insufficient_scope",
        "no pull access",
    ]) {
        return Some(Refusal::Ambiguous);
    }
    if has(&[
        "403 forbidden",
        "403 (forbidden)",
        "not authorized to perform",
        "denied: permission",
        "access forbidden",
    ]) {
        return Some(Refusal::Forbidden);
    }
    let refused = has(&[
        "401 unauthorized",
        "401 (unauthorized)",
        "unauthorized:",
        "authentication required",
        "incorrect username or password",
        "denied: ",
    ]);
    refused.then_some(Refusal::Refused)
}
