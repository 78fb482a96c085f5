//! `Europe/Berlin`: whose clocks a time of the day is on.

use std::fmt;
use std::str::FromStr;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use podwhy_flow::hours::zone_name;

/// One of the [IANA's time zones], as they were compiled in: the machine's own may be others, or none, as in the image.
///
/// [IANA's time zones]: https://www.iana.org/time-zones
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(pub TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Zone(TimeZone::UTC)
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(text: &str) -> Result<Zone, String> {
        let known = TimeZoneDatabase::bundled();
        match known.get(text) {
            // the name that stands for not knowing it would be told as if it were one
            Ok(zone) if !zone.is_unknown() => Ok(Zone(zone)),
            _ => Err(match nearest(&known, text) {
                Some(name) => format!("did you mean {name:?}?"),
                None => "write a name of the IANA's list, or \"UTC\"".to_string(),
            }),
        }
    }
}

/// The zone that was probably meant: of this city, else of a name that reads alike.
fn nearest(known: &TimeZoneDatabase, typed: &str) -> Option<String> {
    let typed = typed.trim().to_lowercase().replace([' ', '-'], "_");
    let names: Vec<String> = known.available().map(|name| name.as_str().to_string()).collect();
    let city = |name: &&String| name.to_lowercase().rsplit('/').next() == Some(typed.as_str());
    let alike = || {
        let scored = names.iter().map(|name| (strsim::jaro_winkler(&typed, &name.to_lowercase()), name));
        scored.filter(|(score, _)| *score >= 0.9).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
    };
    names.iter().find(city).or_else(alike).cloned()
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(zone_name(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_read_as_it_is_written() {
        for name in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kolkata"] {
            assert_eq!(name.parse::<Zone>().map(|zone| zone.to_string()).as_deref(), Ok(name));
        }
        assert_eq!(Zone::default().to_string(), "UTC");
        assert_eq!("europe/berlin".parse::<Zone>().unwrap().to_string(), "Europe/Berlin");
    }

    #[test]
    fn what_is_none_is_told_with_the_one_that_was_meant() {
        for (typed, meant) in [
            ("Berlin", "Europe/Berlin"),
            ("los angeles", "America/Los_Angeles"),
            ("Europe/Berlni", "Europe/Berlin"),
        ] {
            assert_eq!(typed.parse::<Zone>(), Err(format!("did you mean {meant:?}?")), "{typed}");
        }
        for typed in
            ["", "+01:00", "Etc/Unknown", "CET-1CEST,M3.5.0,M10.5.0/3", "../../etc/passwd", "Nowhere"]
        {
            assert!(typed.parse::<Zone>().is_err_and(|told| told.contains("IANA")), "{typed}");
        }
    }
}
