//! The API server refuses the pods a workload makes: what it says, and whether that is still so.
//!
//! There is no pod then. The words stand in events `FailedCreate` on the object that makes the pods, and, for
//! ReplicaSets and Deployments, in the condition `ReplicaFailure`, which outlives the events.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/controller/controller_utils.go> (`createPods`)

mod class;
mod fields;

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::PodSpec;

use crate::event::{Event, Identity};
use crate::evidence::object_name;
use crate::finding::{Confidence, Evidence, Source};
use crate::snapshot::Snapshot;
use crate::target::Kind;
use crate::text::counted;
use crate::workload::Workload;

pub use class::{Class, classify, items};
pub use fields::{FieldError, field_errors};

/// A controller that keeps failing tries again within this many seconds: the longest back-off of its queue is 1000 s.
const RETRY_SECONDS: i64 = 1_200;

/// Of one attempt, some pods may be made and some refused; the events of it lie within this many seconds.
const ATTEMPT_SECONDS: i64 = 5;

/// One refusal that holds now.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Who refused.
    pub class: Class,
    /// Its words, without the controller's own before them.
    pub message: String,
    /// Where the words were read, most telling first.
    pub evidence: Vec<Evidence>,
    /// `Certain` while the controller itself says so.
    pub confidence: Confidence,
    /// The pods it would make.
    pub template: Option<Arc<PodSpec>>,
    /// `ReplicaSet cart-7d9f`
    pub maker: String,
    /// How many of its pods exist, and how many it wants.
    pub have: i64,
    /// See `have`.
    pub want: i64,
    /// An event holds the words, not the condition alone.
    told: bool,
}

/// What is refused of the workload's pods now, one for each class. A pod's snapshot has none.
pub fn refusals(s: &Snapshot) -> Vec<Refusal> {
    let Some(subject) = s.workload() else { return Vec::new() };
    // nearly every workload is well: its own condition and the events, its children's included, say so at once
    if condition_of(subject).is_none() && !s.events.iter().any(|event| is_failure(event)) {
        return Vec::new();
    }
    let owner = Some((subject.kind.camel().to_string(), subject.name.clone()));
    let all = s.world.workloads.values();
    let children: Vec<&Workload> =
        all.filter(|w| w.namespace == subject.namespace && w.owner == owner).map(AsRef::as_ref).collect();
    let mut refusals: Vec<Refusal> = children.iter().filter_map(|maker| refusal_of(s, maker)).collect();
    // the owner's condition repeats what its child was told first, which may be otherwise by now
    let silent =
        refusals.is_empty() && !children.iter().any(|w| events_of(s, w).iter().any(|e| is_failure(e)));
    refusals.extend(refusal_of(s, subject).filter(|own| silent || own.told));
    let mut found: Vec<Refusal> = Vec::new();
    for refusal in refusals {
        match found.iter_mut().find(|known| known.class == refusal.class) {
            Some(known) => known.evidence.extend(refusal.evidence),
            None => found.push(refusal),
        }
    }
    found
}

/// The refusals of one class.
pub fn of_class(s: &Snapshot, class: Class) -> Vec<Refusal> {
    refusals(s).into_iter().filter(|refusal| refusal.class == class).collect()
}

fn refusal_of(s: &Snapshot, maker: &Workload) -> Option<Refusal> {
    // a paused Deployment's ReplicaSet goes on trying
    let suspended = maker.paused && matches!(maker.kind, Kind::Job | Kind::CronJob);
    if maker.complete || suspended || (want(maker) == 0 && maker.kind != Kind::CronJob) {
        return None;
    }
    let events = events_of(s, maker);
    let refused = events.iter().rev().find(|event| is_failure(event));
    // what fails now is something else
    if refused.is_some_and(|event| classify(&strip(&event.message)) == Class::Other) {
        return None;
    }
    let condition = condition_of(maker);
    let (have, want) = (have(maker), want(maker));
    let said = refused.map(|event| strip(&event.message));
    let (message, confidence) = match (&condition, refused) {
        // the condition keeps the words of the first refusal, the event those of the latest
        (Some((_, text)), _) => (said.unwrap_or_else(|| strip(text)), Confidence::Certain),
        (None, Some(event)) => (said?, still_so(s, maker, event, &events)?),
        (None, None) => return None,
    };
    let object = object_name(maker.kind.camel(), &maker.namespace, &maker.name);
    let mut evidence: Vec<Evidence> = refused.map(|event| Evidence::event(event)).into_iter().collect();
    evidence.extend(condition.map(|(at, text)| {
        Evidence::new(Source::Owner, object.clone(), at, format!("ReplicaFailure=True FailedCreate: {text}"))
    }));
    if maker.kind != Kind::CronJob {
        evidence.push(Evidence::new(
            Source::Owner,
            object,
            None,
            format!("{have} of {}", counted(want, "pod exists", "pods exist")),
        ));
    }
    // a Job that gave up has its own word for it
    let confidence = if maker.has_failed() { confidence.min(Confidence::Likely) } else { confidence };
    Some(Refusal {
        class: classify(&message),
        message,
        evidence,
        confidence,
        template: maker.template.clone(),
        maker: format!("{} {}", maker.kind.camel(), maker.name),
        have,
        want,
        told: refused.is_some(),
    })
}

fn events_of(s: &Snapshot, maker: &Workload) -> Vec<Arc<Event>> {
    s.world.events_about(&Identity {
        kind: maker.kind.camel(),
        namespace: &maker.namespace,
        name: &maker.name,
        uid: &maker.uid,
        mirror: None,
        created: maker.created,
    })
}

/// Whether the event says that an object could not be made. Its reason is `FailedCreate`, and `ReplicaSetCreateError`
/// where a Deployment's ReplicaSet itself was refused.
fn is_failure(event: &Event) -> bool {
    event.warning
        && (matches!(event.reason.as_str(), "FailedCreate" | "ReplicaSetCreateError")
            || event.message.contains("Error creating"))
}

/// `ReplicaFailure=True`, or a Deployment whose ReplicaSet was refused.
fn condition_of(maker: &Workload) -> Option<(Option<Timestamp>, &str)> {
    let failure =
        maker.condition("ReplicaFailure").filter(|c| c.status == "True" && c.reason != "FailedDelete");
    let refused =
        maker.condition("Progressing").filter(|c| c.status == "False" && c.reason == "ReplicaSetCreateError");
    let condition = failure.or(refused)?;
    (classify(&strip(&condition.message)) != Class::Other)
        .then_some((condition.at, condition.message.as_str()))
}

/// Without a condition, only pods that are missing and words that are fresh say that it goes on.
fn still_so(s: &Snapshot, maker: &Workload, refused: &Event, events: &[Arc<Event>]) -> Option<Confidence> {
    let made = events.iter().rev().find(|e| e.reason == "SuccessfulCreate").and_then(|e| e.at);
    // a StatefulSet makes one after the other
    let attempt = if maker.kind == Kind::StatefulSet { 0 } else { ATTEMPT_SECONDS };
    let healed = match (made, refused.at) {
        (Some(made), Some(refused)) => made.as_second() > refused.as_second() + attempt,
        _ => false,
    };
    let short = match maker.kind {
        // a run that was refused is not made up for: only the next one tells
        Kind::CronJob => made <= refused.at,
        _ => have(maker) < want(maker),
    };
    if healed || !short {
        return None;
    }
    let stale = refused.at.is_some_and(|at| s.taken_at().seconds_since(at) > RETRY_SECONDS);
    // a ReplicaSet whose controller got on has no such condition any more
    let lacks = matches!(maker.kind, Kind::Deployment | Kind::ReplicaSet);
    Some(if lacks || (stale && maker.kind != Kind::CronJob) {
        Confidence::Likely
    } else {
        Confidence::Certain
    })
}

/// A Job's pods that ended well are not missing.
fn want(maker: &Workload) -> i64 {
    let desired = maker.desired.unwrap_or(0);
    if maker.kind != Kind::Job {
        return desired;
    }
    let number = |path: &str| maker.raw.pointer(path).and_then(serde_json::Value::as_i64);
    let succeeded = number("/status/succeeded").unwrap_or(0);
    let parallelism = number("/spec/parallelism").unwrap_or(1);
    number("/spec/completions").map_or(parallelism, |all| parallelism.min(all - succeeded)).max(0)
}

/// Whether the workload has fewer pods than it should, and nothing read says why.
pub fn is_missing_pods(s: &Snapshot) -> bool {
    s.workload().is_some_and(|w| {
        let ended = w.complete || w.has_failed() || w.paused;
        !ended && have(w) < want(w) && w.condition("ReplicaFailure").is_none_or(|c| c.status != "True")
    })
}

fn have(maker: &Workload) -> i64 {
    maker.current
}

/// The API server's words: without the controller's own, and without the client's.
pub fn strip(message: &str) -> String {
    let mut text = message.trim();
    for lead in ["(combined from similar events):", "Error creating job:", "Error creating:"] {
        text = text.strip_prefix(lead).unwrap_or(text).trim_start();
    }
    for mark in [" failed error: ", " failed: error: "] {
        text = text.split_once(mark).map_or(text, |(_, rest)| rest);
    }
    if text.starts_with("Failed to create new replica set") {
        text = text.split_once("\": ").map_or(text, |(_, rest)| rest);
    }
    text.trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_servers_own_words_are_left() {
        for (said, left) in [
            ("Error creating: pods \"a-\" is forbidden: x", "pods \"a-\" is forbidden: x"),
            (
                "(combined from similar events): Error creating: pods \"a\" is forbidden: x",
                "pods \"a\" is forbidden: x",
            ),
            (
                "create Pod a-0 in StatefulSet a failed error: Pod \"a-0\" is invalid: y",
                "Pod \"a-0\" is invalid: y",
            ),
            (
                "Failed to create new replica set \"a-1\": replicasets.apps \"a-1\" is forbidden: z",
                "replicasets.apps \"a-1\" is forbidden: z",
            ),
        ] {
            assert_eq!(strip(said), left);
        }
    }
}
