//! Everything that was not begun is stopped, by whoever says so, until a time.
//!
//! Kept in the ledger as an incident of the root cause `freeze`, as a mute is: every replica knows it. It is never shown in a channel.

use std::sync::Arc;

use jiff::Timestamp;

use crate::incident::mute::Mute;
use crate::incident::name::FREEZE;
use crate::incident::record::{Blamed, Incident, Phase, RootCause};

/// Who froze, until when; `None` without an end, as the configuration says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// Who said so.
    pub by: String,
    /// Until then.
    pub until: Option<Timestamp>,
}

/// The one of this ledger, if it holds now.
pub fn of(known: &[Arc<Incident>], now: Timestamp) -> Option<Frozen> {
    let own = known.iter().filter(|one| one.spec.root_cause.cause == FREEZE);
    let held = own.filter_map(|one| {
        let until = one.status.muted_until.filter(|until| now < *until)?;
        Some(Frozen { by: one.status.muted_by.clone().unwrap_or_default(), until: Some(until) })
    });
    held.max_by_key(|frozen| frozen.until)
}

/// As it is kept; said again, it is the same record. It lasts a day at most, as a mute does.
pub fn record(by: &str, until: Timestamp, now: Timestamp) -> Incident {
    let blame = Blamed { kind: "Remediation".to_string(), namespace: None, name: "*".to_string() };
    let root_cause = RootCause { cluster: String::new(), cause: FREEZE.to_string(), blame };
    let mut record = Incident::opened(root_cause, 1, now);
    record.status.phase = Phase::Resolved;
    record.status.resolved_at = Some(now);
    record.status.muted_until = Some(Mute::latest(until, now));
    record.status.muted_by = Some(by.to_string());
    record
}
