//! Where alerts are kept when they come.

use std::fmt::Debug;

use futures::future::BoxFuture;
use thiserror::Error;

use crate::incident::Alert;

/// Takes alerts in.
pub trait Alerts: Send + Sync + Debug {
    /// Returns once every alert stands in an incident, or is one that is not to be told. The same alert may come again.
    ///
    /// # Errors
    /// [`AlertsError`] when that is not so: the sender must keep them and send them again.
    fn keep(&self, alerts: Vec<Alert>) -> BoxFuture<'_, Result<(), AlertsError>>;
}

/// Alerts are not kept.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("alerts are not kept: {0}")]
pub struct AlertsError(pub String);
