//! The answers to `explain` and `help`.

use podwhy_flow::answer::{FindingAnswer, WhyAnswer};
use podwhy_flow::words;

use super::markdown::{bold, code, escaped, fence};
use super::page::{Page, lines};
use podwhy_flow::show::text::{Keep, excerpt, units};

/// The room of all causes a text can mean, and the most of each.
const MEANINGS: usize = 3_800;
const SHOWN: usize = 4;
const SUMMARY: usize = 220;
const CAUSE: usize = 60;
const PARAGRAPH: usize = 400;
const QUOTES: usize = 2;
const QUOTE: usize = 130;
const QUOTE_LINES: usize = 4;

/// The answer to `explain`, below its title: what the text can mean, and what to look at to be sure.
pub(crate) fn explain(page: &mut Page, explained: &WhyAnswer) {
    let known = explained.verdict != "unknown";
    let shown = explained.findings.len().clamp(1, SHOWN);
    let mut quoted = None;
    for finding in explained.findings.iter().take(SHOWN) {
        page.share(MEANINGS / shown);
        // mostly all of them read the same words
        let again = quoted.replace(&finding.evidence) == Some(&finding.evidence);
        meaning(page, finding, known, again);
    }
    let left_out = explained.findings.len().saturating_sub(SHOWN);
    page.room.missing(left_out > 0);
    let more = page.more(left_out).unwrap_or_default();
    page.part("", &more);
}

fn meaning(page: &mut Page, finding: &FindingAnswer, known: bool, quoted: bool) {
    let mut opening = Vec::new();
    if known {
        opening.push(bold(&page.marked(&finding.summary, SUMMARY)));
        opening.push(page.code(&finding.cause, CAUSE));
        opening.retain(|part| !part.is_empty());
    }
    let quotes = if quoted { 0 } else { QUOTES };
    let mut because = Vec::new();
    for quote in finding.evidence.iter().take(quotes) {
        let text = page.kept(excerpt(&quote.text, Keep::First, QUOTE_LINES, QUOTE));
        because.push(fence(&text, ""));
    }
    page.room.missing(!quoted && finding.evidence.len() > QUOTES);
    let mut because = lines(&because);
    if !because.is_empty() {
        because = lines(&[bold(words::BECAUSE_OF.of(page.lang)), because]);
    }
    let opening = lines(&[opening.join(" · "), bold(words::TO_BE_SURE.of(page.lang))]);
    page.room.spends(units(&opening) + units(&because) + 2);
    let sure = page.prose(&finding.explanation, PARAGRAPH);
    page.part("", &lines(&[opening, sure, because]));
}

/// The answer to `help`, below its title.
pub(crate) fn help(page: &mut Page) {
    let commands = words::help(page.lang).lines().map(|written| {
        let (what, why) = written.split_once(" — ").unwrap_or((written, ""));
        let between = if why.is_empty() { "" } else { " — " };
        format!("- {}{between}{}", code(&format!("/pod {what}")), escaped(why))
    });
    let commands: Vec<String> = commands.collect();
    page.part("", &lines(&commands));
}
