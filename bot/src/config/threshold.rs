//! `5m` or `never`: how long something may last before anyone is told.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use podwhy_flow::incident::due::NEVER;
use serde::{Deserialize, Serialize};

use super::formats::parse_duration;

/// A duration, or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Threshold(pub Duration);

const WORD: &str = "never";

impl FromStr for Threshold {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Threshold, Self::Err> {
        let long = if text == WORD { Some(NEVER) } else { parse_duration(text) };
        long.map(Threshold).ok_or("write a duration such as 5m, or never")
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match SignedDuration::try_from(self.0) {
            Ok(long) if self.0 != NEVER => write!(f, "{long:#}"),
            _ => f.write_str(WORD),
        }
    }
}

/// `oom-killed=30m`: how long what has this cause may last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OfCause {
    /// The cause's id.
    pub cause: String,
    /// How long.
    pub long: Threshold,
}

impl FromStr for OfCause {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<OfCause, Self::Err> {
        let (cause, long) = text.split_once('=').ok_or("write CAUSE=DURATION, as oom-killed=30m")?;
        let (cause, long) = (cause.trim(), long.trim());
        if cause.is_empty() {
            Err("the cause before = is empty")
        } else {
            Ok(OfCause { cause: cause.to_string(), long: long.parse()? })
        }
    }
}

impl fmt::Display for OfCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.cause, self.long)
    }
}

macro_rules! as_text {
    ($($type:ty),*) => {$(
        impl TryFrom<String> for $type {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> String {
                value.to_string()
            }
        }
    )*};
}

pub(super) use as_text;

as_text!(Threshold, OfCause);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_read_as_it_is_written() {
        for text in ["5m", "1h 30m", "never"] {
            assert_eq!(text.parse::<Threshold>().unwrap().to_string(), text);
        }
        for text in ["", "5", "Never", "0s", "-5m"] {
            assert!(text.parse::<Threshold>().is_err(), "{text}");
        }
        let of = "oom-killed = 30m".parse::<OfCause>().unwrap();
        assert_eq!((of.cause.as_str(), of.to_string().as_str()), ("oom-killed", "oom-killed=30m"));
        for text in ["oom-killed", "=5m", "oom-killed=soon"] {
            assert!(text.parse::<OfCause>().is_err(), "{text}");
        }
    }
}
