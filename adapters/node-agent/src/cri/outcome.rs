//! What comes of a removal.

use std::fmt;

use podwhy_api::ticket::Phase;
use thiserror::Error;

use super::client::CriError;

/// What became of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removed {
    /// It was removed, with the dead containers that were left of it.
    Image {
        /// Its id.
        id: String,
        /// The ids of the containers.
        containers: Vec<String>,
    },
    /// There is none of this name: somebody else was faster, or it never was.
    Gone,
}

/// A container that uses an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its pod's namespace.
    pub namespace: String,
    /// Its pod.
    pub pod: String,
    /// Its name.
    pub container: String,
}

impl fmt::Display for User {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} of {}/{}", self.container, self.namespace, self.pod)
    }
}

/// Why an image was not removed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RemoveError {
    /// That is no name of an image. Nothing was done.
    #[error("that is no name of an image")]
    BadName,
    /// The runtime takes the name for another image's. Nothing was done.
    #[error("the runtime found the image {0}, which has another name")]
    Another(String),
    /// The runtime needs it itself. Nothing was done.
    #[error("the runtime has pinned it")]
    Pinned,
    /// Containers that have not ended use it. Where some were removed before it was found, these were dead.
    #[error("it is in use by {}", named(.users))]
    InUse {
        /// At most ten of them.
        users: Vec<User>,
        /// The ids of the dead ones that were removed already.
        removed: Vec<String>,
    },
    /// The runtime did not tell what is needed. Nothing was done.
    #[error(transparent)]
    NotTold(CriError),
    /// The runtime did not do it, or not all of it.
    #[error("{why}")]
    Failed {
        /// What it said.
        why: CriError,
        /// The ids of the dead containers that were removed already.
        removed: Vec<String>,
    },
    /// The answer was lost, and so was the answer to whether it is still there.
    #[error("whether it was removed is not clear: {0}")]
    Unclear(CriError),
    /// The runtime says that it removed it, and still has it.
    #[error("it was removed, and is still there as {0}")]
    StillThere(String),
}

impl RemoveError {
    /// How far the order is with that.
    pub fn phase(&self) -> Phase {
        match self {
            RemoveError::InUse { removed, .. } if !removed.is_empty() => Phase::Failed,
            RemoveError::Failed { .. } | RemoveError::StillThere(_) => Phase::Failed,
            RemoveError::Unclear(_) => Phase::Unclear,
            _ => Phase::Refused,
        }
    }

    /// Of metrics and of a status: one word.
    pub fn word(&self) -> &'static str {
        match self {
            RemoveError::BadName => "BadName",
            RemoveError::Another(_) => "Another",
            RemoveError::Pinned => "Pinned",
            RemoveError::InUse { .. } => "InUse",
            RemoveError::NotTold(_) => "Unreachable",
            RemoveError::Failed { .. } => "Failed",
            RemoveError::Unclear(_) => "Unclear",
            RemoveError::StillThere(_) => "StillThere",
        }
    }
}

fn named(users: &[User]) -> String {
    users.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_was_touched_only_where_no_container_was_removed_either() {
        let in_use = |removed: &[&str]| RemoveError::InUse {
            users: Vec::new(),
            removed: removed.iter().map(ToString::to_string).collect(),
        };
        assert_eq!(in_use(&[]).phase(), Phase::Refused);
        assert_eq!(in_use(&["c"]).phase(), Phase::Failed);
    }
}
