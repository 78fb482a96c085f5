//! What a server is started with: what it asks, and how.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use podwhy_flow::UserError;
use podwhy_flow::ports::ClusterRead;
use podwhy_knowledge::{Lang, World};

/// Told of a fault of podwhy's own: one line with the id that the assistant was given, credentials taken out.
pub type OnFault = Arc<dyn Fn(&str) + Send + Sync>;

/// How questions are answered.
#[derive(Clone)]
pub struct Options {
    /// The language of an answer where a call names none.
    pub lang: Lang,
    /// All that one call may take, from its arrival: waiting for room, connecting, reading, diagnosing.
    pub patience: Duration,
    /// Told of faults. It must not write to standard output, which is the protocol's.
    pub on_fault: OnFault,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("lang", &self.lang).field("patience", &self.patience).finish()
    }
}

/// Where clusters are found. It is asked anew for each question: a server lives as long as its assistant, and meanwhile people
/// change the kubeconfig's context and renew its credentials.
pub trait Clusters: Send + Sync + 'static {
    /// A cluster that can be read.
    type Cluster: ClusterRead + 'static;

    /// The cluster of a name, else the one that is asked where none is named.
    ///
    /// # Errors
    /// [`UserError`] when there is none, or it is not configured rightly. One that does not answer is found by the question.
    fn cluster(&self, named: Option<&str>) -> impl Future<Output = Result<Self::Cluster, UserError>> + Send;
}

/// What is asked.
#[derive(Debug)]
pub enum Source<C> {
    /// Live clusters.
    Live(C),
    /// What was read before: of `--from`.
    Dump(Arc<World>),
}
