//! The one line of a message that a phone shows before it is opened.

use podwhy_flow::answer::WhyAnswer;
use podwhy_flow::ask::desk::Answer;
use podwhy_flow::chat::{Content, Reply};
use podwhy_flow::words;
use podwhy_knowledge::Lang;

use super::State;
use super::escape::mrkdwn;
use super::triage::verdict;
use super::why::face;

/// The most of a line, and of a name in it.
const TEXT: usize = 600;
const NAME: usize = 150;

/// The line, escaped.
pub(crate) fn text(reply: &Reply, state: &State) -> String {
    let lang = reply.lang;
    if *state == State::Interrupted {
        return words::INTERRUPTED.of(lang).to_string();
    }
    match &reply.content {
        Content::Answer(one) => answer(one, lang),
        Content::Several(answers) => {
            let all: Vec<String> = answers.iter().take(3).map(|(_, one)| answer(one, lang)).collect();
            all.join("\n")
        }
        Content::Refused { why, .. } | Content::Told(why) => mrkdwn(why, TEXT).text,
        Content::Fault(id) => format!("{} {}", words::FAULT.of(lang), mrkdwn(id, NAME).text),
    }
}

fn answer(answer: &Answer, lang: Lang) -> String {
    match answer {
        Answer::Why(answer) => why(answer, lang),
        Answer::Triage(cluster, triage) => {
            let cluster = mrkdwn(cluster, NAME).text;
            let between = if cluster.is_empty() { "" } else { " · " };
            format!("{} {cluster}{between}{}", face(verdict(triage)).1, words::counts(triage, lang))
        }
        Answer::Logs(logs) => mrkdwn(&logs.target.shown(), NAME).text,
        Answer::Events(events) => mrkdwn(&events.target.shown(), NAME).text,
        Answer::Explain(answer) => {
            let heading = words::explained(answer.verdict != "unknown", answer.findings.len(), lang);
            heading.trim_end_matches([':', '：']).to_string()
        }
        Answer::Unread(why) => mrkdwn(why, TEXT).text,
        Answer::Help => words::HELP.of(lang).to_string(),
    }
}

/// `🔴 FAILING · Pod prod-eu:shop/cart-0: Container …`
fn why(why: &WhyAnswer, lang: Lang) -> String {
    let target = why.target.as_ref().map(|target| mrkdwn(&target.shown(), NAME).text);
    let summary = why.findings.first().map(|first| mrkdwn(&first.summary, TEXT).text);
    let parts = [Some(words::verdict(&why.verdict, lang).to_string()), target, summary];
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    format!("{} {}", face(&why.verdict).1, parts.join(" · "))
}
