//! Socket Mode: podwhy dials Slack, and Slack sends over what was dialled.
//! <https://docs.slack.dev/apis/events-api/using-socket-mode/>
//!
//! An own client. slack-morphism's awaits one callback before it reads on, hangs for ever with a call of
//! `apps.connections.open` that does, is deaf after a panic, and logs the ticket in the socket's URL.
//!
//! - `envelope`: what Slack sends.
//! - `connection`: one socket, from dialling to its end.
//! - `backoff`: how long until the next.

mod backoff;
mod connection;
mod envelope;

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use rustls::ClientConfig;
use tracing::{info, warn};

use crate::front::Front;
use crate::health::Health;
use crate::metrics::Metrics;
use crate::options::Timeouts;
use crate::outbound::Outbound;
use crate::stop::Stop;
use backoff::Backoff;
use connection::{Connection, Turn};

/// A socket that lived this long was a good one: the next is tried at once.
const GOOD: Duration = Duration::from_secs(10);

/// How long one that was replaced is still read: Slack closes it itself.
const FAREWELL: Duration = Duration::from_secs(60);

/// What every connection needs.
pub(crate) struct Sockets {
    pub(crate) outbound: Arc<Outbound>,
    pub(crate) front: Arc<Front>,
    pub(crate) health: Arc<Health>,
    pub(crate) metrics: Metrics,
    pub(crate) tls: Arc<ClientConfig>,
    pub(crate) timeouts: Timeouts,
    /// Whether `ws:` to this machine is taken.
    pub(crate) is_local: bool,
}

impl Sockets {
    /// Keeps one connection up until it is over. A fault in it costs that connection, not the keeping.
    pub(crate) async fn keep(self: Arc<Self>, mut stop: Stop) {
        while !stop.is_stopped() {
            let kept = std::panic::AssertUnwindSafe(self.clone().kept(stop.clone())).catch_unwind();
            if kept.await.is_err() {
                self.metrics.socket_end("panicked");
                self.health.socket_failed("a fault of podwhy's own, which its log has".to_string());
                stop.sleep(GOOD).await;
            }
        }
    }

    async fn kept(self: Arc<Self>, mut stop: Stop) {
        let mut backoff = Backoff::default();
        while let Some(mut connection) = self.reach(&mut backoff, &mut stop).await {
            let turn = self.serve(&mut connection, &mut stop).await;
            if connection.age() >= GOOD {
                backoff.reset();
            }
            match turn {
                Turn::Stop => return connection.close().await,
                Turn::Replace(reason) => {
                    self.metrics.socket_end(reason);
                    // read on until Slack closes it: what it already sent there comes nowhere else
                    tokio::spawn(self.clone().see_off(connection, stop.clone()));
                }
                Turn::Ended(reason) => {
                    self.metrics.socket_end(reason);
                    self.health.socket_failed(format!("the last one ended: {reason}"));
                    info!(reason, "a Slack socket ended");
                    connection.close().await;
                }
                Turn::Refused(reason) => {
                    self.metrics.socket_end(reason);
                    self.health.socket_failed(format!("Slack wants none: {}", in_words(reason)));
                    warn!(reason, "Slack closed a socket");
                    connection.close().await;
                    backoff.refused();
                }
            }
        }
    }

    /// Opens a connection, however often it takes. `None` when it is over.
    async fn reach(&self, backoff: &mut Backoff, stop: &mut Stop) -> Option<Connection> {
        loop {
            if !stop.sleep(backoff.next()).await {
                return None;
            }
            let opened = tokio::select! {
                opened = self.open() => opened,
                () = stop.stopped() => return None,
            };
            match opened {
                Ok(connection) => return Some(connection),
                Err(why) => {
                    self.metrics.socket_end("not-opened");
                    warn!(why, "a Slack socket could not be opened");
                    self.health.socket_failed(why);
                }
            }
        }
    }

    async fn see_off(self: Arc<Self>, mut connection: Connection, mut stop: Stop) {
        let rest = async { while let Turn::Replace(_) = self.serve(&mut connection, &mut stop).await {} };
        // one that Slack does not close is closed here
        let _closed = tokio::time::timeout(FAREWELL, rest).await;
        connection.close().await;
    }
}

/// What to do about it.
fn in_words(reason: &'static str) -> &'static str {
    match reason {
        "link-disabled" => "Socket Mode is turned off for this app",
        "too-many-websockets" => "ten of this app's are open already",
        reason => reason,
    }
}

#[cfg(test)]
mod tests;
