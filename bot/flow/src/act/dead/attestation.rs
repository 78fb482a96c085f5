//! A person's word that a machine is off: a dialog of its own, never the field in which a name is typed to confirm.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// It has to be said in a few words at least how it was established…
pub const SHORTEST: usize = 3;
/// …and in at most so many characters.
pub const LONGEST: usize = 500;
/// What was established longer ago counts no more.
pub const OLDEST: SignedDuration = SignedDuration::from_mins(10);
/// So far a person's clock may be ahead of ours.
pub const AHEAD: SignedDuration = SignedDuration::from_mins(1);

/// Who says that the machine is off, how they know, and since when.
///
/// # Caveats
/// What was read back from where it was stored is as good as whoever wrote it: [`check`](Attestation::check) is asked again each
/// time it is to count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attestation {
    /// The person, by their entry in the configuration: never a chat's display name, and never what they typed.
    pub by: String,
    /// How it was established: the machine's BMC, its console, hands on the machine.
    pub how: String,
    /// When that was.
    pub established_at: Timestamp,
}

/// Why somebody's word does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AttestationError {
    /// Nobody is named.
    #[error("nobody is named")]
    Nobody,
    /// It does not say how it was established.
    #[error("it does not say how it was established: at least {SHORTEST} characters")]
    TooShort,
    /// It says more than is read.
    #[error("it is longer than {LONGEST} characters")]
    TooLong,
    /// It was established too long ago.
    #[error("it was established more than 10 minutes ago")]
    TooOld,
    /// It says that it will be.
    #[error("it was established in the future")]
    Future,
}

impl Attestation {
    /// What a person said in the dialog.
    ///
    /// # Errors
    /// [`AttestationError`] when it does not count; the dialog says why.
    pub fn new(
        by: &str,
        how: &str,
        established_at: Timestamp,
        now: Timestamp,
    ) -> Result<Attestation, AttestationError> {
        let said = Attestation { by: by.to_string(), how: how.trim().to_string(), established_at };
        said.check(now)?;
        Ok(said)
    }

    /// Whether it counts at `now`.
    ///
    /// # Errors
    /// [`AttestationError`] when it does not.
    pub fn check(&self, now: Timestamp) -> Result<(), AttestationError> {
        if self.by.trim().is_empty() {
            return Err(AttestationError::Nobody);
        }
        // what cannot be seen says nothing
        let said = self.how.trim().chars().filter(|c| !c.is_control() && !c.is_whitespace()).count();
        if said < SHORTEST {
            return Err(AttestationError::TooShort);
        }
        if self.how.trim().chars().count() > LONGEST {
            return Err(AttestationError::TooLong);
        }
        let age = self.age(now);
        if age > OLDEST {
            return Err(AttestationError::TooOld);
        }
        if -age > AHEAD { Err(AttestationError::Future) } else { Ok(()) }
    }

    /// How long ago it was established; negative when it is ahead of our clock.
    pub fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.established_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_767_279_840 + second).unwrap()
    }

    fn said(by: &str, how: &str, second: i64) -> Result<Attestation, AttestationError> {
        Attestation::new(by, how, at(second), at(0))
    }

    #[test]
    fn who_how_and_when_are_all_required() {
        let good = said("ann", "  BMC says off\n", -120).unwrap();
        assert_eq!((good.by.as_str(), good.how.as_str()), ("ann", "BMC says off"));
        assert_eq!(said(" ", "BMC", 0), Err(AttestationError::Nobody));
        for how in ["", "   ", "ok", " a b ", "\u{7}\u{7}\u{7}"] {
            assert_eq!(said("ann", how, 0), Err(AttestationError::TooShort), "{how:?}");
        }
        assert!(said("ann", "机房看过", 0).is_ok());
        assert!(said("ann", &"x".repeat(500), 0).is_ok());
        assert_eq!(said("ann", &"x".repeat(501), 0), Err(AttestationError::TooLong));
    }

    #[test]
    fn it_counts_for_ten_minutes() {
        for (second, outcome) in [
            (-601, Err(AttestationError::TooOld)),
            (-600, Ok(())),
            (60, Ok(())),
            (61, Err(AttestationError::Future)),
        ] {
            assert_eq!(said("ann", "BMC", second).map(|_| ()), outcome, "{second}");
        }
        let kept = said("ann", "BMC", -600).unwrap();
        assert_eq!(kept.check(at(1)), Err(AttestationError::TooOld), "asked again later");
    }
}
