//! A large answer → one that a model reads whole, and what was left out of it. Pure.
//!
//! What is shortened stays what the schema says: lists end earlier, texts with "…", and a command that is too long goes, as half of
//! it must not be pasted. Verdicts and counts stay those of the whole.

mod left_out;

use podwhy_flow::answer::{BlameAnswer, FindingAnswer, GapAnswer, TriageAnswer, WhyAnswer};
use podwhy_flow::ask::desk::Answer;
use podwhy_flow::ask::plain::plain;
use podwhy_knowledge::Lang;
use serde_json::Value;

use self::left_out::{LeftOut, Part};

/// At most so many bytes of JSON, and of text: more than that, clients cut themselves, or refuse.
pub const MOST_BYTES: usize = 48 * 1024;

/// After so many halvings every list has one element and every text its least length.
const ROUNDS: u32 = 12;

/// An answer that fits.
#[derive(Debug)]
pub(crate) struct Fitted {
    /// As the schema has it.
    pub(crate) json: Value,
    /// The same as text.
    pub(crate) text: String,
    /// What was left out, in words.
    pub(crate) cut: Option<String>,
}

/// Leaves out as little as makes it fit.
///
/// # Errors
/// When the answer cannot be written as JSON.
pub(crate) fn fit(answer: Answer, lang: Lang) -> Result<Fitted, serde_json::Error> {
    let mut fitted = written(&answer, lang)?;
    for round in 0..ROUNDS {
        if fitted.text.len() <= MOST_BYTES && serde_json::to_string(&fitted.json)?.len() <= MOST_BYTES {
            break;
        }
        let mut left_out = LeftOut::of_round(round);
        let mut less = shortened(answer.clone(), &mut left_out);
        let cut = left_out.told(lang);
        // a model may be shown the JSON alone
        if let Answer::Why(why) | Answer::Explain(why) = &mut less {
            why.notices.push(cut.clone());
        }
        fitted = Fitted { cut: Some(cut), ..written(&less, lang)? };
    }
    Ok(fitted)
}

fn written(answer: &Answer, lang: Lang) -> Result<Fitted, serde_json::Error> {
    let json = match answer {
        Answer::Why(why) | Answer::Explain(why) => serde_json::to_value(why)?,
        Answer::Triage(_, triage) => serde_json::to_value(triage)?,
        // no tool asks for anything else
        Answer::Logs(_) | Answer::Events(_) | Answer::Unread(_) | Answer::Help => Value::Null,
    };
    Ok(Fitted { json, text: plain(answer, lang), cut: None })
}

fn shortened(answer: Answer, left_out: &mut LeftOut) -> Answer {
    match answer {
        Answer::Why(answer) => Answer::Why(why(answer, left_out)),
        Answer::Explain(answer) => Answer::Explain(why(answer, left_out)),
        Answer::Triage(cluster, answer) => Answer::Triage(cluster, triage(answer, left_out)),
        other => other,
    }
}

fn why(mut answer: WhyAnswer, left_out: &mut LeftOut) -> WhyAnswer {
    left_out.text(&mut answer.verdict_text);
    left_out.list(Part::Changes, &mut answer.notices);
    answer.notices.iter_mut().for_each(|notice| left_out.text(notice));
    left_out.list(Part::Findings, &mut answer.findings);
    answer.findings.iter_mut().for_each(|found| finding(found, left_out));
    gaps(&mut answer.gaps, left_out);
    left_out.list(Part::Changes, &mut answer.changes);
    for change in &mut answer.changes {
        left_out.text(&mut change.object);
        left_out.text(&mut change.text);
    }
    answer
}

fn finding(finding: &mut FindingAnswer, left_out: &mut LeftOut) {
    left_out.text(&mut finding.summary);
    left_out.text(&mut finding.explanation);
    blame(&mut finding.blame, left_out);
    left_out.list(Part::Evidence, &mut finding.evidence);
    for evidence in &mut finding.evidence {
        left_out.text(&mut evidence.object);
        left_out.text(&mut evidence.text);
    }
    left_out.list(Part::Remedies, &mut finding.remedies);
    for remedy in &mut finding.remedies {
        left_out.text(&mut remedy.title);
        left_out.command(&mut remedy.command);
    }
}

fn triage(mut answer: TriageAnswer, left_out: &mut LeftOut) -> TriageAnswer {
    left_out.list(Part::Groups, &mut answer.groups);
    for group in &mut answer.groups {
        left_out.text(&mut group.summary);
        blame(&mut group.blame, left_out);
        left_out.list(Part::Members, &mut group.pods);
        left_out.list(Part::Members, &mut group.workloads);
        group.workloads.iter_mut().for_each(|workload| blame(workload, left_out));
    }
    gaps(&mut answer.gaps, left_out);
    answer
}

fn gaps(gaps: &mut Vec<GapAnswer>, left_out: &mut LeftOut) {
    left_out.list(Part::Gaps, gaps);
    for gap in gaps {
        left_out.text(&mut gap.what);
        left_out.list(Part::Hidden, &mut gap.could_hide);
    }
}

fn blame(blame: &mut BlameAnswer, left_out: &mut LeftOut) {
    left_out.text(&mut blame.name);
}

#[cfg(test)]
mod tests;
