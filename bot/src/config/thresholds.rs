//! What can be configured of when podwhy's own watch tells something. The comments here are the reference.

use std::time::Duration;

use podwhy_flow::incident::due::{Thresholds as Usual, Trouble};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::area::Area;
use super::threshold::{OfCause, Threshold};
use super::written;

/// How long something may be unwell before podwhy's own watch tells it, or `never`: chosen so that a rollout, a blip, a Job
/// that tries again, scaling and a drained node page nobody. At least 1m, as far as a cluster's clock may be off. Alerts are
/// told without it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// A pod without a node. An autoscaler brings one in two to four minutes, and what a pod preempts may end in grace.
    #[schemars(schema_with = "written::threshold", example = &"15m")]
    pub unscheduled: Threshold,
    /// A pod whose containers or init containers have not all started. Large images are pulled, volumes are detached and
    /// attached, migrations run.
    #[schemars(schema_with = "written::threshold", example = &"15m")]
    pub starting: Threshold,
    /// An image that cannot be pulled. The kubelet tries again after 10, 20 and 40 s: a registry's blip is over, a wrong name
    /// is not.
    #[schemars(schema_with = "written::threshold", example = &"10m")]
    pub image: Threshold,
    /// A container that cannot be made or started. An object that is applied after its pod is found within about a minute.
    #[schemars(schema_with = "written::threshold", example = &"5m")]
    pub refused: Threshold,
    /// A container that waits to be started again. One that waits for what it depends on is there after some tries. `never`
    /// leaves out `restarts`, too.
    #[schemars(schema_with = "written::threshold", example = &"10m")]
    pub crash_loop: Threshold,
    /// A pod that runs and is not ready. A rollout's new pods take minutes to be ready.
    #[schemars(schema_with = "written::threshold", example = &"15m")]
    pub not_ready: Threshold,
    /// A pod that failed and belongs to nothing that makes a new one. Nobody tries again, but a person may be at it.
    #[schemars(schema_with = "written::threshold", example = &"never")]
    pub failed: Threshold,
    /// A Job's pod that failed and no later one followed. A Job tries again after 10 s, twice that, and so on, up to 6 minutes.
    #[schemars(schema_with = "written::threshold", example = &"never")]
    pub failed_job: Threshold,
    /// A pod that is still there past its grace. Volumes and networks are taken away after the grace.
    #[schemars(schema_with = "written::threshold", example = &"15m")]
    pub terminating: Threshold,
    /// A node that is not ready. A new one waits for its network, a kubelet restarts, and a node that is scaled away goes
    /// unready before it goes.
    #[schemars(schema_with = "written::threshold", example = &"5m")]
    pub node: Threshold,
    /// A cordoned node that is not ready. Someone drains, updates and restarts it.
    #[schemars(schema_with = "written::threshold", example = &"1h")]
    pub cordoned_node: Threshold,
    /// A workload that has no pod where it should. Its controller tries again after some minutes at most.
    #[schemars(schema_with = "written::threshold", example = &"10m")]
    pub lacking: Threshold,
    /// A pod that restarts so often within `restarts_within` is told at once, and for 10 minutes after each restart. At most
    /// 50.
    #[schemars(range(min = 1, max = 50), example = 6)]
    pub restarts: i64,
    /// See `restarts`.
    #[serde(with = "written::duration")]
    #[schemars(schema_with = "written::duration_schema", example = &"1h")]
    pub restarts_within: Duration,
    /// What has one of these causes is told only after this time, although its state is told earlier: `CAUSE=DURATION`. The
    /// cause is known once podwhy looks, which it does when the state's own threshold is crossed, and again each minute.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "written::of_causes", example = &["pull-rate-limited=30m"])]
    pub causes: Vec<OfCause>,
    /// What is otherwise in some namespaces; a later one outranks an earlier one, and a namespace's outranks that of all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<ThresholdsOf>,
}

/// What is otherwise in some namespaces; what is left out is as in `thresholds`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ThresholdsOf {
    /// Where: `CLUSTER:NAMESPACE` or `CLUSTER:*`; with one cluster, `NAMESPACE` or `*`. Nodes are in none: for them write `*`.
    #[schemars(schema_with = "written::areas", example = &["prod:batch"])]
    pub of: Vec<Area>,
    /// A pod without a node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::threshold", example = &"15m")]
    pub unscheduled: Option<Threshold>,
    /// A pod whose containers or init containers have not all started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::threshold", example = &"15m")]
    pub starting: Option<Threshold>,
    /// An image that cannot be pulled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::threshold", example = &"10m")]
    pub image: Option<Threshold>,
    /// A container that cannot be made or started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::threshold", example = &"5m")]
    pub refused: Option<Threshold>,
    /// A container that waits to be started again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::threshold", example = &"10m")]
    pub crash_loop: Option<Threshold>,
    /// A pod that runs and is not ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::threshold", example = &"15m")]
    pub not_ready: Option<Threshold>,
    /// A pod that failed and belongs to nothing that makes a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::threshold", example = &"never")]
    pub failed: Option<Threshold>,
    /// A Job's pod that failed and no later one followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::threshold", example = &"never")]
    pub failed_job: Option<Threshold>,
    /// A pod that is still there past its grace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::threshold", example = &"15m")]
    pub terminating: Option<Threshold>,
    /// A node that is not ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::threshold", example = &"5m")]
    pub node: Option<Threshold>,
    /// A cordoned node that is not ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::threshold", example = &"1h")]
    pub cordoned_node: Option<Threshold>,
    /// A workload that has no pod where it should.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::threshold", example = &"10m")]
    pub lacking: Option<Threshold>,
    /// As `thresholds.restarts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 50), example = 10)]
    pub restarts: Option<i64>,
    /// As `thresholds.restarts_within`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::duration_schema", example = &"1h")]
    pub restarts_within: Option<Threshold>,
    /// As `thresholds.causes`, and beside them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "written::of_causes", example = &["oom-killed=1h"])]
    pub causes: Vec<OfCause>,
}

impl Default for Thresholds {
    fn default() -> Self {
        let usual = Usual::default();
        let of = |trouble| Threshold(usual.of(trouble));
        Thresholds {
            unscheduled: of(Trouble::Unscheduled),
            starting: of(Trouble::Starting),
            image: of(Trouble::Image),
            refused: of(Trouble::Refused),
            crash_loop: of(Trouble::CrashLooping),
            not_ready: of(Trouble::NotReady),
            failed: of(Trouble::Failed),
            failed_job: of(Trouble::FailedJob),
            terminating: of(Trouble::Terminating),
            node: of(Trouble::Node),
            cordoned_node: of(Trouble::CordonedNode),
            lacking: of(Trouble::Lacking),
            restarts: i64::try_from(usual.restarts).unwrap_or(i64::MAX),
            restarts_within: usual.restarts_within,
            causes: Vec::new(),
            namespaces: Vec::new(),
        }
    }
}

/// The fields that are thresholds, by their names: both structs have the same.
macro_rules! named {
    ($own:expr) => {
        [
            ("unscheduled", $own.unscheduled),
            ("starting", $own.starting),
            ("image", $own.image),
            ("refused", $own.refused),
            ("crash_loop", $own.crash_loop),
            ("not_ready", $own.not_ready),
            ("failed", $own.failed),
            ("failed_job", $own.failed_job),
            ("terminating", $own.terminating),
            ("node", $own.node),
            ("cordoned_node", $own.cordoned_node),
            ("lacking", $own.lacking),
        ]
    };
}

impl Thresholds {
    /// Each by its name.
    pub fn named(&self) -> [(&'static str, Threshold); Trouble::ALL.len()] {
        named!(self)
    }
}

impl ThresholdsOf {
    /// Those that are set, by their names.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, Threshold)> {
        named!(self).into_iter().filter_map(|(name, long)| Some((name, long?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_default_stands_once() {
        let mut usual = Usual::default();
        for (name, long) in Thresholds::default().named() {
            assert!(usual.set(name, long.0), "{name}");
        }
        assert_eq!(usual, Usual::default());
    }
}
