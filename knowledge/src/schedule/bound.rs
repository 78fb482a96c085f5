//! The bound pods of a world, found by their labels: ten thousand pods are not gone through for each that waits.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::PodAffinityTerm;

use super::selector::Selector;
use crate::brief::PodBrief;

/// Places in the world's list of pods.
type Places = Vec<usize>;

/// An anti-affinity term that pods of one namespace share, and who has it.
#[derive(Clone, Debug)]
pub struct Repelling {
    /// The namespace of its pods.
    pub namespace: String,
    /// The term.
    pub term: PodAffinityTerm,
    /// Its pods, as places in the world's list.
    pub places: Places,
}

/// The bound pods that still hold their node, by namespace and label.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    by_label: BTreeMap<String, BTreeMap<String, BTreeMap<String, Places>>>,
    by_namespace: BTreeMap<String, Places>,
    repelling: Vec<Repelling>,
}

impl Neighbours {
    /// Indexes them.
    pub fn of(briefs: &[PodBrief]) -> Neighbours {
        let mut found = Neighbours::default();
        let mut repelling: BTreeMap<(&str, String), Repelling> = BTreeMap::new();
        for (place, pod) in briefs.iter().enumerate().filter(|(_, pod)| pod.holds_resources()) {
            found.by_namespace.entry(pod.namespace.clone()).or_default().push(place);
            let labels = found.by_label.entry(pod.namespace.clone()).or_default();
            for (key, value) in &pod.labels {
                labels.entry(key.clone()).or_default().entry(value.clone()).or_default().push(place);
            }
            for term in &pod.anti_affinity {
                // pods of one owner share their terms: they are compared once for all of them
                let text = serde_json::to_string(term).unwrap_or_default();
                let shared = repelling.entry((&pod.namespace, text)).or_insert_with(|| Repelling {
                    namespace: pod.namespace.clone(),
                    term: term.clone(),
                    places: Places::new(),
                });
                shared.places.push(place);
            }
        }
        found.repelling = repelling.into_values().collect();
        found
    }

    /// The namespaces that have bound pods.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.by_namespace.keys().map(String::as_str)
    }

    /// Every anti-affinity term of a bound pod.
    pub fn repelling(&self) -> &[Repelling] {
        &self.repelling
    }

    /// The pods of a namespace that the selector may select: all that it does, and perhaps others.
    pub fn candidates(&self, namespace: &str, selector: &Selector) -> Places {
        if selector.selects_none() {
            return Places::new();
        }
        let Some((key, values)) = selector.narrowest() else {
            return self.by_namespace.get(namespace).cloned().unwrap_or_default();
        };
        let by_value = self.by_label.get(namespace).and_then(|labels| labels.get(key));
        let values: BTreeSet<&String> = values.iter().collect();
        values.into_iter().filter_map(|value| by_value?.get(value)).flatten().copied().collect()
    }
}
