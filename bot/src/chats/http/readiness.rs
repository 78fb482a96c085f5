//! Whether each part works, as a metric.

use std::fmt::{self, Error};
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

/// Whether a part works, or why not.
pub(in crate::chats) type Readiness = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// Every part, asked when it is read.
pub(super) struct Ready(pub(super) Vec<(&'static str, Readiness)>);

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ready")
    }
}

impl Collector for Ready {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let about = "Whether a part is connected and works: 1 or 0";
        let mut all = encoder.encode_descriptor("podwhy_ready", about, None, MetricType::Gauge)?;
        for (part, ready) in &self.0 {
            let well = i64::from(ready().is_ok());
            ConstGauge::new(well).encode(all.encode_family(&[("part", *part)])?)?;
        }
        Ok(())
    }
}
