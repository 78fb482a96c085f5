//! What a container uses, where it was measured: `metrics.k8s.io`, as `kubectl top` reads it.

use jiff::Timestamp;
use serde_json::Value;

use crate::container::ContainerView;
use crate::evidence::object_name;
use crate::finding::{Evidence, Source};
use crate::quantity::Milli;
use crate::snapshot::Snapshot;

/// A measured amount.
#[derive(Clone, Debug, PartialEq)]
pub struct Usage {
    /// How much.
    pub amount: Milli,
    /// When it was measured, if the object says so.
    pub at: Option<Timestamp>,
    /// Where it stands.
    pub evidence: Evidence,
}

/// The memory a container used when it was last measured; `None` where it was not, which is no zero.
/// <https://github.com/kubernetes/metrics/blob/v0.37.0/pkg/apis/metrics/v1beta1/types.go>
pub fn memory(s: &Snapshot, container: &ContainerView<'_>) -> Option<Usage> {
    let metrics = s.other("PodMetrics", s.namespace(), s.name())?;
    let containers = metrics.get("containers")?.as_array()?;
    let named = |c: &&Value| c.get("name").and_then(Value::as_str) == Some(container.name);
    let text = containers.iter().find(named)?.pointer("/usage/memory")?.as_str()?;
    let amount = Milli::parse(text).filter(|amount| amount.0 > 0)?;
    let at = metrics.get("timestamp").and_then(Value::as_str).and_then(|time| time.parse().ok());
    let object = object_name("PodMetrics", s.namespace(), s.name());
    let evidence = Evidence::new(
        Source::Object,
        object,
        at,
        format!("containers[{}].usage.memory {text}", container.name),
    );
    Some(Usage { amount, at, evidence })
}

/// A limit with half as much again as was measured, in whole mebibytes; `None` unless what was measured came near the
/// limit: of a container that has just been started, it tells nothing.
pub fn limit_for(usage: Milli, limit: Milli) -> Option<Milli> {
    const MEBI: i128 = 1000 << 20;
    let near = usage.0.checked_mul(4)? >= limit.0.checked_mul(3)?;
    let wanted = usage.0.checked_mul(3)? / 2;
    near.then(|| Milli((wanted / MEBI + 1) * MEBI))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_named_only_after_a_measurement_near_the_present_one() {
        let mebi = |n: i128| Milli::units(n << 20);
        assert_eq!(limit_for(mebi(250), mebi(256)), Some(mebi(376)));
        assert_eq!(limit_for(mebi(20), mebi(256)), None);
        assert_eq!(limit_for(Milli(i128::MAX), Milli(1)), None);
    }
}
