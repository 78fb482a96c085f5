//! The image of the sandbox itself (pause) cannot be had on the node: no pod can start there, whatever its own image.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Stage};
use crate::image::registry_of;
use crate::remedy::RemedyKind;
use crate::sandbox::{NodeWords, Trouble, failure, is_refused, unnamed};
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `sandbox-image-unavailable`
pub const CAUSE: Cause = Cause {
    id: "sandbox-image-unavailable",
    stage: Some(Stage::Sandbox),
    since: "0.1.0",
    hides: &[
        "container-runtime-timeout",
        "image-name-wrong",
        "pull-denied",
        "pull-rate-limited",
        "pull-secret-missing",
        "pull-timeout",
        "registry-plain-http",
        "registry-unreachable",
        "registry-untrusted-ca",
        "sandbox-network-failed",
    ],
    expected: false,
    remedies: &[
        RemedyKind::words("preload"),
        RemedyKind::words("give-node-access"),
        RemedyKind::words("name-another"),
    ],
    wordings: &[
        Wording::telling(
            r#"(get|pull|find|inspect|ensure)(ing)? sandbox image \\*"(?P<image>[^"\\]+)"#,
            r#"Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image "registry.k8s.io/pause:3.6": failed to pull image "registry.k8s.io/pause:3.6""#,
            "containerd 1.0–2.x",
        ),
        Wording::telling(
            r#"(?s)creat\w+ ?pod ?sandbox.*?(failed to pull|failed pulling|error pulling|unable to pull)( and unpack)?( pause| infra)? image \\*"(?P<image>[^"\\]+)"#,
            r#"Failed to create pod sandbox: rpc error: code = Unknown desc = failed pulling image "k8s.gcr.io/pause:3.2": Error response from daemon: Get "https://k8s.gcr.io/v2/": dial tcp: i/o timeout"#,
            "kubelet 1.8–1.37 with dockershim, cri-dockerd, containerd",
        ),
        Wording::telling(
            r#"(?s)for \\*"POD\\*" with (ErrImagePull|ImagePullBackOff).*?image (pull failed for )?\\*"?(?P<image>[^\s,"\\]+)"#,
            r#"failed to "StartContainer" for "POD" with ImagePullBackOff: "Back-off pulling image \"gcr.io/google_containers/pause:2.0\"""#,
            "kubelet 1.1–1.7",
        ),
        Wording::telling(
            r#"for \\*"POD\\*" with (ErrImagePull|ImagePullBackOff|ErrImageNeverPull)"#,
            r#"Error syncing pod, skipping: failed to "StartContainer" for "POD" with ErrImagePull: "API error (500)""#,
            "kubelet 1.1–1.7",
        ),
        Wording::telling(
            r"infra container: image pull failed for (?P<image>[^\s,]+)",
            "Failed to create pod infra container: image pull failed for gcr.io/google_containers/pause:0.8.0, this may be because there are no credentials on this request.",
            "kubelet 0.x–1.2",
        ),
        Wording::telling(
            r#"(?s)pod sandbox with name "[^"]*":.*?docker://(?P<image>[^\s"]+?)[:"]*(\s|$)"#,
            r#"error creating pod sandbox with name "k8s_web-0_shop_1_0": initializing source docker://registry.k8s.io/pause:3.9: pinging container registry registry.k8s.io: Get "https://registry.k8s.io/v2/": dial tcp 34.96.108.209:443: i/o timeout"#,
            "CRI-O 1.11–1.37",
        ),
        Wording::telling(
            r"(?s)sandbox (for pod|container) .*No such image: (?P<image>\S+)",
            r#"failed to create a sandbox for pod "web-0": Error: No such image: k8s.gcr.io/pause:3.1"#,
            "kubelet 1.6–1.23 with dockershim",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Default, Serialize)]
struct Facts {
    image: String,
    registry: String,
    node: String,
    runtime: String,
    docker: bool,
    containerd1: bool,
    containerd2: bool,
    crio: bool,
    unreachable: bool,
    denied: bool,
    missing: bool,
    limited: bool,
    disk: bool,
    certificate: bool,
    own_images: Vec<String>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(failure) = failure(s, Trouble::Image) else { return Vec::new() };
    let words = failure.words;
    let image = CAUSE.wordings.iter().find_map(|w| w.capture(words, "image")).unwrap_or_default();
    let node = NodeWords::of(s);
    let blame = match image {
        "" => Blame::global("Node", &node.node),
        image => Blame::global("Image", image),
    };
    let found = Match::new(failure.confidence(s), blame, facts(s, &node, image, words));
    vec![found.because_all(failure.evidence(s))]
}

fn facts(s: &Snapshot, node: &NodeWords, image: &str, words: &str) -> Facts {
    let mut facts = Facts {
        image: image.to_string(),
        registry: if image.is_empty() { String::new() } else { registry_of(image) },
        docker: node.may_run("docker"),
        // up to 1.7 the setting is `sandbox_image`; 2.0 moved it
        containerd1: node.may_run("containerd") && node.runtime_major().is_none_or(|major| major < 2),
        containerd2: node.may_run("containerd") && node.runtime_major().is_none_or(|major| major >= 2),
        crio: node.may_run("cri-o"),
        node: node.node.clone(),
        runtime: node.runtime.clone(),
        ..Facts::default()
    };
    let own = s.containers();
    facts.own_images = own.iter().map(|c| c.image().to_string()).filter(|i| !i.is_empty()).collect();
    facts.own_images.sort();
    facts.own_images.dedup();
    say_why(&mut facts, words);
    facts
}

/// One of them, the first that is said: an unreachable token server also ends in "may require authorization".
fn say_why(facts: &mut Facts, words: &str) {
    let plain = unnamed(words);
    let lower = plain.to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    match () {
        () if says(LIMITED) => facts.limited = true,
        () if says(&["no space left"]) => facts.disk = true,
        () if says(&["x509:", "server gave http response", "does not look like a tls"]) => {
            facts.certificate = true
        }
        () if says(UNREACHABLE) => facts.unreachable = true,
        () if says(DENIED) || is_refused(&plain) => facts.denied = true,
        () if says(MISSING) => facts.missing = true,
        () => {}
    }
}

/// Of registries' words sentences count: an account, an address or a host's name holds any number and word.
const LIMITED: &[&str] =
    &["toomanyrequests", "too many requests", "status: 429", "status code 429", "status code: 429"];

const DENIED: &[&str] = &[
    "access denied",
    "access is denied",
    "access to the resource is denied",
    "denied: ",
    "may require authorization",
    "authorization failed",
    "authorization token",
    "authorization status",
    "not authorized",
    "authentication required",
    "authentication failed",
    "failed to authorize",
    "fetch anonymous token",
    "fetch oauth token",
    "no basic auth",
    "auth credentials",
    "no credentials",
    "invalid username",
    "docker login",
    "insufficient_scope",
    "status: 401",
    "status: 403",
];

const MISSING: &[&str] = &[
    "not found",
    "manifest unknown",
    "name unknown",
    "no such image",
    "status: 404",
    "code 404",
    "code: 404",
];

const UNREACHABLE: &[&str] = &[
    "dial tcp",
    "i/o timeout",
    "no such host",
    "connection refused",
    "connection reset",
    "no route to host",
    "handshake timeout",
    "deadline exceeded",
    "client.timeout",
    ": eof",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_no_reason() {
        for (words, wanted) in [
            (r#"sandbox "9c429f3c" image "a/pause:3": failed to resolve: a/pause:3: not found"#, "missing"),
            ("602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/pause:3.99: not found", "missing"),
            ("harbor.oauth.example/pause:3.9: not found", "missing"),
            (r#"Head "https://a/v2/": dial tcp [2404:6800:4290:c06::52]:443: i/o timeout"#, "unreachable"),
            ("dial tcp 10.0.0.1:14290: connect: connection refused", "unreachable"),
            ("unexpected status from HEAD request to https://a/v2/: 429 Too Many Requests", "limited"),
            ("failed to authorize: fetch anonymous token: unexpected status: 401 Unauthorized", "denied"),
            ("pull access denied for a/pause, repository does not exist", "denied"),
            ("unexpected status: 403 Forbidden", "denied"),
        ] {
            let mut facts = Facts::default();
            say_why(&mut facts, words);
            let facts = serde_json::to_value(facts).unwrap();
            assert_eq!(facts[wanted], true, "{words}: {facts}");
        }
    }
}
