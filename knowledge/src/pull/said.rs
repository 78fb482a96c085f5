//! What the words of a failed pull say: each sentence of kubelets, runtimes and registries belongs to one failure.
//!
//! The order of the questions matters: a runtime wraps the reason in what it was doing, so "not found" ends a sentence
//! about a platform, and "EOF" one about a proxy.

mod phrases;

use phrases::{
    CUT, DISK_FULL, DNS, FORMAT, LOST, MISMATCH, NO_ANSWER, NODE_COPY, PLATFORM, QPS, RATE, READING, REFUSED,
    RUNTIME_GONE, SHORT_NAME, UNAVAILABLE,
};

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

/// Whether the words are about reaching the node's own runtime.
pub fn is_of_runtime(words: &str) -> bool {
    let text = words.to_ascii_lowercase();
    RUNTIME_GONE.iter().any(|part| text.contains(part))
}

/// Whether the words are about a name that tells no registry, so that none was asked.
pub fn is_of_short_name(words: &str) -> bool {
    let text = words.to_ascii_lowercase();
    SHORT_NAME.iter().any(|part| text.contains(part))
}

/// Reads the words of a failed pull. `None`: they tell of something else (a login, a name, a certificate), or nothing.
pub fn failure(words: &str) -> Option<Failure> {
    let text = words.to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if is_of_runtime(words) || is_of_short_name(words) {
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
    if !proxy
        && has(&[
            "x509: ",
            "server gave http response",
            "does not look like a tls handshake",
            "tls: oversized record",
        ])
    {
        return None;
    }
    if proxy {
        return Some(Failure::Unreachable(Reach::Proxy));
    }
    if is_invalid_on_node(&text)
        || has(NODE_COPY)
        || (text.contains("content digest sha256:") && text.contains("not found"))
        || text.contains("/snapshots/") && text.contains("file exists")
        || is_bad_layer(&text)
    {
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
        ["/snapshots/", "/overlay2/", "/storage/overlay"].iter().any(|store| lower.contains(store))
            && about(verb, "no such file")
    };
    about("readlink ", "invalid argument")
        || snapshot("stat ")
        || snapshot("lstat ")
        || snapshot("readlink ")
        || about("open ", "no such file") && lower.contains("/overlay2/")
}

/// dockerd could not put a layer down. Owners and links that a user namespace or a file system does not allow are no
/// damage; what is no archive was pushed so.
fn is_bad_layer(text: &str) -> bool {
    let allowed = [
        "lchown",
        "not permitted",
        "not supported",
        "permission denied",
        "whiteout",
        "operation not",
        "invalid tar header",
        "gzip:",
        "cannot be mapped to",
        "signal: killed",
        "dm_task_run failed",
    ];
    text.contains("failed to register layer") && !allowed.iter().any(|part| text.contains(part))
}

fn broken(text: &str) -> Option<Broken> {
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if has(MISMATCH) {
        return Some(Broken::Mismatch);
    }
    // a descriptor that could not be fetched for want of a connection is not lost
    let content = text.contains("content at http") && text.contains(" not found");
    if (content || has(LOST)) && reach(text).is_none() && !has(&["403 forbidden", "401 unauthorized"]) {
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
mod tests;
