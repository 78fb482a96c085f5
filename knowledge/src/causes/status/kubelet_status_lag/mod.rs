//! What runs on the node is not what the API says: the kubelet's reports arrive minutes or hours late.
//!
//! A kubelet sends its updates through a client of its own that is limited in queries per second; with very many pods
//! on the node the queue grows. <https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/>

mod lag;

use serde::Serialize;

use crate::agent::KubeletLimits;
use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Stage};
use crate::moment::show_seconds;
use crate::node_state::{from_agent, is_ready, minor};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::text::counted;
use crate::wording::Wording;

use lag::{Lag, from_events, looks_stale, measured};

/// `kubelet-status-lag`
pub const CAUSE: Cause = Cause {
    id: "kubelet-status-lag",
    stage: Some(Stage::Status),
    since: "0.1.0",
    hides: &["container-unkillable"],
    expected: false,
    remedies: &[
        RemedyKind::words("compare"),
        RemedyKind::words("raise-limits"),
        RemedyKind::button("restart-kubelet"),
        RemedyKind::words("fewer-pods"),
    ],
    wordings: &[
        Wording::hint(
            r"--?kube-?api-?qps|kubeAPIQPS|--?event-?qps|eventRecordQPS",
            "kubelet default --kube-api-qps=5: pod was started but the status update reached the apiserver minutes later",
            "kubelet 1.3–1.37",
        ),
        Wording::hint(
            r"(client-side throttling|Throttling request took)",
            "Waited for 1.198s due to client-side throttling, not priority and fairness, request: PATCH:https://10.0.0.1:6443/api/v1/namespaces/shop/pods/cart-0/status",
            "client-go 1.6–1.37",
        ),
        Wording::hint(
            r"Failed to update status for pod[^\n]*(rate limiter|deadline exceeded|too many requests)",
            r#"Failed to update status for pod "cart-0": client rate limiter Wait returned an error: context deadline exceeded"#,
            "kubelet 1.8–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// From about so many pods on a node on, the old default limits are known to be a bottleneck.
/// <https://github.com/kubernetes/kubernetes/issues/39113>
const MANY_PODS: usize = 200;

/// Requests a second and burst of a first step: the defaults since 1.27, which every API server is sized for.
const STEP: (i64, i64) = (50, 100);

#[derive(Serialize)]
struct Facts {
    node: String,
    pods: usize,
    many: bool,
    /// How late the API is, where that was measured.
    lag: Option<String>,
    container_named: Option<String>,
    /// What the API says, and what is.
    api: String,
    started: Option<String>,
    ended: Option<String>,
    /// The limits in force, or the version's defaults.
    qps: Option<i64>,
    burst: Option<i64>,
    event_qps: Option<i64>,
    event_burst: Option<i64>,
    /// Read on the node, not taken from the version.
    read: bool,
    kubelet: String,
    throttled: Option<String>,
    /// A first, smaller step up.
    step_qps: Option<i64>,
    step_burst: Option<i64>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(node) = s.node_name() else { return Vec::new() };
    if s.is_static() || matches!(s.phase(), "Succeeded" | "Failed") || (s.node().is_some() && !is_ready(s)) {
        return Vec::new();
    }
    let pods = s.world.pods_on(node).count();
    let many = pods >= MANY_PODS;
    let journal = s.agent().and_then(|facts| facts.errors("api-throttled"));
    let (confidence, lag) = if let Some(lag) = measured(s) {
        (Confidence::Certain, lag)
    } else if let Some(lag) = from_events(s) {
        (Confidence::Likely, lag)
    } else if let Some(lag) = looks_stale(s).filter(|_| many) {
        (if journal.is_some() { Confidence::Likely } else { Confidence::Possible }, lag)
    } else {
        return Vec::new();
    };
    let at = s.agent().and_then(|facts| facts.reported_at);
    let facts = facts(s, node, pods, &lag, journal.map(|class| class.excerpt.clone()));
    let count = crate::finding::Evidence::new(
        crate::finding::Source::Node,
        format!("Node {node}"),
        None,
        format!("{} on it", counted(pods, "pod", "pods")),
    );
    let found = Match::new(confidence, Blame::global("Node", node), facts)
        .because_all(lag.evidence)
        .because_all(
            journal.map(|class| from_agent(node, at, format!("{} (×{})", class.excerpt, class.count))),
        )
        .because_all(many.then_some(count));
    vec![found]
}

fn facts(s: &Snapshot, node: &str, pods: usize, lag: &Lag, throttled: Option<String>) -> Facts {
    let info = s.node().and_then(|node| node.status.as_ref()?.node_info.as_ref());
    let kubelet = info.map(|info| info.kubelet_version.clone()).unwrap_or_default();
    let limits = s.agent().map(|facts| facts.limits).unwrap_or_default();
    let read = limits.kube_api_qps.is_some();
    let limits = if read { limits } else { defaults(&kubelet) };
    Facts {
        node: node.to_string(),
        pods,
        many: pods >= MANY_PODS,
        lag: lag.seconds.map(show_seconds),
        container_named: lag.container.clone(),
        api: lag.api.clone(),
        started: lag.started.clone(),
        ended: lag.ended.clone(),
        qps: limits.kube_api_qps,
        burst: limits.kube_api_burst,
        event_qps: limits.event_qps,
        event_burst: limits.event_burst,
        read,
        kubelet,
        throttled,
        step_qps: limits.kube_api_qps.map(|qps| step(qps, STEP.0)),
        step_burst: limits.kube_api_burst.map(|burst| step(burst, STEP.1)),
    }
}

/// Ten times the old defaults, or twice what is in force already.
fn step(present: i64, least: i64) -> i64 {
    present.saturating_mul(2).max(least)
}

/// A kubelet's defaults by its version: raised tenfold in 1.27.
/// <https://github.com/kubernetes/kubernetes/blob/v1.27.0/CHANGELOG/CHANGELOG-1.27.md>
fn defaults(version: &str) -> KubeletLimits {
    let Some(version) = minor(version) else { return KubeletLimits::default() };
    let (qps, burst) = if version < (1, 27) { (5, 10) } else { (50, 100) };
    KubeletLimits {
        event_qps: Some(qps),
        event_burst: Some(burst),
        kube_api_qps: Some(qps),
        kube_api_burst: Some(burst),
        ..KubeletLimits::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_follow_the_version() {
        assert_eq!(defaults("v1.26.15").kube_api_qps, Some(5));
        assert_eq!(defaults("v1.27.0-eks-1").kube_api_burst, Some(100));
        assert_eq!(defaults("").kube_api_qps, None);
    }
}
