//! The answer to `why`: what to do stands before the evidence, because it is read on a phone at night.

use podwhy_flow::answer::{ChangeAnswer, EvidenceAnswer, FindingAnswer, GapAnswer, RemedyAnswer, WhyAnswer};
use podwhy_flow::words;

use super::markdown::{bold, date, escaped, fence};
use super::page::{Page, lines};
use podwhy_flow::show::text::{Keep, excerpt, units};

/// The room of each part of a description, and the most its pieces may take of it. The parts are 4096 together at most.
const OPENING: usize = 750;
const TARGET: usize = 130;
const SUMMARY: usize = 400;
const NOTICED: usize = 620;
const NOTICES: usize = 2;
const NOTICE: usize = 300;
const BLAME: usize = 130;
const CONTAINER: usize = 60;
const MEANS: usize = 700;
const PARAGRAPH: usize = 500;
const TO_DO: usize = 1_100;
const REMEDIES: usize = 5;
const TITLE: usize = 400;
const COMMAND: usize = 700;
const EVIDENCE: usize = 850;
const EXCERPTS: usize = 4;
const OBJECT: usize = 110;
const EXCERPT: usize = 280;
const EXCERPT_LINES: usize = 6;
const ALSO: usize = 350;
const OTHERS: usize = 3;
const CAUSE: usize = 50;
const OTHER: usize = 140;
/// The room of what could not be read, and the most of each.
pub(crate) const NOT_READ: usize = 150;
const CHANGED: usize = 150;
const GAPS: usize = 3;
const GAP: usize = 150;
const CHANGES: usize = 2;

/// The whole answer, below its title.
pub(crate) fn why(page: &mut Page, why: &WhyAnswer) {
    let noticed = if why.notices.is_empty() { 0 } else { NOTICED };
    page.share(noticed);
    let notices = why.notices.iter().take(NOTICES).map(|notice| page.marked(notice, NOTICE));
    let notices = lines(&notices.collect::<Vec<_>>());
    page.room.spends(units(&notices));
    page.room.missing(why.notices.len() > NOTICES);
    page.part("", &notices);
    let Some((first, others)) = why.findings.split_first() else { return gaps(page, &why.gaps) };
    page.share(OPENING);
    let summary = bold(&page.marked(&first.summary, SUMMARY));
    let opening = lines(&[summary, facts(page, why, first)]);
    page.room.spends(units(&opening));
    page.part("", &opening);

    // what is to be known first has its room from what is explained
    page.share(MEANS - noticed);
    let means = page.prose(&first.explanation, PARAGRAPH);
    page.part("", &means);
    to_do(page, &first.remedies);
    evidence(page, &first.evidence);
    also(page, others);
    changes(page, &why.changes);
    gaps(page, &why.gaps);
}

/// `🔴 FAILING · Pod prod-eu:shop/cart-0 · oom-killed · certain`
pub(crate) fn verdict(page: &mut Page, why: &WhyAnswer) -> String {
    let mut parts = vec![format!("{} {}", face(&why.verdict).0, words::verdict(&why.verdict, page.lang))];
    if let Some(target) = &why.target {
        parts.push(page.line(&target.shown(), TARGET));
    }
    if let Some(first) = why.findings.first()
        && let Some(confidence) = &first.confidence
    {
        parts.push(page.line(&first.cause, CAUSE));
        parts.push(page.line(words::confidence(confidence, page.lang), CAUSE));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// A verdict's sign, and the colour of its embed.
pub(crate) fn face(verdict: &str) -> (&'static str, u32) {
    match verdict {
        "failing" => ("🔴", 0x00D8_3C3E),
        "healthy" => ("🟢", 0x0023_A55A),
        "expected" => ("🔵", 0x003B_82F6),
        "gone" => ("⚪", 0x0099_AAB5),
        _ => ("🟡", 0x00F0_B232),
    }
}

/// Whose fault it is, where the target does not say so already.
fn facts(page: &mut Page, why: &WhyAnswer, finding: &FindingAnswer) -> String {
    let blame = finding.blame.shown();
    let target = why.target.as_ref().map(|t| format!("{} {}/{}", t.kind, t.namespace, t.name));
    let mut facts = Vec::new();
    if finding.confidence.is_some() && !blame.is_empty() && target.as_ref() != Some(&blame) {
        let colon = page.lang.pick(": ", "：");
        facts.push(format!("{}{colon}{}", words::AT_FAULT.of(page.lang), page.line(&blame, BLAME)));
    }
    if let Some(container) = &finding.container {
        facts.push(format!("{} {}", words::CONTAINER.of(page.lang), page.line(container, CONTAINER)));
    }
    facts.join(" · ")
}

fn to_do(page: &mut Page, remedies: &[RemedyAnswer]) {
    if remedies.is_empty() {
        return;
    }
    page.share(TO_DO);
    let first = remedies.iter().take(REMEDIES).enumerate();
    let items = first.map(|(number, one)| remedy(page, number + 1, one, COMMAND)).collect();
    let items = page.items(items, remedies.len());
    page.part(words::TO_DO.of(page.lang), &items);
}

/// A title and its command. A command is shown whole or not at all: half of one must not be pasted.
pub(crate) fn remedy(page: &mut Page, number: usize, remedy: &RemedyAnswer, most: usize) -> String {
    let title = page.marked(&remedy.title, TITLE);
    let risk = words::risk(&remedy.risk, page.lang).map(|risk| format!(" ⚠️ {}", bold(&escaped(risk))));
    let command = remedy.command.as_deref().unwrap_or_default();
    let fits = units(command) <= most;
    page.room.missing(!fits);
    let command = if fits { fence(command, "sh") } else { String::new() };
    // not as a list, whose numbers Discord would write by itself
    lines(&[format!("{} {title}{}", bold(&format!("{number}.")), risk.unwrap_or_default()), command])
}

/// Excerpts, the strongest first.
fn evidence(page: &mut Page, evidence: &[EvidenceAnswer]) {
    if evidence.is_empty() {
        return;
    }
    page.share(EVIDENCE);
    let items = evidence.iter().take(EXCERPTS).map(|one| piece(page, one)).collect();
    let items = page.items(items, evidence.len());
    page.part(words::EVIDENCE.of(page.lang), &items);
}

fn piece(page: &mut Page, evidence: &EvidenceAnswer) -> String {
    let mut origin = vec![page.line(words::source(&evidence.source, page.lang), CAUSE)];
    origin.push(page.line(&evidence.object, OBJECT));
    origin.extend(evidence.at.as_deref().map(date));
    let keep = if evidence.source == "log" { Keep::Last } else { Keep::First };
    let text = page.kept(excerpt(&evidence.text, keep, EXCERPT_LINES, EXCERPT));
    lines(&[origin.join(" · "), fence(&text, "")])
}

fn also(page: &mut Page, others: &[FindingAnswer]) {
    if others.is_empty() {
        return;
    }
    page.share(ALSO);
    let mut items = Vec::new();
    for finding in others.iter().take(OTHERS) {
        let (cause, summary) = (page.code(&finding.cause, CAUSE), page.marked(&finding.summary, OTHER));
        items.push(format!("- {cause} {summary}"));
    }
    let items = page.items(items, others.len());
    // what proves them is shown by the button alone
    page.room.missing(true);
    page.part(words::ALSO.of(page.lang), &items);
}

/// What changed around that time.
fn changes(page: &mut Page, changes: &[ChangeAnswer]) {
    if changes.is_empty() {
        return;
    }
    page.share(CHANGED);
    let mut items = Vec::new();
    for change in changes.iter().take(CHANGES) {
        let text = page.line(&change.text, GAP);
        // a bullet alone would be read as a list of nothing
        if !text.trim().is_empty() {
            items.push(format!("- {text}"));
        }
    }
    let items = page.items(items, changes.len());
    page.part(words::CHANGED.of(page.lang), &items);
}

/// What was not read, and what could hide there.
pub(crate) fn gaps(page: &mut Page, gaps: &[GapAnswer]) {
    if gaps.is_empty() {
        return;
    }
    page.share(NOT_READ);
    let mut items = Vec::new();
    for gap in gaps.iter().take(GAPS) {
        items.push(format!("- {}", page.line(&words::gap(gap, page.lang), GAP)));
    }
    let items = page.items(items, gaps.len());
    page.part(words::NOT_READ.of(page.lang), &items);
}
