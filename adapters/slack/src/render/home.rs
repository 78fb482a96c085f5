//! App Home: what fails now in all that its reader may see.

use podwhy_flow::ask::desk::Answer;
use podwhy_flow::chat::{Content, Reply};
use podwhy_flow::words;
use serde_json::{Value, json};

use super::page::{Page, heading};
use super::rich::{Line, section};
use super::{answer, said, short, triage};

/// Groups that are shown, of all clusters, and clusters.
const GROUPS: usize = 12;
const CLUSTERS: usize = 6;
/// The most of a line that asks for all of a cluster.
const LINE: usize = 100;

/// What App Home shows: what fails in each cluster. <https://docs.slack.dev/surfaces/app-home>
pub fn home(reply: &Reply) -> Value {
    let mut page = Page::new(reply.lang, false);
    page.part(heading(words::FAILING_NOW.of(reply.lang)));
    match &reply.content {
        Content::Several(answers) => {
            page.sharing = answers.len().clamp(1, CLUSTERS);
            for (line, one) in answers.iter().take(CLUSTERS) {
                page.blocks.push(json!({"type": "divider"}));
                at_home(&mut page, line.as_deref(), one);
            }
            page.part(page.more(answers.len().saturating_sub(CLUSTERS)));
        }
        Content::Answer(one) => answer(&mut page, one, GROUPS),
        Content::Refused { why, channels } => said::refused(&mut page, why, channels),
        Content::Told(text) => said::refused(&mut page, text, &[]),
        Content::Fault(id) => said::fault(&mut page, id),
    }
    json!({"type": "home", "blocks": page.blocks})
}

/// One cluster of several, and what to ask to see all of it.
fn at_home(page: &mut Page, line: Option<&str>, answer: &Answer) {
    let Answer::Triage(cluster, triage) = answer else {
        let elements = short::short(page, answer);
        return page.part(elements);
    };
    triage::triage(page, cluster, triage, GROUPS / page.sharing);
    let cut = std::mem::take(&mut page.cut);
    if let Some(line) = line.filter(|_| cut) {
        let line = page.line(line, LINE);
        page.part(section(Line::new().code(&format!("/pod {line}"))));
    }
}
