//! Every command of an answer, to be copied.

use std::collections::BTreeSet;

use podwhy_flow::answer::{FindingAnswer, RemedyAnswer};
use podwhy_flow::ask::desk::Answer;
use podwhy_flow::chat::Reply;
use podwhy_flow::words;

use super::markdown::{bold, escaped, fence};
use super::page::{Page, lines};
use podwhy_flow::show::text::units;

/// The room of all commands, and the most of each and of what stands above it.
const COMMANDS: usize = 4_000;
const COMMAND: usize = 1_500;
const TITLE: usize = 200;
const NAME: usize = 200;
/// More than these are in the file with everything.
const SHOWN: usize = 15;

/// The findings of a reply.
fn findings(reply: &Reply) -> impl Iterator<Item = &FindingAnswer> {
    reply.answers().into_iter().flat_map(|answer| match answer {
        Answer::Why(why) => why.findings.as_slice(),
        _ => &[],
    })
}

/// Whether there is any.
pub(crate) fn has_any(reply: &Reply) -> bool {
    findings(reply).any(|finding| finding.remedies.iter().any(|remedy| remedy.command.is_some()))
}

/// Of what they are.
pub(crate) fn title(page: &mut Page, reply: &Reply) -> String {
    let targets = reply.answers().into_iter().filter_map(|answer| match answer {
        Answer::Why(why) => why.target.as_ref().map(|target| target.shown()),
        _ => None,
    });
    let targets: Vec<String> = targets.collect();
    let mut parts = vec![words::COMMANDS.of(page.lang).to_string(), page.line(&targets.join(", "), NAME)];
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// All of them, each once.
pub(crate) fn commands(page: &mut Page, reply: &Reply) {
    let mut seen = BTreeSet::new();
    let (mut items, mut all) = (Vec::new(), 0);
    for remedy in findings(reply).flat_map(|finding| &finding.remedies) {
        let Some(command) = remedy.command.as_deref().filter(|command| seen.insert(*command)) else {
            continue;
        };
        all += 1;
        if items.len() < SHOWN {
            items.push(one(page, remedy, command));
        }
    }
    if all == 0 {
        page.part("", &escaped(words::NO_COMMANDS.of(page.lang)));
    }
    page.share(COMMANDS);
    let items = page.items(items, all);
    page.part("", &items);
}

fn one(page: &mut Page, remedy: &RemedyAnswer, command: &str) -> String {
    let title = page.marked(&remedy.title, TITLE);
    let risk = words::risk(&remedy.risk, page.lang).map(|risk| format!(" ⚠️ {}", bold(&escaped(risk))));
    let fits = units(command) <= COMMAND;
    page.room.missing(!fits);
    let command = if fits { fence(command, "sh") } else { String::new() };
    lines(&[format!("{title}{}", risk.unwrap_or_default()), command])
}
