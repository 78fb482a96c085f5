//! Alerts that were told in no channel, for the next digest: of each namespace one record, as a mute is one, so that every replica
//! counts in the same place. It is shown in no channel.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::incident::book::Work;
use crate::incident::name::UNTOLD;
use crate::incident::record::{Alerted, Blamed, Incident, Phase, RootCause};

/// No digest tells of longer ago.
const KEPT: SignedDuration = SignedDuration::from_hours(8 * 24);

/// At most this many of a namespace are known apart; the oldest go first.
const MOST: usize = 1_000;

/// By the alert's name: of each that fired, by a digest of its fingerprint and beginning, when it was first told (seconds since 1970).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Untold(BTreeMap<String, BTreeMap<String, i64>>);

impl Untold {
    /// Notes one; sent again it is the same.
    fn add(&mut self, alert: &Alerted, now: Timestamp) {
        self.0.entry(alert.name.clone()).or_default().entry(id(alert)).or_insert(now.as_second());
        let oldest = now.checked_sub(KEPT).map_or(i64::MIN, Timestamp::as_second);
        self.retain(|at| at >= oldest);
        let mut all: Vec<i64> = self.0.values().flat_map(BTreeMap::values).copied().collect();
        if all.len() > MOST {
            all.sort_unstable();
            let first = all[all.len() - MOST];
            self.retain(|at| at >= first);
        }
    }

    fn retain(&mut self, keeps: impl Fn(i64) -> bool) {
        self.0.values_mut().for_each(|own| own.retain(|_, at| keeps(*at)));
        self.0.retain(|_, own| !own.is_empty());
    }

    /// How many of each name fired since then, but for those that stand in an incident by now.
    pub(super) fn since(
        &self,
        since: Timestamp,
        told: &BTreeSet<String>,
    ) -> impl Iterator<Item = (&str, usize)> {
        self.0.iter().filter_map(move |(name, own)| {
            let count = own.iter().filter(|(id, at)| **at > since.as_second() && !told.contains(*id)).count();
            (count > 0).then_some((name.as_str(), count))
        })
    }
}

/// By which an alert is known again.
pub(super) fn id(alert: &Alerted) -> String {
    let whole = format!("{} {}", alert.starts_at, alert.fingerprint);
    Sha256::digest(whole).iter().take(5).map(|byte| format!("{byte:02x}")).collect()
}

fn root_cause(cluster: &str, namespace: Option<&str>) -> RootCause {
    let namespace = namespace.map(str::to_string);
    let blame = Blamed { kind: "Alerts".to_string(), namespace, name: UNTOLD.to_string() };
    RootCause { cluster: cluster.to_string(), cause: UNTOLD.to_string(), blame }
}

impl Work<'_> {
    /// Notes that an alert is told nowhere.
    pub(in crate::incident) fn leave_untold(&mut self, cluster: &str, alert: &Alerted) {
        if !self.policy.counts_untold {
            return;
        }
        let about =
            alert.about.as_ref().map(|about| about.namespace.as_str()).filter(|name| !name.is_empty());
        let namespace = about.or_else(|| alert.labels.get("namespace").map(String::as_str));
        let mut record = Incident::opened(root_cause(cluster, namespace), 1, self.now);
        let known = self.get(&record.name).and_then(|known| known.status.untold.clone());
        let mut untold = known.clone().unwrap_or_default();
        untold.add(alert, self.now);
        if known.as_ref() == Some(&untold) {
            return;
        }
        // nothing of it fails: it is forgotten as what is over is
        (record.status.phase, record.status.resolved_at) = (Phase::Resolved, Some(self.now));
        record.status.untold = Some(untold);
        match known {
            None => self.add(record),
            Some(_) => {
                let name = record.name.clone();
                self.edit(&name, |own| {
                    own.status.untold = record.status.untold;
                    own.status.resolved_at = record.status.resolved_at;
                });
            }
        }
    }
}
