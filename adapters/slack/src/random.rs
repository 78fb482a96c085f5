//! Numbers that differ from call to call and from process to process: ids, jitter. Not for secrets.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Any number.
pub(crate) fn random() -> u64 {
    // every RandomState has keys of its own
    RandomState::new().hash_one(0_u8)
}

/// An id that is not given twice: of a fault in the log, of a message that may have to be found again.
pub(crate) fn id() -> String {
    format!("{:016x}", random())
}

/// Anything from nothing to `most`.
pub(crate) fn jitter(most: Duration) -> Duration {
    let share = f64::from((random() >> 32) as u32) / f64::from(u32::MAX);
    most.mul_f64(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_within_its_bound_and_ids_differ() {
        let most = Duration::from_secs(3);
        let waits: Vec<Duration> = (0..50).map(|_| jitter(most)).collect();
        assert!(waits.iter().all(|wait| *wait <= most));
        assert!(waits.iter().any(|wait| *wait != waits[0]));
        assert_ne!(id(), id());
    }
}
