//! Calls of the REST API: their timeouts, what is repeated and what is not, and what a failure means.
//!
//! - [`call`]: what is called, with what.
//! - [`fail`]: what a failure means.
//! - [`wire`]: over serenity's client, whose rate limiter stays on.
//! - [`client`]: the HTTP client under it, which can dial nothing but what was configured.
//!
//! # What is repeated
//! [`Rest::once`] sends once; only where no connection came about, so that Discord cannot have seen anything, does it try
//! again. [`Rest::repeated`] is for reads and edits, which do no harm when they happen twice, and for messages with a nonce
//! that Discord enforces: after a lost answer or a 5xx it waits 0.5 s, doubling up to 30 s, until its deadline. A 429 is
//! waited for within a call by serenity.

pub(crate) mod call;
pub(crate) mod client;
pub(crate) mod fail;
mod request;
pub(crate) mod wire;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

pub(crate) use call::{Call, File, To, Token};
pub(crate) use fail::{Fail, code};

use crate::metrics::Metrics;
use crate::options::Timeouts;

/// Sends calls; a lane has a rate limiter of its own.
pub(crate) trait Lane: Send + Sync {
    /// Sends it, and gives the answer's body; null where there is none.
    fn send<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Value, Fail>>;

    /// Another lane. serenity keeps one rate limit for the webhooks of an application, where Discord has one for each
    /// interaction's token: one person's 429 would stop everyone else's answers. It forgets none either.
    fn another(&self) -> Arc<dyn Lane>;
}

/// The REST API.
#[derive(Clone)]
pub(crate) struct Rest {
    lane: Arc<dyn Lane>,
    metrics: Metrics,
    timeouts: Timeouts,
}

/// Between two tries of what was not sent at all.
const RECONNECT: Duration = Duration::from_millis(100);
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

impl Rest {
    pub(crate) fn new(lane: Arc<dyn Lane>, metrics: Metrics, timeouts: Timeouts) -> Rest {
        Rest { lane, metrics, timeouts }
    }

    /// The same for one interaction.
    pub(crate) fn of_interaction(&self) -> Rest {
        Rest { lane: self.lane.another(), ..self.clone() }
    }

    /// How long a call that someone waits for may be repeated.
    pub(crate) fn patience(&self) -> Duration {
        self.timeouts.call * 2
    }

    /// The acknowledgement: once, within its own short time from the interaction's arrival.
    pub(crate) async fn acknowledge(&self, call: &Call, arrived: Instant) -> Result<Value, Fail> {
        let result = self.try_until(call, arrived + self.timeouts.acknowledge).await;
        self.metrics.acknowledged(arrived.elapsed());
        result
    }

    /// Sends once.
    pub(crate) async fn once(&self, call: &Call) -> Result<Value, Fail> {
        self.try_until(call, Instant::now() + self.timeouts.call).await
    }

    /// The same, where whoever waits has more patience with Discord's rate limits.
    pub(crate) async fn once_within(&self, call: &Call, patience: Duration) -> Result<Value, Fail> {
        self.try_until(call, Instant::now() + patience).await
    }

    /// Sends until something definite comes of it, or the deadline has passed. For what may happen twice only.
    pub(crate) async fn repeated(&self, call: &Call, until: Instant) -> Result<Value, Fail> {
        let mut wait = FIRST_WAIT;
        loop {
            let fail = match self.once(call).await {
                Ok(value) => return Ok(value),
                Err(fail) => fail,
            };
            if !fail.may_heal() || Instant::now() + wait >= until {
                return Err(fail);
            }
            self.metrics.retried();
            sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn try_until(&self, call: &Call, until: Instant) -> Result<Value, Fail> {
        loop {
            let patience = until.saturating_duration_since(Instant::now());
            let result = timeout(patience, self.lane.send(call)).await.unwrap_or(Err(Fail::Unknown));
            self.metrics.called(call.to.name(), result.as_ref().map_or_else(Fail::outcome, |_| "ok"));
            match result {
                Err(Fail::NotSent) if Instant::now() + RECONNECT < until => sleep(RECONNECT).await,
                other => return other,
            }
        }
    }
}
