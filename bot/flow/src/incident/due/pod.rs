//! One pod that is not well, or was not a moment ago.

use jiff::Timestamp;

use super::thresholds::{MOST_RESTARTS, NEVER, SKEW, STEADY, Thresholds, later};
use super::trouble::Trouble;
use crate::ports::PodSeen;

/// What is held of it.
#[derive(Clone, Debug)]
pub(super) struct Unwell {
    pub(super) namespace: Box<str>,
    pub(super) name: Box<str>,
    /// Of a Job's pod: the Job.
    pub(super) job: Option<Box<str>>,
    /// What ails it now, and since when.
    troubles: Vec<(Trouble, Timestamp)>,
    /// Since when it waits to be started again, with runs in between.
    back_off: Option<Timestamp>,
    restarts: u32,
    /// Its last restarts, as many as count.
    crashes: Vec<Timestamp>,
    /// In which list it was last seen.
    pub(super) list: u32,
}

/// A trouble, since when it is, and when it is told.
pub(super) type Crossing = (Trouble, Timestamp, Timestamp);

/// How a pod is looked at.
#[derive(Clone, Copy)]
pub(super) struct Glance {
    /// By our own clock.
    pub(super) now: Timestamp,
    /// Whether it is being listed: then what it says began while nobody looked, at the time it says.
    pub(super) listing: bool,
    pub(super) list: u32,
}

impl Glance {
    /// Since when, by our own clock, what the cluster says began then.
    pub(super) fn since(self, told: Option<Timestamp>) -> Timestamp {
        // what is seen to begin begins now, whatever the cluster's clock shows
        if !self.listing {
            return self.now;
        }
        told.and_then(|told| told.checked_add(SKEW).ok()).map_or(self.now, |told| told.min(self.now))
    }
}

/// What ails a pod, of all that may: little ones beside those that explain them.
pub(super) fn troubles(pod: &PodSeen) -> Vec<Trouble> {
    // whoever is going is neither ready nor meant to be
    if pod.deleted_at.is_some() {
        return vec![Trouble::Terminating];
    }
    let ready = pod.ready.map(|(ready, _)| ready);
    match pod.phase.as_str() {
        "Succeeded" => Vec::new(),
        "Failed" => failed(pod).into_iter().collect(),
        "Pending" if pod.node.is_empty() => vec![Trouble::Unscheduled],
        "Pending" => vec![waiting(pod).unwrap_or(Trouble::Starting)],
        "Running" if ready != Some(false) => Vec::new(),
        "Running" => waiting(pod).into_iter().chain([Trouble::NotReady]).collect(),
        // the kubelet no longer says anything
        _ => vec![Trouble::NotReady],
    }
}

/// A pod that failed stays as it is. A ReplicaSet, StatefulSet or DaemonSet makes a new one, which is seen for itself; and what a
/// controller of another group means by a failed pod, only it knows: a build that fails is no incident of the cluster.
fn failed(pod: &PodSeen) -> Option<Trouble> {
    match pod.owner.as_ref().map(|(kind, _)| kind.as_str()) {
        None | Some("Node") => Some(Trouble::Failed),
        Some("Job") => Some(Trouble::FailedJob),
        Some(_) => None,
    }
}

/// The kubelet's words for a container that waits:
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/images/types.go>,
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/kuberuntime/kuberuntime_container.go>
fn waiting(pod: &PodSeen) -> Option<Trouble> {
    match pod.waiting.as_deref()? {
        "" | "ContainerCreating" | "PodInitializing" => None,
        "CrashLoopBackOff" => Some(Trouble::CrashLooping),
        "ErrImagePull"
        | "ImagePullBackOff"
        | "InvalidImageName"
        | "ErrImageNeverPull"
        | "ImageInspectError"
        | "RegistryUnavailable"
        | "SignatureValidationFailed" => Some(Trouble::Image),
        _ => Some(Trouble::Refused),
    }
}

/// When a trouble began, as the pod tells it.
fn told(pod: &PodSeen, trouble: Trouble) -> Option<Timestamp> {
    let ready = pod.ready.and_then(|(_, since)| since);
    match trouble {
        Trouble::Failed | Trouble::FailedJob => pod.last_failed.or(ready).or(pod.created),
        Trouble::NotReady => ready,
        _ if pod.phase == "Pending" => pod.created,
        _ => ready.or(pod.last_failed),
    }
}

impl Unwell {
    /// Of a pod that was not held; `None` where there is nothing to hold.
    pub(super) fn new(pod: &PodSeen, glance: Glance, thresholds: &Thresholds) -> Option<Unwell> {
        let crashed = known_crashes(pod, glance, thresholds);
        if troubles(pod).is_empty() && crashed == 0 {
            return None;
        }
        let job = pod.owner.as_ref().filter(|(kind, _)| kind == "Job").map(|(_, name)| name.as_str().into());
        let mut unwell = Unwell {
            namespace: pod.namespace.as_str().into(),
            name: pod.name.as_str().into(),
            job,
            troubles: Vec::new(),
            back_off: None,
            restarts: pod.restarts.saturating_sub(crashed),
            crashes: Vec::new(),
            list: glance.list,
        };
        // of what was not seen before, only the pod itself knows when it crashed
        unwell.crash(pod, Glance { listing: true, ..glance }, thresholds);
        unwell.update(pod, glance, thresholds);
        Some(unwell)
    }

    /// Takes in how the pod is now.
    pub(super) fn update(&mut self, pod: &PodSeen, glance: Glance, thresholds: &Thresholds) {
        self.list = glance.list;
        let ails = troubles(pod);
        let since = |trouble: Trouble, known: Option<Timestamp>| match (trouble, pod.deleted_at) {
            // the grace lies in the future, and may be cut short
            (Trouble::Terminating, Some(at)) => at.checked_add(SKEW).unwrap_or(at),
            _ => {
                let told = glance.since(told(pod, trouble));
                known.map_or(told, |known| if glance.listing { known.min(told) } else { known })
            }
        };
        let known = |trouble| self.troubles.iter().find(|(known, _)| *known == trouble).map(|(_, at)| *at);
        self.troubles = ails.iter().map(|trouble| (*trouble, since(*trouble, known(*trouble)))).collect();
        self.crash(pod, glance, thresholds);
        let waits = self.troubles.iter().find(|(trouble, _)| *trouble == Trouble::CrashLooping);
        match waits {
            Some((_, at)) => self.back_off = Some(self.back_off.map_or(*at, |known| known.min(*at))),
            // it runs between two crashes; a new crash loop begins anew
            None if !self.crashed_lately(glance.now) => self.back_off = None,
            None => {}
        }
    }

    fn crash(&mut self, pod: &PodSeen, glance: Glance, thresholds: &Thresholds) {
        let most = thresholds.restarts.clamp(1, MOST_RESTARTS);
        let more = pod.restarts.saturating_sub(self.restarts) as usize;
        self.restarts = pod.restarts;
        self.crashes.extend(std::iter::repeat_n(glance.since(pod.last_failed), more.min(most)));
        self.crashes.drain(..self.crashes.len().saturating_sub(most));
        if pod.phase == "Succeeded" {
            self.crashes.clear();
        }
    }

    fn crashed_lately(&self, now: Timestamp) -> bool {
        self.crashes.last().is_some_and(|at| now.duration_since(*at) < STEADY)
    }

    /// Whether nothing ails it, and has not for a while.
    pub(super) fn is_well(&self, now: Timestamp) -> bool {
        self.troubles.is_empty() && !self.crashed_lately(now)
    }

    /// Whether there is anything to remember about it.
    pub(super) fn is_worth_holding(&self, now: Timestamp, thresholds: &Thresholds) -> bool {
        let counts = |at: &Timestamp| later(*at, thresholds.restarts_within).is_none_or(|until| until > now);
        !self.troubles.is_empty() || self.crashed_lately(now) || self.crashes.last().is_some_and(counts)
    }

    /// Each of its troubles, since when it has it, and when it is told.
    pub(super) fn crossings(
        &self,
        now: Timestamp,
        thresholds: &Thresholds,
    ) -> impl Iterator<Item = Crossing> {
        let lasting = self.troubles.iter().filter_map(move |(trouble, since)| {
            let since = match trouble {
                Trouble::CrashLooping => self.back_off.unwrap_or(*since),
                _ => *since,
            };
            Some((*trouble, since, thresholds.due_at(*trouble, since)?))
        });
        lasting.chain(self.crash_loop(now, thresholds))
    }

    /// As often as is told at once. A pod that is going has another story.
    fn crash_loop(&self, now: Timestamp, thresholds: &Thresholds) -> Option<Crossing> {
        let going = self.troubles.iter().any(|(trouble, _)| *trouble == Trouble::Terminating);
        if going
            || thresholds.crash_loop == NEVER
            || self.crashes.len() < thresholds.restarts.max(1)
            || !self.crashed_lately(now)
        {
            return None;
        }
        let (first, last) = (*self.crashes.first()?, *self.crashes.last()?);
        let within = later(first, thresholds.restarts_within).is_none_or(|until| last <= until);
        within.then_some((Trouble::CrashLooping, first, last))
    }
}

/// How many of its restarts count, of a pod whose past was not seen.
fn known_crashes(pod: &PodSeen, glance: Glance, thresholds: &Thresholds) -> u32 {
    let lately = |at: Timestamp, within: std::time::Duration| {
        let told = at.checked_add(SKEW).unwrap_or(at).min(glance.now);
        later(told, within).is_none_or(|until| until > glance.now)
    };
    if pod.restarts == 0 {
        return 0;
    }
    if pod.created.is_some_and(|at| lately(at, thresholds.restarts_within)) {
        return pod.restarts;
    }
    u32::from(pod.last_failed.is_some_and(|at| lately(at, STEADY.unsigned_abs())))
}
