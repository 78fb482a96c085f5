//! The node does not trust the registry's certificate.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Stage};
use crate::pull::{PullFacts, failing_pulls};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `registry-untrusted-ca`
pub const CAUSE: Cause = Cause {
    id: "registry-untrusted-ca",
    stage: Some(Stage::Image),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[RemedyKind::words("trust-ca"), RemedyKind::words("renew-certificate")],
    wordings: &[
        Wording::telling(
            r#"(failed to pull|pull and unpack|pulling image|pinging (container|docker) registry|failed to resolve (reference|image)|initializing source|fetch (anonymous|oauth) token|from daemon: (get|head)|https?://[^/\s"]+/v[12]/("|:|_ping)|/(manifests|blobs)/)[^\n]{0,400}x509: "#,
            r#"Failed to pull image "quay.io/a/b:v1": Get "https://quay.io/v2/": x509: certificate signed by unknown authority"#,
            "dockerd 1.5–28, containerd 1.x–2.x, CRI-O",
        ),
        Wording::hint(
            r"x509: certificate",
            "x509: certificate signed by unknown authority",
            "Go crypto/x509",
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
    /// The certificate has run out, or is not valid yet.
    expired: bool,
    /// It is made out to another name.
    wrong_name: bool,
    /// Neither: its issuer is not known.
    authority: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    failing_pulls(s)
        .into_iter()
        .filter(|pull| pull.speaks_of_registry() && pull.words.contains("x509: "))
        .map(|pull| {
            let has = |parts: &[&str]| parts.iter().any(|part| pull.words.contains(part));
            let expired = has(&["has expired", "not yet valid"]);
            let wrong_name = has(&[
                "certificate is valid for",
                "not valid for any names",
                "cannot validate certificate for",
                "legacy Common Name",
                "name constraint",
            ]);
            let facts =
                Facts { pull: pull.facts(s), expired, wrong_name, authority: !expired && !wrong_name };
            pull.found(s, Confidence::Certain, Blame::global("Registry", &pull.registry()), facts)
        })
        .collect()
}
