//! No cause matched: what was looked at, what could not be read, and the strongest facts. Never an invented cause.

use jiff::Timestamp;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::causes::status::healthy::workload::{last_run_failed, skips_its_times};
use crate::container::{ContainerKind, ContainerView};
use crate::evidence::{cut, object_name};
use crate::finding::{Confidence, Evidence, Source};
use crate::logs;
use crate::node_state::troubles;
use crate::redact::redact;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::target::Kind;
use crate::text::counted;
use crate::wording::Wording;
use crate::workload::Workload;

/// `unknown`
pub const CAUSE: Cause = Cause {
    id: "unknown",
    stage: None,
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[RemedyKind::words("look-further")],
    wordings: &[] as &[Wording],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// At most this many warning events are quoted, one a reason.
const MAX_EVENTS: usize = 5;

/// Where things stand, in fewer words than the evidence, which is shown beside it.
#[derive(Default, Serialize)]
struct Facts {
    /// A workload that wants pods and has none.
    no_pods: bool,
    desired: i64,
    /// A workload's own count.
    ready: i64,
    workload: bool,
    /// The container that is furthest from well.
    who: Option<String>,
    init: bool,
    /// What it waits for, as the kubelet names it.
    waits: Option<String>,
    /// The end of what it says of that.
    why: Option<String>,
    /// It ended, with this code.
    ended: bool,
    exit_code: i32,
    /// It runs, for so long, and that is not enough yet.
    runs: Option<String>,
    /// The last line of its log.
    words: Option<String>,
    /// Its node, where that node's kubelet has not acknowledged it.
    node: Option<String>,
    /// For so long it has been the node's to start.
    unacknowledged: Option<String>,
    /// This container runs on, where the others did their work and the pod was to end.
    stays: Option<String>,
    /// The Job of its last time did not succeed.
    last_run_failed: bool,
    /// This Job still runs, and times are skipped for it.
    skipped: Option<String>,
    /// The pod's own reason, or its phase.
    reason: Option<String>,
    /// The reason of the newest warning.
    warning: Option<String>,
    /// The end of its sentence, where the reason mostly stands.
    gist: Option<String>,
    /// Something was not read.
    gaps: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let mut evidence = Vec::new();
    for container in s.containers() {
        if container.waiting().is_some_and(|(reason, message)| !message.is_empty() || !is_plain(reason)) {
            evidence.extend(s.from_waiting(&container));
        }
        let ended = container.last_end().filter(|end| end.exit_code != 0 || container.terminated().is_some());
        evidence.extend(ended.map(|end| s.from_end(&container, end)));
        if is_unfinished(&container) {
            // what it waits for stands in its log, if anywhere
            let at = container.running_since();
            evidence.push(s.from_status(at, format!("{}.state.running", container.status_path())));
            evidence.extend(logs::last_words(s, &container));
        }
    }
    if let Some(container) = stays(s) {
        let text = format!("{}.state.running", container.status_path());
        evidence.push(s.from_status(container.running_since(), text));
    }
    if let Some(status) = s.status().filter(|status| status.reason.is_some() || status.message.is_some()) {
        let (reason, message) =
            (status.reason.as_deref().unwrap_or_default(), status.message.as_deref().unwrap_or_default());
        evidence.insert(0, s.from_status(None, format!("status {reason}: {message}")));
    }
    evidence.extend(warnings(s));
    if let Some((node, _)) = unacknowledged(s) {
        evidence.push(s.from_spec("spec.nodeName", &format!("{node}, and no status.startTime")));
        let ready = s.node().and_then(|node| Evidence::node_condition(node, "Ready"));
        evidence.extend(s.from_condition("PodScheduled"));
        evidence.extend(ready);
    }
    for condition in s.status().and_then(|status| status.conditions.as_ref()).into_iter().flatten() {
        if condition.status != "True" {
            evidence.extend(s.from_condition(&condition.type_));
        }
    }
    if let Some(node) = s.object_of(Kind::Node).and_then(|_| s.node()) {
        let troubles = troubles(node).map(|c| c.type_.as_str());
        evidence.extend(troubles.filter_map(|name| Evidence::node_condition(node, name)));
    }
    if let Some(workload) = s.workload() {
        evidence.extend(times_of(s, workload));
        let object = object_name(workload.kind.camel(), &workload.namespace, &workload.name);
        for c in &workload.conditions {
            let text = format!("{}={} {}: {}", c.name, c.status, c.reason, c.message);
            evidence.push(Evidence::new(Source::Owner, object.clone(), c.at, text));
        }
        if let Some(desired) = workload.desired {
            let text = format!(
                "{} of {}, {} ready",
                workload.current,
                counted(desired, "pod exists", "pods exist"),
                workload.ready
            );
            evidence.push(Evidence::new(Source::Owner, object.clone(), None, text));
        }
        // the refusal stands in ReplicaFailure; "not available" only repeats that there are no pods
        evidence.sort_by_key(|e| !(e.text.starts_with("ReplicaFailure=True") || e.source == Source::Event));
    }
    if evidence.is_empty() && s.pod().is_some() {
        let phase = if s.phase().is_empty() { "none reported" } else { s.phase() };
        evidence.push(s.from_status(None, format!("status.phase {phase}")));
    }
    let facts = facts(s);
    vec![Match::new(Confidence::Possible, s.subject_blame(), facts).because_all(evidence)]
}

/// When a CronJob last made a Job, when one last succeeded, and that its times are skipped meanwhile.
fn times_of(s: &Snapshot, cron_job: &Workload) -> Vec<Evidence> {
    if cron_job.kind != Kind::CronJob {
        return Vec::new();
    }
    let object = object_name(cron_job.kind.camel(), &cron_job.namespace, &cron_job.name);
    let times = ["lastScheduleTime", "lastSuccessfulTime"].into_iter();
    let times = times.filter_map(|field| {
        let at = cron_job.time_of(field)?;
        Some(Evidence::new(Source::Owner, object.clone(), Some(at), format!("status.{field} {at}")))
    });
    let skipped = skips_its_times(s, cron_job).map(Evidence::event);
    let active = cron_job
        .active_job()
        .map(|job| Evidence::new(Source::Owner, object.clone(), None, format!("status.active: {job}")));
    times.chain(active).chain(skipped).collect()
}

/// What the asked node says is wrong with it, such as the node problem detector's `ReadonlyFilesystem`.
fn trouble_of_node(s: &Snapshot) -> Option<String> {
    let node = s.object_of(Kind::Node).and_then(|_| s.node())?;
    let condition = troubles(node).next()?;
    let message = redact(condition.message.as_deref().unwrap_or_default());
    Some(format!("{}: {}", condition.type_, cut(&message, 120)))
}

/// The container that keeps a pod from ending whose other containers are done, as a proxy that nobody tells.
fn stays(s: &Snapshot) -> Option<ContainerView<'_>> {
    let ends = s.spec()?.restart_policy.as_deref().is_some_and(|policy| policy != "Always");
    let own = s.containers().into_iter().filter(|c| c.kind == ContainerKind::App);
    let (running, over): (Vec<_>, Vec<_>) = own.partition(|c| c.is_running());
    let done = !over.is_empty() && over.iter().all(|c| c.terminated().is_some_and(|end| end.exit_code == 0));
    running.into_iter().next().filter(|_| ends && done)
}

/// The node a pod is bound to and since when, where its kubelet never said that it knows of it: that is what a kubelet writes first.
/// <https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.37/#podstatus-v1-core>
fn unacknowledged(s: &Snapshot) -> Option<(&str, Option<Timestamp>)> {
    let node = s.object_of(Kind::Node).is_none().then(|| s.node_name()).flatten()?;
    let is_known = s.status().is_some_and(|status| {
        status.start_time.is_some() || status.container_statuses.is_some() || status.reason.is_some()
    });
    if is_known || s.is_static() || !matches!(s.phase(), "" | "Pending") {
        return None;
    }
    let created = || s.pod()?.metadata.creation_timestamp.as_ref().map(|at| at.0);
    Some((node, s.condition("PodScheduled").and_then(|c| c.at).or_else(created)))
}

/// An init container that runs has not failed; everything behind it waits until it is done.
fn is_unfinished(container: &ContainerView<'_>) -> bool {
    container.kind == ContainerKind::Init && container.is_running()
}

fn facts(s: &Snapshot) -> Facts {
    let mut facts = Facts { gaps: !s.gaps.is_empty(), ..Facts::default() };
    if let Some(workload) = s.workload() {
        facts.workload = workload.desired.is_some();
        facts.desired = workload.desired.unwrap_or(0);
        facts.ready = workload.ready;
        // pods that exist and were not read are not missing
        facts.no_pods = facts.desired > 0 && workload.current == 0 && s.members.is_empty();
    }
    let containers = s.containers();
    let stuck = |c: &&ContainerView<'_>| {
        c.waiting().is_some_and(|(reason, _)| !is_plain(reason))
            || c.terminated().is_some_and(|e| e.exit_code != 0)
    };
    let worst = containers
        .iter()
        .find(is_unfinished_ref)
        .or_else(|| containers.iter().find(stuck))
        .or_else(|| containers.iter().find(|c| c.is_running() && !c.is_ready()));
    if let Some(container) = worst {
        about(s, container, &mut facts);
    }
    if let Some((node, at)) = unacknowledged(s) {
        facts.node = Some(node.to_string());
        facts.unacknowledged = at.map(|at| s.taken_at().age(at));
    }
    let phase = Some(s.phase()).filter(|phase| !phase.is_empty() && *phase != "Running");
    let reason = Some(s.status_reason()).filter(|reason| !reason.is_empty());
    facts.reason = reason.or(phase).map(str::to_string).or_else(|| trouble_of_node(s));
    facts.stays = stays(s).map(|container| container.name.to_string());
    if let Some(cron_job) = s.workload().filter(|w| w.kind == Kind::CronJob) {
        facts.last_run_failed = last_run_failed(s, cron_job);
        facts.skipped = skips_its_times(s, cron_job).and(cron_job.active_job()).map(str::to_string);
    }
    // that it is tried again says nothing of why
    if let Some(event) = s.events.iter().rev().find(|e| e.warning && e.reason != "BackOff") {
        facts.warning = Some(event.reason.clone());
        facts.gist = Some(gist(&redact(&event.message)))
            .filter(|gist| !gist.is_empty() && facts.why.as_ref() != Some(gist));
    }
    facts
}

/// As much of a sentence's end as fits in a summary: the parts before only say what was tried. A scheduler's counts
/// are told from their beginning, and what it says of preemption comes last and explains nothing.
fn gist(message: &str) -> String {
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    if message.contains("nodes are available") {
        let counts = message.split(" preemption:").next().unwrap_or_default();
        return cut(counts.trim_end_matches('.'), MAX_GIST);
    }
    // the code that containers' runtimes hang on whatever they cannot class
    let message = message.trim_end_matches(": unknown");
    let mut from = message.rfind(": ").map_or(0, |at| at + 2);
    while let Some(at) = message[..from.saturating_sub(2)].rfind(": ") {
        if message[at + 2..].chars().count() > MAX_GIST {
            break;
        }
        from = at + 2;
    }
    cut(&message[from..], MAX_GIST)
}

/// In characters.
const MAX_GIST: usize = 90;

fn is_unfinished_ref(container: &&ContainerView<'_>) -> bool {
    is_unfinished(container)
}

fn about(s: &Snapshot, container: &ContainerView<'_>, facts: &mut Facts) {
    facts.who = Some(container.name.to_string());
    facts.init = container.kind == ContainerKind::Init;
    facts.waits =
        container.waiting().map(|(reason, _)| reason.to_string()).filter(|reason| !reason.is_empty());
    // that it is backed off says nothing of why
    let says = container.waiting().filter(|(reason, _)| !reason.ends_with("BackOff"));
    facts.why = says.map(|(_, message)| gist(&redact(message))).filter(|gist| !gist.is_empty());
    let end = container.last_end().filter(|end| end.exit_code != 0 || container.terminated().is_some());
    facts.ended = end.is_some() && !container.is_running();
    facts.exit_code = end.map_or(0, |end| end.exit_code);
    if container.is_running() {
        facts.runs = Some(container.running_since().map_or("?".to_string(), |at| s.taken_at().age(at)));
        facts.words = logs::last_run(s, container).and_then(|(text, _)| {
            let text = redact(text);
            logs::tail(&text).last().map(|line| cut(line.trim(), 100))
        });
    }
}

fn is_plain(reason: &str) -> bool {
    matches!(reason, "" | "ContainerCreating" | "PodInitializing")
}

/// The newest warning of each reason, newest first.
fn warnings(s: &Snapshot) -> Vec<Evidence> {
    let mut reasons = Vec::new();
    let mut evidence = Vec::new();
    for event in s.events.iter().rev().filter(|e| e.warning) {
        if !reasons.contains(&&event.reason) && reasons.len() < MAX_EVENTS {
            reasons.push(&event.reason);
            evidence.push(Evidence::event(event));
        }
    }
    evidence
}

#[cfg(test)]
mod tests {
    use super::gist;

    #[test]
    fn a_gist_is_the_end_of_a_chain_and_the_beginning_of_counts() {
        assert_eq!(gist("Error: configmap \"x\" not found"), "configmap \"x\" not found");
        let counts = "0/3 nodes are available: 1 node(s) had untolerated taint {a: b}, 2 Insufficient cpu. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.";
        assert_eq!(
            gist(counts),
            "0/3 nodes are available: 1 node(s) had untolerated taint {a: b}, 2 Insufficient cpu"
        );
    }
}
