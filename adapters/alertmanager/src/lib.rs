//! Alertmanager's webhook: what it sends becomes [`Alert`]s, and is answered only when they are kept.
//!
//! - [`payload`]: what is sent (version 4), alert by alert: one that cannot be read takes no other with it.
//! - [`about`]: which object an alert's labels name.
//! - `auth`: who may send. `door`: the HTTP endpoint.
//! - [`listener`]: a listener of its own, encrypted; [`tls`]: its certificates, and whose clients it takes.
//!
//! # What is answered
//! Alertmanager sends a 5xx again with a growing wait, and nothing else
//! (<https://github.com/prometheus/alertmanager/blob/main/notify/webhook/webhook.go>). So:
//! - 200: every alert stands in an incident, or is one that configuration says not to tell.
//! - 503: they do not yet (the ledger does not answer, too much is in flight, podwhy ends): Alertmanager stays the store.
//! - 400: something of it cannot be read; what can be read was taken. Sent again it would be the same.
//! - 401, 413: nothing was taken.
//!
//! [`Alert`]: podwhy_flow::incident::Alert

pub mod about;
mod auth;
mod door;
pub mod listener;
mod metrics;
pub mod payload;
pub mod tls;

pub use auth::Credentials;
pub use door::{Options, PATH, router};
pub use listener::SecureListener;
pub use metrics::Metrics;
pub use tls::{Tls, TlsError};
