//! Several answers in one message, each an embed: its verdict, the line that asks for it alone, the first thing to do.

use podwhy_flow::answer::{TriageAnswer, WhyAnswer};
use podwhy_flow::ask::desk::Answer;
use podwhy_flow::words;
use serde_json::Value;

use super::markdown::{code, escaped};
use super::page::{Page, lines};
use super::triage::group_line;
use super::why::remedy;
use super::{Card, title_of};
use crate::limits;
use podwhy_flow::show::text::{line, units};

/// How many answers are shown, and the most of each piece of one.
const ANSWERS: usize = 5;
const SUMMARY: usize = 250;
const COMMAND: usize = 250;
const GROUPS: usize = 3;
const LINE: usize = 160;
const UNREAD: usize = 400;

/// Embeds for all of them, `taken` units of whose room are needed elsewhere; and whether anything is missing.
pub(crate) fn several(page: &mut Page, answers: &[(Option<String>, Answer)], taken: usize) -> Vec<Value> {
    let shown = answers.len().clamp(1, ANSWERS);
    let each = (limits::EMBEDS_TEXT - taken) / shown - limits::TITLE;
    let mut cards = Vec::new();
    for (asked, answer) in answers.iter().take(ANSWERS) {
        let mut one = Page::new(page.lang, false);
        let (title, colour) = title_of(&mut one, answer);
        // the last one ends with how many are not shown, and the mark
        one.share(each);
        let asked = asked
            .as_deref()
            .filter(|asked| units(asked) <= LINE)
            .map(|asked| code(&format!("/pod {}", line(asked))));
        let asked = asked.unwrap_or_default();
        one.room.spends(units(&asked) + 1);
        let text = short(&mut one, answer);
        page.room.missing(one.room.take_cut());
        one.part("", &lines(&[text, asked]));
        cards.push(Card { title, text: one.text, colour });
    }
    let left_out = answers.len().saturating_sub(ANSWERS);
    page.room.missing(left_out > 0);
    let more = page.more(left_out).unwrap_or_default();
    page.part("", &more);
    if let Some(last) = cards.last_mut() {
        last.text = lines(&[std::mem::take(&mut last.text), std::mem::take(&mut page.text)]);
    }
    cards.into_iter().map(Card::embed).collect()
}

fn short(page: &mut Page, answer: &Answer) -> String {
    match answer {
        Answer::Why(answer) => why(page, answer),
        Answer::Triage(_, answer) => triage(page, answer),
        Answer::Explain(answer) => {
            let known = answer.verdict != "unknown";
            let first = answer.findings.first().filter(|_| known).map(|first| first.summary.as_str());
            page.room.missing(true);
            page.marked(first.unwrap_or_default(), SUMMARY)
        }
        Answer::Logs(answer) => {
            page.room.missing(!answer.logs.is_empty());
            String::new()
        }
        Answer::Events(answer) => {
            page.room.missing(!answer.events.is_empty());
            String::new()
        }
        Answer::Unread(why) => unread(page, why),
        Answer::Help => escaped(words::HELP.of(page.lang)),
    }
}

/// A cluster that could not be asked, and why.
pub(crate) fn unread(page: &mut Page, why: &str) -> String {
    format!("⚠️ {}", page.marked(why, UNREAD))
}

fn why(page: &mut Page, why: &WhyAnswer) -> String {
    let Some(first) = why.findings.first() else { return String::new() };
    let notice = why.notices.first().map(|notice| page.marked(notice, SUMMARY)).unwrap_or_default();
    let summary = lines(&[notice, page.marked(&first.summary, SUMMARY)]);
    page.room.spends(units(&summary) + 1);
    let first_to_do = first.remedies.first().map(|first| remedy(page, 1, first, COMMAND)).unwrap_or_default();
    let fits = page.room.takes(units(&first_to_do) + 1);
    // the rest of what to do, and all that proves it
    page.room
        .missing(!fits || first.remedies.len() > 1 || !first.evidence.is_empty() || !why.gaps.is_empty());
    page.room.missing(why.notices.len() > 1);
    lines(&[summary, if fits { first_to_do } else { String::new() }])
}

fn triage(page: &mut Page, triage: &TriageAnswer) -> String {
    let items = triage.groups.iter().take(GROUPS).map(|group| group_line(page, group)).collect();
    page.room.missing(!triage.gaps.is_empty() || !triage.groups.is_empty());
    page.items(items, triage.groups.len())
}
