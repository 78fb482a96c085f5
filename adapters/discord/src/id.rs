//! Discord's ids.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use serde_json::Value;
use thiserror::Error;

/// A snowflake. Never 0: serenity's own id types panic at it.
/// <https://discord.com/developers/docs/reference#snowflakes>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id(NonZeroU64);

impl Id {
    pub(crate) fn get(self) -> u64 {
        self.0.get()
    }

    /// From JSON, where it is a string of digits.
    pub(crate) fn of(value: &Value) -> Option<Id> {
        value.as_str()?.parse().ok()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Not an id of Discord's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is no id of Discord's: those are numbers of 17 to 20 digits (Developer Mode, then Copy ID)")]
pub struct NoId(pub String);

impl FromStr for Id {
    type Err = NoId;

    fn from_str(text: &str) -> Result<Id, NoId> {
        text.parse().map(Id).map_err(|_| NoId(text.to_string()))
    }
}

impl From<u64> for Id {
    /// 0, which no snowflake is, becomes 1, which no snowflake is either.
    fn from(id: u64) -> Id {
        Id(NonZeroU64::new(id).unwrap_or(NonZeroU64::MIN))
    }
}
