//! Nothing is wrong, and why one might have thought otherwise.

mod object;
pub(in crate::causes::status) mod workload;

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::{ContainerKind, ContainerView};
use crate::event::Event;
use crate::finding::{Confidence, Evidence};
use crate::mount::is_unregistered;
use crate::schedule::reason::Words;
use crate::snapshot::{START_GRACE_SECONDS, Snapshot, Subject};

/// `healthy`
pub const CAUSE: Cause = Cause {
    id: "healthy",
    stage: None,
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[],
    wordings: &[],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// A scheduler that works speaks, or binds, within moments.
const SCHEDULE_GRACE_SECONDS: i64 = 10;

#[derive(Default, Serialize)]
struct Facts {
    /// Not running or not ready, as it is meant to be.
    expected: bool,
    ready: bool,
    succeeded: bool,
    starting: bool,
    since: Option<String>,
    restarts: i32,
    last_exit: Option<i32>,
    workload: bool,
    ready_count: i64,
    desired_count: i64,
    complete: bool,
    idle: bool,
    /// A CronJob's Job that runs now.
    runs: Option<String>,
    /// A Service, claim, node or namespace.
    object: bool,
    is_service: bool,
    is_claim: bool,
    is_node: bool,
    /// The taint by which an autoscaler, or what hears of a cloud's notices, takes the node away.
    leaving: Option<String>,
    /// A node that has only just been made, and whose network is still to come.
    joining: Option<String>,
    /// Its other taints that keep pods off.
    taints: Option<String>,
    /// How long ago it ran out of memory.
    out_of_memory: Option<String>,
    /// It is to have a load balancer, and nobody has given it an address.
    no_address: bool,
    /// How far a rollout is, or that its controller has not seen it yet.
    rollout: Option<Words>,
    /// A claim whose volume is made once a pod asks for it.
    waits: bool,
    /// The size it is to have, which its file system has not yet.
    grows: Option<String>,
    /// The Service's addresses are not its selector's.
    by_hand: bool,
    /// The pods that hang on it.
    pods: usize,
    /// Those of them that fail, for reasons of their own.
    unwell: usize,
    /// The Service's name outside the cluster, or the claim's volume.
    stands_for: Option<String>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let found = match &s.subject {
        Subject::Pod(_) => of_pod(s),
        Subject::Workload(workload) => workload::of_workload(s, workload),
        Subject::Object(around) => object::of_object(s, around),
    };
    found
        .map(|(facts, evidence)| {
            Match::new(Confidence::Certain, s.subject_blame(), facts).because_all(evidence)
        })
        .into_iter()
        .collect()
}

fn of_pod(s: &Snapshot) -> Option<(Facts, Vec<Evidence>)> {
    if s.is_deleting() || s.was_ended_outside() {
        return None;
    }
    if s.phase() == "Succeeded" {
        let facts = Facts { expected: true, succeeded: true, ..Facts::default() };
        return Some((facts, vec![s.from_status(None, "status.phase Succeeded")]));
    }
    let ready = s.condition("Ready").filter(|c| c.status == "True");
    if let Some(ready) = ready
        && s.crashing().is_empty()
    {
        let containers = s.containers();
        let restarted = containers.iter().filter(|c| c.restarts() > 0).max_by_key(|c| c.restarts());
        let facts = Facts {
            ready: true,
            since: ready.at.map(|at| s.taken_at().age(at)),
            restarts: restarted.map_or(0, |c| c.restarts()),
            last_exit: restarted.and_then(|c| c.last_terminated()).map(|end| end.exit_code),
            ..Facts::default()
        };
        let mut evidence: Vec<Evidence> = s.from_condition("Ready").into_iter().collect();
        evidence.extend(restarted.and_then(|c| Some(s.from_end(c, c.last_terminated()?))));
        return Some((facts, evidence));
    }
    starting(s)
}

/// Just made, and nothing speaks against it.
fn starting(s: &Snapshot) -> Option<(Facts, Vec<Evidence>)> {
    let created = s.pod()?.metadata.creation_timestamp.as_ref()?.0;
    let begun = s.could_begin()?;
    let containers = s.containers();
    let grace = match s.node_name() {
        Some(_) => START_GRACE_SECONDS + containers.iter().map(probe_delay).max().unwrap_or(0),
        None => SCHEDULE_GRACE_SECONDS,
    };
    let young = s.world.knows_the_age_of(begun) && s.taken_at().seconds_since(begun) < grace;
    let plain = |c: &ContainerView<'_>| {
        c.restarts() == 0
            && c.waiting().is_none_or(|(reason, message)| {
                matches!(reason, "ContainerCreating" | "PodInitializing") && message.is_empty()
            })
            && c.terminated().is_none_or(|end| end.exit_code == 0 && c.kind == ContainerKind::Init)
    };
    let quiet = s.events.iter().all(|e| !e.warning || is_of_starting(s, e));
    let bound_or_new = s.node_name().is_some() || s.scheduler_message().is_none();
    // where no event could be read, nothing speaks against it and nothing for it
    let heard = !s.events.is_empty()
        || s.world.has_events_in(s.namespace())
        || s.world.why_unread("Event", s.namespace(), s.name()).is_none();
    let on_time =
        young && heard && quiet && bound_or_new && s.status_reason().is_empty() && s.phase() != "Failed";
    if !on_time || !containers.iter().all(plain) {
        return None;
    }
    let facts =
        Facts { expected: true, starting: true, since: Some(s.taken_at().age(created)), ..Facts::default() };
    let text = format!("metadata.creationTimestamp {created}");
    Some((facts, vec![s.from_status(Some(created), text)]))
}

/// A warning that every start may bring: the program is not up yet, the kubelet has not read an object yet, or a driver that comes up with
/// its node has not registered.
fn is_of_starting(s: &Snapshot, event: &Event) -> bool {
    let says = |words: &str| event.message.contains(words);
    let unread =
        says("cache: timed out waiting for the condition") || says("object \"") && says("not registered");
    (event.reason == "Unhealthy" && !event.message.starts_with("Liveness"))
        || (event.count <= 3 && unread)
        || (s.is_on_new_node() && is_unregistered(&event.message))
}

/// How long the container's own probes may keep it from being ready without anything being wrong, in seconds.
fn probe_delay(container: &ContainerView<'_>) -> i64 {
    let Some(spec) = container.spec else { return 0 };
    let startup = spec.startup_probe.as_ref().map_or(0, |p| {
        p.initial_delay_seconds.unwrap_or(0)
            + p.period_seconds.unwrap_or(10) * p.failure_threshold.unwrap_or(3)
    });
    let readiness = spec.readiness_probe.as_ref().map_or(0, |p| p.initial_delay_seconds.unwrap_or(0));
    i64::from(startup + readiness)
}
