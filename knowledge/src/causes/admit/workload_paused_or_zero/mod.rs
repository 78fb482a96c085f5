//! No pod is to be expected: paused, suspended, or scaled to zero.

use serde::Serialize;
use serde_json::Value;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::target::Kind;
use crate::wording::Wording;
use crate::workload::Workload;

/// `workload-paused-or-zero`
pub const CAUSE: Cause = Cause {
    id: "workload-paused-or-zero",
    stage: Some(Stage::Admit),
    since: "0.1.0",
    hides: &[],
    expected: true,
    remedies: &[RemedyKind::words("scale-up"), RemedyKind::words("resume")],
    wordings: &[
        Wording::telling(
            r"DeploymentPaused|Deployment is paused",
            "Progressing  Unknown  DeploymentPaused  Deployment is paused",
            "deployment controller 1.7–1.37",
        ),
        Wording::telling(
            r"\bJobSuspended\b|Job suspended",
            "Suspended  True  JobSuspended  Job suspended",
            "job controller 1.21–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    workload: String,
    target: String,
    name: String,
    paused: bool,
    suspended: bool,
    zero: bool,
    is_job: bool,
    is_cron_job: bool,
    field: &'static str,
    /// What decides it, and would set it back.
    keeper: Option<String>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(workload) = s.workload() else {
        return Vec::new();
    };
    let Some(field) = field(workload) else {
        return Vec::new();
    };
    let facts = Facts {
        workload: format!("{} {}", workload.kind, workload.name),
        target: format!("{}/{}", workload.kind.short(), workload.name),
        name: workload.name.clone(),
        paused: field == "spec.paused: true",
        suspended: field == "spec.suspend: true",
        zero: field.ends_with(": 0"),
        is_job: workload.kind == Kind::Job,
        is_cron_job: workload.kind == Kind::CronJob,
        field,
        keeper: keeper(s, workload, field),
    };
    let blame = Blame::namespaced(workload.kind.camel(), &workload.namespace, &workload.name);
    let evidence = Evidence::new(Source::Spec, s.object(), None, field);
    vec![Match::new(Confidence::Certain, blame, facts).because(evidence)]
}

/// What decides how many pods there are, or whether a Job runs: an operator's object that owns it, a queue, a scaler.
fn keeper(s: &Snapshot, workload: &Workload, field: &str) -> Option<String> {
    let owner = workload.owner.as_ref().filter(|_| workload.is_outermost());
    if let Some((kind, name)) = owner {
        return Some(format!("{kind} {name}"));
    }
    // <https://kueue.sigs.k8s.io/docs/tasks/run/jobs/>
    let queue = workload.raw.pointer("/metadata/labels/kueue.x-k8s.io~1queue-name").and_then(Value::as_str);
    if let Some(queue) = queue.filter(|_| workload.kind == Kind::Job && field == "spec.suspend: true") {
        return Some(format!("Kueue ({queue})"));
    }
    if field != "spec.replicas: 0" {
        return None;
    }
    let scales = |scaler: &Value| {
        let of =
            |field: &str| scaler.pointer(&format!("/spec/scaleTargetRef/{field}")).and_then(Value::as_str);
        of("name") == Some(workload.name.as_str())
            && of("kind").unwrap_or("Deployment") == workload.kind.camel()
    };
    // <https://keda.sh/docs/latest/reference/scaledobject-spec/>; of a live cluster none is read
    let mut scalers = s.others("ScaledObject", &workload.namespace);
    scalers.find(|(_, scaler)| scales(scaler)).map(|(name, _)| format!("ScaledObject {name}"))
}

/// The field that says that no pod is wanted now.
fn field(workload: &Workload) -> Option<&'static str> {
    match workload.kind {
        Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet if workload.desired == Some(0) => {
            Some("spec.replicas: 0")
        }
        // a paused Deployment keeps the pods it has: it explains only those that are missing
        Kind::Deployment
            if workload.paused
                && workload.desired.is_some_and(|desired| workload.current < desired)
                // pods that the API server refuses are not held back by the pause
                && workload.condition("ReplicaFailure").is_none_or(|c| c.status != "True") =>
        {
            Some("spec.paused: true")
        }
        Kind::Job | Kind::CronJob if workload.paused => Some("spec.suspend: true"),
        Kind::Job if workload.desired == Some(0) && !workload.complete => Some("spec.parallelism: 0"),
        _ => None,
    }
}
