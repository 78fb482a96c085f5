//! A runtime of its own for serenity.
//!
//! serenity spawns tasks that hold each other and never end by themselves, also when they hang (connecting has no timeout).
//! Ending their runtime ends them for certain, and no dead session comes back to life beside its successor.

use tokio::runtime::{Builder, Runtime};

/// A runtime that ends with its owner, also where it may not be waited for.
pub(crate) struct Apart(Option<Runtime>);

impl Apart {
    /// With one thread.
    ///
    /// # Errors
    /// When the system has none.
    pub(crate) fn new() -> std::io::Result<Apart> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(1).thread_name("discord-gateway").enable_all();
        Ok(Apart(Some(builder.build()?)))
    }

    pub(crate) fn spawn(&self, run: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.0 {
            runtime.spawn(run);
        }
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // a runtime that is dropped in another one would panic
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn what_hangs_in_it_ends_with_it() {
        let apart = Apart::new().unwrap();
        let (held, ended) = oneshot::channel::<()>();
        apart.spawn(async move {
            std::future::pending::<()>().await;
            drop(held);
        });
        drop(apart);
        assert!(timeout(Duration::from_secs(10), ended).await.unwrap().is_err());
    }
}
