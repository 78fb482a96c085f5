//! What is measured of incidents: read from what the flow counts, at the time of asking.

use std::collections::BTreeMap;
use std::fmt::Error;
use std::sync::Arc;

use podwhy_flow::incident::counts::BOUNDS;
use podwhy_flow::incident::{Counts, Store};
use podwhy_flow::ports::Lead;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

#[derive(Debug)]
struct Told {
    store: Arc<Store>,
    lead: Arc<dyn Lead>,
}

pub(super) fn register(registry: &mut Registry, store: &Arc<Store>, lead: &Arc<dyn Lead>) {
    registry.register_collector(Box::new(Told { store: Arc::clone(store), lead: Arc::clone(lead) }));
}

impl Collector for Told {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let leads = ConstGauge::new(i64::from(self.lead.leads()));
        let about = "Whether this replica watches and posts";
        leads.encode(encoder.encode_descriptor("podwhy_leader", about, None, leads.metric_type())?)?;
        self.open(&mut encoder)?;
        for (name, about, value) in counters(self.store.counts()) {
            let counter = ConstCounter::new(value);
            counter.encode(encoder.encode_descriptor(name, about, None, counter.metric_type())?)?;
        }
        self.votes(&mut encoder)?;
        self.to_thread(&mut encoder)
    }
}

impl Told {
    /// Open incidents by cause.
    fn open(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let mut open: BTreeMap<String, i64> = BTreeMap::new();
        for one in self.store.incidents().iter().filter(|one| one.is_open()) {
            *open.entry(one.status.root_cause.cause.clone()).or_default() += 1;
        }
        let some = ConstGauge::new(0_i64);
        let about = "Open incidents by cause";
        let mut all = encoder.encode_descriptor("podwhy_incidents_open", about, None, some.metric_type())?;
        for (cause, count) in open {
            ConstGauge::new(count).encode(all.encode_family(&[("cause", cause.as_str())])?)?;
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

    /// A histogram, as counters: its buckets are kept as plain numbers.
    fn to_thread(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let durations = &self.store.counts().to_thread;
        let some = ConstCounter::new(0_u64);
        let about = "Incidents by the time from their opening to their thread, at most le seconds";
        let name = "podwhy_incident_to_thread_within";
        let mut all = encoder.encode_descriptor(name, about, None, some.metric_type())?;
        let mut sum = 0;
        for (at, count) in durations.buckets().into_iter().enumerate() {
            sum += count;
            let le = BOUNDS.get(at).map_or("+Inf".to_string(), ToString::to_string);
            ConstCounter::new(sum).encode(all.encode_family(&[("le", le.as_str())])?)?;
        }
        let seconds = ConstCounter::new(durations.sum());
        let about = "All these times together, in seconds";
        let name = "podwhy_incident_to_thread_seconds";
        seconds.encode(encoder.encode_descriptor(name, about, None, seconds.metric_type())?)
    }
}

fn counters(counts: &Counts) -> [(&'static str, &'static str, u64); 10] {
    [
        ("podwhy_incident_posts", "Messages of incidents that were posted", counts.posts.get()),
        ("podwhy_incident_edits", "Messages of incidents that were edited", counts.edits.get()),
        ("podwhy_incident_lookups", "Messages that were looked for", counts.lookups.get()),
        ("podwhy_incident_unclear", "Posts whose outcome was not known", counts.unclear.get()),
        ("podwhy_incident_adopted", "Messages that were found instead of posted again", counts.adopted.get()),
        ("podwhy_incident_doubles_removed", "Doubles that were taken away", counts.doubles_removed.get()),
        ("podwhy_incident_refused", "Messages an app refused for good", counts.refused.get()),
        ("podwhy_incident_later", "Messages an app put off", counts.later.get()),
        ("podwhy_ledger_conflicts", "Writes that met another's", counts.ledger_conflicts.get()),
        ("podwhy_ledger_errors", "Calls of the ledger that failed", counts.ledger_errors.get()),
    ]
}
