//! A diagnosis → words: the answer every face shows in its own way.

use std::sync::Arc;

use podwhy_knowledge::causes::find;
use podwhy_knowledge::changes::Changed;
use podwhy_knowledge::redact::{clean_name, redact};
use podwhy_knowledge::text::general_page;
use podwhy_knowledge::triage::triage;
use podwhy_knowledge::{Diagnosis, Evidence, Finding, Gap, Lang, Page, PageError, Verdict, World, page};

use super::diagnose::Diagnosed;
use crate::answer::{
    BlameAnswer, ChangeAnswer, EvidenceAnswer, FindingAnswer, GapAnswer, GroupAnswer, ObjectName,
    RemedyAnswer, TargetAnswer, TriageAnswer, WhyAnswer,
};

/// The answer to `why`.
///
/// # Errors
/// [`PageError`] when a page does not fit its finding: a fault of podwhy's.
pub fn why(diagnosed: &Diagnosed, lang: Lang) -> Result<WhyAnswer, PageError> {
    let (snapshot, diagnosis) = (&diagnosed.snapshot, &diagnosed.diagnosis);
    let target = TargetAnswer {
        cluster: snapshot.world.cluster.clone(),
        kind: snapshot.kind().camel().to_string(),
        namespace: clean_name(snapshot.namespace()),
        name: clean_name(snapshot.name()),
    };
    let mut findings = Vec::new();
    for finding in &diagnosis.findings {
        findings.push(finding_answer(finding, page(finding, lang)?));
    }
    Ok(answer(Some(target), diagnosis, findings, lang))
}

/// The answer to `explain`: what a pasted text can mean, and what to look at to be sure.
pub fn explain(text: &str, lang: Lang) -> WhyAnswer {
    let diagnosis = podwhy_knowledge::interpret(text);
    let findings = diagnosis
        .findings
        .iter()
        .map(|finding| {
            let (summary, explanation) =
                find(finding.cause).map(|c| general_page(c, lang)).unwrap_or_default();
            let page = Page {
                in_short: summary.clone(),
                summary,
                explanation,
                how_to_be_sure: String::new(),
                remedies: Vec::new(),
                risk: String::new(),
                references: Vec::new(),
            };
            finding_answer(finding, page)
        })
        .collect();
    answer(None, &diagnosis, findings, lang)
}

fn answer(
    target: Option<TargetAnswer>,
    diagnosis: &Diagnosis,
    findings: Vec<FindingAnswer>,
    lang: Lang,
) -> WhyAnswer {
    WhyAnswer {
        target,
        verdict: diagnosis.verdict.as_str().to_string(),
        verdict_text: findings.first().map(|f| f.summary.clone()).unwrap_or_default(),
        notices: Vec::new(),
        findings,
        gaps: diagnosis.gaps.iter().map(gap_answer).collect(),
        changes: diagnosis.changes.iter().map(|changed| change_answer(changed, lang)).collect(),
    }
}

fn change_answer(changed: &Changed, lang: Lang) -> ChangeAnswer {
    ChangeAnswer {
        at: changed.at.map(|at| at.to_string()),
        object: clean_name(&changed.object),
        before_failure: changed.before_failure,
        text: redact(&changed.text(lang)),
    }
}

fn finding_answer(finding: &Finding, page: Page) -> FindingAnswer {
    FindingAnswer {
        cause: finding.cause.to_string(),
        stage: finding.stage.map(|stage| stage.as_str().to_string()),
        confidence: finding.confidence.map(|confidence| confidence.as_str().to_string()),
        pod: finding.pod.as_deref().map(clean_name),
        container: finding.container.as_deref().map(clean_name),
        blame: BlameAnswer::from(&finding.blame),
        summary: page.summary,
        explanation: page.explanation,
        evidence: finding.evidence.iter().map(evidence_answer).collect(),
        remedies: page
            .remedies
            .into_iter()
            .map(|remedy| RemedyAnswer {
                id: remedy.id.to_string(),
                risk: remedy.risk.as_str().to_string(),
                title: remedy.title,
                command: remedy.command,
            })
            .collect(),
    }
}

fn evidence_answer(evidence: &Evidence) -> EvidenceAnswer {
    EvidenceAnswer {
        source: evidence.source.as_str().to_string(),
        object: evidence.object.clone(),
        at: evidence.at.map(|at| at.to_string()),
        text: evidence.text.clone(),
    }
}

fn gap_answer(gap: &Gap) -> GapAnswer {
    GapAnswer {
        what: redact(&gap.what),
        why: gap.why.as_str().to_string(),
        could_hide: gap.could_hide.iter().map(|id| (*id).to_string()).collect(),
    }
}

/// The answer to `triage`, of the namespaces that are wanted.
///
/// # Errors
/// [`PageError`] when a page does not fit its finding: a fault of podwhy's.
pub fn triage_answer(
    world: &Arc<World>,
    wanted: impl Fn(&str) -> bool,
    lang: Lang,
) -> Result<TriageAnswer, PageError> {
    let triage = triage(world, wanted);
    let mut groups = Vec::new();
    for group in &triage.groups {
        groups.push(GroupAnswer {
            cause: group.finding.cause.to_string(),
            confidence: group.confidence.map(|confidence| confidence.as_str().to_string()),
            blame: BlameAnswer::from(&group.blame),
            summary: page(&group.finding, lang)?.summary,
            count: group.count(),
            pods: group
                .pods
                .iter()
                .map(|(namespace, name)| ObjectName {
                    namespace: clean_name(namespace),
                    name: clean_name(name),
                })
                .collect(),
            workloads: group.workloads.iter().map(BlameAnswer::from).collect(),
        });
    }
    Ok(TriageAnswer {
        taken_at: world.taken_at.at.to_string(),
        failing: triage.failing,
        expected: triage.expected,
        healthy: triage.healthy,
        groups,
        gaps: triage.gaps.iter().map(gap_answer).collect(),
    })
}

/// The exit code a verdict stands for: 0 when nothing is wrong, 1 otherwise.
pub fn exit_code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Healthy | Verdict::Expected => 0,
        Verdict::Failing | Verdict::Unknown => 1,
    }
}
