//! Edits of one message, one after the other, of which only the newest is still wanted.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The messages that are being edited.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    open: Mutex<HashMap<(String, String), Arc<Slot>>>,
}

/// One message that is being edited.
#[derive(Debug, Default)]
struct Slot {
    newest: AtomicU64,
    turn: tokio::sync::Mutex<()>,
}

/// One edit of it.
pub(crate) struct Edit<'e> {
    all: &'e Edits,
    key: (String, String),
    slot: Arc<Slot>,
    number: u64,
}

impl Edits {
    pub(crate) fn begin(&self, channel: &str, ts: &str) -> Edit<'_> {
        let key = (channel.to_string(), ts.to_string());
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = open.entry(key.clone()).or_default().clone();
        let number = slot.newest.fetch_add(1, Ordering::SeqCst) + 1;
        Edit { all: self, key, slot, number }
    }
}

impl Edit<'_> {
    /// Waits for the edits before it.
    pub(crate) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.slot.turn.lock().await
    }

    /// Whether no newer one has come.
    pub(crate) fn is_newest(&self) -> bool {
        self.slot.newest.load(Ordering::SeqCst) == self.number
    }
}

impl Drop for Edit<'_> {
    fn drop(&mut self) {
        let mut open = self.all.open.lock().unwrap_or_else(PoisonError::into_inner);
        // the map's and this one
        if Arc::strong_count(&self.slot) <= 2 {
            open.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_known_and_nothing_is_kept() {
        let edits = Edits::default();
        let first = edits.begin("C1", "1.1");
        let other = edits.begin("C1", "2.2");
        assert!(first.is_newest() && other.is_newest());
        let second = edits.begin("C1", "1.1");
        assert!(!first.is_newest() && second.is_newest());
        drop((first, second, other));
        assert!(edits.open.lock().unwrap().is_empty());
    }
}
