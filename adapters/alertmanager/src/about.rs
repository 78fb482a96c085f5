//! Which object an alert's labels name.
//!
//! The labels are those of kube-state-metrics, which the usual rules (kubernetes-mixin) are about. Two traps:
//! - Prometheus adds the labels of what it scraped. Where a metric has one of the same name it becomes `exported_…`, unless
//!   `honor_labels` is set: `exported_pod` is the pod that is meant, `pod` the exporter's.
//!   <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config>
//! - A metric about a Deployment or a node has no `pod` of its own, so `pod` is the exporter's there.

use std::collections::BTreeMap;

use podwhy_knowledge::{Kind, Target};

/// What labels name a workload or a claim, the one that tells most first.
/// <https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics>
const NAMED: [(&str, Kind); 7] = [
    ("deployment", Kind::Deployment),
    ("statefulset", Kind::StatefulSet),
    ("daemonset", Kind::DaemonSet),
    ("job_name", Kind::Job),
    ("cronjob", Kind::CronJob),
    ("replicaset", Kind::ReplicaSet),
    ("persistentvolumeclaim", Kind::PersistentVolumeClaim),
];

/// The object that is meant; `None` where the labels name none.
pub fn about(labels: &BTreeMap<String, String>) -> Option<Target> {
    let label = |name: &str| {
        let own = labels.get(&format!("exported_{name}")).or_else(|| labels.get(name));
        own.map(String::as_str).filter(|value| is_name(value))
    };
    let namespace = label("namespace");
    let pod = label("pod").zip(namespace);
    let other = NAMED.into_iter().find_map(|(name, kind)| Some((kind, label(name)?, namespace?)));
    match (pod, other, label("node")) {
        // its own pod tells more than the workload
        (Some((pod, ns)), Some((_, name, _)), _) if is_of(pod, name) => Some(named(Kind::Pod, Some(ns), pod)),
        (_, Some((kind, name, ns)), _) => Some(named(kind, Some(ns), name)),
        // of an exporter that tells of nodes
        (Some(_), None, Some(node)) if is_exporter(labels) && !labels.contains_key("exported_pod") => {
            Some(named(Kind::Node, None, node))
        }
        (Some((pod, ns)), None, _) => Some(named(Kind::Pod, Some(ns), pod)),
        (None, None, Some(node)) => Some(named(Kind::Node, None, node)),
        (None, None, None) => None,
    }
}

fn named(kind: Kind, namespace: Option<&str>, name: &str) -> Target {
    Target {
        cluster: None,
        namespace: namespace.map(str::to_string),
        kind: Some(kind),
        name: name.to_string(),
    }
}

/// Whether the pod's name begins with the workload's, as its controllers make it.
fn is_of(pod: &str, workload: &str) -> bool {
    pod.strip_prefix(workload).is_some_and(|rest| rest.starts_with('-'))
}

/// Whether the pod that was scraped is kube-state-metrics or a node exporter.
fn is_exporter(labels: &BTreeMap<String, String>) -> bool {
    let is_one = |name: &str| {
        labels
            .get(name)
            .is_some_and(|value| value.contains("kube-state-metrics") || value.contains("node-exporter"))
    };
    is_one("pod") || is_one("container")
}

/// A name of Kubernetes; anything else cannot be asked for.
fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    !text.is_empty() && text.len() <= 253 && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(labels: &[(&str, &str)]) -> Option<String> {
        let labels = labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        about(&labels).map(|target| target.to_string())
    }

    #[test]
    fn the_usual_rules_name_their_objects() {
        let ns = ("namespace", "shop");
        for (labels, wanted) in [
            (vec![ns, ("pod", "cart-0"), ("container", "cart")], "shop/pod/cart-0"),
            (vec![ns, ("deployment", "cart")], "shop/deploy/cart"),
            (vec![ns, ("statefulset", "db"), ("pod", "kube-state-metrics-0")], "shop/sts/db"),
            (vec![ns, ("deployment", "cart"), ("pod", "cart-7c9d-x2")], "shop/pod/cart-7c9d-x2"),
            (vec![ns, ("job_name", "bill-1"), ("job", "kube-state-metrics")], "shop/job/bill-1"),
            (vec![ns, ("persistentvolumeclaim", "data")], "shop/pvc/data"),
            (vec![("node", "node-a"), ns, ("pod", "kube-state-metrics-1")], "node/node-a"),
            (
                vec![
                    ("exported_namespace", "shop"),
                    ("namespace", "monitoring"),
                    ("exported_pod", "cart-0"),
                    ("pod", "kube-state-metrics-1"),
                    ("node", "node-a"),
                ],
                "shop/pod/cart-0",
            ),
            (vec![("node", "node-a"), ("pod", "cart-0"), ns], "shop/pod/cart-0"),
        ] {
            assert_eq!(of(&labels).as_deref(), Some(wanted), "{labels:?}");
        }
    }

    #[test]
    fn what_names_no_object_is_about_none() {
        for labels in [
            vec![],
            vec![("alertname", "Watchdog")],
            vec![("instance", "10.0.0.1:9100")],
            // a pod's name alone does not say which
            vec![("pod", "cart-0")],
            vec![("namespace", "shop"), ("pod", "cart/../0")],
            vec![("namespace", "shop"), ("service", "prometheus")],
        ] {
            assert_eq!(of(&labels), None, "{labels:?}");
        }
    }
}
