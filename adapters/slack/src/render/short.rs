//! Several answers in one message: of each its verdict, the first thing to do, and the line that asks for it alone.

use podwhy_flow::answer::{TriageAnswer, WhyAnswer};
use podwhy_flow::ask::desk::Answer;
use podwhy_flow::words;
use serde_json::Value;

use super::page::{Page, heading};
use super::rich::{Line, block, section, size};
use super::triage::{counts, group_line};
use super::why::{remedy, verdict};
use podwhy_flow::show::text::{self, units};

/// The room of each answer, how many are shown, and the most of a line that asks again.
const EACH: usize = 1_300;
const ANSWERS: usize = 6;
const SUMMARY: usize = 300;
const GROUPS: usize = 3;
const LINE: usize = 200;
const UNREAD: usize = 600;

/// All of them.
pub(crate) fn several(page: &mut Page, answers: &[(Option<String>, Answer)]) {
    for (line, answer) in answers.iter().take(ANSWERS) {
        page.share(EACH);
        let line = line.as_deref().filter(|line| units(line) <= LINE).unwrap_or_default();
        let again = if line.is_empty() { String::new() } else { format!("/pod {}", text::line(line)) };
        let again = section(Line::new().code(&again));
        page.room.spends(size(&again));
        let mut elements = short(page, answer);
        elements.extend(again);
        page.blocks.extend(block(elements));
    }
    let left_out = answers.len().saturating_sub(ANSWERS);
    page.room.missing(left_out > 0);
    // once for all of them
    page.part(page.more(left_out));
}

/// One of them.
pub(crate) fn short(page: &mut Page, answer: &Answer) -> Vec<Value> {
    match answer {
        Answer::Why(answer) => why(page, answer),
        Answer::Triage(cluster, answer) => triage(page, cluster, answer),
        Answer::Explain(answer) => {
            let known = answer.verdict != "unknown";
            let mut elements = heading(words::explained(known, answer.findings.len(), page.lang));
            let first = answer.findings.first().filter(|_| known).map(|first| first.summary.as_str());
            let first = page.line(first.unwrap_or_default(), SUMMARY);
            elements.extend(section(Line::new().marked(&first, false)));
            page.room.missing(true);
            elements
        }
        Answer::Logs(answer) => pointed_at(page, &answer.target.shown(), !answer.logs.is_empty()),
        Answer::Events(answer) => pointed_at(page, &answer.target.shown(), !answer.events.is_empty()),
        Answer::Unread(why) => unread(page, why),
        Answer::Help => heading(words::HELP.of(page.lang)),
    }
}

/// A cluster that could not be asked, and why.
pub(crate) fn unread(page: &mut Page, why: &str) -> Vec<Value> {
    let why = page.line(why, UNREAD);
    section(Line::new().emoji("warning").words(" ").marked(&why, false))
}

fn why(page: &mut Page, why: &WhyAnswer) -> Vec<Value> {
    let mut elements = section(verdict(page, why));
    let Some(first) = why.findings.first() else { return elements };
    if let Some(notice) = why.notices.first() {
        let notice = page.line(notice, SUMMARY);
        elements.extend(section(Line::new().marked(&notice, false)));
    }
    let summary = page.line(&first.summary, SUMMARY);
    elements.extend(section(Line::new().marked(&summary, false)));
    page.room.spends(size(&elements));
    if let Some(first) = first.remedies.first() {
        let first = remedy(page, 1, first);
        if page.room.takes(size(&first)) {
            elements.extend(first);
        }
    }
    // the rest of what to do, and all that proves it
    page.room.missing(first.remedies.len() > 1 || !first.evidence.is_empty() || why.notices.len() > 1);
    elements
}

fn triage(page: &mut Page, cluster: &str, triage: &TriageAnswer) -> Vec<Value> {
    let mut elements = section(counts(page, cluster, triage));
    page.room.spends(size(&elements));
    let groups: Vec<Vec<Value>> =
        triage.groups.iter().take(GROUPS).map(|group| section(group_line(page, group))).collect();
    elements.extend(page.items(groups, triage.groups.len()));
    page.room.missing(!triage.gaps.is_empty());
    elements
}

fn pointed_at(page: &mut Page, target: &str, more: bool) -> Vec<Value> {
    let target = page.line(target, LINE);
    page.room.missing(more);
    heading(&target)
}
