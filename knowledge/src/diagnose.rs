//! `diagnose(&Snapshot)`: every cause is asked, the deeper hides its symptoms, the rest is ranked.

mod object;

use serde_json::{Value, json};

use crate::cause::{Cause, Match};
use crate::causes::{ENDINGS, WRAPPERS, catalogue, find};
use crate::changes;
use crate::finding::{Confidence, Diagnosis, Evidence, Finding, Stage, Verdict};
use crate::gap::Gap;
use crate::job::is_forgiven;
use crate::redact::redact_value;
use crate::snapshot::{Snapshot, Subject};
use crate::target::Kind;
use crate::workload::Workload;

/// Why the subject fails, or that it does not. The same snapshot gives the same bytes.
pub fn diagnose(snapshot: &Snapshot) -> Diagnosis {
    let mut diagnosis = match &snapshot.subject {
        Subject::Pod(_) => of_pod(snapshot),
        Subject::Workload(_) => of_workload(snapshot),
        Subject::Object(object) => object::of_object(snapshot, object),
    };
    if matches!(diagnosis.verdict, Verdict::Failing | Verdict::Unknown) {
        diagnosis.changes = changes::of(snapshot);
    }
    diagnosis.findings.iter_mut().for_each(finish);
    // what was found is not hidden
    let found: Vec<&str> = diagnosis.findings.iter().map(|f| f.cause).collect();
    // that something failed inside is no reason to be silent about what may hide why
    let sure = innermost(&diagnosis).confidence == Some(Confidence::Certain)
        && wraps(innermost(&diagnosis)).is_none();
    diagnosis.gaps.retain_mut(|gap| {
        let hid = !gap.could_hide.is_empty();
        gap.could_hide.retain(|id| !found.contains(id));
        !(hid && gap.is_about_an_object() && (gap.could_hide.is_empty() || sure))
    });
    diagnosis.gaps.sort();
    diagnosis.gaps.dedup();
    diagnosis
}

/// What is wrong with the subject itself, whatever its pods say.
pub(crate) fn of_itself(snapshot: &Snapshot) -> Option<Diagnosis> {
    let mut findings = rank(detect(snapshot));
    findings.iter_mut().for_each(finish);
    let gaps = snapshot.gaps.clone();
    let diagnosis = Diagnosis { verdict: verdict(&findings), findings, gaps, changes: Vec::new() };
    Some(diagnosis).filter(|diagnosis| diagnosis.verdict == Verdict::Failing)
}

/// What is quoted is cut and redacted.
fn finish(finding: &mut Finding) {
    finding.evidence.iter_mut().for_each(Evidence::finish);
    redact_value(&mut finding.facts);
}

fn of_pod(snapshot: &Snapshot) -> Diagnosis {
    of_pod_within(snapshot, &[])
}

/// As one pod of a workload: what wraps the workload's failure is said once, by the workload.
fn of_pod_within(snapshot: &Snapshot, said: &[Finding]) -> Diagnosis {
    let again =
        |f: &Finding| wraps(f).is_some() && said.iter().any(|s| s.cause == f.cause && s.blame == f.blame);
    let findings = rank(detect(snapshot).into_iter().filter(|f| !again(f)).collect());
    let findings = if findings.is_empty() { vec![ending(snapshot)] } else { findings };
    let gaps = snapshot.gaps.clone();
    Diagnosis { verdict: verdict(&findings), gaps, findings, changes: Vec::new() }
}

/// A workload fails as its worst pod does; where its pods are well but too few, its own causes speak.
fn of_workload(snapshot: &Snapshot) -> Diagnosis {
    let own = rank(detect(snapshot));
    // a Job that reached its end needs none of its pods any more, those that failed on the way included
    let done = snapshot.workload().is_some_and(|w| w.complete);
    // neither does a workload that has all its pods need those that were evicted before
    let enough = snapshot
        .workload()
        .is_some_and(|w| w.kind != Kind::Job && !is_short(snapshot) && w.desired.is_some());
    let left_over = |m: &&Snapshot| {
        (enough && m.is_over()) || snapshot.workload().is_some_and(|job| was_tried_again(job, m))
    };
    let (replaced, live): (Vec<&Snapshot>, Vec<&Snapshot>) = snapshot
        .members
        .iter()
        .filter(|m| !done && !left_over(m) && !is_forgiven(m))
        .partition(|m| m.is_over() && is_replaced(snapshot));
    let mut members: Vec<Diagnosis> = live.into_iter().map(|m| of_pod_within(m, &own)).collect();
    if !members.iter().any(|m| m.verdict == Verdict::Failing) {
        let just_ended = replaced.into_iter().filter(|m| has_just_ended(m));
        members.extend(just_ended.map(|m| of_pod_within(m, &own)));
    }
    if enough || is_replaced(snapshot) {
        // drained and made anew elsewhere, as it is meant to be
        members.retain(|m| m.top().cause != "pod-disrupted");
    }
    let mut gaps: Vec<Gap> = snapshot.gaps.clone();
    let worst = members.into_iter().reduce(|a, b| if is_worse(&b, &a) { b } else { a });
    let own_is_expected = own.first().is_some_and(|f| f.expected);
    let findings = match worst {
        Some(worst) if worst.verdict == Verdict::Failing => {
            gaps.extend(worst.gaps);
            let mut findings = worst.findings;
            findings.extend(own.into_iter().filter(|f| !f.expected));
            rank(findings)
        }
        _ if !own.is_empty() && !own_is_expected => {
            gaps.extend(worst.into_iter().filter(|w| w.verdict == Verdict::Unknown).flat_map(|w| w.gaps));
            own
        }
        Some(worst) if worst.verdict == Verdict::Unknown => {
            gaps.extend(worst.gaps);
            of_subject(worst.findings, snapshot)
        }
        _ if !own.is_empty() => own,
        Some(worst) if worst.verdict == Verdict::Expected && is_short(snapshot) => {
            of_subject(worst.findings, snapshot)
        }
        _ => vec![ending(snapshot)],
    };
    Diagnosis { verdict: verdict(&findings), findings, gaps, changes: Vec::new() }
}

/// A Job's pod that was evicted or refused, while the Job has another running in its place.
fn was_tried_again(job: &Workload, pod: &Snapshot) -> bool {
    job.is_at_work() && pod.phase() == "Failed" && pod.ended_as_a_whole()
}

/// The controller has as many pods as it wants, those that failed not counted: what keeps it from being ready are
/// these.
fn is_replaced(snapshot: &Snapshot) -> bool {
    snapshot
        .workload()
        .is_some_and(|w| w.kind != Kind::Job && w.desired.is_some_and(|desired| w.current >= desired))
        && !snapshot.members.iter().any(Snapshot::holds_its_place)
}

/// Whether a failed pod ended recently enough to say something of the present.
fn has_just_ended(member: &Snapshot) -> bool {
    // before 1.26 an evicted pod has no condition that says when
    let told = member.events.iter().filter(|event| event.warning).filter_map(|event| event.at);
    let ended = member
        .ended_at()
        .into_iter()
        .chain(member.condition("DisruptionTarget").and_then(|c| c.at))
        .chain(told)
        .max();
    let started = member.status().and_then(|status| status.start_time.as_ref()).map(|t| t.0);
    ended.or(started).is_none_or(|at| member.is_recent(at))
}

/// A pod that was evicted, refused or shut down long ago, and whose controller has had all its pods since: what stays of
/// it is to be deleted, and says nothing of the present.
pub(crate) fn is_left_over(pod: &Snapshot) -> bool {
    if pod.owners.iter().any(|owner| was_tried_again(owner, pod)) {
        return true;
    }
    let whole =
        |top: &Workload| top.kind != Kind::Job && top.desired.is_some_and(|desired| top.ready >= desired);
    pod.is_over() && !has_just_ended(pod) && pod.owners.last().is_some_and(|top| whole(top))
}

/// `healthy` and `unknown` blame no one: they name what was asked about.
fn of_subject(mut findings: Vec<Finding>, snapshot: &Snapshot) -> Vec<Finding> {
    for finding in findings.iter_mut().filter(|f| ENDINGS.contains(&f.cause)) {
        finding.blame = snapshot.subject_blame();
    }
    findings
}

fn is_short(snapshot: &Snapshot) -> bool {
    // towards its end a Job needs fewer pods at once than it may have
    snapshot.workload().is_some_and(|w| !w.is_at_work() && w.desired.is_some_and(|desired| w.ready < desired))
}

/// Whether `a` is the worse of two pods of one workload.
fn is_worse(a: &Diagnosis, b: &Diagnosis) -> bool {
    if hides(innermost(a), innermost(b)) {
        return true;
    }
    if hides(innermost(b), innermost(a)) {
        return false;
    }
    let weight = |d: &Diagnosis| {
        let told = innermost(d);
        // of equals the one that tells more
        (d.verdict, told.confidence, std::cmp::Reverse(position(told.cause)), d.findings.len())
    };
    weight(a) > weight(b)
}

/// The first finding that wraps no other; where there is none but wrappers, the last of them.
fn innermost(diagnosis: &Diagnosis) -> &Finding {
    let inner = diagnosis.findings.iter().find(|f| wraps(f).is_none());
    inner.or(diagnosis.findings.last()).unwrap_or_else(|| diagnosis.top())
}

/// How far out a wrapper stands: 0 is the outermost. `None` for a cause that explains itself.
pub(crate) fn wraps(finding: &Finding) -> Option<usize> {
    WRAPPERS.iter().position(|id| *id == finding.cause)
}

fn detect(snapshot: &Snapshot) -> Vec<Finding> {
    let mut findings = Vec::new();
    for cause in catalogue().filter(|cause| !ENDINGS.contains(&cause.id)) {
        for found in (cause.detect)(snapshot) {
            findings.push(finding_of(cause, found, snapshot));
        }
    }
    findings
}

/// `healthy` when its rule holds, else `unknown`.
fn ending(snapshot: &Snapshot) -> Finding {
    let endings = ENDINGS.iter().filter_map(|id| find(id));
    for cause in endings {
        if let Some(found) = (cause.detect)(snapshot).into_iter().next() {
            let expected = found.facts.get("expected").and_then(Value::as_bool).unwrap_or(false);
            let mut finding = finding_of(cause, found, snapshot);
            finding.confidence = None;
            finding.expected = expected;
            return finding;
        }
    }
    // `unknown` matches whatever `healthy` does not; this is for a catalogue without it
    Finding {
        cause: "unknown",
        stage: None,
        confidence: None,
        pod: None,
        container: None,
        blame: snapshot.subject_blame(),
        evidence: Vec::new(),
        facts: json!({}),
        expected: false,
    }
}

fn finding_of(cause: &'static Cause, found: Match, snapshot: &Snapshot) -> Finding {
    let mut facts = found.facts;
    // a cause may say for one match that it is not, or is, as it is meant to be
    let expected = facts.get("expected").and_then(Value::as_bool).unwrap_or(cause.expected);
    if let Value::Object(map) = &mut facts {
        map.insert("namespace".to_string(), snapshot.namespace().into());
        map.insert("kind".to_string(), snapshot.kind().camel().into());
        map.insert("subject".to_string(), format!("{}/{}", snapshot.kind().short(), snapshot.name()).into());
    }
    Finding {
        cause: cause.id,
        stage: cause.stage,
        confidence: Some(found.confidence),
        pod: snapshot.pod().map(|_| snapshot.name().to_string()),
        container: found.container,
        blame: found.blame,
        evidence: found.evidence,
        facts,
        expected,
    }
}

fn verdict(findings: &[Finding]) -> Verdict {
    match findings.first() {
        Some(top) if top.expected => Verdict::Expected,
        Some(top) if top.cause == "healthy" => Verdict::Healthy,
        Some(top) if top.cause == "unknown" => Verdict::Unknown,
        Some(_) => Verdict::Failing,
        None => Verdict::Unknown,
    }
}

/// Drops symptoms and orders the rest: what wraps another cause before that one, then surest first, then by how early in a pod's life, then as the catalogue lists.
pub fn rank(findings: Vec<Finding>) -> Vec<Finding> {
    let hidden: Vec<bool> = findings
        .iter()
        .map(|symptom| findings.iter().any(|deeper| hides(deeper, symptom) && concerns(deeper, symptom)))
        .collect();
    let mut kept: Vec<Finding> =
        findings.into_iter().zip(hidden).filter(|(_, hidden)| !hidden).map(|(finding, _)| finding).collect();
    let wrapped: Vec<String> =
        kept.iter().filter(|f| wraps(f).is_some()).filter_map(|f| f.container.clone()).collect();
    // what ails the node ails the container in it, and not the other way round
    let of_node = |f: &Finding| f.stage == Some(Stage::Node) && f.confidence == Some(Confidence::Certain);
    let depth = |f: &Finding| match wraps(f) {
        Some(place) if f.container.is_none() => (0, place),
        None if of_node(f) => (1, 0),
        Some(place) => (2, place),
        None => (3, 0),
    };
    // a cause of the whole pod may be what keeps the container from succeeding
    let inside = |f: &Finding| f.container.as_ref().is_none_or(|name| wrapped.contains(name));
    kept.sort_by_key(|f| {
        (
            depth(f),
            !wrapped.is_empty() && !inside(f),
            std::cmp::Reverse(f.confidence),
            f.expected,
            f.stage,
            position(f.cause),
            f.pod.clone(),
            // of several that ended the first one: the rest mostly follow from it, as Tekton's steps do
            first_end(f),
            f.container.clone(),
        )
    });
    kept
}

fn first_end(finding: &Finding) -> Option<jiff::Timestamp> {
    let ended = finding.cause == "app-exited";
    finding.evidence.first().filter(|_| ended).and_then(|end| end.at)
}

/// A guess does not hide what is sure.
fn hides(deeper: &Finding, symptom: &Finding) -> bool {
    let declared = find(deeper.cause).is_some_and(|cause| cause.hides.contains(&symptom.cause));
    declared && (deeper.confidence >= symptom.confidence || deeper.confidence >= Some(Confidence::Likely))
}

/// Whether two findings are about the same container, or one of them about the whole pod.
fn concerns(deeper: &Finding, symptom: &Finding) -> bool {
    match (&deeper.container, &symptom.container) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

fn position(cause: &str) -> usize {
    catalogue().position(|known| known.id == cause).unwrap_or(usize::MAX)
}
