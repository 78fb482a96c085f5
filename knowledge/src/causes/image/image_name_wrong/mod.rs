//! There is no such image: the reference is malformed, or the registry knows no such repository, tag or digest.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Stage};
use crate::pull::said::is_of_short_name;
use crate::pull::sibling::{corrected, previous};
use crate::pull::{Credentials, Pull, PullFacts, Refusal, credentials, failing_pulls, refusal};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::target::Kind;
use crate::wording::{Wording, first_match};

/// `image-name-wrong`
pub const CAUSE: Cause = Cause {
    id: "image-name-wrong",
    stage: Some(Stage::Image),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::two_approvals("roll-back"),
        RemedyKind::words("fix-image"),
        RemedyKind::words("list-tags"),
    ],
    wordings: &[
        Wording::telling(
            r"manifest for \S+ not found|manifest unknown|MANIFEST_UNKNOWN",
            "manifest for registry.lab:5004/team/app:v1.2.33 not found: manifest unknown: manifest unknown",
            "dockerd 1.12–28, CRI-O",
        ),
        Wording::telling(
            r#"failed to resolve (reference|image)( "[^"]+")?: \S+: not found"#,
            r#"failed to resolve reference "ghcr.io/a/b:v0.0.29": ghcr.io/a/b:v0.0.29: not found"#,
            "containerd 1.x–2.x",
        ),
        Wording::telling(
            r"name unknown|repository name not known to registry|NAME_UNKNOWN|Tag \S+ (not found in repository|was deleted)|unknown: (artifact|repository|project) \S+ not found|image \S+:\S+ not found|manifests/\S+: 404 Not Found",
            "name unknown: repository name not known to registry",
            "dockerd 1.12–28, containerd 1.x–2.x, CRI-O",
        ),
        Wording::telling(
            r"InvalidImageName|couldn't parse image (reference|name)|invalid reference format|failed to apply default image tag",
            r#"Failed to apply default image tag "Team/App:latest": couldn't parse image name: invalid reference format: repository name must be lowercase"#,
            "kubelet 1.4–1.37",
        ),
        Wording::telling(
            r#"short-?name "[^"]+" did not resolve to an alias and no (unqualified-search|containers) registries|short name mode is enforcing, but image name \S+ returns ambiguous list|short-name resolution enforced"#,
            r#"short-name "web:1.4" did not resolve to an alias and no unqualified-search registries are defined in "/etc/containers/registries.conf""#,
            "CRI-O 1.20–1.34",
        ),
        Wording::hint(
            r"pull access denied|requested access to the resource is denied|does not exist or no pull access",
            "pull access denied for team/web, repository does not exist or may require 'docker login'",
            "dockerd 17–28, containerd 1.x–2.x",
        ),
        Wording::hint(
            r"Error: image \S+/\S+ not found",
            "details: (Error: image team/web not found)",
            "dockerd 1.5–1.9",
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
    malformed: bool,
    /// It names no registry, and the runtime knows none to look in.
    short: bool,
    /// Docker Hub's answer does not tell a wrong name from a private image.
    ambiguous: bool,
    /// The image the workload ran before.
    previous: Option<String>,
    previous_revision: Option<String>,
    /// The template has this image by now: the pod is of an earlier revision.
    corrected: Option<String>,
    /// And it is not replaced by itself.
    stuck: bool,
    owner: String,
    owner_is_pod: bool,
    /// The owner keeps revisions to go back to.
    can_undo: bool,
    /// Pods that use that image are ready now.
    previous_runs: bool,
    /// The kubelet's own copy of a manifest on the node: the API's cannot be changed.
    is_static: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    failing_pulls(s).into_iter().filter_map(|pull| of_pull(s, &pull)).collect()
}

fn of_pull(s: &Snapshot, pull: &Pull<'_>) -> Option<Match> {
    let reason = pull.container.waiting().map_or("", |(reason, _)| reason);
    let told = first_match(CAUSE.wordings, &pull.words);
    let malformed = reason == "InvalidImageName" || told.is_some_and(|w| w.matches("InvalidImageName"));
    let confidence = match told {
        // an index that names a manifest the registry lost: the name is right
        _ if pull.lacks_another_digest() => return None,
        _ if malformed => Confidence::Certain,
        Some(wording) if wording.telling => Confidence::Certain,
        // without a login a registry answers alike for what is private and for what does not exist
        _ if refusal(&pull.words) == Some(Refusal::Ambiguous) => match credentials(s) {
            Credentials::None | Credentials::Missing(..) if pull.is_official() => Confidence::Likely,
            Credentials::None | Credentials::Missing(..) => Confidence::Possible,
            _ => return None,
        },
        _ => return None,
    };
    let previous = previous(s, pull);
    let corrected = corrected(s, pull);
    let owner = s.top_owner();
    let facts = Facts {
        pull: pull.facts(s),
        malformed,
        short: is_of_short_name(&pull.words),
        ambiguous: !malformed && confidence != Confidence::Certain,
        previous: previous.as_ref().map(|p| p.image.clone()),
        previous_revision: previous.as_ref().map(|p| p.revision.clone()).filter(|r| !r.is_empty()),
        previous_runs: previous.as_ref().is_some_and(|p| p.runs),
        can_undo: owner.kind == "Deployment"
            || (["StatefulSet", "DaemonSet"].contains(&owner.kind.as_str()) && previous.is_some()),
        stuck: corrected.is_some() && waits_for_deletion(s),
        corrected,
        owner_is_pod: owner.kind == "Pod",
        is_static: s.is_static(),
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
    };
    let found = pull.found(s, confidence, Blame::global("Image", pull.image), facts);
    Some(found.because_all(previous.map(|p| p.evidence())))
}

/// Whether its controller replaces the pod only once someone deletes it: one that makes its pods in order waits for this one to be ready.
/// <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback>
fn waits_for_deletion(s: &Snapshot) -> bool {
    s.owners.last().is_some_and(|top| {
        let text = |path: &str| top.raw.pointer(path).and_then(serde_json::Value::as_str);
        let in_order = top.kind == Kind::StatefulSet && text("/spec/podManagementPolicy") != Some("Parallel");
        in_order || text("/spec/updateStrategy/type") == Some("OnDelete")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_things_not_found_are_not_this() {
        for text in [
            "failed to copy: httpReadSeeker: failed open: could not fetch content descriptor sha256:2a (application/x) from remote: not found",
            "get image config descriptor: no match for platform in manifest sha256:2f: not found",
            "dial tcp: lookup registry.corp.invalid on 10.0.0.2:53: no such host",
        ] {
            assert!(first_match(CAUSE.wordings, text).is_none(), "{text}");
        }
    }
}
