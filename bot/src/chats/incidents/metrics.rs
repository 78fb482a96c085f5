//! What is measured of incidents: read from what the flow counts, at the time of asking.

mod outside;

use std::collections::{BTreeMap, HashSet};
use std::fmt::Error;
use std::sync::Arc;

use jiff::Timestamp;
use podwhy_flow::incident::counts::{BOUNDS, Durations, Queue};
use podwhy_flow::incident::courier::Destination;
use podwhy_flow::incident::{Counts, Store, name};
use podwhy_flow::ports::{Clock, Lead};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use self::outside::Outside;

struct Told {
    store: Arc<Store>,
    lead: Arc<dyn Lead>,
    clock: Clock,
    /// Causes that may stand in a label: no ledger makes others.
    causes: HashSet<&'static str>,
    outside: Outside,
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Told")
    }
}

pub(super) fn register(
    registry: &mut Registry,
    store: &Arc<Store>,
    lead: &Arc<dyn Lead>,
    clock: &Clock,
    outside: &[Destination],
) {
    let own = [name::ALERT, name::UNKNOWN, name::MANY_FAILURES, name::MUTE, name::CLUSTER_UNREACHABLE];
    let causes = podwhy_knowledge::causes::catalogue().map(|cause| cause.id).chain(own).collect();
    registry.register_collector(Box::new(Told {
        store: Arc::clone(store),
        lead: Arc::clone(lead),
        clock: clock.clone(),
        causes,
        outside: Outside::of(outside),
    }));
}

impl Collector for Told {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let (counts, now) = (self.store.counts(), self.clock.now());
        let leads = i64::from(self.lead.leads());
        gauge(&mut encoder, "podwhy_leader", "Whether this replica watches and posts", leads)?;
        self.open(&mut encoder)?;
        for (name, about, value) in counters(counts) {
            counter(&mut encoder, name, about, value)?;
        }
        let about = "Messages that do not stand in a channel as they should";
        gauge(&mut encoder, "podwhy_incident_queue", about, count(counts.queue.waiting()))?;
        let about = "For how long the oldest of them has waited";
        gauge(&mut encoder, "podwhy_incident_queue_oldest_seconds", about, age(&counts.queue, now))?;
        let about = "From the beginning of a failure, by the cluster's or the alert's word, to its thread";
        histogram(&mut encoder, "podwhy_incident_failure_to_thread_seconds", about, &counts.from_failure)?;
        let about = "From the opening of an incident to its thread";
        histogram(&mut encoder, "podwhy_incident_opening_to_thread_seconds", about, &counts.to_thread)?;
        self.votes(&mut encoder)?;
        self.steps(&mut encoder)?;
        self.outside.encode(&mut encoder, now)
    }
}

impl Told {
    /// Open incidents by cause.
    fn open(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let mut open: BTreeMap<&str, i64> = BTreeMap::new();
        let incidents = self.store.incidents();
        for one in incidents.iter().filter(|one| one.is_open() && one.spec.root_cause.cause != name::MUTE) {
            let cause = self.causes.get(one.status.root_cause.cause.as_str()).copied();
            *open.entry(cause.unwrap_or("other")).or_default() += 1;
        }
        let about = "Open incidents by cause";
        let mut all = encoder.encode_descriptor("podwhy_incidents_open", about, None, MetricType::Gauge)?;
        for (cause, count) in open {
            ConstGauge::new(count).encode(all.encode_family(&[("cause", cause)])?)?;
        }
        Ok(())
    }

    /// What was offered to be done, and what came of it.
    fn steps(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let some = ConstCounter::new(0_u64);
        let about = "Remediations that came to a phase, by what they do";
        let mut all =
            encoder.encode_descriptor("podwhy_remediation_steps", about, None, some.metric_type())?;
        for ((remedy, phase), count) in self.store.counts().steps.get() {
            let labels = [("remedy", remedy.as_str()), ("phase", phase.as_str())];
            ConstCounter::new(count).encode(all.encode_family(&labels)?)?;
        }
        Ok(())
    }

    /// What people said of diagnoses.
    fn votes(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let some = ConstCounter::new(0_u64);
        let about = "What people said of diagnoses, by cause; one who changed their mind said both";
        let mut all = encoder.encode_descriptor("podwhy_diagnosis_votes", about, None, some.metric_type())?;
        for ((cause, right), count) in self.store.counts().votes.get() {
            let verdict = if right { "right" } else { "wrong" };
            let labels = [("cause", cause.as_str()), ("verdict", verdict)];
            ConstCounter::new(count).encode(all.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

fn counters(counts: &Counts) -> [(&'static str, &'static str, u64); 13] {
    [
        ("podwhy_incident_posts", "Messages of incidents that were posted", counts.posts.get()),
        ("podwhy_incident_edits", "Messages of incidents that were edited", counts.edits.get()),
        ("podwhy_incident_lookups", "Messages that were looked for", counts.lookups.get()),
        ("podwhy_incident_unclear", "Posts whose outcome was not known", counts.unclear.get()),
        ("podwhy_incident_adopted", "Messages that were found instead of posted again", counts.adopted.get()),
        ("podwhy_incident_doubles_removed", "Doubles that were taken away", counts.doubles_removed.get()),
        ("podwhy_incident_refused", "Messages an app refused for good", counts.refused.get()),
        ("podwhy_incident_later", "Messages an app put off", counts.later.get()),
        ("podwhy_incident_drops", "What was to be told and never will be", counts.drops.get()),
        ("podwhy_ledger_away_posts", "Threads posted while the ledger was away", counts.degraded.get()),
        ("podwhy_ledger_away_closed", "Of several of these, those closed", counts.doubles_closed.get()),
        ("podwhy_ledger_conflicts", "Writes that met another's", counts.ledger_conflicts.get()),
        ("podwhy_ledger_errors", "Calls of the ledger that failed", counts.ledger_errors.get()),
    ]
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, about: &str, value: i64) -> Result<(), Error> {
    ConstGauge::new(value).encode(encoder.encode_descriptor(name, about, None, MetricType::Gauge)?)
}

fn counter(encoder: &mut DescriptorEncoder<'_>, name: &str, about: &str, value: u64) -> Result<(), Error> {
    ConstCounter::new(value).encode(encoder.encode_descriptor(name, about, None, MetricType::Counter)?)
}

fn histogram(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    about: &str,
    durations: &Durations,
) -> Result<(), Error> {
    let counted = durations.buckets();
    let bounds = BOUNDS.into_iter().chain([f64::INFINITY]);
    let buckets: Vec<(f64, u64)> = bounds.zip(counted).collect();
    let mut one = encoder.encode_descriptor(name, about, None, MetricType::Histogram)?;
    one.encode_histogram::<NoLabelSet>(durations.sum(), counted.iter().sum(), &buckets, None)
}

/// In whole seconds; nothing where nothing waits.
fn age(queue: &Queue, now: Timestamp) -> i64 {
    queue.oldest().map_or(0, |oldest| now.duration_since(oldest).as_secs().max(0))
}

fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
