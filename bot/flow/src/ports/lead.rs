//! Which of several replicas posts.

use std::fmt::Debug;

/// Whether this replica leads. Asked directly before everything that only the leader does.
pub trait Lead: Send + Sync + Debug {
    /// Whether it leads, by its own monotonic clock: `false` as soon as its lease could have expired.
    fn leads(&self) -> bool;
}

/// The only replica there is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Lead for Alone {
    fn leads(&self) -> bool {
        true
    }
}
