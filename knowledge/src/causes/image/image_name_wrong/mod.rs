//! There is no such image: the reference is malformed, or the registry knows no such repository, tag or digest.

use serde::Serialize;
use serde_json::Value;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::pull::{Credentials, Pull, PullFacts, Refusal, credentials, failing_pulls, refusal};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::target::Kind;
use crate::wording::{Wording, first_match};
use crate::workload::Workload;

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
            r"name unknown|repository name not known to registry|NAME_UNKNOWN|Tag \S+ not found in repository|image \S+:\S+ not found|manifests/\S+: 404 Not Found",
            "name unknown: repository name not known to registry",
            "dockerd 1.12–28, containerd 1.x–2.x, CRI-O",
        ),
        Wording::telling(
            r"InvalidImageName|couldn't parse image (reference|name)|invalid reference format|failed to apply default image tag",
            r#"Failed to apply default image tag "Team/App:latest": couldn't parse image name: invalid reference format: repository name must be lowercase"#,
            "kubelet 1.4–1.37",
        ),
        Wording::hint(
            r"pull access denied|requested access to the resource is denied|does not exist or no pull access",
            "pull access denied for team/web, repository does not exist or may require 'docker login'",
            "dockerd 17–28, containerd 1.x–2.x",
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
    /// Docker Hub's answer does not tell a wrong name from a private image.
    ambiguous: bool,
    /// The image the workload ran before.
    previous: Option<String>,
    previous_revision: Option<String>,
    owner: String,
    owner_is_pod: bool,
    is_deployment: bool,
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
        _ if names_another_digest(pull) => return None,
        _ if malformed => Confidence::Certain,
        Some(wording) if wording.telling => Confidence::Certain,
        // without a login a registry answers alike for what is private and for what does not exist
        _ if refusal(&pull.words) == Some(Refusal::Ambiguous) => match credentials(s) {
            Credentials::None if pull.is_official() => Confidence::Likely,
            Credentials::None => Confidence::Possible,
            _ => return None,
        },
        _ => return None,
    };
    let previous = previous_revision(s, pull);
    let owner = s.top_owner();
    let facts = Facts {
        pull: pull.facts(s),
        malformed,
        ambiguous: !malformed && confidence != Confidence::Certain,
        previous: previous.as_ref().map(|p| p.0.clone()),
        previous_revision: previous.as_ref().map(|p| p.1.clone()),
        owner_is_pod: owner.kind == "Pod",
        is_static: s.is_static(),
        is_deployment: owner.kind == "Deployment",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
    };
    let found = Match::new(confidence, Blame::global("Image", pull.image), facts)
        .in_container(pull.container.name)
        .because_all(pull.evidence.clone())
        .because(s.from_spec(&format!("{}.image", pull.container.spec_path()), pull.image));
    Some(match previous {
        Some((image, revision, name)) => found.because(Evidence::new(
            Source::Owner,
            format!("ReplicaSet {}/{name}", s.namespace()),
            None,
            format!("revision {revision} of the same Deployment used {image}"),
        )),
        None => found,
    })
}

/// Whether the manifest that was not found is one the spec does not name.
fn names_another_digest(pull: &Pull<'_>) -> bool {
    let after = pull.words.split("manifests/sha256:").nth(1);
    let digest = after.map(|rest| rest.split(|c: char| !c.is_ascii_hexdigit()).next().unwrap_or_default());
    digest.is_some_and(|digest| !pull.image.contains(digest))
}

/// The newest earlier revision of the pod's Deployment whose image differs: (image, revision, ReplicaSet). One that
/// still has ready pods is taken before a newer one that has not.
fn previous_revision(s: &Snapshot, pull: &Pull<'_>) -> Option<(String, String, String)> {
    let deployment = s.owners.iter().find(|o| o.kind == Kind::Deployment)?;
    let mine = s.owners.iter().find(|o| o.kind == Kind::ReplicaSet)?;
    let owner = Some((Kind::Deployment.camel().to_string(), deployment.name.clone()));
    let siblings = s.world.workloads.values().filter(|w| {
        w.kind == Kind::ReplicaSet && w.namespace == mine.namespace && w.owner == owner && w.name != mine.name
    });
    siblings
        .filter_map(|sibling| {
            let template = sibling.template.as_ref()?;
            let container = template.containers.iter().find(|c| c.name == pull.container.name)?;
            let image = container.image.clone().filter(|image| image != pull.image)?;
            Some(((sibling.ready > 0, revision(sibling)), image, sibling.name.clone()))
        })
        .max_by_key(|(rank, ..)| *rank)
        .map(|((_, revision), image, name)| (image, revision.to_string(), name))
}

fn revision(workload: &Workload) -> u64 {
    let text = workload.raw.pointer("/metadata/annotations/deployment.kubernetes.io~1revision");
    text.and_then(Value::as_str).and_then(|text| text.parse().ok()).unwrap_or(0)
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
