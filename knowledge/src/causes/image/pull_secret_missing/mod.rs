//! The registry wants a login and the pod brings none: it names no pull secret, or one that does not exist.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::image::{Cloud, DOCKER_HUB, cloud};
use crate::pull::{
    Credentials, Pull, PullFacts, Refusal, credentials, failing_pulls, not_retrieved, refusal,
};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `pull-secret-missing`
pub const CAUSE: Cause = Cause {
    id: "pull-secret-missing",
    stage: Some(Stage::Image),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("let-node-pull"),
        RemedyKind::words("create-secret"),
        RemedyKind::words("name-secret"),
        RemedyKind::words("check-name"),
    ],
    wordings: &[
        Wording::telling(
            r"no basic auth credentials|failed to fetch anonymous token[^\n]*\b40[13]\b",
            r#"Head "https://registry.lab:5003/v2/team/private/manifests/1": no basic auth credentials"#,
            "dockerd 1.12–28, containerd 1.x–2.x",
        ),
        Wording::telling(
            r"Unable to retrieve some image pull secrets \((?P<name>[^),]+)|Unable to retrieve (some image )?pull secrets?|FailedToRetrieveImagePullSecret",
            "Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.",
            "kubelet 1.24–1.37",
        )
        .blames("Secret"),
        Wording::hint(
            r"pull access denied|requested access to the resource is denied|insufficient_scope|does not exist or no pull access|no credentials on this request",
            "pull access denied for team/web, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
            "dockerd 17–28, containerd 1.x–2.x, CRI-O",
        ),
        Wording::hint(
            r"unauthorized: authentication required",
            "unauthorized: authentication required",
            "dockerd 1.12–28",
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
    /// The pull secret the pod names.
    secret: Option<String>,
    /// That it does not exist is proved.
    proved: bool,
    /// The registry does not say whether the image exists.
    ambiguous: bool,
    /// The nodes of this registry's cloud log in by a role of their own, and the pod names no Secret.
    cloud: bool,
    aws: bool,
    azure: bool,
    /// Why the pull fails was not read.
    wordless: bool,
    service_account: String,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let brought = credentials(s);
    failing_pulls(s)
        .into_iter()
        .filter_map(|pull| {
            let wordless = pull.is_wordless();
            let (refusal, (confidence, secret)) = match (refusal(&pull.words), &brought) {
                (Some(refusal), _) => (refusal, judge(&brought, refusal, &pull)?),
                // nobody kept why the pull fails; that the Secret does not exist is known
                (None, Credentials::Missing(name, _)) if wordless && pull.speaks_of_registry() => {
                    (Refusal::NothingSent, (Confidence::Possible, Some(name.clone())))
                }
                _ => return None,
            };
            let blame = match &secret {
                Some(name) => Blame::namespaced("Secret", s.namespace(), name),
                None => Blame::global("Registry", &pull.registry()),
            };
            let by_role = cloud(&pull.registry()).filter(|_| secret.is_none());
            let facts = Facts {
                pull: pull.facts(s),
                secret: secret.clone(),
                proved: matches!(brought, Credentials::Missing(..)),
                ambiguous: matches!(refusal, Refusal::Ambiguous | Refusal::Unauthorized),
                cloud: by_role.is_some(),
                aws: by_role == Some(Cloud::Aws),
                azure: by_role == Some(Cloud::Azure),
                wordless,
                service_account: s
                    .spec()
                    .and_then(|spec| spec.service_account_name.clone())
                    .unwrap_or_else(|| "default".to_string()),
            };
            let names = match &secret {
                Some(name) => s.from_spec("spec.imagePullSecrets", name),
                None => s.from_spec("spec.imagePullSecrets", "none"),
            };
            let event = secret.as_deref().and_then(|name| not_retrieved(s, name)).map(|e| Evidence::event(e));
            let found = pull.found(s, confidence, blame, facts).because_all(event).because(names);
            Some(found)
        })
        .collect()
}

/// How sure it is, and which named secret is missing.
fn judge(brought: &Credentials, refusal: Refusal, pull: &Pull<'_>) -> Option<(Confidence, Option<String>)> {
    match (brought, refusal) {
        // the manifest came: whatever login was wanted was there
        (_, Refusal::Storage) => None,
        // Docker Hub says the same of a name that does not exist, and these are never private
        (Credentials::None | Credentials::Missing(..), Refusal::Ambiguous) if pull.is_official() => None,
        (Credentials::Missing(name, true), Refusal::NothingSent) => {
            Some((Confidence::Certain, Some(name.clone())))
        }
        // whatever the node sent was known, and may not have it: the Secret may be for another registry
        (Credentials::Missing(name, _), Refusal::Forbidden) => {
            Some((Confidence::Possible, Some(name.clone())))
        }
        (Credentials::Missing(name, _), _) => Some((Confidence::Likely, Some(name.clone()))),
        // the node itself should have had one, and got none
        (Credentials::None, Refusal::NothingSent) if cloud(&pull.registry()).is_some() => {
            Some((Confidence::Likely, None))
        }
        (Credentials::None, Refusal::NothingSent) => Some((Confidence::Certain, None)),
        // the node itself may have sent credentials that were refused
        (Credentials::None, Refusal::Refused | Refusal::Unauthorized) => Some((Confidence::Likely, None)),
        // whatever the node sent may not have it: mostly no login is missing
        (Credentials::None, Refusal::Forbidden) => Some((Confidence::Possible, None)),
        (Credentials::None, Refusal::Ambiguous) if pull.registry() == DOCKER_HUB => {
            Some((Confidence::Possible, None))
        }
        (Credentials::None, Refusal::Ambiguous) => Some((Confidence::Likely, None)),
        (Credentials::Unseen(name), Refusal::NothingSent) => Some((Confidence::Likely, Some(name.clone()))),
        (Credentials::Unseen(name), _) => Some((Confidence::Possible, Some(name.clone()))),
        (Credentials::Present(_), _) => None,
    }
}
