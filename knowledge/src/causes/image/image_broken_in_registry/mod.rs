//! What the registry holds of the image is not whole: a layer, a configuration or a manifest is lost or damaged.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Stage};
use crate::pull::onnode::{list, nodes_with};
use crate::pull::said::{Broken, Failure};
use crate::pull::sibling::previous;
use crate::pull::{PullFacts, failing_pulls};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `image-broken-in-registry`
pub const CAUSE: Cause = Cause {
    id: "image-broken-in-registry",
    stage: Some(Stage::Image),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("push-again"),
        RemedyKind::words("verify-image"),
        RemedyKind::words("use-previous"),
    ],
    wordings: &[
        Wording::telling(
            r"content at \S+/blobs/\S+ not found|/blobs/\S+ 404 Not Found|fetching blob: [^\n]*(404|not found)|unknown blob|blob unknown|BLOB_UNKNOWN|could not fetch content descriptor[^\n]*not found",
            "rpc error: code = Unknown desc = error pulling image configuration: unknown blob",
            "dockerd 1.6–28, containerd 1.x–2.x, CRI-O",
        ),
        Wording::telling(
            r"(layer|manifest|config|image) verification failed for digest|unexpected commit (digest|size)|failed size validation|Digest did not match|digest mismatch|does not match provided manifest digest|layers from manifest don't match image configuration",
            "failed commit on ref \"layer-sha256:aa\": unexpected commit digest sha256:cc, expected sha256:aa: failed precondition",
            "dockerd 1.6–28, containerd 1.x–2.x, CRI-O",
        ),
        Wording::telling(
            r"manifest\.v1\+prettyjws|schema 1 support|unsupported manifest (media type|format)|MANIFEST_INVALID|manifest invalid|missing signature key|unexpected media type \S+ for sha256|(layer|extract|pull)[^\n]{0,300}(unsupported schema version|unknown manifest type|invalid tar header|gzip: invalid header)",
            r#"media type "application/vnd.docker.distribution.manifest.v1+prettyjws" is no longer supported since containerd v2.1, please rebuild the image"#,
            "dockerd 26–28, containerd 2.x, CRI-O",
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
    lost: bool,
    mismatch: bool,
    format: bool,
    /// A web page came: something else than the registry answered.
    page: bool,
    /// Docker Hub, whose registry has another host than its images name.
    hub: bool,
    /// Nodes that pulled it while it was whole.
    whole_on: Option<String>,
    previous: Option<String>,
    owner: String,
    owner_is_pod: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    failing_pulls(s)
        .into_iter()
        .filter_map(|pull| {
            let broken = match pull.failure() {
                Some(Failure::Broken(broken)) => broken,
                // an index that names a manifest the registry lost
                None if pull.lacks_another_digest() => Broken::Lost,
                _ => return None,
            };
            // a proxy or a cache on the way can damage what comes, too
            let confidence = match broken {
                Broken::Lost => Confidence::Certain,
                Broken::Mismatch | Broken::Format => Confidence::Likely,
            };
            let page = broken == Broken::Format && pull.words.contains("text/html");
            let owner = s.top_owner();
            let previous = previous(s, &pull);
            let facts = Facts {
                lost: broken == Broken::Lost,
                mismatch: broken == Broken::Mismatch,
                format: broken == Broken::Format && !page,
                page,
                hub: pull.facts(s).registry == "docker.io",
                whole_on: list(nodes_with(&s.world, pull.image)),
                previous: previous.as_ref().map(|p| p.image.clone()),
                owner_is_pod: owner.kind == "Pod",
                owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
                pull: pull.facts(s),
            };
            let found = pull.found(s, confidence, Blame::global("Image", pull.image), facts);
            Some(found.because_all(previous.map(|p| p.evidence())))
        })
        .collect()
}
