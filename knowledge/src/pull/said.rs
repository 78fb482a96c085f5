//! What the words of a failed pull say: each sentence of kubelets, runtimes and registries belongs to one failure.
//!
//! The order of the questions matters: a runtime wraps the reason in what it was doing, so "not found" ends a sentence
//! about a platform, and "EOF" one about a proxy.

/// Why a pull failed, as far as its words tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The kubelet's own limit on pulls.
    Qps,
    /// The registry's limit on pulls.
    RateLimited,
    /// The node had no room for the image.
    DiskFull,
    /// The image is not made for the node's operating system or architecture.
    Platform,
    /// The registry serves something that does not fit together.
    Broken(Broken),
    /// The node's own copy of the image or of one of its layers is damaged.
    NodeCopy,
    /// The pull was given up, or stalls.
    Timeout(Slow),
    /// The registry was not reached.
    Unreachable(Reach),
}

/// What is wrong with the image in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A blob or manifest that the image names is not there.
    Lost,
    /// What came is not what its digest or size says.
    Mismatch,
    /// A manifest in a format that the runtime no longer takes, or that is no manifest.
    Format,
}

/// How a slow pull ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slow {
    /// Nothing came for as long as the runtime, or dockershim, waits.
    NoProgress,
    /// The time for the whole request was over.
    Deadline,
}

/// Where the way to the registry ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Its name has no address.
    Dns,
    /// Nothing answered.
    NoAnswer,
    /// The host answered that nobody listens there, or that there is no way.
    Refused,
    /// The HTTP proxy of the runtime.
    Proxy,
    /// The connection was made and cut.
    Cut,
    /// A server answered that it cannot serve: 5xx.
    Unavailable,
}

impl Reach {
    /// A word for the pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Reach::Dns => "dns",
            Reach::NoAnswer => "no-answer",
            Reach::Refused => "refused",
            Reach::Proxy => "proxy",
            Reach::Cut => "cut",
            Reach::Unavailable => "unavailable",
        }
    }
}

/// The kubelet does not reach its own runtime: of the image and its registry nothing is said.
const RUNTIME_GONE: &[&str] = &[
    "dial unix",
    ".sock",
    "cannot connect to the docker daemon",
    "error reading from server",
    "transport is closing",
    "connection error: desc",
    "unknown service runtime.",
];
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/images/puller.go> and `helpers.go`
const QPS: &[&str] = &["pull qps exceeded"];
const DISK_FULL: &[&str] =
    &["no space left on device", "disk quota exceeded", "not enough space on the disk"];
const RATE: &[&str] =
    &["toomanyrequests", "too many requests", "status 429", "pull rate limit", "rate exceeded", ": 429"];
/// containerd, dockerd (since 1.10), CRI-O (containers/image), Windows.
const PLATFORM: &[&str] = &[
    "no match for platform in manifest",
    "no matching manifest for",
    "no supported platform found in manifest list",
    "cannot be used on this platform",
    "no image found in manifest list for architecture",
    "no image found in image index for architecture",
    "image operating system mismatch",
    "image architecture mismatch",
    "does not match the specified platform",
    "operating system does not match the host operating system",
    "-based image is incompatible with a ",
];
const LOST: &[&str] =
    &["unknown blob", "blob unknown", "blob_unknown", "blob not found", "could not fetch content descriptor"];
const MISMATCH: &[&str] = &[
    "filesystem layer verification failed",
    "manifest verification failed",
    "image verification failed for digest",
    "config verification failed for digest",
    "unexpected commit digest",
    "unexpected commit size",
    "failed size validation",
    "digest did not match",
    "digest mismatch",
    "digest mismatched",
    "does not match provided manifest digest",
    "layers from manifest don't match image configuration",
];
const FORMAT: &[&str] = &[
    "manifest invalid",
    "manifest_invalid",
    "schema 1 support",
    "schema1",
    "manifest.v1+prettyjws",
    "unsupported manifest media type",
    "unsupported manifest format",
    "unsupported schema version",
    "unknown manifest type",
    "mediatype in manifest should be",
    "invalid tar header",
    "gzip: invalid header",
    "unsupported media type",
    "unknown media type",
];
/// What dockerd, containerd's content store and the snapshotters say of damaged files of their own.
const NODE_COPY: &[&str] = &[
    "file integrity checksum failed",
    "input/output error",
    "structure needs cleaning",
    "unable to prepare extraction snapshot",
    "failed to get reader from content store",
    "layer does not exist",
    "failed to stat parent",
    "parent snapshot",
    "bad message",
];
const DNS: &[&str] =
    &["no such host", "read udp", "server misbehaving", "name resolution", "dial tcp: lookup"];
const NO_ANSWER: &[&str] = &[
    "i/o timeout",
    "connection timed out",
    "handshake timeout",
    "awaiting headers",
    "waiting for connection",
    "a connection attempt failed because the connected party did not properly respond",
];
const REFUSED: &[&str] =
    &["connection refused", "actively refused", "no route to host", "network is unreachable", "host is down"];
const CUT: &[&str] = &[
    "connection reset",
    "broken pipe",
    "unexpected eof",
    "http2: server sent goaway",
    "stream error: stream id",
    "connection was aborted",
    "forcibly closed",
    "transport connection broken",
    "use of closed network connection",
    "server closed idle connection",
    "client connection lost",
];
const UNAVAILABLE: &[&str] = &[
    "500 internal server error",
    "502 bad gateway",
    "503 service",
    "504 gateway",
    "status code 500",
    "status code 502",
    "status code 503",
    "status code 504",
    "status: 500",
    "status: 502",
    "status: 503",
    "status: 504",
    "received unexpected http status: 5",
    "bad gateway",
    "registry is unavailable",
    "registryunavailable",
    "internal server error",
];
/// Sentences with a time that ran out while the image came.
const READING: &[&str] =
    &["while reading body", "read tcp", "failed to copy", "copying blob", "writing blob"];

/// Reads the words of a failed pull. `None`: they tell of something else (a login, a name, a certificate), or nothing.
pub fn failure(words: &str) -> Option<Failure> {
    let text = words.to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if has(RUNTIME_GONE) {
        return None;
    }
    if has(QPS) {
        return Some(Failure::Qps);
    }
    if has(DISK_FULL) {
        return Some(Failure::DiskFull);
    }
    if has(RATE) {
        return Some(Failure::RateLimited);
    }
    if has(PLATFORM) {
        return Some(Failure::Platform);
    }
    // a certificate and plain HTTP are asked for by their own causes, and a proxy's are the proxy's
    let proxy = has(&["proxyconnect", "proxy authentication required", "407 proxy"]);
    if !proxy && has(&["x509:", "server gave http response", "does not look like a tls handshake"]) {
        return None;
    }
    if proxy {
        return Some(Failure::Unreachable(Reach::Proxy));
    }
    if is_invalid_on_node(&text) || has(NODE_COPY) || is_bad_layer(&text) {
        return Some(Failure::NodeCopy);
    }
    if let Some(broken) = broken(&text) {
        return Some(Failure::Broken(broken));
    }
    reach(&text).map(Failure::Unreachable).or_else(|| slow(&text).map(Failure::Timeout))
}

/// The words without what every pull's words begin with: that it backs off, that it failed, and the image once more.
pub fn essence(words: &str) -> &str {
    const WRAPPERS: [&str; 6] = [
        "Back-off pulling image \"",
        "Failed to pull image \"",
        "Failed to inspect image \"",
        "failed to pull and unpack image \"",
        "failed to resolve reference \"",
        "initializing source ",
    ];
    let mut rest = words.trim();
    loop {
        let before = rest;
        for plain in [
            "ErrImagePull: ",
            "ImagePullBackOff: ",
            "ImageInspectError: ",
            "Error: ",
            "failed to resolve image: ",
        ] {
            rest = rest.strip_prefix(plain).unwrap_or(rest);
        }
        if rest.starts_with("rpc error: code = ") {
            rest = rest.split_once(" desc = ").map_or(rest, |(_, tail)| tail);
        }
        if WRAPPERS.iter().any(|wrapper| rest.starts_with(wrapper)) {
            let end = if rest.starts_with("initializing") { ": " } else { "\": " };
            rest = rest.split_once(end).map_or(rest, |(_, tail)| tail);
        }
        if rest == before || rest.is_empty() {
            return before;
        }
    }
}

/// Folders in which runtimes keep what images are made of.
const STORES: [&str; 7] = [
    "/overlay2",
    "/aufs/",
    "/devicemapper",
    "/snapshots/",
    "io.containerd.",
    "/containers/storage",
    "/docker/",
];

/// `readlink …/overlay2/l: invalid argument`, `stat …/snapshots/201/fs: no such file or directory`: files that make up
/// an image are not what they were. Of volumes, which the kubelet keeps below its own folder, it says nothing.
pub fn is_invalid_on_node(lower: &str) -> bool {
    let about = |verb: &str, complaint: &str| {
        lower.match_indices(verb).any(|(at, _)| {
            let rest = &lower[at + verb.len()..];
            let (path, rest) = rest.split_once(": ").unwrap_or((rest, ""));
            let in_store = STORES.iter().any(|store| path.contains(store)) && !path.contains("/pods/");
            path.starts_with('/') && !path.contains(' ') && in_store && rest.starts_with(complaint)
        })
    };
    let snapshot = |verb| {
        ["/snapshots/", "/overlay2/"].iter().any(|store| lower.contains(store)) && about(verb, "no such file")
    };
    about("readlink ", "invalid argument") || snapshot("stat ") || snapshot("lstat ") || snapshot("readlink ")
}

/// dockerd could not put a layer down. Owners and links that a user namespace or a file system does not allow are no
/// damage.
fn is_bad_layer(text: &str) -> bool {
    let allowed =
        ["lchown", "not permitted", "not supported", "permission denied", "whiteout", "operation not"];
    text.contains("failed to register layer") && !allowed.iter().any(|part| text.contains(part))
}

fn broken(text: &str) -> Option<Broken> {
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if has(MISMATCH) {
        return Some(Broken::Mismatch);
    }
    // a descriptor that could not be fetched for want of a connection is not lost
    if has(LOST) && reach(text).is_none() && !has(&["403 forbidden", "401 unauthorized"]) {
        let descriptor = text.contains("could not fetch content descriptor");
        return (!descriptor || text.contains("not found")).then_some(Broken::Lost);
    }
    has(FORMAT).then_some(Broken::Format)
}

fn reach(text: &str) -> Option<Reach> {
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    // nothing more came of what was being read
    let reading = has(READING) && !has(&["dial tcp", "handshake", "awaiting headers"]);
    if has(DNS) {
        Some(Reach::Dns)
    } else if has(REFUSED) {
        Some(Reach::Refused)
    } else if has(NO_ANSWER) && !reading {
        Some(Reach::NoAnswer)
    } else if has(CUT) || text.trim_end_matches(['"', ' ', '.']).ends_with(": eof") {
        Some(Reach::Cut)
    } else if has(UNAVAILABLE) {
        Some(Reach::Unavailable)
    } else {
        None
    }
}

fn slow(text: &str) -> Option<Slow> {
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if has(&["context canceled", "no progress", "progress timeout", "request canceled"]) {
        Some(Slow::NoProgress)
    } else if has(&[
        "deadline exceeded",
        "deadlineexceeded",
        "i/o timeout",
        "client.timeout",
        "operation timeout",
    ]) {
        Some(Slow::Deadline)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shown_without_their_wrapping() {
        for (text, expected) in [
            (
                "Back-off pulling image \"r/a:1\": ErrImagePull: rpc error: code = Unknown desc = failed to pull and unpack image \"r/a:1\": failed to resolve reference \"r/a:1\": dial tcp: lookup r: no such host",
                "dial tcp: lookup r: no such host",
            ),
            ("Failed to pull image \"a\": pull QPS exceeded", "pull QPS exceeded"),
            ("Back-off pulling image \"a\"", "Back-off pulling image \"a\""),
            ("", ""),
        ] {
            assert_eq!(essence(text), expected);
        }
    }

    #[test]
    fn each_sentence_tells_of_one_failure() {
        use Failure::{Broken as B, DiskFull, NodeCopy, Platform, Qps, RateLimited, Timeout, Unreachable};
        for (text, expected) in [
            ("pull QPS exceeded", Some(Qps)),
            ("Error: Status 429 trying to pull repository google_containers/kube-ui", Some(RateLimited)),
            (
                "failed to copy: httpReadSeeker: failed open: unexpected status code https://r/v2/a/manifests/sha256:8d: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.",
                Some(RateLimited),
            ),
            ("reading manifest 1 in docker.io/a/b: toomanyrequests: You have reached", Some(RateLimited)),
            (
                "failed to register layer: Error processing tar file(exit status 1): write /a.rpm: no space left on device",
                Some(DiskFull),
            ),
            ("no match for platform in manifest sha256:2f: not found", Some(Platform)),
            ("no matching manifest for linux/arm64/v8 in the manifest list entries", Some(Platform)),
            (
                r#"choosing image instance: no image found in image index for architecture "arm64", variant "v8", OS "linux""#,
                Some(Platform),
            ),
            ("error pulling image configuration: unknown blob", Some(B(Broken::Lost))),
            (
                "failed to copy: httpReadSeeker: failed open: could not fetch content descriptor sha256:2a (application/x) from remote: not found",
                Some(B(Broken::Lost)),
            ),
            (
                "unexpected commit digest sha256:aa, expected sha256:bb: failed precondition",
                Some(B(Broken::Mismatch)),
            ),
            ("filesystem layer verification failed for digest sha256:aa", Some(B(Broken::Mismatch))),
            (
                "failed to register layer: rename /var/lib/docker/image/overlay/layerdb/tmp/layer-7 /x: directory not empty",
                Some(NodeCopy),
            ),
            (
                "Error response from daemon: readlink /mnt/disk0/docker/data/overlay2: invalid argument",
                Some(NodeCopy),
            ),
            (
                "failed to stat parent: stat /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/201/fs: no such file or directory",
                Some(NodeCopy),
            ),
            ("dial tcp: lookup registry.corp on 10.0.0.2:53: no such host", Some(Unreachable(Reach::Dns))),
            (
                "lookup gcr.io on 10.0.0.2:53: read udp 10.0.0.9:4->10.0.0.2:53: i/o timeout",
                Some(Unreachable(Reach::Dns)),
            ),
            ("dial tcp 108.160.165.173:443: i/o timeout", Some(Unreachable(Reach::NoAnswer))),
            (
                "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
                Some(Unreachable(Reach::NoAnswer)),
            ),
            ("net/http: TLS handshake timeout", Some(Unreachable(Reach::NoAnswer))),
            ("dial tcp 10.4.4.4:443: connect: connection refused", Some(Unreachable(Reach::Refused))),
            ("proxyconnect tcp: dial tcp 10.4.4.4:3128: i/o timeout", Some(Unreachable(Reach::Proxy))),
            (r#"Head "https://10.172.49.246/v2/a/blobs/sha256:68": EOF"#, Some(Unreachable(Reach::Cut))),
            (
                "read tcp 10.0.0.1:5->10.0.0.2:443: read: connection reset by peer",
                Some(Unreachable(Reach::Cut)),
            ),
            (
                "received unexpected HTTP status: 503 Service Unavailable",
                Some(Unreachable(Reach::Unavailable)),
            ),
            ("rpc error: code = Unknown desc = context canceled", Some(Timeout(Slow::NoProgress))),
            (
                "rpc error: code = DeadlineExceeded desc = context deadline exceeded",
                Some(Timeout(Slow::Deadline)),
            ),
            ("failed to copy: read tcp 10.0.0.1:5->10.0.0.2:443: i/o timeout", Some(Timeout(Slow::Deadline))),
            ("manifest for a/b:1 not found: manifest unknown: manifest unknown", None),
            (
                r#"rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused""#,
                None,
            ),
            ("rpc error: code = Unavailable desc = error reading from server: EOF", None),
            ("failed to stat \"/mnt/storage/data\": stat /mnt/storage/data: no such file or directory", None),
            ("readlink /var/lib/kubelet/plugins/a: invalid argument", None),
            ("x509: certificate signed by unknown authority", None),
            ("unauthorized: authentication required", None),
            ("Back-off pulling image", None),
        ] {
            assert_eq!(failure(text), expected, "{text}");
        }
    }
}
