//! The registry speaks HTTP, and the runtime was not told so.

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Stage};
use crate::pull::failing_pulls;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `registry-plain-http`
pub const CAUSE: Cause = Cause {
    id: "registry-plain-http",
    stage: Some(Stage::Image),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[RemedyKind::words("configure-runtime"), RemedyKind::words("serve-https")],
    wordings: &[
        Wording::telling(
            r"server gave HTTP response to HTTPS client|first record does not look like a TLS handshake|tls: oversized record received",
            r#"Get "https://registry.lab:5001/v2/": http: server gave HTTP response to HTTPS client"#,
            "dockerd 1.12–28, containerd 1.x–2.x, CRI-O",
        ),
        Wording::hint(
            r"private registry supports only HTTP|--insecure-registry",
            "If this private registry supports only HTTP or HTTPS with an unknown CA certificate, please add `--insecure-registry 10.0.0.1:5000` to the daemon's arguments",
            "dockerd 1.3–1.11",
        ),
        Wording::hint(
            r#"(Head|Get) "?https://\S+: EOF"#,
            r#"failed to do request: Head "https://10.172.49.246/v2/team/app/blobs/sha256:68": EOF"#,
            "containerd 1.x–2.x",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

fn detect(s: &Snapshot) -> Vec<Match> {
    failing_pulls(s)
        .into_iter()
        .filter(|pull| {
            pull.speaks_of_registry() && CAUSE.wordings.iter().any(|w| w.telling && w.matches(&pull.words))
        })
        .map(|pull| {
            pull.found(s, Confidence::Certain, Blame::global("Registry", &pull.registry()), pull.facts(s))
        })
        .collect()
}
