//! The one signal that ends everything.

use tokio::sync::watch;

/// Tells every [`Stop`] that it is over, by [`Stopper::stop`] or when it is dropped.
#[derive(Debug)]
pub(crate) struct Stopper(watch::Sender<bool>);

/// Whether it is over.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<bool>);

/// A pair that belongs together.
pub(crate) fn stopper() -> (Stopper, Stop) {
    let (send, receive) = watch::channel(false);
    (Stopper(send), Stop(receive))
}

impl Stopper {
    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Returns when it is over.
    pub(crate) async fn stopped(&mut self) {
        // an error means that the stopper was dropped, which ends it too
        let _over = self.0.wait_for(|over| *over).await;
    }

    pub(crate) fn is_stopped(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Waits, unless it is over before: then `false`.
    pub(crate) async fn sleep(&mut self, time: std::time::Duration) -> bool {
        tokio::time::timeout(time, self.stopped()).await.is_err()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_when_it_is_over() {
        let (stopper, mut stop) = stopper();
        assert!(stop.sleep(Duration::from_secs(1)).await && !stop.is_stopped());
        stopper.stop();
        assert!(!stop.sleep(Duration::from_secs(1)).await && stop.is_stopped());
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_stopper_ends_it_too() {
        let (stopper, mut stop) = stopper();
        drop(stopper);
        assert!(!stop.sleep(Duration::from_secs(1)).await && stop.is_stopped());
    }
}
