//! The pod brings a pull secret, and the registry does not accept it, or it is for another registry.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::evidence::object_name;
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::image::host_in;
use crate::pull::{Credentials, PullFacts, Refusal, credentials, failing_pulls, refusal};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;
use crate::world::Lookup;

/// `pull-denied`
pub const CAUSE: Cause = Cause {
    id: "pull-denied",
    stage: Some(Stage::Image),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("renew-secret"),
        RemedyKind::words("check-rights"),
        RemedyKind::words("open-storage"),
    ],
    wordings: &[
        Wording::telling(
            r"unexpected status code (https?://|\[)[^\n]*: (401 Unauthorized|403 Forbidden)|unexpected status from (HEAD|GET|POST) request to \S+/(v2|token|oauth2?)\S*: (401 Unauthorized|403 Forbidden)|(failed to pull|pull and unpack|pulling (from|image)|resolve (reference|image)|/manifests/|registry)[^\n]{0,400}\b403 \(?Forbidden\b|parsing HTTP 403 response body|failed with status code \[[^\]]*\]: 40[13]\b",
            "unexpected status from HEAD request to https://registry.lab/v2/team/app/manifests/1: 403 Forbidden",
            "containerd 1.x–2.x",
        ),
        Wording::telling(
            r"incorrect username or password|denied: (Permission|access forbidden|User)|not authorized to perform: ecr",
            "unauthorized: incorrect username or password",
            "dockerd 1.12–28",
        ),
        Wording::hint(
            r"unauthorized: |pull access denied|requested access to the resource is denied|insufficient_scope|401 Unauthorized",
            "Error response from daemon: unauthorized: authentication required",
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
    secret: Option<String>,
    /// Nothing was sent although a Secret is named: it has no entry for this registry.
    other_registry: bool,
    /// The registry may say the same of what does not exist.
    ambiguous: bool,
    /// The Secret was seen.
    proved: bool,
    /// The host that was to give the layers and refused, where it is not the registry.
    storage: Option<String>,
    /// It is the layers that were refused.
    layers: bool,
    /// The Secret's type, where the kubelet takes no login from that.
    wrong_type: Option<String>,
}

/// What the kubelet reads logins from.
/// <https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets>
const LOGIN_TYPES: [&str; 2] = ["kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"];

fn detect(s: &Snapshot) -> Vec<Match> {
    let brought = credentials(s);
    failing_pulls(s)
        .into_iter()
        .filter_map(|pull| {
            let refusal = refusal(&pull.words)?;
            let wrong_type = secret_type(s, &brought).filter(|known| !LOGIN_TYPES.contains(&known.as_str()));
            let (confidence, secret) = match (&brought, refusal) {
                // the login was accepted, or none was wanted: the manifest came
                (Credentials::Present(name) | Credentials::Unseen(name), Refusal::Storage) => {
                    (Confidence::Likely, Some(name))
                }
                (Credentials::None | Credentials::Missing(..), Refusal::Storage) => {
                    (Confidence::Likely, None)
                }
                // a Secret of another type holds no login, whatever the registry says
                (Credentials::Present(name), _) if wrong_type.is_some() => (Confidence::Certain, Some(name)),
                (Credentials::Present(name), Refusal::Ambiguous | Refusal::Unauthorized) => {
                    (Confidence::Likely, Some(name))
                }
                (Credentials::Present(name), _) => (Confidence::Certain, Some(name)),
                (
                    Credentials::Unseen(name),
                    Refusal::Refused | Refusal::Forbidden | Refusal::Unauthorized,
                ) => (Confidence::Likely, Some(name)),
                (Credentials::Unseen(name), _) => (Confidence::Possible, Some(name)),
                // the node's own login, a mirror, or an address the registry does not serve
                (Credentials::None | Credentials::Missing(..), Refusal::Forbidden) => {
                    (Confidence::Likely, None)
                }
                _ => return None,
            };
            let facts = Facts {
                pull: pull.facts(s),
                secret: secret.cloned(),
                other_registry: refusal == Refusal::NothingSent,
                ambiguous: matches!(refusal, Refusal::Ambiguous | Refusal::Unauthorized)
                    && wrong_type.is_none(),
                proved: matches!(brought, Credentials::Present(_)),
                storage: host_in(&pull.words)
                    .filter(|host| refusal == Refusal::Storage && *host != pull.registry()),
                layers: refusal == Refusal::Storage,
                wrong_type: wrong_type.clone(),
            };
            // a Secret that holds no login for this registry is what is wrong, not the registry
            let blame = match (&brought, refusal, &wrong_type) {
                (Credentials::Present(name), Refusal::NothingSent, _)
                | (Credentials::Present(name), _, Some(_)) => {
                    Blame::namespaced("Secret", s.namespace(), name)
                }
                _ => Blame::global("Registry", &pull.registry()),
            };
            let mut found = pull
                .found(s, confidence, blame, facts)
                .because(s.from_spec("spec.imagePullSecrets", secret.map_or("none", String::as_str)));
            if let Credentials::Present(secret) = &brought {
                let object = object_name("Secret", s.namespace(), secret);
                found = found.because(Evidence::new(
                    Source::Object,
                    object,
                    None,
                    wrong_type.map_or("exists".to_string(), |known| format!("type {known}")),
                ));
            }
            Some(found)
        })
        .collect()
}

/// The type of the pull secret, if it was read.
fn secret_type(s: &Snapshot, brought: &Credentials) -> Option<String> {
    let Credentials::Present(name) = brought else { return None };
    match s.world.secret(s.namespace(), name) {
        Lookup::Found(secret) if !secret.type_.is_empty() => Some(secret.type_.clone()),
        _ => None,
    }
}
