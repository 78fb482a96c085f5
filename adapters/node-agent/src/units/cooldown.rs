//! How soon after its start a unit may be started again.

use jiff::{SignedDuration, Timestamp};

/// Whether a unit that was started then may be started again now. One that never was, may. One whose start lies in the future may not: the
/// clock was set back since, and how long ago it was cannot be told.
///
/// # Errors
/// How long it has been running.
pub fn long_enough(
    started: Option<Timestamp>,
    now: Timestamp,
    cooldown: SignedDuration,
) -> Result<(), SignedDuration> {
    let Some(started) = started else { return Ok(()) };
    let ago = now.duration_since(started);
    if ago >= cooldown && !ago.is_negative() { Ok(()) } else { Err(ago) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOLDOWN: SignedDuration = SignedDuration::from_mins(10);

    fn after(seconds: i64) -> Result<(), SignedDuration> {
        let started = Timestamp::from_second(1_000_000).unwrap();
        long_enough(Some(started), Timestamp::from_second(1_000_000 + seconds).unwrap(), COOLDOWN)
    }

    #[test]
    fn it_may_after_the_cooldown_and_not_before() {
        assert_eq!(after(0), Err(SignedDuration::ZERO));
        assert_eq!(after(599), Err(SignedDuration::from_secs(599)));
        assert_eq!(after(600), Ok(()));
        assert_eq!(long_enough(None, Timestamp::UNIX_EPOCH, COOLDOWN), Ok(()));
    }

    #[test]
    fn a_start_that_is_still_to_come_is_no_long_time_ago() {
        assert_eq!(after(-1), Err(SignedDuration::from_secs(-1)));
        let started = Timestamp::from_second(10).unwrap();
        assert!(long_enough(Some(started), Timestamp::UNIX_EPOCH, SignedDuration::ZERO).is_err());
    }
}
