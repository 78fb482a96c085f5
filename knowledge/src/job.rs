//! How a Job that gave up ended, for the Job, its CronJob and its pods alike.

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;

use crate::event::Event;
use crate::evidence::object_name;
use crate::finding::{Blame, Evidence, Source};
use crate::snapshot::{Snapshot, ended_at};
use crate::target::Kind;
use crate::workload::{Condition, Workload};

/// A Job that is marked as failed, and the condition that says so.
#[derive(Clone, Debug)]
pub struct GivenUp {
    /// The Job.
    pub job: Arc<Workload>,
    /// `Failed`; where only that was written yet, `FailureTarget` (1.31+, while its pods are still ending).
    pub condition: Condition,
}

/// The Job that the subject is, belongs to or ran last, if it gave up. A Job that completed, and one that is merely
/// suspended or still tries again, has none.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/controller/job/job_controller.go>
pub fn given_up(s: &Snapshot) -> Option<GivenUp> {
    let job = match s.workload() {
        Some(workload) if workload.kind == Kind::CronJob => last_ended(s, workload)?,
        Some(workload) if workload.kind == Kind::Job => {
            let key = (Kind::Job, workload.namespace.clone(), workload.name.clone());
            Arc::clone(s.world.workloads.get(&key)?)
        }
        Some(_) => return None,
        // one that did its part, still runs or is being deleted has another story
        None if s.phase() != "Failed" || s.is_deleting() => return None,
        None => Arc::clone(s.owners.iter().find(|owner| owner.kind == Kind::Job)?),
    };
    let condition = failure(&job)?.clone();
    Some(GivenUp { job, condition })
}

/// The condition by which a Job is marked as failed.
fn failure(job: &Workload) -> Option<&Condition> {
    let holds = |name: &str| job.condition(name).filter(|c| c.status == "True");
    if job.complete || holds("SuccessCriteriaMet").is_some() {
        return None;
    }
    holds("Failed").or_else(|| holds("FailureTarget"))
}

/// Whether a pod that failed is forgiven: its Job completed all the same, or a later run of its CronJob did.
pub fn is_forgiven(s: &Snapshot) -> bool {
    let Some(job) = s.owners.iter().find(|owner| owner.kind == Kind::Job) else {
        return false;
    };
    let later = |other: &Workload| {
        other.kind == Kind::Job
            && other.namespace == job.namespace
            && job.owner.is_some()
            && other.owner == job.owner
            && other.complete
            && other.created > job.created
    };
    // with a success policy the Job may be done before its last pods have ended
    let enough = job.condition("SuccessCriteriaMet").is_some_and(|c| c.status == "True");
    let done = || {
        job.complete
            || enough
            || s.world.workloads.values().any(|other| later(other))
            || is_superseded(s, job)
    };
    s.phase() == "Failed" && done()
}

/// What an indexed Job writes on each of its pods.
/// <https://kubernetes.io/docs/reference/labels-annotations-taints/#batch-kubernetes-io-job-completion-index>
const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// Whether a later try of the same index, or of any that has none, succeeded.
fn is_superseded(s: &Snapshot, job: &Workload) -> bool {
    let index_of = |pod: &Pod| pod.metadata.annotations.as_ref()?.get(INDEX).cloned();
    let Some(pod) = s.pod() else { return false };
    let index = index_of(pod);
    // without an index any later pod takes its place, while the Job still works
    let at_work = job.current > 0 && failure(job).is_none();
    let later = |other: &Pod| match (&index, ended_at(other), ended_at(pod)) {
        (Some(index), ..) => index_of(other).as_ref() == Some(index),
        (None, Some(other), Some(own)) => at_work && other > own,
        (None, ..) => false,
    };
    crate::snapshot::pods_of(&s.world, job).iter().filter_map(|key| s.world.pods.get(key)).any(|object| {
        let phase = object.pod.status.as_ref().and_then(|status| status.phase.as_deref());
        phase == Some("Succeeded") && later(&object.pod)
    })
}

/// A CronJob's newest Job that came to an end.
fn last_ended(s: &Snapshot, cron_job: &Workload) -> Option<Arc<Workload>> {
    let owner = Some((Kind::CronJob.camel().to_string(), cron_job.name.clone()));
    let jobs = s
        .world
        .workloads
        .values()
        .filter(|w| w.kind == Kind::Job && w.namespace == cron_job.namespace && w.owner == owner);
    jobs.filter(|job| job.complete || failure(job).is_some()).max_by_key(|job| job.created).cloned()
}

impl GivenUp {
    /// Who would be edited: the CronJob that makes such Jobs, or the Job itself.
    pub fn blame(&self) -> Blame {
        match self.cron_job() {
            Some(name) => Blame::namespaced("CronJob", &self.job.namespace, name),
            None => Blame::namespaced("Job", &self.job.namespace, &self.job.name),
        }
    }

    /// The CronJob's name.
    pub fn cron_job(&self) -> Option<&str> {
        self.job.owner.as_ref().filter(|(kind, _)| kind == "CronJob").map(|(_, name)| name.as_str())
    }

    /// A number in the Job.
    pub fn number(&self, path: &str) -> Option<i64> {
        self.job.raw.pointer(path)?.as_i64()
    }

    /// A text in the Job.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.job.raw.pointer(path)?.as_str()
    }

    /// The condition, in the controller's words.
    pub fn evidence(&self) -> Evidence {
        let c = &self.condition;
        self.owned(c.at, &format!("{}=True {}: {}", c.name, c.reason, c.message))
    }

    /// Something in the Job.
    pub fn owned(&self, at: Option<Timestamp>, text: &str) -> Evidence {
        let object = object_name("Job", &self.job.namespace, &self.job.name);
        Evidence::new(Source::Owner, object, at, text)
    }

    /// The newest warnings about pods of the Job that are gone, one of each reason: all that is left of them.
    pub fn last_warnings(&self, s: &Snapshot) -> Vec<Evidence> {
        if self.pods_left(s) > 0 {
            return Vec::new();
        }
        let since = self.job.created;
        let prefix = format!("{}-", self.job.name);
        let mut found: Vec<Arc<Event>> = Vec::new();
        for event in s.world.events_of_pods(&self.job.namespace, &prefix) {
            let new = found.iter().all(|known| known.reason != event.reason);
            if event.warning && event.at >= since && new && found.len() < 3 {
                found.push(event);
            }
        }
        found.iter().map(|event| Evidence::event(event)).collect()
    }

    /// How many pods of the Job were read.
    pub fn pods_left(&self, s: &Snapshot) -> usize {
        crate::snapshot::pods_of(&s.world, &self.job).len()
    }

    /// Whether its pods restart their containers in place; then the controller deletes them when it gives up, and
    /// their logs with them.
    pub fn restarts_in_place(&self) -> bool {
        self.job.template.as_ref().and_then(|spec| spec.restart_policy.as_deref()) == Some("OnFailure")
    }

    /// How many of its pods failed, as the Job counts.
    pub fn failed(&self) -> i64 {
        self.number("/status/failed").unwrap_or(0)
    }
}
