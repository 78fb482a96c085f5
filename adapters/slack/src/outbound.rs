//! Everything that is asked of Slack's Web API goes through here: its timeout, its retry, its pace and its metric.
//!
//! - `transport`, `http`: what is sent, and how.
//! - `error`: what a failure means.
//! - `gate`: when a call may go.
//! - `message`: post, edit, whisper; `edits`: the newest edit of a message wins.
//! - `response_url`, `upload`, `read`: a URL of a command's own, files, what stands in a channel.
//! - `views`: App Home, dialogs.

mod edits;
mod error;
mod gate;
mod http;
mod message;
mod read;
mod response_url;
mod transport;
mod upload;
mod views;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

pub(crate) use error::CallError;
pub(crate) use http::Http;
pub(crate) use message::{Posted, Respond, Spot};
pub(crate) use read::Page;
pub(crate) use response_url::ResponseUrl;
#[cfg(test)]
pub(crate) use transport::Body;
pub(crate) use transport::{Method, Request, Transport};

use crate::health::Health;
use crate::identity::Identity;
use crate::metrics::Metrics;
use crate::random::jitter;
use edits::Edits;
use gate::Gate;
use podwhy_flow::ports::Clock;

/// How often one call is made again because Slack asked to wait.
const MOST_LIMITED: u32 = 10;

/// Nobody waits for an answer longer than this.
const LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);

/// How often a call that does no harm twice is made in all, where it fails.
const MOST_TRIES: u32 = 4;

/// The wait before the second try; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The Web API.
#[derive(Debug)]
pub(crate) struct Outbound {
    transport: Arc<dyn Transport>,
    timeout: Duration,
    metrics: Metrics,
    health: Arc<Health>,
    clock: Clock,
    gate: Gate,
    edits: Edits,
}

/// Whether a call that failed may be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    /// Only where Slack asked to wait, or was not reached at all.
    Never,
    /// It does the same twice as once.
    Idempotent,
}

/// A call is still wanted.
fn always() -> bool {
    true
}

impl Outbound {
    pub(crate) fn new(
        transport: Arc<dyn Transport>,
        timeout: Duration,
        metrics: Metrics,
        health: Arc<Health>,
        clock: Clock,
    ) -> Outbound {
        let (gate, edits) = (Gate::default(), Edits::default());
        Outbound { transport, timeout, metrics, health, clock, gate, edits }
    }

    /// Who the bot is. Not repeated.
    pub(crate) async fn identity(&self) -> Result<Identity, CallError> {
        let request = Request::query(Method::AuthTest, Vec::new());
        let answer = self.once(&request).await?;
        Identity::of(&answer).ok_or(CallError::Garbled)
    }

    /// A URL for one socket. It is a secret. Not repeated: the caller does.
    pub(crate) async fn connection(&self) -> Result<String, CallError> {
        let pass = self.gate.pass(&(Method::ConnectionsOpen, None), None).await;
        let request = Request::json(Method::ConnectionsOpen, json!({}));
        let answer = self.once(&request).await;
        if let Err(CallError::Limited(wait)) = answer {
            pass.hold(wait.min(LONGEST_WAIT));
        }
        let url = answer?.get("url").and_then(Value::as_str).map(str::to_string);
        url.ok_or(CallError::Garbled)
    }

    /// Makes a call, again where that is allowed, as long as it is wanted. `line` is what Slack limits apart from other calls
    /// of the method: a channel, for messages; a response URL.
    async fn call(
        &self,
        request: &Request,
        line: Option<&str>,
        again: Again,
        is_wanted: impl Fn() -> bool,
    ) -> Result<Value, CallError> {
        let (mut limited, mut failed) = (0, 0);
        let key = (request.method, line.map(str::to_string));
        let mut before = None;
        loop {
            let pass = self.gate.pass(&key, before.take()).await;
            if !is_wanted() {
                return Err(CallError::Superseded);
            }
            let error = match self.once(request).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let may = again == Again::Idempotent || error == CallError::Unreachable { sent: false };
            match error {
                CallError::Limited(wait) if limited < MOST_LIMITED && wait <= LONGEST_WAIT => {
                    limited += 1;
                    self.metrics.retry("limited");
                    pass.hold(wait + jitter(FIRST_WAIT));
                    before = Some(pass);
                }
                error if may && error.is_passing() && failed + 1 < MOST_TRIES => {
                    // nobody waits for this one's second try
                    drop(pass);
                    let wait = FIRST_WAIT * 2_u32.pow(failed);
                    failed += 1;
                    self.metrics.retry("failed");
                    tokio::time::sleep(wait + jitter(wait)).await;
                }
                error => return Err(error),
            }
        }
    }

    async fn once(&self, request: &Request) -> Result<Value, CallError> {
        let sent = tokio::time::timeout(self.timeout, self.transport.send(request)).await;
        let result = sent.unwrap_or(Err(CallError::TimedOut));
        let outcome = result.as_ref().map_or_else(CallError::outcome, |_| "ok");
        self.metrics.call(request.method.name(), outcome);
        self.learn(request.method, &result);
        result
    }

    /// What a call says about the bot's token.
    fn learn(&self, method: Method, result: &Result<Value, CallError>) {
        let by_url = matches!(method, Method::Respond | Method::Upload);
        if method.is_of_app() || by_url {
            return;
        }
        match result {
            Ok(_) => self.health.token(None),
            Err(CallError::Refused(word)) if result.as_ref().is_err_and(CallError::is_token) => {
                self.health.token(Some(word));
            }
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
