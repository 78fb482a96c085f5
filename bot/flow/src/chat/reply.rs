//! What is shown, and to whom.

use podwhy_knowledge::Lang;

use crate::answer::{FindingAnswer, TargetAnswer};
use crate::ask::desk::Answer;
use crate::ask::past::GONE;
use crate::ask::plain::plain;
use crate::words;

/// Who is to see a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everyone in the channel.
    Channel,
    /// Only the one who asked (ephemeral).
    Asker,
}

/// What an app is given to show. Every text in it is redacted and without control characters; none is escaped for an app.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// Its language.
    pub lang: Lang,
    /// Who is to see it.
    pub audience: Audience,
    /// What is shown.
    pub content: Content,
    /// The line that asks the same again, for the buttons; `None` where there is nothing to ask again.
    pub line: Option<String>,
    /// Whether something may be done about it: then a button asks what.
    pub fix: bool,
}

/// What asks what can be done about the target of a line that asks why: `why shop/cart-0` → `fix shop/cart-0`.
pub fn fix_line(line: &str) -> Option<String> {
    line.strip_prefix("why ").map(|target| format!("fix {target}"))
}

/// What a reply says.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// One answer.
    Answer(Answer),
    /// Several, as for a message that names several pods, or an overview of several clusters. Each with the line that asks
    /// for it alone.
    Several(Vec<(Option<String>, Answer)>),
    /// Not answered, and why: what to do next is said.
    Refused {
        /// The reason.
        why: String,
        /// Channels (ids) where this asker may ask.
        channels: Vec<String>,
    },
    /// What was done, or is so: in words, a paragraph or a list.
    Told(String),
    /// A fault of podwhy's own, which the log has under this id.
    Fault(String),
}

impl Reply {
    /// Whether what was asked about is well; `None` where the reply does not say.
    pub fn is_well(&self) -> Option<bool> {
        match &self.content {
            Content::Answer(Answer::Why(why)) if why.verdict == GONE => None,
            Content::Answer(Answer::Why(why)) => Some(matches!(why.verdict.as_str(), "healthy" | "expected")),
            Content::Answer(Answer::Triage(_, triage)) => Some(triage.failing == 0 && triage.gaps.is_empty()),
            _ => None,
        }
    }

    /// The line that asks what can be done, where that has a button.
    pub fn fix_line(&self) -> Option<String> {
        self.line.as_deref().filter(|_| self.fix).and_then(fix_line)
    }

    /// Whether the answer is about something that can be watched until it is well: a pod or workload that is not.
    pub fn can_be_watched(&self) -> bool {
        let one = matches!(&self.content, Content::Answer(Answer::Why(why)) if why.target.is_some());
        one && self.is_well() == Some(false)
    }

    /// What is asked about, as it is shown: of each answer to `why`.
    pub fn targets(&self) -> Vec<String> {
        let whys = self.answers().into_iter().filter_map(|answer| match answer {
            Answer::Why(why) => why.target.as_ref(),
            _ => None,
        });
        whys.map(TargetAnswer::shown).collect()
    }

    /// The findings of every answer to `why`.
    pub fn findings(&self) -> impl Iterator<Item = &FindingAnswer> {
        self.answers().into_iter().flat_map(|answer| match answer {
            Answer::Why(why) => why.findings.as_slice(),
            _ => &[],
        })
    }

    /// Whether it has a command to copy.
    pub fn has_commands(&self) -> bool {
        self.findings().any(|finding| finding.remedies.iter().any(|remedy| remedy.command.is_some()))
    }

    /// Every answer in it.
    pub fn answers(&self) -> Vec<&Answer> {
        match &self.content {
            Content::Answer(answer) => vec![answer],
            Content::Several(answers) => answers.iter().map(|(_, answer)| answer).collect(),
            Content::Refused { .. } | Content::Told(_) | Content::Fault(_) => Vec::new(),
        }
    }
}

/// Everything a reply says, as plain text: for a file.
pub fn everything(reply: &Reply) -> String {
    match &reply.content {
        Content::Answer(answer) => plain(answer, reply.lang),
        Content::Several(answers) => {
            let texts: Vec<String> = answers.iter().map(|(_, answer)| plain(answer, reply.lang)).collect();
            texts.join("\n\n")
        }
        Content::Refused { why, .. } | Content::Told(why) => format!("{why}\n"),
        Content::Fault(id) => format!("{} {id}\n", words::FAULT.of(reply.lang)),
    }
}
