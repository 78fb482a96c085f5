//! A workload that is well: enough pods, a Job that is done or at work, a CronJob whose Jobs are well.

use jiff::Timestamp;

use super::Facts;
use crate::event::Event;
use crate::evidence::object_name;
use crate::finding::{Evidence, Source};
use crate::schedule::reason::Words;
use crate::snapshot::{START_GRACE_SECONDS, Snapshot};
use crate::target::Kind;
use crate::text::counted;
use crate::workload::Workload;

/// The CronJob's newest Job.
fn last_job<'a>(s: &'a Snapshot, cron_job: &Workload) -> Option<&'a Workload> {
    let owner = Some((Kind::CronJob.camel().to_string(), cron_job.name.clone()));
    let jobs = s.world.workloads.values().filter(|w| w.namespace == cron_job.namespace && w.owner == owner);
    jobs.max_by_key(|job| job.created).map(AsRef::as_ref)
}

/// What the controller writes each time it looks at a CronJob whose times it cannot read.
const NEVER: [&str; 3] = ["UnknownTimeZone", "UnparseableSchedule", "InvalidSchedule"];

/// Whether a CronJob's times pass without a Job, by the controller's own words since it last started one:
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/controller/cronjob/cronjob_controllerv2.go> (`MissSchedule`,
/// `TooManyMissedTimes`; `FailedNeedsStart` before 1.21)
fn misses_its_times(s: &Snapshot, cron_job: &Workload) -> bool {
    let last = cron_job.time_of("lastScheduleTime");
    let said = |message: &str| {
        let message = message.to_lowercase();
        message.contains("missed scheduled time to start a job")
            || message.contains("too many missed start time")
    };
    let never = |event: &Event| NEVER.contains(&event.reason.as_str());
    let misses = s.events.iter().filter(|event| event.warning && (said(&event.message) || never(event)));
    !cron_job.paused
        && misses.filter_map(|event| event.at).max().is_some_and(|at| last.is_none_or(|last| last < at))
}

/// Whether its last Job is over and did not succeed, by the CronJob's own status (1.21+): also where that Job is gone. Of one that is
/// there its own state tells.
/// <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/cron-job-v1/#CronJobStatus>
pub(in crate::causes::status) fn last_run_failed(s: &Snapshot, cron_job: &Workload) -> bool {
    let times = cron_job.time_of("lastScheduleTime").zip(cron_job.time_of("lastSuccessfulTime"));
    // its status follows within a moment
    let over = |at: Timestamp| cron_job.active_job().is_none() && s.taken_at().seconds_since(at) > 60;
    let failed = !cron_job.paused && times.is_some_and(|(at, success)| success < at && over(at));
    failed && !last_job(s, cron_job).is_some_and(|job| job.complete)
}

/// The controller's word that it starts no Job as an earlier one still runs, since it last started one (`Forbid`).
/// <https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#concurrency-policy>
pub(in crate::causes::status) fn skips_its_times<'s>(
    s: &'s Snapshot,
    cron_job: &Workload,
) -> Option<&'s Event> {
    let last = cron_job.time_of("lastScheduleTime");
    let said = s.events.iter().map(AsRef::as_ref).filter(|event| event.reason == "JobAlreadyActive");
    said.max_by_key(|event| event.at)
        .filter(|event| cron_job.active_job().is_some() && last.is_none_or(|last| event.at > Some(last)))
}

/// Whether a Job that is to run has made no pod, though it had the time.
fn has_no_pods(s: &Snapshot, job: &Workload) -> bool {
    let ended = |field: &str| job.raw.pointer(&format!("/status/{field}")).is_some_and(|n| n != 0);
    let made_any = job.current > 0 || ["succeeded", "failed", "terminating"].into_iter().any(ended);
    let had_time = job.created.is_some_and(|at| s.taken_at().seconds_since(at) > START_GRACE_SECONDS);
    !job.complete && !job.paused && job.desired != Some(0) && !made_any && had_time
}

fn number(workload: &Workload, path: &str) -> Option<i64> {
    workload.raw.pointer(path).and_then(serde_json::Value::as_i64)
}

/// A Deployment whose pods are well, but whose new revision does not come within its deadline.
/// <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment>
fn has_stopped_rolling(workload: &Workload, desired: i64) -> bool {
    let late = workload.condition("Progressing").is_some_and(|c| c.reason == "ProgressDeadlineExceeded");
    late && number(workload, "/status/updatedReplicas").unwrap_or(0) < desired
}

/// What is still to come of the latest change, while the pods there are are well.
fn rollout(workload: &Workload, desired: i64) -> Option<Words> {
    let (wanted, seen) =
        (number(workload, "/metadata/generation"), number(workload, "/status/observedGeneration"));
    if wanted.zip(seen).is_some_and(|(wanted, seen)| seen < wanted) {
        return Some(Words::new(
            "Its controller has not seen the latest change yet; if that stays so, the controller manager does not run.",
            "控制器还没有处理最近一次修改；一直如此就是 controller manager 没有运行。",
        ));
    }
    // none is not written at all
    let updated = number(workload, "/status/updatedReplicas").unwrap_or(0);
    // a StatefulSet may keep some back, by its partition
    (workload.kind == Kind::Deployment && workload.paused && updated < desired).then(|| {
        Words::new(
            format!("It is paused with {updated} of {desired} pods of the new revision: rollout resume goes on with it."),
            format!("发布已暂停，新版本的 Pod 有 {updated}/{desired} 个；rollout resume 会继续。"),
        )
    })
}

pub(super) fn of_workload(s: &Snapshot, workload: &Workload) -> Option<(Facts, Vec<Evidence>)> {
    let object = object_name(workload.kind.camel(), &workload.namespace, &workload.name);
    let owner =
        |at: Option<Timestamp>, text: String| vec![Evidence::new(Source::Owner, object.clone(), at, text)];
    if workload.complete {
        let at = workload.condition("Complete").and_then(|c| c.at);
        let facts = Facts { workload: true, complete: true, expected: true, ..Facts::default() };
        return Some((facts, owner(at, "Complete=True".to_string())));
    }
    let unwell = |job: &Workload| job.has_failed() || has_no_pods(s, job);
    if workload.kind == Kind::CronJob && last_job(s, workload).is_some_and(unwell) {
        return None;
    }
    if workload.kind == Kind::CronJob
        && (misses_its_times(s, workload)
            || last_run_failed(s, workload)
            || skips_its_times(s, workload).is_some())
    {
        return None;
    }
    if let Some(job) = workload.active_job().filter(|_| workload.kind == Kind::CronJob) {
        let facts = Facts { workload: true, idle: true, runs: Some(job.to_string()), ..Facts::default() };
        return Some((facts, owner(None, format!("status.active: {job}"))));
    }
    if workload.kind == Kind::CronJob && s.members.is_empty() {
        let facts = Facts { workload: true, idle: true, ..Facts::default() };
        return Some((facts, owner(None, "no Job of it is running".to_string())));
    }
    if workload.kind == Kind::CronJob {
        // its Jobs' pods were diagnosed and none is unwell
        let facts = Facts { workload: true, idle: true, ..Facts::default() };
        return Some((facts, owner(None, "its Jobs' pods are well".to_string())));
    }
    let desired = workload.desired?;
    let failed = workload.condition("Failed").is_some_and(|c| c.status == "True")
        || has_stopped_rolling(workload, desired);
    let enough = if workload.kind == Kind::Job { workload.current > 0 } else { workload.ready >= desired };
    if failed || !enough || desired == 0 {
        return None;
    }
    let facts = Facts {
        workload: true,
        ready: true,
        ready_count: workload.ready,
        desired_count: desired,
        rollout: rollout(workload, desired),
        since: workload.condition("Available").and_then(|c| c.at).map(|at| s.taken_at().age(at)),
        ..Facts::default()
    };
    Some((facts, owner(None, format!("{} of {} ready", workload.ready, counted(desired, "pod", "pods")))))
}
