//! Lists in pages: the rest of a list is kept as it was when its first page was asked for, for a while.
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks>

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

/// So many unfinished lists are remembered; the token of an older one has expired.
const REMEMBERED: usize = 64;

/// A list as it was at a version.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// What was asked: the kind and the namespace.
    pub(crate) of: (&'static str, String),
    pub(crate) items: Arc<Vec<Arc<Value>>>,
    pub(crate) version: u64,
}

/// The unfinished lists.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    known: Mutex<(u64, VecDeque<(u64, Snapshot)>)>,
}

impl Pages {
    /// The token with which a list goes on at `offset`.
    pub(crate) fn token(&self, snapshot: &Snapshot, offset: usize) -> String {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.0 += 1;
        let number = known.0;
        known.1.push_back((number, snapshot.clone()));
        if known.1.len() > REMEMBERED {
            known.1.pop_front();
        }
        format!("{number}.{offset}")
    }

    /// The list a token stands for, and where to go on; `None` when it has expired or never was.
    pub(crate) fn find(&self, token: &str) -> Option<(Snapshot, usize)> {
        let (number, offset) = token.split_once('.')?;
        let (number, offset) = (number.parse::<u64>().ok()?, offset.parse().ok()?);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.1.iter().find(|(known, _)| *known == number)?;
        Some((found.1.clone(), offset))
    }
}
