//! The node does not reach the registry: no address, no answer, a proxy, a cut connection, or a server that is down.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Stage};
use crate::image::{host_in, registry_of};
use crate::pull::said::{Failure, Reach};
use crate::pull::sibling::previous;
use crate::pull::{Pull, PullFacts, failing_pulls};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `registry-unreachable`
pub const CAUSE: Cause = Cause {
    id: "registry-unreachable",
    stage: Some(Stage::Image),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("check-path"),
        RemedyKind::words("fix-proxy"),
        RemedyKind::words("use-mirror"),
        RemedyKind::words("correct-address"),
    ],
    wordings: &[
        Wording::telling(
            r#"(failed to pull|pull and unpack|pulling image|pinging (container|docker) registry|failed to resolve (reference|image)|initializing source|fetch (anonymous|oauth) token|from daemon: (get|head)|https?://[^/\s"]+/v[12]/("|:|_ping)|/(manifests|blobs)/)[^\n]{0,400}(no such host|server misbehaving|name resolution|dial tcp|proxyconnect|connection refused|no route to host|network is unreachable|i/o timeout|TLS handshake timeout|connection timed out|while awaiting headers|connection reset)"#,
            r#"failed to do request: Head "https://registry.corp/v2/a/manifests/1": dial tcp: lookup registry.corp on 10.0.0.2:53: no such host"#,
            "dockerd 1.5–28, containerd 1.x–2.x, CRI-O",
        ),
        Wording::telling(
            r#"received unexpected HTTP status: 5\d\d|unexpected status[^\n]*: 5\d\d |RegistryUnavailable|/manifests/\S+": Service Unavailable|pinging container registry \S+: [^\n]*(dial|EOF|timeout|status 5)"#,
            "Error response from daemon: received unexpected HTTP status: 503 Service Unavailable",
            "dockerd 1.12–28, containerd 1.x–2.x, CRI-O, kubelet 1.2–1.37",
        ),
        Wording::telling(
            r"(failed to copy|error pulling image configuration|httpReadSeeker)[^\n]*(: EOF|unexpected EOF|connection reset)",
            r#"error pulling image configuration: Get "https://production.cloudflare.docker.com/registry-v2/docker/registry/v2/blobs/sha256/aa/data": EOF"#,
            "dockerd 1.6–28, containerd 1.x–2.x",
        ),
        Wording::hint(
            r"lookup \S+( on \S+)?: no such host|read tcp \S+: read: connection reset by peer",
            "lookup index.docker.io on 10.0.2.3:53: no such host",
            "Go net",
        ),
        Wording::hint(
            r"dial tcp[^\n]*(i/o timeout|no such host|connection refused|no route to host|server misbehaving|connection timed out|network is unreachable)|net/http: TLS handshake timeout|proxyconnect|Client\.Timeout exceeded while awaiting headers",
            "dial tcp 108.160.165.173:443: i/o timeout",
            "Go net, net/http",
        ),
        Wording::hint(
            r#"(Head|Get) "?https?://\S+/v2/\S*: EOF|(pull|copy|manifests?/|blobs?/)[^\n]*unexpected EOF"#,
            r#"failed to do request: Head "https://10.172.49.246/v2/team/app/manifests/1": EOF"#,
            "dockerd 1.12–28, containerd 1.x–2.x",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    #[serde(flatten)]
    pull: PullFacts,
    dns: bool,
    no_answer: bool,
    refused: bool,
    proxy: bool,
    cut: bool,
    unavailable: bool,
    /// Who was not reached, `host` or `host:port`: not always the registry itself.
    host: String,
    /// It is a token server, a blob store or a mirror.
    elsewhere: bool,
    /// Google's registries, which whole countries cannot reach.
    often_blocked: bool,
    /// k8s.gcr.io, which gets no new images since April 2023.
    frozen: bool,
    /// The same image under the address that took over from k8s.gcr.io.
    successor: String,
    /// What the workload ran before, from another registry.
    previous: Option<String>,
    owner: String,
    owner_is_pod: bool,
    /// containerd, dockerd or CRI-O as systemd calls it.
    unit: &'static str,
}

/// <https://kubernetes.io/blog/2023/02/06/k8s-gcr-io-freeze-announcement/>
const FROZEN: &str = "k8s.gcr.io";

fn detect(s: &Snapshot) -> Vec<Match> {
    failing_pulls(s).into_iter().filter_map(|pull| of_pull(s, &pull)).collect()
}

fn of_pull(s: &Snapshot, pull: &Pull<'_>) -> Option<Match> {
    let reach = match pull.failure() {
        Some(Failure::Unreachable(reach)) => reach,
        // the kubelet's own word for it, whatever the runtime wrote
        None if pull.reason() == "RegistryUnavailable" && !speaks_of_tls(&pull.words) => Reach::Unavailable,
        _ => return None,
    };
    let registry = pull.registry();
    let host = host_of(&pull.words).unwrap_or_else(|| registry.clone());
    let confidence = match reach {
        // a connection that is cut may be an HTTP registry that hangs up on TLS; a 5xx may be about this image alone
        Reach::Cut | Reach::Unavailable => Confidence::Likely,
        Reach::Dns | Reach::NoAnswer | Reach::Refused | Reach::Proxy => Confidence::Certain,
    };
    let owner = s.top_owner();
    let is = |known: Reach| reach == known;
    let previous = previous(s, pull).filter(|p| registry_of(&p.image) != registry);
    let facts = Facts {
        dns: is(Reach::Dns),
        no_answer: is(Reach::NoAnswer),
        refused: is(Reach::Refused),
        proxy: is(Reach::Proxy),
        cut: is(Reach::Cut),
        unavailable: is(Reach::Unavailable),
        elsewhere: host.split(':').next() != registry.split(':').next(),
        often_blocked: is_often_blocked(&registry),
        frozen: registry == FROZEN,
        successor: pull.image.replacen(FROZEN, "registry.k8s.io", 1),
        previous: previous.as_ref().map(|p| p.image.clone()),
        owner_is_pod: owner.kind == "Pod",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        unit: unit_of(&crate::pull::runtime_of(s)),
        host,
        pull: pull.facts(s),
    };
    let found = pull.found(s, confidence, Blame::global("Registry", &registry), facts);
    Some(found.because_all(previous.map(|p| p.evidence())))
}

/// It was reached: of certificates and plain HTTP other causes speak.
fn speaks_of_tls(words: &str) -> bool {
    ["x509:", "HTTP response to HTTPS", "TLS handshake", "oversized record"]
        .iter()
        .any(|part| words.contains(part))
}

fn is_often_blocked(registry: &str) -> bool {
    let host = registry.split(':').next().unwrap_or_default();
    host == "gcr.io" || host.ends_with(".gcr.io") || host == "registry.k8s.io" || host.ends_with(".pkg.dev")
}

/// The unit whose environment holds the proxy.
fn unit_of(runtime: &str) -> &'static str {
    if runtime.starts_with("docker") {
        "docker"
    } else if runtime.starts_with("cri-o") {
        "crio"
    } else {
        "containerd"
    }
}

static LOOKED_UP: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"lookup ([A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9])").ok());

/// Whom the words name: the name that was looked up, else the first URL's host.
fn host_of(words: &str) -> Option<String> {
    let looked_up = LOOKED_UP.as_ref().and_then(|re| re.captures(words)).map(|found| found[1].to_string());
    looked_up.or_else(|| host_in(words))
}
