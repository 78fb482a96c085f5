//! How long a mute lasts.

use std::fmt;

use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::OrderError;
use crate::incident::mute::LONGEST;

const USUAL: u32 = 60;

/// How long a mute lasts: whole minutes, from one to a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lasts(u32);

impl Default for Lasts {
    /// An hour.
    fn default() -> Lasts {
        Lasts(USUAL)
    }
}

impl Lasts {
    /// As many minutes; `None` for none, and for more than a day: nobody may forget a mute.
    pub fn minutes(minutes: u64) -> Option<Lasts> {
        let most = LONGEST.as_secs() / 60;
        (1..=most).contains(&minutes).then(|| u32::try_from(minutes).ok().map(Lasts)).flatten()
    }

    /// As a span of time.
    pub fn duration(self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.0))
    }

    /// Takes the time off the end of what was typed: `2h`, `for 2h`; an hour where there is none.
    pub(super) fn taken_from(words: &mut Vec<&str>) -> Result<Lasts, OrderError> {
        let [before @ .., last] = words.as_slice() else { return Ok(Lasts::default()) };
        let of_flag = before.last().is_some_and(|flag| flag.starts_with('-'));
        let said = before.last() == Some(&"for") || before.contains(&"until");
        let is_time = last.starts_with(|c: char| c.is_ascii_digit()) && !last.contains(['/', ':', '=']);
        if !said && (of_flag || !is_time) {
            return Ok(Lasts::default());
        }
        let lasts = read(last)?;
        words.pop();
        words.pop_if(|word| *word == "for");
        Ok(lasts)
    }
}

/// Days count 24 hours, as kubectl's and Prometheus' do.
fn read(text: &str) -> Result<Lasts, OrderError> {
    let no_time = || OrderError::NoTime(text.to_string());
    let span: Span = text.parse().map_err(|_| no_time())?;
    let lasts = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| no_time())?;
    if lasts.as_secs() % 60 != 0 || lasts.subsec_nanos() != 0 || lasts.as_mins() < 1 {
        return Err(no_time());
    }
    let minutes = u64::try_from(lasts.as_mins()).map_err(|_| no_time())?;
    Lasts::minutes(minutes).ok_or_else(|| OrderError::TooLong(text.to_string()))
}

/// `30m`, `2h`, `1h30m`
impl fmt::Display for Lasts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 60, self.0 % 60) {
            (0, minutes) => write!(f, "{minutes}m"),
            (hours, 0) => write!(f, "{hours}h"),
            (hours, minutes) => write!(f, "{hours}h{minutes}m"),
        }
    }
}
