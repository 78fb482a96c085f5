//! Every command of an answer, to be copied.

use std::collections::BTreeSet;

use podwhy_flow::answer::RemedyAnswer;
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

/// Of what they are.
pub(crate) fn title(page: &mut Page, reply: &Reply) -> String {
    let targets = reply.targets();
    let mut parts = vec![words::COMMANDS.of(page.lang).to_string(), page.line(&targets.join(", "), NAME)];
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// All of them, each once.
pub(crate) fn commands(page: &mut Page, reply: &Reply) {
    let mut seen = BTreeSet::new();
    let (mut items, mut all) = (Vec::new(), 0);
    for remedy in reply.findings().flat_map(|finding| &finding.remedies) {
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
