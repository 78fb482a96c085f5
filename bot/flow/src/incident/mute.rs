//! What is not told until a time, by cause, namespace or workload.
//!
//! A mute is kept in the ledger as an incident of the root cause `mute`, whose blame says what it is for: one kind of record,
//! one set of rights, and every replica knows it. It is never shown in a channel.

use std::time::Duration;

use jiff::Timestamp;

use super::name::{MUTE, short};
use super::record::{Blamed, Incident, RootCause, Taken};
use crate::ask::makers::makers;

/// A mute lasts at most this long.
pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A kind and a name.
const LONGEST_PART: usize = 300;

/// What is not told, until when, and who said so. Incidents it holds are opened and counted all the same; one that is still
/// open when it ends is told then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mute {
    /// In this cluster; any where there is none.
    pub cluster: Option<String>,
    /// Of this cause.
    pub cause: Option<String>,
    /// In this namespace only: what fails elsewhere, too, is told.
    pub namespace: Option<String>,
    /// This workload, and pods it would name: `cart`, or with its kind `Deployment/cart`; also another object at fault.
    pub workload: Option<String>,
    /// Until then.
    pub until: Timestamp,
    /// Who said so.
    pub by: String,
}

impl Mute {
    /// Whether nothing is to be said about an incident now.
    pub fn holds(&self, incident: &Incident, now: Timestamp) -> bool {
        let status = &incident.status;
        let is = |own: &Option<String>, other: &str| own.as_deref().is_none_or(|own| own == other);
        now < self.until
            && is(&self.cluster, &status.root_cause.cluster)
            && is(&self.cause, &status.root_cause.cause)
            && self.namespace.as_deref().is_none_or(|own| incident.is_within(own))
            && self.workload.as_deref().is_none_or(|own| is_of(own, incident))
    }

    /// Whether all that another silences is silenced by this one, too, as long as it lasts.
    pub fn is_around(&self, other: &Mute) -> bool {
        let around = |own: &Option<String>, other: &Option<String>| own.is_none() || own == other;
        let bare = |text: &String| text.rsplit_once('/').map_or(text.clone(), |(_, name)| name.to_string());
        // `cart` is any kind of cart
        let bared = self.workload.is_some() && self.workload == other.workload.as_ref().map(bare);
        around(&self.cluster, &other.cluster)
            && around(&self.cause, &other.cause)
            && around(&self.namespace, &other.namespace)
            && (bared || around(&self.workload, &other.workload))
    }

    /// Until when it may last at most, said now.
    pub fn latest(until: Timestamp, now: Timestamp) -> Timestamp {
        now.checked_add(LONGEST).map_or(until, |latest| until.min(latest))
    }

    /// As it is kept. Said again for the same, it is the same record.
    pub fn record(&self, now: Timestamp) -> Incident {
        let part =
            |part: &Option<String>| part.as_deref().map_or("*".to_string(), |part| short(part, LONGEST_PART));
        let root_cause = RootCause {
            cluster: self.cluster.clone().unwrap_or_default(),
            cause: MUTE.to_string(),
            blame: Blamed {
                kind: part(&self.cause),
                namespace: self.namespace.clone(),
                name: part(&self.workload),
            },
        };
        let mut record = Incident::opened(root_cause, 1, now);
        record.status.muted_until = Some(Mute::latest(self.until, now));
        record.status.muted_by = Some(self.by.clone());
        record.status.taken = Some(Taken { by: self.by.clone(), at: now });
        record
    }

    /// Of such a record; `None` for any other.
    pub fn of(record: &Incident) -> Option<Mute> {
        let root_cause = &record.spec.root_cause;
        if root_cause.cause != MUTE {
            return None;
        }
        let part = |part: &String| (part != "*").then(|| part.clone());
        Some(Mute {
            cluster: Some(root_cause.cluster.clone()).filter(|cluster| !cluster.is_empty()),
            cause: part(&root_cause.blame.kind),
            namespace: root_cause.blame.namespace.clone(),
            workload: part(&root_cause.blame.name),
            until: record.status.muted_until?,
            by: record.status.muted_by.clone().unwrap_or_default(),
        })
    }
}

impl Incident {
    /// Whether all that fails, as far as it is known, is in one namespace.
    fn is_within(&self, namespace: &str) -> bool {
        let mut own = self.namespaces().into_iter().peekable();
        own.peek().is_some() && own.all(|own| own == namespace)
    }
}

/// Whether an incident is about one workload: it is at fault, or all that fails are pods it would name so. A workload of which only
/// the beginning is called alike is another.
fn is_of(workload: &str, incident: &Incident) -> bool {
    let (kind, name) = workload.split_once('/').map_or((None, workload), |(kind, name)| (Some(kind), name));
    let is = |own_kind: &str, own_name: &str| own_name == name && kind.is_none_or(|kind| kind == own_kind);
    let (blame, members) = (&incident.status.root_cause.blame, &incident.status.members);
    let makes = |pod: &str| makers(pod).iter().any(|(kind, name)| is(kind.camel(), name));
    is(&blame.kind, &blame.name)
        || (!members.is_empty()
            && members.iter().all(|member| {
                is(&member.kind, &member.name) || (member.kind == "Pod" && makes(&member.name))
            }))
}
