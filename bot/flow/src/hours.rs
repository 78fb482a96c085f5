//! A part of each day.

use jiff::Timestamp;

/// From a minute after midnight to another, in UTC; may pass midnight.
pub type Hours = (u16, u16);

/// Whether a time lies in it.
pub(crate) fn holds((from, to): Hours, now: Timestamp) -> bool {
    let minute = now.as_second().rem_euclid(24 * 60 * 60) / 60;
    let (from, to) = (i64::from(from), i64::from(to));
    if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_may_pass_midnight() {
        let at = |minute: i64| Timestamp::from_second(1_790_035_200 + minute * 60).unwrap();
        assert_eq!(at(0).to_string(), "2026-09-22T00:00:00Z");
        for (hours, within, beyond) in [
            ((9 * 60, 17 * 60), [9 * 60, 17 * 60 - 1], [9 * 60 - 1, 17 * 60]),
            ((22 * 60, 6 * 60), [22 * 60, 6 * 60 - 1], [22 * 60 - 1, 6 * 60]),
        ] {
            assert!(within.into_iter().all(|minute| holds(hours, at(minute))), "{hours:?}");
            assert!(!beyond.into_iter().any(|minute| holds(hours, at(minute))), "{hours:?}");
        }
    }
}
