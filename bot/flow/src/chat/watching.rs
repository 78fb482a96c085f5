//! "Watch until well": when to show a new answer, and when it is over.

use jiff::{SignedDuration, Timestamp};

use super::reply::{Content, Reply};

/// How long something must be well before it is said to be: a container that crashes runs for a moment, too.
pub const STEADY: SignedDuration = SignedDuration::from_secs(60);

/// How long anything is watched.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(2);

/// How long to wait between two looks.
pub const EVERY: SignedDuration = SignedDuration::from_secs(15);

/// After so many looks in a row without an answer it is over: what is gone, or may be seen no longer, does not come back.
pub const REFUSED: usize = 8;

/// What to do after a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing new: leave the message as it is.
    Same,
    /// Show the new answer.
    Changed,
    /// It has been well for [`STEADY`]: show the answer and say so; over.
    Well,
    /// It can be asked about no longer (refused, gone, or not well within [`LONGEST`]): show the answer and say so; over.
    GaveUp,
}

/// One message that is kept current.
#[derive(Clone, Debug)]
pub struct Watching {
    since: Timestamp,
    well_since: Option<Timestamp>,
    refused: usize,
    shown: Option<Content>,
}

impl Watching {
    /// Begins, or goes on after a restart with what began then.
    pub fn new(since: Timestamp) -> Watching {
        Watching { since, well_since: None, refused: 0, shown: None }
    }

    /// When it began.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// Takes a look's reply in. A fault or a cluster that does not answer once is no reason to end: the next look may bring it.
    pub fn step(&mut self, reply: &Reply, now: Timestamp) -> Step {
        self.refused = if reply.is_well().is_some() { 0 } else { self.refused + 1 };
        let long = now.duration_since(self.since) >= LONGEST || self.refused >= REFUSED;
        match reply.is_well() {
            Some(true) => {
                let since = *self.well_since.get_or_insert(now);
                if now.duration_since(since) >= STEADY {
                    return Step::Well;
                }
            }
            Some(false) => self.well_since = None,
            None if long => return Step::GaveUp,
            None => return Step::Same,
        }
        if long {
            return Step::GaveUp;
        }
        if self.shown.as_ref() == Some(&reply.content) {
            return Step::Same;
        }
        self.shown = Some(reply.content.clone());
        Step::Changed
    }
}

#[cfg(test)]
mod tests {
    use podwhy_knowledge::Lang;

    use super::*;
    use crate::answer::WhyAnswer;
    use crate::ask::desk::Answer;
    use crate::chat::Audience;

    fn reply(verdict: Option<&str>) -> Reply {
        let content = match verdict {
            Some(verdict) => Content::Answer(Answer::Why(WhyAnswer {
                target: None,
                verdict: verdict.to_string(),
                verdict_text: String::new(),
                notices: Vec::new(),
                findings: Vec::new(),
                gaps: Vec::new(),
                changes: Vec::new(),
            })),
            None => Content::Refused { why: "not found".to_string(), channels: Vec::new() },
        };
        Reply { lang: Lang::En, audience: Audience::Channel, content, line: None, fix: false }
    }

    fn steps(verdicts: &[Option<&str>]) -> Vec<Step> {
        let mut watching = Watching::new(Timestamp::UNIX_EPOCH);
        let times = (1..).map(|look| Timestamp::UNIX_EPOCH + EVERY * look);
        verdicts.iter().zip(times).map(|(verdict, now)| watching.step(&reply(*verdict), now)).collect()
    }

    #[test]
    fn it_is_over_once_it_has_been_well_for_a_while() {
        let (bad, well) = (Some("failing"), Some("healthy"));
        use Step::{Changed, Same, Well};
        assert_eq!(
            steps(&[bad, bad, well, bad]),
            [Changed, Same, Changed, Changed],
            "a crash loop runs for a moment"
        );
        assert_eq!(steps(&[bad, well, well, well, well, well]), [Changed, Changed, Same, Same, Same, Well]);
    }

    #[test]
    fn what_is_gone_is_not_watched_for_hours() {
        let mut looks = vec![Some("failing"), None, Some("failing")];
        looks.extend([None; REFUSED]);
        let taken = steps(&looks);
        assert_eq!(taken[1], Step::Same, "one look without an answer ends nothing");
        assert_eq!(taken.iter().position(|step| *step == Step::GaveUp), Some(looks.len() - 1));
        let long = steps(&vec![Some("failing"); 481]);
        assert_eq!(long.last(), Some(&Step::GaveUp));
    }
}
