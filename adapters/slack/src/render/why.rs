//! The answer to `why`: what to do stands before the evidence, because it is read on a phone at night.

use podwhy_flow::answer::{ChangeAnswer, EvidenceAnswer, FindingAnswer, GapAnswer, RemedyAnswer, WhyAnswer};
use podwhy_flow::words;
use podwhy_knowledge::Lang;
use serde_json::Value;

use super::page::{Page, heading};
use super::rich::{Line, bullets, preformatted, section, size};
use podwhy_flow::show::text::{Keep, excerpt, line, units};

/// The room of each part, and the most its pieces may take of it.
const OPENING: usize = 1_300;
const NOTICED: usize = 700;
const NOTICES: usize = 2;
const NOTICE: usize = 300;
const TARGET: usize = 200;
const SUMMARY: usize = 600;
const MEANS: usize = 1_000;
const PARAGRAPH: usize = 500;
const TO_DO: usize = 1_700;
const REMEDIES: usize = 5;
const TITLE: usize = 300;
const COMMAND: usize = 1_200;
const EVIDENCE: usize = 1_800;
const EXCERPTS: usize = 4;
const OBJECT: usize = 150;
const EXCERPT: usize = 500;
const EXCERPT_LINES: usize = 8;
const ALSO: usize = 700;
const OTHERS: usize = 4;
const OTHER: usize = 200;
const NOT_READ: usize = 400;
const CHANGED: usize = 300;
const GAPS: usize = 4;
const GAP: usize = 300;
const CHANGES: usize = 3;

/// The whole answer.
pub(crate) fn why(page: &mut Page, why: &WhyAnswer) {
    let noticed = if why.notices.is_empty() { 0 } else { NOTICED };
    page.share(OPENING + noticed);
    let mut opening = section(verdict(page, why));
    for notice in why.notices.iter().take(NOTICES) {
        let notice = page.line(notice, NOTICE);
        opening.extend(section(Line::new().marked(&notice, false)));
    }
    page.room.missing(why.notices.len() > NOTICES);
    let Some((first, others)) = why.findings.split_first() else {
        page.part(opening);
        return gaps(page, &why.gaps);
    };
    let summary = page.line(&first.summary, SUMMARY);
    opening.extend(section(Line::new().marked(&summary, true)));
    opening.extend(section(facts(page, why, first)));
    page.room.spends(size(&opening));
    page.part(opening);

    // what is to be known first has its room from what is explained
    page.share(MEANS - noticed);
    let means = page.prose(&first.explanation, PARAGRAPH);
    page.part(means);
    to_do(page, &first.remedies);
    evidence(page, &first.evidence);
    also(page, others);
    changes(page, &why.changes);
    gaps(page, &why.gaps);
}

/// `🔴 FAILING · Pod prod-eu:shop/cart-0 · oom-killed · certain`
pub(crate) fn verdict(page: &mut Page, why: &WhyAnswer) -> Line {
    let lang = page.lang;
    let mut shown =
        Line::new().emoji(face(&why.verdict).0).words(" ").bold(words::verdict(&why.verdict, lang));
    if let Some(target) = &why.target {
        let target = page.line(&target.shown(), TARGET);
        shown = shown.words(" · ").bold(&target);
    }
    match why.findings.first() {
        Some(first) if first.confidence.is_some() => {
            let cause = page.line(&first.cause, TARGET);
            let confidence = words::confidence(first.confidence.as_deref().unwrap_or_default(), lang);
            shown.words(" · ").code(&cause).words(" · ").words(&page.line(confidence, TARGET))
        }
        _ => shown,
    }
}

/// A verdict's emoji by Slack's name, and as it is written.
pub(crate) fn face(verdict: &str) -> (&'static str, &'static str) {
    match verdict {
        "failing" => ("red_circle", "🔴"),
        "healthy" => ("large_green_circle", "🟢"),
        "expected" => ("large_blue_circle", "🔵"),
        "gone" => ("white_circle", "⚪"),
        _ => ("large_yellow_circle", "🟡"),
    }
}

/// Whose fault it is, where the target does not say so already.
fn facts(page: &mut Page, why: &WhyAnswer, finding: &FindingAnswer) -> Line {
    let blame = finding.blame.shown();
    let target = why.target.as_ref().map(|t| format!("{} {}/{}", t.kind, t.namespace, t.name));
    let mut line = Line::new();
    let mut between = "";
    if finding.confidence.is_some() && !blame.is_empty() && target != Some(blame.clone()) {
        let blame = page.line(&blame, TARGET);
        line = line.words(words::AT_FAULT.of(page.lang)).words(colon(page.lang)).words(&blame);
        between = " · ";
    }
    if let Some(container) = &finding.container {
        let container = page.line(container, TARGET);
        line = line.words(between).words(words::CONTAINER.of(page.lang)).words(" ").words(&container);
    }
    line
}

fn to_do(page: &mut Page, remedies: &[RemedyAnswer]) {
    if remedies.is_empty() {
        return;
    }
    page.share(TO_DO);
    let first = remedies.iter().take(REMEDIES).enumerate();
    let items = first.map(|(number, one)| remedy(page, number + 1, one)).collect();
    let mut elements = heading(words::TO_DO.of(page.lang));
    elements.extend(page.items(items, remedies.len()));
    page.part(elements);
}

/// A title and its command. A command is shown whole or not at all: half of one must not be pasted.
pub(crate) fn remedy(page: &mut Page, number: usize, remedy: &RemedyAnswer) -> Vec<Value> {
    let title = page.line(&remedy.title, TITLE);
    let mut shown = Line::new().words(&format!("{number}. ")).marked(&title, false);
    if let Some(risk) = words::risk(&remedy.risk, page.lang) {
        shown = shown.words(" ").emoji("warning").words(" ").bold(risk);
    }
    let mut elements = section(shown);
    if let Some(command) = &remedy.command {
        let fits = units(command) <= COMMAND;
        page.room.missing(!fits);
        if fits {
            elements.extend(preformatted(command));
        }
    }
    elements
}

/// Excerpts, the strongest first.
fn evidence(page: &mut Page, evidence: &[EvidenceAnswer]) {
    if evidence.is_empty() {
        return;
    }
    page.share(EVIDENCE);
    let items = evidence.iter().take(EXCERPTS).map(|one| piece(page, one)).collect();
    let mut elements = heading(words::EVIDENCE.of(page.lang));
    elements.extend(page.items(items, evidence.len()));
    page.part(elements);
}

fn piece(page: &mut Page, evidence: &EvidenceAnswer) -> Vec<Value> {
    let object = page.line(&evidence.object, OBJECT);
    let source = line(words::source(&evidence.source, page.lang));
    let mut shown = Line::new().words(&source).words(" · ").words(&object);
    if let Some(at) = &evidence.at {
        shown = shown.words(" · ").date(at);
    }
    let keep = if evidence.source == "log" { Keep::Last } else { Keep::First };
    let text = page.kept(excerpt(&evidence.text, keep, EXCERPT_LINES, EXCERPT));
    let mut elements = section(shown);
    elements.extend(preformatted(&text));
    elements
}

fn also(page: &mut Page, others: &[FindingAnswer]) {
    if others.is_empty() {
        return;
    }
    page.share(ALSO);
    let mut items = Vec::new();
    for finding in others.iter().take(OTHERS) {
        let summary = page.line(&finding.summary, OTHER);
        let cause = page.line(&finding.cause, OTHER);
        items.push(bullets(vec![Line::new().code(&cause).words(" ").marked(&summary, false)]));
    }
    let mut elements = heading(words::ALSO.of(page.lang));
    elements.extend(page.items(items, others.len()));
    // what proves them is shown by the button alone
    page.room.missing(true);
    page.part(elements);
}

/// What changed around that time.
fn changes(page: &mut Page, changes: &[ChangeAnswer]) {
    if changes.is_empty() {
        return;
    }
    page.share(CHANGED);
    let mut items = Vec::new();
    for change in changes.iter().take(CHANGES) {
        let change = page.line(&change.text, GAP);
        items.push(bullets(vec![Line::new().words(&change)]));
    }
    let mut elements = heading(words::CHANGED.of(page.lang));
    elements.extend(page.items(items, changes.len()));
    page.part(elements);
}

/// What was not read, and what could hide there.
pub(crate) fn gaps(page: &mut Page, gaps: &[GapAnswer]) {
    if gaps.is_empty() {
        return;
    }
    page.share(NOT_READ);
    let mut items = Vec::new();
    for gap in gaps.iter().take(GAPS) {
        let gap = page.line(&words::gap(gap, page.lang), GAP);
        items.push(bullets(vec![Line::new().words(&gap)]));
    }
    let mut elements = heading(words::NOT_READ.of(page.lang));
    elements.extend(page.items(items, gaps.len()));
    page.part(elements);
}

/// Both languages write a colon, each its own.
pub(crate) fn colon(lang: Lang) -> &'static str {
    lang.pick(": ", "：")
}
