//! How a call breaks its own connection off.

use std::sync::Arc;

use tokio::sync::Notify;

/// One connection's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cut(Arc<Notify>);

impl Cut {
    /// The connection ends now; the call that asked for it is never answered.
    pub(crate) async fn now<T>(&self) -> T {
        self.0.notify_one();
        std::future::pending().await
    }

    pub(crate) async fn asked(&self) {
        self.0.notified().await;
    }
}
