//! A part of each day, by the clocks of one place.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// From a minute after midnight to another, by the clocks of a time zone; may pass midnight. Where the clocks are changed a part
/// may be an hour longer or shorter on that day, as it is for the people there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// The first minute after midnight.
    pub from: u16,
    /// The first minute that is not of it any more.
    pub to: u16,
    /// Whose clocks.
    pub zone: TimeZone,
}

impl Hours {
    /// By UTC.
    pub fn utc(from: u16, to: u16) -> Hours {
        Hours { from, to, zone: TimeZone::UTC }
    }

    /// Whether a time lies in it.
    pub(crate) fn hold(&self, now: Timestamp) -> bool {
        let time = self.zone.to_datetime(now).time();
        let minute = i32::from(time.hour()) * 60 + i32::from(time.minute());
        let (from, to) = (i32::from(self.from), i32::from(self.to));
        if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to }
    }
}

/// `09:00`, of minutes after midnight.
pub(crate) fn time_of_day(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// The zone as people write it: `UTC`, `Europe/Berlin`.
pub fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn hours_may_pass_midnight() {
        let at = |minute: i64| Timestamp::from_second(1_790_035_200 + minute * 60).unwrap();
        assert_eq!(at(0).to_string(), "2026-09-22T00:00:00Z");
        for ((from, to), within, beyond) in [
            ((9 * 60, 17 * 60), [9 * 60, 17 * 60 - 1], [9 * 60 - 1, 17 * 60]),
            ((22 * 60, 6 * 60), [22 * 60, 6 * 60 - 1], [22 * 60 - 1, 6 * 60]),
        ] {
            let hours = Hours::utc(from, to);
            assert!(within.into_iter().all(|minute| hours.hold(at(minute))), "{hours:?}");
            assert!(!beyond.into_iter().any(|minute| hours.hold(at(minute))), "{hours:?}");
        }
    }

    #[test]
    fn hours_go_with_the_clocks_of_their_zone() {
        let zone = TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap();
        let office = Hours { from: 9 * 60, to: 17 * 60, zone };
        for (winter_or_summer, holds) in [
            ("2026-01-15T07:59:00Z", false),
            ("2026-01-15T08:00:00Z", true),
            ("2026-01-15T15:59:00Z", true),
            ("2026-01-15T16:00:00Z", false),
            ("2026-07-15T06:59:00Z", false),
            ("2026-07-15T07:00:00Z", true),
            ("2026-07-15T15:00:00Z", false),
        ] {
            assert_eq!(office.hold(at(winter_or_summer)), holds, "{winter_or_summer}");
        }
        // half an hour off, and a day ahead
        let zone = TimeZoneDatabase::bundled().get("Asia/Kolkata").unwrap();
        let night = Hours { from: 22 * 60, to: 6 * 60, zone };
        assert!(night.hold(at("2026-01-15T16:30:00Z")) && !night.hold(at("2026-01-15T16:29:00Z")));
        assert!(night.hold(at("2026-01-16T00:29:00Z")) && !night.hold(at("2026-01-16T00:30:00Z")));
    }
}
