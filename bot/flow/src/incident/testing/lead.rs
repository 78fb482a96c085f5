//! Who leads, as a test says.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::ports::Lead;

/// Who holds it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Office(Arc<AtomicU64>);

impl Office {
    pub(crate) fn give(&self, to: u64) {
        self.0.store(to, Ordering::SeqCst);
    }
}

/// One who may hold it.
#[derive(Debug)]
pub(crate) struct FakeLead {
    pub(crate) office: Office,
    pub(crate) own: u64,
}

impl Lead for FakeLead {
    fn leads(&self) -> bool {
        self.office.0.load(Ordering::SeqCst) == self.own
    }
}
