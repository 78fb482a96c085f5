//! `22:00-06:00`: a part of each day.

use std::fmt;
use std::str::FromStr;

use podwhy_flow::hours;
use serde::{Deserialize, Serialize};

use super::zone::Zone;

/// From a time of the day to another, which may be of the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    /// Minutes after midnight.
    pub from: u16,
    /// Minutes after midnight.
    pub to: u16,
}

impl Hours {
    /// By the clocks of a zone.
    pub fn in_zone(self, zone: &Zone) -> hours::Hours {
        hours::Hours { from: self.from, to: self.to, zone: zone.0.clone() }
    }
}

impl FromStr for Hours {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Hours, Self::Err> {
        let both = text.split_once('-').and_then(|(from, to)| Some((minutes(from)?, minutes(to)?)));
        let (from, to) = both.ok_or("write HH:MM-HH:MM, as 22:00-06:00")?;
        if from == to { Err("it begins when it ends") } else { Ok(Hours { from, to }) }
    }
}

/// Minutes after midnight, of `HH:MM`.
pub(super) fn minutes(time: &str) -> Option<u16> {
    let (hour, minute) = time.trim().split_once(':')?;
    let two = |text: &str| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

impl TryFrom<String> for Hours {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Hours, Self::Error> {
        text.parse()
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> String {
        hours.to_string()
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hours { from, to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_they_are_written() {
        for text in ["22:00-06:00", "00:00-23:59", "09:30-10:00"] {
            assert_eq!(text.parse::<Hours>().unwrap().to_string(), text);
        }
        for text in
            ["", "22-06", "22:00", "24:00-06:00", "22:60-06:00", "06:00-06:00", "9:00-10:00", "+9:00-10:00"]
        {
            assert!(text.parse::<Hours>().is_err(), "{text}");
        }
    }
}
