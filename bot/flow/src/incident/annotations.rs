//! What annotations of namespaces and workloads say about how an incident is told. Whoever may write there decides, so each is
//! honoured only as far as the configuration [`Allowed`] it, and none of them takes anything away from the routes.
//!
//! What stands on a workload outranks what stands on its namespace.

mod judge;
mod read;
mod words;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) use self::read::annotate;
pub(super) use self::words::{lines, links};
use super::policy::Spot;
use crate::chat::policy::Area;

/// What each annotation's key begins with.
pub const PREFIX: &str = "podwhy.dev/";

/// At most this many of each are kept.
pub const MOST: usize = 3;

/// What the configuration lets annotations say, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Of these namespaces, and the workloads in them.
    pub areas: Vec<Area>,
    /// The channels `podwhy.dev/channel` may name, by the names it may call them.
    pub channels: BTreeMap<String, Spot>,
    /// The hosts `podwhy.dev/runbook` may lead to, in lower case.
    pub runbook_hosts: BTreeSet<String>,
    /// Whether `podwhy.dev/mute-until` holds.
    pub mute: bool,
}

/// What they say about one incident, as far as it is honoured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Annotations {
    /// Channels it is told in, too, as `slack:C0123456789`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// Runbooks, on https.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runbooks: Vec<String>,
    /// Until when nothing is said about it: all that fails stands where that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub muted_until: Option<Timestamp>,
    /// What is not honoured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refused>,
}

/// An annotation that is not honoured. Its value is not repeated: anybody may have written it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// Where it stands: `Deployment shop/cart`.
    pub object: String,
    /// Its key.
    pub key: String,
    /// Why not.
    pub why: Why,
}

/// Why an annotation is not honoured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Why {
    /// The configuration does not allow it here.
    NotAllowed,
    /// It is no https URL, or no time.
    NotReadable,
    /// It is more than 24 hours ahead.
    TooFar,
}

impl Annotations {
    /// Whether they say nothing.
    pub fn is_empty(&self) -> bool {
        *self == Annotations::default()
    }

    /// Of what turned out to be one: what mutes a part of it does not mute the whole.
    pub(super) fn join(&mut self, other: Annotations) {
        self.channels.extend(other.channels);
        self.runbooks.extend(other.runbooks);
        self.refused.extend(other.refused);
        self.muted_until = self.muted_until.zip(other.muted_until).map(|(one, other)| one.min(other));
        self.tidy();
    }

    /// Each once, in order, and no more than are kept.
    pub(super) fn tidy(&mut self) {
        self.channels.sort();
        self.channels.dedup();
        self.channels.truncate(MOST);
        self.runbooks.sort();
        self.runbooks.dedup();
        self.runbooks.truncate(MOST);
        self.refused.sort();
        self.refused.dedup();
        self.refused.truncate(MOST);
    }
}
