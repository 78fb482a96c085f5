//! Every command of an answer, to be copied.

use std::collections::BTreeSet;

use podwhy_flow::chat::Reply;
use podwhy_flow::words;
use serde_json::Value;

use super::page::{Page, heading};
use super::rich::{Line, preformatted, section};
use podwhy_flow::show::text::units;

/// The room of all commands, and the most of what stands above each.
const COMMANDS: usize = 7_000;
const COMMAND: usize = 3_000;
const TITLE: usize = 200;
const NAME: usize = 200;
/// More than these are in the file with everything.
const SHOWN: usize = 20;

/// All of them, each once.
pub(crate) fn commands(page: &mut Page, reply: &Reply) {
    let targets = reply.targets().join(", ");
    let title = page.line(&[words::COMMANDS.of(page.lang).to_string(), targets].join(" · "), NAME);
    let mut elements = heading(title.trim_end_matches(" · "));
    let mut seen = BTreeSet::new();
    let (mut items, mut all) = (Vec::new(), 0);
    for remedy in reply.findings().flat_map(|finding| &finding.remedies) {
        let Some(command) = remedy.command.as_deref().filter(|command| seen.insert(*command)) else {
            continue;
        };
        all += 1;
        if items.len() == SHOWN {
            continue;
        }
        items.push(one(page, &remedy.title, command, words::risk(&remedy.risk, page.lang)));
    }
    if items.is_empty() {
        elements.extend(section(Line::new().words(words::NO_COMMANDS.of(page.lang))));
    }
    page.share(COMMANDS);
    elements.extend(page.items(items, all));
    page.part(elements);
}

fn one(page: &mut Page, title: &str, command: &str, risk: Option<&str>) -> Vec<Value> {
    let title = page.line(title, TITLE);
    let mut line = Line::new().marked(&title, false);
    if let Some(risk) = risk {
        line = line.words(" ").emoji("warning").words(" ").bold(risk);
    }
    let mut elements = section(line);
    let fits = units(command) <= COMMAND;
    page.room.missing(!fits);
    if fits {
        elements.extend(preformatted(command));
    }
    elements
}
