//! Stands for the lead: reads the Lease, takes it when it may, renews it while it is its own.

use std::sync::Arc;
use std::time::Duration;

use futures::channel::oneshot;
use podwhy_flow::ports::Clock;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{LEASE, LeaseLead};
use crate::paths;
use crate::request::{Fail, Requests};

/// How long after one renewal the next is sent.
const RENEW: Duration = Duration::from_secs(2);
/// How long after a failure the next try is made.
const AGAIN: Duration = Duration::from_millis(500);
/// Who lost a Lease that had ended to another sees so much later whose it is.
const SHORTEST: Duration = Duration::from_millis(50);
/// A Lease is not waited for longer than this, whatever it says.
const LONGEST: u64 = 60;

/// Someone else's record, and since when it has been seen as it is.
struct Observed {
    record: Value,
    since: Instant,
}

pub(super) struct Candidate {
    requests: Requests,
    list: String,
    name: String,
    identity: String,
    clock: Clock,
    lead: Arc<LeaseLead>,
    /// Our own Lease as the server last had it.
    held: Option<Value>,
    observed: Option<Observed>,
    is_told: bool,
    led: bool,
}

impl Candidate {
    pub(super) fn new(
        requests: Requests,
        namespace: &str,
        name: &str,
        identity: &str,
        clock: Clock,
        lead: Arc<LeaseLead>,
    ) -> Candidate {
        Candidate {
            requests,
            list: format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", paths::escape(namespace)),
            name: name.to_string(),
            identity: identity.to_string(),
            clock,
            lead,
            held: None,
            observed: None,
            is_told: false,
            led: false,
        }
    }

    /// A turn is never cut short: a request that was sent but not heard of would leave the Lease to nobody.
    pub(super) async fn run(mut self, mut stopped: oneshot::Receiver<()>) {
        loop {
            let pause = self.turn().await;
            tokio::select! {
                _ = &mut stopped => break,
                () = tokio::time::sleep(pause) => {}
            }
        }
        self.release().await;
    }

    /// One try; how long to wait for the next.
    async fn turn(&mut self) -> Duration {
        let tried = self.attempt().await;
        let pause = match tried {
            Ok(Some(sent)) => {
                let leads = self.lead.renewed(sent);
                self.tell(leads, "this replica leads");
                RENEW
            }
            Ok(None) => {
                self.lead.lose();
                self.tell(false, "another replica leads");
                self.observed.as_ref().map_or(AGAIN, Observed::remaining).clamp(SHORTEST, RENEW)
            }
            Err(fail) => {
                self.complain(fail);
                return AGAIN;
            }
        };
        self.is_told = false;
        pause
    }

    fn tell(&mut self, leads: bool, words: &str) {
        if std::mem::replace(&mut self.led, leads) != leads {
            tracing::info!(identity = self.identity, lease = self.name, "{words}");
        }
        self.requests.metrics.leads(leads);
    }

    fn complain(&mut self, fail: Fail) {
        use podwhy_flow::ports::Lead as _;
        self.requests.metrics.leads(self.lead.leads());
        if !std::mem::replace(&mut self.is_told, true) {
            let error = fail.error("home").to_string();
            tracing::warn!(lease = self.name, error, "the lead is not known; nothing is posted without it");
        }
    }

    /// When the write that holds the Lease was sent; `None` while it is another's.
    async fn attempt(&mut self) -> Result<Option<Instant>, Fail> {
        if let Some(held) = self.held.take() {
            match self.write(held, false).await {
                Ok(sent) => return Ok(Some(sent)),
                // someone took it or touched it: what stands there says who
                Err(Fail::Conflict | Fail::NotFound) => {}
                Err(fail) => return Err(fail),
            }
        }
        let lease = match self.requests.json::<Value>(&self.path()).await {
            Ok(lease) => lease,
            Err(Fail::NotFound) => return contested(self.create().await),
            Err(fail) => return Err(fail),
        };
        let is_ours = holder(&lease) == self.identity;
        if is_ours || holder(&lease).is_empty() || self.has_expired(&lease) {
            return contested(self.write(lease, !is_ours).await);
        }
        Ok(None)
    }

    /// Whether another's record has been seen unchanged for as long as it lasts.
    fn has_expired(&mut self, lease: &Value) -> bool {
        let record = &lease["spec"];
        match &self.observed {
            Some(observed) if observed.record == *record => observed.remaining().is_zero(),
            _ => {
                self.observed = Some(Observed { record: record.clone(), since: Instant::now() });
                false
            }
        }
    }

    async fn create(&mut self) -> Result<Instant, Fail> {
        let lease = json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self.name},
            "spec": {"leaseTransitions": 0},
        });
        let lease = self.signed(lease, true);
        let sent = Instant::now();
        self.held = Some(self.requests.post(&self.list, &lease).await?);
        Ok(sent)
    }

    async fn write(&mut self, lease: Value, is_taken: bool) -> Result<Instant, Fail> {
        let lease = self.signed(lease, is_taken);
        let sent = Instant::now();
        self.held = Some(self.requests.put(&self.path(), &lease).await?);
        self.observed = None;
        Ok(sent)
    }

    /// The times are for whoever looks at the Lease; no replica reads them as times.
    fn signed(&self, mut lease: Value, is_taken: bool) -> Value {
        // a MicroTime has six digits, no more and no fewer
        let now = json!(format!("{:.6}", self.clock.now()));
        let spec = &mut lease["spec"];
        if is_taken {
            let before = spec["leaseTransitions"].as_u64().unwrap_or(0);
            let is_first = spec["acquireTime"].is_null();
            spec["leaseTransitions"] = json!(before + u64::from(!is_first));
            spec["acquireTime"] = now.clone();
        }
        spec["holderIdentity"] = json!(self.identity);
        spec["leaseDurationSeconds"] = json!(LEASE.as_secs());
        spec["renewTime"] = now;
        lease
    }

    /// Gives it back, if it is ours; otherwise it ends by itself.
    async fn release(mut self) {
        self.requests.metrics.leads(false);
        let held = match self.held.take() {
            Some(held) => held,
            None => match self.requests.json::<Value>(&self.path()).await {
                Ok(lease) => lease,
                Err(_) => return,
            },
        };
        if holder(&held) != self.identity {
            return;
        }
        let mut lease = self.signed(held, false);
        if let Some(spec) = lease["spec"].as_object_mut() {
            spec.remove("holderIdentity");
        }
        if self.requests.put(&self.path(), &lease).await.is_ok() {
            tracing::info!(identity = self.identity, lease = self.name, "this replica gave the lead back");
        }
    }

    fn path(&self) -> String {
        format!("{}/{}", self.list, paths::escape(&self.name))
    }
}

/// A write that lost against another's is no failure.
fn contested(written: Result<Instant, Fail>) -> Result<Option<Instant>, Fail> {
    match written {
        Ok(sent) => Ok(Some(sent)),
        Err(Fail::Conflict | Fail::NotFound) => Ok(None),
        Err(fail) => Err(fail),
    }
}

impl Observed {
    /// How long it may still be good for.
    fn remaining(&self) -> Duration {
        let lasts = self.record["leaseDurationSeconds"].as_u64().unwrap_or_default();
        let lasts = Duration::from_secs(lasts.clamp(LEASE.as_secs(), LONGEST));
        lasts.saturating_sub(self.since.elapsed())
    }
}

fn holder(lease: &Value) -> &str {
    lease.pointer("/spec/holderIdentity").and_then(Value::as_str).unwrap_or_default()
}
