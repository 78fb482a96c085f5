//! Who of several replicas answers.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use moka::sync::Cache;
use podwhy_flow::UserError;
use podwhy_flow::ports::{ClaimError, Claims};
use podwhy_kubernetes::{LeaseClaims, LiveCluster};
use tokio::task::JoinHandle;

use crate::config::{self, Settings};

/// What one process has taken: a delivery that is repeated to it is not answered again.
#[derive(Clone, Debug)]
pub(super) struct Taken(Cache<String, ()>);

/// Slack repeats a delivery for an hour at most.
const REMEMBERED: Duration = Duration::from_secs(2 * 3_600);

/// At 50 questions a second this is an hour of them.
const MOST: u64 = 200_000;

impl Taken {
    pub(super) fn new() -> Taken {
        Taken(Cache::builder().max_capacity(MOST).time_to_live(REMEMBERED).build())
    }

    fn take(&self, what: &str) -> bool {
        self.0.entry_by_ref(what).or_insert(()).is_fresh()
    }
}

impl Claims for Taken {
    fn claim<'a>(&'a self, what: &'a str) -> BoxFuture<'a, Result<bool, ClaimError>> {
        Box::pin(async move { Ok(self.take(what)) })
    }
}

/// The process's own memory first: most repetitions come to the replica that has it already.
#[derive(Debug)]
struct Both(Taken, LeaseClaims);

impl Claims for Both {
    fn claim<'a>(&'a self, what: &'a str) -> BoxFuture<'a, Result<bool, ClaimError>> {
        Box::pin(async move { if self.0.take(what) { self.1.claim(what).await } else { Ok(false) } })
    }
}

/// Old Leases are taken away while this lives.
#[derive(Debug)]
pub(super) struct Sweeping(JoinHandle<()>);

impl Drop for Sweeping {
    fn drop(&mut self) {
        self.0.abort();
    }
}

const SWEEP_EVERY: Duration = Duration::from_secs(15 * 60);

/// As configured; the home cluster is the first.
pub(super) fn of(
    settings: &Settings,
    clusters: &[LiveCluster],
) -> Result<(Arc<dyn Claims>, Option<Sweeping>), UserError> {
    if settings.serve.claims == config::Claims::Memory {
        return Ok((Arc::new(Taken::new()), None));
    }
    let home = clusters.first().ok_or_else(|| UserError::Input("there is no cluster".to_string()))?;
    let namespace = namespace(settings)?;
    let leases = LeaseClaims::new(home, &namespace, &identity());
    let swept = leases.clone();
    let task = tokio::spawn(async move {
        let mut every = tokio::time::interval(SWEEP_EVERY);
        loop {
            every.tick().await;
            let gone = swept.sweep(Timestamp::now()).await;
            tracing::debug!(gone, "old claims were taken away");
        }
    });
    Ok((Arc::new(Both(Taken::new(), leases)), Some(Sweeping(task))))
}

/// This replica's name: the pod's.
pub(super) fn identity() -> String {
    std::env::var("HOSTNAME").unwrap_or_else(|_| "podwhy".to_string())
}

/// podwhy's own namespace.
pub(super) fn namespace(settings: &Settings) -> Result<String, UserError> {
    settings.serve.namespace.clone().or_else(own_namespace).ok_or_else(|| {
        let message = "serve.claims = \"leases\" needs serve.namespace where podwhy runs in no pod";
        UserError::Input(message.to_string())
    })
}

/// <https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/>
pub(crate) fn own_namespace() -> Option<String> {
    let file = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
    std::fs::read_to_string(file).ok().map(|text| text.trim().to_string()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_process_takes_a_question_once() {
        let taken = Taken::new();
        assert_eq!(taken.claim("slack:1").await, Ok(true));
        assert_eq!(taken.claim("slack:1").await, Ok(false));
        assert_eq!(taken.claim("slack:2").await, Ok(true));
    }
}
