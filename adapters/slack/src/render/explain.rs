//! The answers to `explain` and `help`.

use podwhy_flow::answer::{FindingAnswer, WhyAnswer};
use podwhy_flow::words;

use super::page::{Page, heading};
use super::rich::{Line, bullets, preformatted, section, size};
use podwhy_flow::show::text::{Keep, excerpt, line};

/// The room of all causes a text can mean, and the most of each.
const MEANINGS: usize = 5_000;
const SHOWN: usize = 4;
const SUMMARY: usize = 300;
const CAUSE: usize = 100;
const PARAGRAPH: usize = 500;
const QUOTES: usize = 2;
const QUOTE: usize = 200;
const QUOTE_LINES: usize = 4;

/// The answer to `explain`: what the text can mean, and what to look at to be sure.
pub(crate) fn explain(page: &mut Page, explained: &WhyAnswer) {
    let known = explained.verdict != "unknown";
    page.part(heading(words::explained(known, explained.findings.len(), page.lang)));
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
    page.part(page.more(left_out));
}

fn meaning(page: &mut Page, finding: &FindingAnswer, known: bool, quoted: bool) {
    let mut elements = Vec::new();
    if known {
        let (summary, cause) = (page.line(&finding.summary, SUMMARY), page.line(&finding.cause, CAUSE));
        elements.extend(section(Line::new().marked(&summary, true).words(" · ").code(&cause)));
    }
    elements.extend(heading(words::TO_BE_SURE.of(page.lang)));
    let mut because = Vec::new();
    for quote in finding.evidence.iter().take(if quoted { 0 } else { QUOTES }) {
        let text = page.kept(excerpt(&quote.text, Keep::First, QUOTE_LINES, QUOTE));
        because.extend(preformatted(&text));
    }
    page.room.missing(!quoted && finding.evidence.len() > QUOTES);
    if !because.is_empty() {
        because.splice(0..0, heading(words::BECAUSE_OF.of(page.lang)));
    }
    page.room.spends(size(&elements) + size(&because));
    elements.extend(page.prose(&finding.explanation, PARAGRAPH));
    elements.extend(because);
    page.part(elements);
}

/// The answer to `help`.
pub(crate) fn help(page: &mut Page) {
    let mut elements = heading(words::HELP.of(page.lang));
    for written in words::help(page.lang).lines() {
        let (what, why) = written.split_once(" — ").unwrap_or((written, ""));
        let what = Line::new().code(&format!("/pod {}", line(what)));
        let item = if why.is_empty() { what } else { what.words(" — ").marked(&line(why), false) };
        elements.extend(bullets(vec![item]));
    }
    page.part(elements);
    let threads = Line::new()
        .words(words::NO_SLASH_IN_THREADS.of(page.lang))
        .words(" ")
        .code("@podwhy why shop/cart-0");
    page.part(section(threads));
}
