//! How long something may be unwell before anyone is told: chosen so that a rollout, a blip, a Job that tries again, scaling and a
//! drained node page nobody. What is longer than usual in a namespace is set there.
//!
//! | Name | Default | What | Why so long |
//! |---|---|---|---|
//! | `unscheduled` | 5m | a pod without a node | an autoscaler brings one in two to four minutes, and what a pod preempts may end in grace |
//! | `starting` | 5m | a pod whose containers or init containers have not all started | large images are pulled, volumes are detached and attached, migrations run |
//! | `image` | 2m | an image that cannot be pulled | the kubelet tries again after 10, 20 and 40 s: a registry's blip is over, a wrong name is not |
//! | `refused` | 2m | a container that cannot be made or started | an object that is applied after its pod is found within about a minute |
//! | `crash_loop` | 3m | a container that waits to be started again | one that waits for what it depends on is there after some tries |
//! | `not_ready` | 5m | a pod that runs and is not ready | a rollout's new pods take minutes to be ready |
//! | `failed` | 2m | a pod that failed and belongs to nothing that makes a new one | nobody tries again, but a person may be at it |
//! | `failed_job` | 10m | a Job's pod that failed and no later one followed | a Job tries again after 10 s, twice that, and so on, up to 6 minutes |
//! | `terminating` | 5m | a pod that is still there past its grace | volumes and networks are taken away after the grace |
//! | `node` | 2m | a node that is not ready | a new one waits for its network, a kubelet restarts, and a node that is scaled away goes unready before it goes |
//! | `cordoned_node` | 15m | a cordoned node that is not ready | someone drains, updates and restarts it |
//! | `lacking` | 5m | a workload that has no pod where it should | its controller tries again after some minutes at most |
//!
//! A pod that restarts 4 times within 30 minutes is told at once, for 10 minutes after each restart: a container's longest wait is 5.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::trouble::Trouble;

/// As a threshold: it is never told.
pub const NEVER: Duration = Duration::MAX;

/// As long as a restart is held against a pod: twice the longest wait of a container that crashes, so that one in a crash loop is
/// not well between two crashes.
/// <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy>
pub const STEADY: SignedDuration = SignedDuration::from_mins(10);

/// As far as a cluster's clock may be off: what it says of the past is believed less this.
pub const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// No more restarts of a pod are remembered; a higher [`Thresholds::restarts`] is never reached.
pub const MOST_RESTARTS: usize = 50;

/// How long each kind of trouble may last, in a cluster and in single namespaces. [`NEVER`] where it is never told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// A pod without a node. An autoscaler brings one in two to four minutes.
    pub unscheduled: Duration,
    /// A pod whose containers have not all started: images, volumes and init containers take their time.
    pub starting: Duration,
    /// An image that cannot be pulled: after three tries.
    pub image: Duration,
    /// A container that cannot be made or started: what it needs may be applied after it.
    pub refused: Duration,
    /// A container that waits to be started again, where how often it crashed is not known.
    pub crash_loop: Duration,
    /// A pod that restarts so often within `restarts_within` is told at once, unless `crash_loop` is [`NEVER`]. At least 1, at
    /// most [`MOST_RESTARTS`].
    pub restarts: usize,
    /// See `restarts`.
    pub restarts_within: Duration,
    /// A pod that runs and is not ready. Longer where programs are slow to start.
    pub not_ready: Duration,
    /// A pod that failed and belongs to nothing that makes a new one.
    pub failed: Duration,
    /// A Job's pod that failed and no later one followed: longer than the 6 minutes a Job waits at most before it tries again.
    /// <https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy>
    pub failed_job: Duration,
    /// A pod that is still there past its grace.
    pub terminating: Duration,
    /// A node that is not ready. The node controller has waited about 50 s already before it says `Unknown`.
    pub node: Duration,
    /// A cordoned node that is not ready: someone works on it.
    pub cordoned_node: Duration,
    /// A workload that has no pod where it should.
    pub lacking: Duration,
    /// What of a cause is told only after longer, once a look has told the cause: by its id. Shorter than the threshold of its
    /// state it changes nothing, as nobody looks before that.
    pub causes: BTreeMap<String, Duration>,
    /// What is otherwise in a namespace; the `namespaces` of these mean nothing.
    pub namespaces: BTreeMap<String, Thresholds>,
}

impl Default for Thresholds {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Thresholds {
            unscheduled: minutes(5),
            starting: minutes(5),
            image: minutes(2),
            refused: minutes(2),
            crash_loop: minutes(3),
            restarts: 4,
            restarts_within: minutes(30),
            not_ready: minutes(5),
            failed: minutes(2),
            failed_job: minutes(10),
            terminating: minutes(5),
            node: minutes(2),
            cordoned_node: minutes(15),
            lacking: minutes(5),
            causes: BTreeMap::new(),
            namespaces: BTreeMap::new(),
        }
    }
}

impl Thresholds {
    /// Those of a namespace; of what is in none (a node), the usual.
    pub fn for_namespace(&self, namespace: &str) -> &Thresholds {
        self.namespaces.get(namespace).unwrap_or(self)
    }

    /// How long this trouble may last.
    pub fn of(&self, trouble: Trouble) -> Duration {
        match trouble {
            Trouble::Unscheduled => self.unscheduled,
            Trouble::Starting => self.starting,
            Trouble::Image => self.image,
            Trouble::Refused => self.refused,
            Trouble::CrashLooping => self.crash_loop,
            Trouble::NotReady => self.not_ready,
            Trouble::Failed => self.failed,
            Trouble::FailedJob => self.failed_job,
            Trouble::Terminating => self.terminating,
            Trouble::Node => self.node,
            Trouble::CordonedNode => self.cordoned_node,
            Trouble::Lacking => self.lacking,
        }
    }

    /// Sets how long one trouble may last, by its name; `false` where there is none of this name.
    pub fn set(&mut self, name: &str, long: Duration) -> bool {
        let Some(trouble) = Trouble::ALL.into_iter().find(|trouble| trouble.as_str() == name) else {
            return false;
        };
        *match trouble {
            Trouble::Unscheduled => &mut self.unscheduled,
            Trouble::Starting => &mut self.starting,
            Trouble::Image => &mut self.image,
            Trouble::Refused => &mut self.refused,
            Trouble::CrashLooping => &mut self.crash_loop,
            Trouble::NotReady => &mut self.not_ready,
            Trouble::Failed => &mut self.failed,
            Trouble::FailedJob => &mut self.failed_job,
            Trouble::Terminating => &mut self.terminating,
            Trouble::Node => &mut self.node,
            Trouble::CordonedNode => &mut self.cordoned_node,
            Trouble::Lacking => &mut self.lacking,
        } = long;
        true
    }

    /// When a trouble that began then is told; `None` for never.
    pub fn due_at(&self, trouble: Trouble, since: Timestamp) -> Option<Timestamp> {
        later(since, self.of(trouble))
    }
}

/// The time so much later; `None` where there is none.
pub fn later(at: Timestamp, by: Duration) -> Option<Timestamp> {
    at.checked_add(SignedDuration::try_from(by).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_holds() {
        let usual = Thresholds::default();
        let rows: Vec<Vec<&str>> = include_str!("thresholds.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("//! | `"))
            .map(|row| row.split('|').map(str::trim).collect())
            .collect();
        let told: Vec<(&str, String)> =
            rows.iter().map(|row| (row[0].trim_matches('`'), row[1].to_string())).collect();
        let held: Vec<(&str, String)> = Trouble::ALL
            .iter()
            .map(|t| (t.as_str(), podwhy_knowledge::moment::show_seconds(usual.of(*t).as_secs() as i64)))
            .collect();
        assert_eq!(told, held);
        assert!(rows.iter().all(|row| !row[2].is_empty() && !row[3].is_empty()), "{rows:?}");
        let restarts = format!(
            "restarts {} times within {} minutes is told at once, for {} minutes after",
            usual.restarts,
            usual.restarts_within.as_secs() / 60,
            STEADY.as_mins()
        );
        assert!(include_str!("thresholds.rs").contains(&restarts), "{restarts}");
    }

    #[test]
    fn a_namespace_has_its_own_and_every_trouble_can_be_set() {
        let mut usual = Thresholds::default();
        let mut slow = usual.clone();
        for (trouble, seconds) in Trouble::ALL.into_iter().zip(1..) {
            assert!(slow.set(trouble.as_str(), Duration::from_secs(seconds)));
            assert_eq!(slow.of(trouble), Duration::from_secs(seconds), "{trouble:?}");
        }
        assert!(!slow.set("weather", NEVER));
        usual.namespaces.insert("batch".to_string(), slow.clone());
        assert_eq!(usual.for_namespace("batch"), &slow);
        assert_eq!(usual.for_namespace("shop").not_ready, Duration::from_secs(300));
        assert_eq!(later(Timestamp::UNIX_EPOCH, NEVER), None);
    }
}
