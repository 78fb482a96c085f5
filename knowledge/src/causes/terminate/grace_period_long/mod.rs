//! The pod is being deleted and is still within the time it was given to end.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Stage};
use crate::moment::show_seconds;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;

/// `grace-period-long`
pub const CAUSE: Cause = Cause {
    id: "grace-period-long",
    stage: Some(Stage::Terminate),
    since: "0.1.0",
    hides: &[],
    expected: true,
    remedies: &[RemedyKind::words("wait"), RemedyKind::words("shorten")],
    wordings: &[],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    grace: String,
    left: String,
    ends_at: String,
    pre_stop: bool,
    exact: bool,
    /// What to wait at most: to its end, and a minute for the rest.
    wait: String,
    owner: String,
    owner_is_pod: bool,
}

fn has_a_clock(s: &Snapshot) -> bool {
    !s.events.is_empty() || s.world.leases.keys().any(|(namespace, _)| namespace == "kube-node-lease")
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(pod) = s.pod() else { return Vec::new() };
    let (meta, now) = (&pod.metadata, s.taken_at());
    let Some(ends) = meta.deletion_timestamp.as_ref().map(|t| t.0) else {
        return Vec::new();
    };
    let left = -now.seconds_since(ends);
    if left <= 0 {
        return Vec::new();
    }
    let grace = meta.deletion_grace_period_seconds.unwrap_or(30);
    let pre_stop = s
        .containers()
        .iter()
        .any(|c| c.spec.is_some_and(|c| c.lifecycle.as_ref().is_some_and(|l| l.pre_stop.is_some())));
    let owner = s.top_owner();
    let facts = Facts {
        grace: show_seconds(grace),
        left: show_seconds(left),
        ends_at: ends.to_string(),
        pre_stop,
        exact: now.exact,
        wait: format!("{}s", left + 60),
        owner_is_pod: owner.kind == "Pod",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
    };
    // a dump without a time of its own may be younger than its newest object says, by minutes where it holds neither the
    // events nor the nodes' Leases, which tell the time
    let confidence = match (now.exact, has_a_clock(s)) {
        (true, _) => Confidence::Certain,
        (false, true) => Confidence::Likely,
        (false, false) => Confidence::Possible,
    };
    let text = format!("metadata.deletionTimestamp {ends}, deletionGracePeriodSeconds {grace}");
    let found = Match::new(confidence, Blame::namespaced("Pod", s.namespace(), s.name()), facts)
        .because(s.from_status(Some(ends), text));
    let hook = pre_stop.then(|| s.from_spec("spec.containers[*].lifecycle.preStop", "set"));
    vec![found.because_all(hook)]
}
