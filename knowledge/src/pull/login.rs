//! What login a pod brings, and how a registry turned it away.

use std::sync::Arc;

use crate::event::Event;
use crate::snapshot::Snapshot;
use crate::world::Lookup;

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
    /// The login that was shown is wrong, in the registry's or its token server's own words.
    Refused,
    /// 401 and no word of a login: a wrong one, none, or a repository that does not exist, of which Quay and Harbor tell a stranger nothing.
    Unauthorized,
    /// Whoever asked may not have it: 403.
    Forbidden,
    /// Docker Hub's way: no such repository, or not for you.
    Ambiguous,
    /// The registry gave the manifest; the host that it sends to for the layers gave nothing: 403.
    Storage,
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
    // a blob that is refused after the registry has given the manifest: mostly by another host
    if has(&[
        "httpreadseeker",
        "error pulling image configuration",
        "/blobs/",
        "writing blob",
        "copying blob",
    ]) {
        let forbidden = has(&[
            "403 forbidden",
            "403 (forbidden)",
            "http 403",
            "status code 403",
            "status: 403",
            "accessdenied",
        ]);
        if forbidden {
            return Some(Refusal::Storage);
        }
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
        "http 403 response",
        "status code 403",
        "not authorized to perform",
        "denied: permission",
        "access forbidden",
    ]) {
        return Some(Refusal::Forbidden);
    }
    let status = has(&["401 unauthorized", "401 (unauthorized)", "http 401 response", "status code 401"]);
    // a token server that is shown a login answers 401 to that login
    if has(&[
        "invalid username/password",
        "incorrect username or password",
        "login attempt to",
        "unable to retrieve auth token",
    ]) || (status && has(&["failed to fetch oauth token"]))
    {
        return Some(Refusal::Refused);
    }
    let turned_away =
        status || has(&["authorization failed", "unauthorized:", "authentication required", "denied: "]);
    turned_away.then_some(Refusal::Unauthorized)
}
