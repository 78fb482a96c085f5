//! Which of several replicas leads: the one whose name stands in a Lease, for as long as it renews it.
//!
//! The rules are client-go's (<https://pkg.go.dev/k8s.io/client-go/tools/leaderelection>): no clock is held against another
//! machine's. Who does not lead takes over when it has itself seen the record unchanged for the Lease's duration; who leads
//! stops by its own monotonic clock, a grace earlier than anybody else could take over, counted from before the renewal was
//! sent. The clock goes on while the process is stopped (SIGSTOP), so that one that wakes up does not lead. It stands still
//! while the whole machine sleeps, as client-go's does.
//!
//! # Retry policy
//! A renewal that fails is tried again after half a second, having read what stands, until it succeeds or the Lease is lost.

mod candidate;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::channel::oneshot;
use podwhy_flow::ports::{Clock, Lead};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::connect::LiveCluster;
use crate::request::Requests;
use candidate::Candidate;

/// Who sees a Lease unchanged for so long takes it.
pub(crate) const LEASE: Duration = Duration::from_secs(10);

/// So much earlier its holder stops, for what it has begun by then to end.
pub(crate) const GRACE: Duration = Duration::from_secs(3);

/// How long one request about the Lease may take: two fit into what a renewal lasts.
const TIMEOUT: Duration = Duration::from_millis(2500);

/// How long the end waits for the Lease to be given back.
const FAREWELL: Duration = Duration::from_secs(5);

/// Whether this replica leads.
#[derive(Debug, Default)]
pub struct LeaseLead {
    term: Mutex<Term>,
}

#[derive(Debug, Default)]
struct Term {
    /// Until when it leads.
    until: Option<Instant>,
    /// It is over for good.
    is_over: bool,
}

impl LeaseLead {
    /// Stands for the lead by a Lease in podwhy's own namespace of its home cluster, from now on until the [`Candidacy`] is
    /// released or dropped. `identity` is this replica's name, best the pod's: a container that is restarted goes on leading.
    ///
    /// # Caveats
    /// Needs `get`, `create` and `update` on `leases`. Two running processes of one identity would both lead.
    pub fn start(
        home: &LiveCluster,
        namespace: &str,
        name: &str,
        identity: &str,
    ) -> (Arc<LeaseLead>, Candidacy) {
        LeaseLead::stand(home.requests.clone(), namespace, name, identity, Clock::default())
    }

    fn stand(
        requests: Requests,
        namespace: &str,
        name: &str,
        identity: &str,
        clock: Clock,
    ) -> (Arc<LeaseLead>, Candidacy) {
        let lead = Arc::new(LeaseLead::default());
        let requests = requests.within(TIMEOUT);
        let candidate = Candidate::new(requests, namespace, name, identity, clock, Arc::clone(&lead));
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(candidate.run(stopped));
        (Arc::clone(&lead), Candidacy { lead, stop: Some(stop), task })
    }

    /// A renewal that was sent at this moment succeeded; whether it leads.
    fn renewed(&self, sent: Instant) -> bool {
        let mut term = self.term();
        term.until = (!term.is_over).then(|| sent + LEASE - GRACE);
        !term.is_over
    }

    /// It does not lead now.
    fn lose(&self) {
        self.term().until = None;
    }

    /// It will not lead again.
    fn end(&self) {
        *self.term() = Term { until: None, is_over: true };
    }

    fn term(&self) -> MutexGuard<'_, Term> {
        self.term.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lead for LeaseLead {
    fn leads(&self) -> bool {
        self.term().until.is_some_and(|until| Instant::now() < until)
    }
}

/// A replica stands for the lead while this lives.
#[derive(Debug)]
pub struct Candidacy {
    lead: Arc<LeaseLead>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Candidacy {
    /// Stops leading at once and gives the Lease back, so that another need not wait for its end; takes five seconds at most.
    pub async fn release(mut self) {
        self.lead.end();
        if let Some(stop) = self.stop.take() {
            // a task that is gone already hears nothing, and holds nothing
            _ = stop.send(());
        }
        if tokio::time::timeout(FAREWELL, &mut self.task).await.is_err() {
            tracing::warn!(
                "the lead could not be given back in time; another replica takes it in ten seconds"
            );
        }
    }
}

impl Drop for Candidacy {
    fn drop(&mut self) {
        self.lead.end();
        self.task.abort();
    }
}

#[cfg(test)]
mod tests;
