//! When a watch was last heard, for whoever asks how long ago that is.

use std::collections::BTreeMap;
use std::fmt::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use tokio::time::Instant;

/// By cluster and list, the watches that run.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard(Arc<Mutex<BTreeMap<(String, &'static str), Instant>>>);

impl Heard {
    /// A watch said something, or was taken up by the server, or began.
    pub(super) fn note(&self, cluster: &str, what: &'static str) {
        self.known().insert((cluster.to_string(), what), Instant::now());
    }

    /// A cluster is watched no more: by a replica that does not lead, which is no fault.
    pub(super) fn forget(&self, cluster: &str) {
        self.known().retain(|(own, _), _| own != cluster);
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<(String, &'static str), Instant>> {
        // a map is whole wherever a holder panicked
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector for Heard {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let name = "podwhy_kubernetes_watch_silent_seconds";
        let about = "For how long a watch that runs has said nothing; the server is asked anew every minute";
        let mut all = encoder.encode_descriptor(name, about, None, MetricType::Gauge)?;
        for ((cluster, what), heard) in self.known().iter() {
            let labels = [("cluster", cluster.as_str()), ("what", what)];
            ConstGauge::new(heard.elapsed().as_secs_f64()).encode(all.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
