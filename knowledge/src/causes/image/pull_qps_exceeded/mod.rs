//! The kubelet lets only so many pulls begin in a second, and this one was too many.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::pull::onnode::waiting_on;
use crate::pull::said::Failure;
use crate::pull::{PullFacts, failing_pulls};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `pull-qps-exceeded`
pub const CAUSE: Cause = Cause {
    id: "pull-qps-exceeded",
    stage: Some(Stage::Image),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("wait"),
        RemedyKind::words("raise-limits"),
        RemedyKind::button("restart-kubelet"),
        RemedyKind::words("pull-less"),
    ],
    wordings: &[Wording::telling(
        r"pull QPS exceeded",
        r#"Failed to pull image "172.27.129.211:35000/metricbeat:6.0.1": pull QPS exceeded"#,
        "kubelet 1.2–1.37",
    )],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// The kubelet's defaults: `registryPullQPS`, `registryBurst`.
/// <https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/>
const DEFAULTS: (i64, i64) = (5, 10);

#[derive(Serialize)]
struct Facts {
    #[serde(flatten)]
    pull: PullFacts,
    qps: i64,
    burst: i64,
    /// Read from the node, not merely the default.
    known: bool,
    /// Containers on the node that wait for an image now.
    waiting: usize,
    /// The pods they are in.
    pods: usize,
    always: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    failing_pulls(s)
        .into_iter()
        .filter(|pull| pull.failure() == Some(Failure::Qps))
        .map(|pull| {
            let node = s.node_name().unwrap_or_default();
            let limits = s.agent().map(|agent| agent.limits);
            let read = limits.and_then(|l| Some((l.registry_pull_qps?, l.registry_burst?)));
            let (qps, burst) = read.unwrap_or(DEFAULTS);
            let (waiting, pods) = waiting_on(s, node);
            let policy = pull.container.spec.and_then(|spec| spec.image_pull_policy.as_deref());
            let facts = Facts {
                pull: pull.facts(s),
                qps,
                burst,
                known: read.is_some(),
                waiting,
                pods,
                always: policy == Some("Always"),
            };
            let told = read.map(|(qps, burst)| {
                let text = format!("registryPullQPS {qps}, registryBurst {burst}");
                Evidence::new(Source::Node, format!("Node {node}"), None, text)
            });
            pull.found(s, Confidence::Certain, Blame::global("Node", node), facts).because_all(told)
        })
        .collect()
}
