//! Reading a cluster. There is no way to write through this: asking cannot change anything.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;

use podwhy_knowledge::Target;
use thiserror::Error;

use crate::ask::collect::Collected;
use crate::ask::told::Lines;

/// A cluster that can be asked.
///
/// # Caveats
/// Every request has a timeout and is tried twice at most (see the adapter). What one request is refused or does not
/// get in time becomes a gap of the answer; only when nothing can be read does the call fail.
pub trait ClusterRead: Send + Sync {
    /// The cluster's name as the user knows it.
    fn name(&self) -> &str;

    /// The namespace a target without one is looked for in.
    fn default_namespace(&self) -> &str;

    /// The subject and what hangs on it. Of a subject that does not exist, the names that do.
    ///
    /// # Errors
    /// [`ClusterError`] when the subject itself could not be read, not when it does not exist.
    fn subject(&self, target: &Target) -> impl Future<Output = Result<Collected, ClusterError>> + Send;

    /// Names for a completion: the namespaces, or the pods of one (empty: the default one). Nothing where the cluster
    /// refuses or does not answer: a completion is no place for an error.
    fn names(&self, pods_of: Option<&str>) -> impl Future<Output = Vec<String>> + Send;

    /// The last lines of a container, or of its run before the current one; `None` when there was no such run.
    ///
    /// # Errors
    /// [`ClusterError`] when it could not be read.
    fn log(&self, log: LogOf<'_>) -> impl Future<Output = Result<Option<Lines>, ClusterError>> + Send;

    /// The namespaces in which a pod or workload of this name is known to be, from what is watched: nothing is asked. Empty
    /// where nothing is watched.
    fn places_of(&self, name: &str) -> Vec<String>;

    /// Pods, (namespace, name), whose name has this within, of the namespaces that may be shown, from what is watched; at most
    /// `most`.
    fn seen_like(
        &self,
        part: &str,
        shows: &(dyn Fn(&str) -> bool + Sync),
        most: usize,
    ) -> Vec<(String, String)>;

    /// Everything that is not plainly well, in the cluster or one namespace, and how many pods are.
    ///
    /// # Errors
    /// [`ClusterError`] when no pod could be listed.
    fn failing(
        &self,
        namespace: Option<&str>,
    ) -> impl Future<Output = Result<Collected, ClusterError>> + Send;

    /// Of these namespaces the annotations whose key begins with a prefix. One that is not there, or that may not be read, has
    /// none.
    ///
    /// # Errors
    /// [`ClusterError`] when one of them could not be read in time.
    fn annotations(
        &self,
        _namespaces: &BTreeSet<String>,
        _prefix: &str,
    ) -> impl Future<Output = Result<BTreeMap<String, BTreeMap<String, String>>, ClusterError>> + Send {
        std::future::ready(Ok(BTreeMap::new()))
    }
}

/// A cluster that chats and incidents ask alike.
impl<C: ClusterRead> ClusterRead for Arc<C> {
    fn name(&self) -> &str {
        self.as_ref().name()
    }

    fn default_namespace(&self) -> &str {
        self.as_ref().default_namespace()
    }

    fn subject(&self, target: &Target) -> impl Future<Output = Result<Collected, ClusterError>> + Send {
        self.as_ref().subject(target)
    }

    fn names(&self, pods_of: Option<&str>) -> impl Future<Output = Vec<String>> + Send {
        self.as_ref().names(pods_of)
    }

    fn log(&self, log: LogOf<'_>) -> impl Future<Output = Result<Option<Lines>, ClusterError>> + Send {
        self.as_ref().log(log)
    }

    fn places_of(&self, name: &str) -> Vec<String> {
        self.as_ref().places_of(name)
    }

    fn seen_like(
        &self,
        part: &str,
        shows: &(dyn Fn(&str) -> bool + Sync),
        most: usize,
    ) -> Vec<(String, String)> {
        self.as_ref().seen_like(part, shows, most)
    }

    fn failing(
        &self,
        namespace: Option<&str>,
    ) -> impl Future<Output = Result<Collected, ClusterError>> + Send {
        self.as_ref().failing(namespace)
    }

    fn annotations(
        &self,
        namespaces: &BTreeSet<String>,
        prefix: &str,
    ) -> impl Future<Output = Result<BTreeMap<String, BTreeMap<String, String>>, ClusterError>> + Send {
        self.as_ref().annotations(namespaces, prefix)
    }
}

/// Which log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOf<'a> {
    /// The pod's namespace.
    pub namespace: &'a str,
    /// The pod.
    pub pod: &'a str,
    /// The container.
    pub container: &'a str,
    /// Of the run before the current one.
    pub previous: bool,
    /// At most this many lines, the last.
    pub lines: usize,
}

/// Why a cluster could not be asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ClusterError {
    /// No configuration says how to reach it, or it is wrong.
    #[error("no cluster to ask: {0}")]
    NotConfigured(String),
    /// No connection, or no answer in time.
    #[error("cluster {cluster} does not answer: {why}")]
    Unreachable {
        /// The cluster's name.
        cluster: String,
        /// In the transport's words.
        why: String,
    },
    /// The credentials are not accepted.
    #[error("cluster {cluster} does not accept these credentials: {why}")]
    Unauthorized {
        /// The cluster's name.
        cluster: String,
        /// In the server's words.
        why: String,
    },
    /// The identity may not read what was asked about.
    #[error("podwhy may not read this in cluster {cluster}: {why}")]
    Forbidden {
        /// The cluster's name.
        cluster: String,
        /// In the server's words.
        why: String,
    },
    /// Any other answer.
    #[error("cluster {cluster} answered: {why}")]
    Other {
        /// The cluster's name.
        cluster: String,
        /// In the server's words.
        why: String,
    },
}

impl ClusterError {
    /// Whether asking again later may help.
    pub fn is_retryable(&self) -> bool {
        matches!(self, ClusterError::Unreachable { .. } | ClusterError::Other { .. })
    }
}
