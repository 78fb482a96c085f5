//! Whom a watcher tells.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;

use crate::incident::due::Failing;
use crate::incident::look::Look;

/// What a watcher tells of.
pub trait Sink: Send + Sync {
    /// A look was taken; the next is taken after this is done.
    fn looked(&self, look: Look) -> BoxFuture<'_, ()>;

    /// The namespaces of what open incidents of a cluster are about; an empty name for what is in none, and `*` where one says
    /// that the cluster does not answer. It is asked every few seconds, and must not wait.
    fn open_namespaces(&self, cluster: &str) -> BTreeSet<String>;

    /// A cluster has not answered since then. Told once, until it is [`reachable`](Sink::reachable) again.
    fn unreachable<'a>(&'a self, cluster: &'a str, since: Timestamp) -> BoxFuture<'a, ()>;

    /// A cluster that was told unreachable answers again.
    fn reachable<'a>(&'a self, cluster: &'a str) -> BoxFuture<'a, ()>;

    /// A look begins, of what is due: for metrics.
    fn due(&self, _cluster: &str, _due: &[Failing]) {}

    /// A look ended: for metrics.
    fn measured(&self, _measured: Measured<'_>) {}
}

/// A look, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured<'a> {
    /// Of which cluster.
    pub cluster: &'a str,
    /// How long it took, what came of it written down.
    pub took: Duration,
    /// Whether the cluster did not answer.
    pub failed: bool,
    /// How many pods and nodes the watch holds as unwell.
    pub unwell: usize,
    /// How many were due when it began.
    pub due: usize,
}
