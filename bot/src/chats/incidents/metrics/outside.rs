//! What is measured of receivers outside the chats.

use std::fmt::Error;
use std::sync::Arc;

use jiff::Timestamp;
use podwhy_flow::incident::counts::Count;
use podwhy_flow::incident::courier::{Destination, Tally};
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::{age, count};

/// Each with its name.
pub(super) struct Outside(Vec<(String, Arc<Tally>)>);

/// Name, words, and where it is read.
type Counted = (&'static str, &'static str, fn(&Tally) -> &Count);
type Gauged = (&'static str, &'static str, fn(&Tally, Timestamp) -> i64);

const COUNTERS: [Counted; 3] = [
    ("podwhy_outgoing_sent", "Notices a receiver took", |tally| &tally.sent),
    ("podwhy_outgoing_failed", "Tries to send a notice that failed, and are made again", |tally| {
        &tally.failed
    }),
    ("podwhy_outgoing_refused", "Notices a receiver refused for good", |tally| &tally.refused),
];

const GAUGES: [Gauged; 2] = [
    ("podwhy_outgoing_queue", "Incidents of which a receiver is to be told something", |tally, _| {
        count(tally.queue.waiting())
    }),
    ("podwhy_outgoing_oldest_seconds", "For how long the oldest of them has waited", |tally, now| {
        age(&tally.queue, now)
    }),
];

impl Outside {
    pub(super) fn of(destinations: &[Destination]) -> Outside {
        let named = |to: &Destination| (to.receiver.name.clone(), Arc::clone(&to.tally));
        Outside(destinations.iter().map(named).collect())
    }

    pub(super) fn encode(&self, encoder: &mut DescriptorEncoder<'_>, now: Timestamp) -> Result<(), Error> {
        for (name, about, read) in COUNTERS {
            let mut all = encoder.encode_descriptor(name, about, None, MetricType::Counter)?;
            for (receiver, tally) in &self.0 {
                let labels = [("receiver", receiver.as_str())];
                ConstCounter::new(read(tally).get()).encode(all.encode_family(&labels)?)?;
            }
        }
        for (name, about, read) in GAUGES {
            let mut all = encoder.encode_descriptor(name, about, None, MetricType::Gauge)?;
            for (receiver, tally) in &self.0 {
                let labels = [("receiver", receiver.as_str())];
                ConstGauge::new(read(tally, now)).encode(all.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}
