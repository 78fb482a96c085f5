//! One thing that is wrong with the configuration, and where.

use std::fmt;

/// What kind of problem it is. Unknown keys are told first: a wrong key is often why another is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Unknown,
    Missing,
    Wrong,
    Rule,
}

/// One thing that is wrong: `FILE: clusters[1].contxt: unknown key; did you mean context?`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, variable or flag the value stands in.
    pub origin: String,
    /// The full path of the key.
    pub key: String,
    /// What is wrong and what to write instead.
    pub message: String,
    pub(super) rank: Rank,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.origin, self.key, self.message)
    }
}

/// A place in the configuration: the key's path, and where its value came from.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) key: String,
    pub(super) origin: String,
}

impl Place {
    pub(super) fn root(origin: &str) -> Place {
        Place { key: String::new(), origin: origin.to_string() }
    }

    /// The place of a key in this table. `origin` is where the key's value came from, if that is known.
    pub(super) fn key(&self, name: &str, origin: Option<&str>) -> Place {
        let bare = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
        let name = if bare { name.to_string() } else { format!("{name:?}") };
        let key = if self.key.is_empty() { name } else { format!("{}.{name}", self.key) };
        Place { key, origin: origin.unwrap_or(&self.origin).to_string() }
    }

    /// The place of an item of this list.
    pub(super) fn item(&self, index: usize) -> Place {
        Place { key: format!("{}[{index}]", self.key), origin: self.origin.clone() }
    }

    pub(super) fn problem(&self, rank: Rank, message: impl Into<String>) -> Problem {
        Problem { origin: self.origin.clone(), key: self.key.clone(), message: message.into(), rank }
    }
}
