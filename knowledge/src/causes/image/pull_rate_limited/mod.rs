//! The registry counts pulls and has had enough of this node's.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Stage};
use crate::image::DOCKER_HUB;
use crate::pull::said::Failure;
use crate::pull::{Credentials, PullFacts, credentials, failing_pulls};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `pull-rate-limited`
pub const CAUSE: Cause = Cause {
    id: "pull-rate-limited",
    stage: Some(Stage::Image),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[RemedyKind::words("log-in"), RemedyKind::words("use-mirror"), RemedyKind::words("pull-less")],
    wordings: &[
        Wording::telling(
            r#"toomanyrequests|pull rate limit|status 429 trying to pull|received unexpected HTTP status: 429|(failed to pull|pull and unpack|failed to resolve (reference|image)|initializing source|from daemon: (get|head)|unexpected status)[^\n]{0,400}429"#,
            "429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.",
            "Docker Hub, Amazon ECR, Harbor and others, through dockerd, containerd, CRI-O",
        ),
        Wording::hint(r"\b429 Too Many Requests", "quay.io: 429 TOO MANY REQUESTS", "HTTP"),
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
    /// Docker Hub: its own limits.
    hub: bool,
    /// Amazon's: a rate a second, not a number a day.
    aws: bool,
    /// The pull secret the pod names.
    secret: Option<String>,
    service_account: String,
    always: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let secret = match credentials(s) {
        Credentials::Present(name) | Credentials::Unseen(name) => Some(name),
        Credentials::None | Credentials::Missing(..) => None,
    };
    failing_pulls(s)
        .into_iter()
        .filter(|pull| pull.failure() == Some(Failure::RateLimited))
        .map(|pull| {
            let registry = pull.registry();
            let policy = pull.container.spec.and_then(|spec| spec.image_pull_policy.as_deref());
            let facts = Facts {
                hub: registry == DOCKER_HUB || registry.ends_with(".docker.io"),
                aws: registry.ends_with(".amazonaws.com") || registry == "public.ecr.aws",
                secret: secret.clone(),
                service_account: s
                    .spec()
                    .and_then(|spec| spec.service_account_name.clone())
                    .unwrap_or_else(|| "default".to_string()),
                always: policy == Some("Always"),
                pull: pull.facts(s),
            };
            pull.found(s, Confidence::Certain, Blame::global("Registry", &registry), facts)
                .because(s.from_spec("spec.imagePullSecrets", secret.as_deref().unwrap_or("none")))
        })
        .collect()
}
