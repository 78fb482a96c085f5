//! What an agent sees of its node without running anything there: files, mounts, journals, and its neighbours' ports.
//!
//! Everything is read under a [`Host`]'s root, in bounded pieces. What cannot be read is a [`Gap`], never an absence.
//! All of it but [`neighbours`] blocks: it belongs on a thread that may.

pub mod classes;
pub mod disks;
pub mod host;
pub mod journal;
pub mod kubelet;
pub mod manifests;
pub mod mounts;
pub mod neighbours;

pub use host::Host;
use podwhy_api::report::Gap;

/// What was seen, and what was not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen<T> {
    /// What was seen.
    pub found: T,
    /// What could not be read, and why.
    pub gaps: Vec<Gap>,
}

impl<T> Seen<T> {
    /// Notes that something could not be read.
    pub(crate) fn lacks(&mut self, what: &str, why: impl ToString) {
        self.gaps.push(gap(what, why));
    }
}

pub(crate) fn gap(what: &str, why: impl ToString) -> Gap {
    Gap { what: what.to_string(), why: podwhy_knowledge::redact::redact(&why.to_string()) }
}

/// What is wrong with a document, without the lines of it around the fault: those may hold a password.
pub(crate) fn first_line(error: &impl ToString) -> String {
    podwhy_knowledge::redact::redact(error.to_string().lines().next().unwrap_or_default())
}
