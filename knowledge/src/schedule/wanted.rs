//! The pod that waits, read once for all nodes.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Pod, PodAffinityTerm, PodSpec};

use super::scene::{NAMESPACE_NAME, Scene};
use super::selector::{Labels, Selector};
use crate::brief::{HostPort, host_ports, requests};
use crate::quantity::Milli;

/// What a pod asks of any node, added up once.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// By resource.
    pub requests: BTreeMap<String, Milli>,
    /// Host ports.
    pub ports: Vec<HostPort>,
}

impl Asked {
    /// Adds up what the containers ask.
    pub fn of(spec: &PodSpec) -> Asked {
        let whole = |(name, amount): (String, Milli)| (name.clone(), amount.whole(&name));
        Asked { requests: requests(spec).into_iter().map(whole).collect(), ports: host_ports(spec) }
    }
}

/// A pod as the scheduler's filters ask about it.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its spec.
    pub spec: PodSpec,
    /// Its name; empty for a template.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its labels.
    pub labels: Labels,
    /// Its resources and ports.
    pub asked: Asked,
    /// Required pod affinity.
    pub affinity: Vec<Term>,
    /// Required pod anti-affinity.
    pub anti_affinity: Vec<Term>,
}

impl Wanted {
    /// Reads a pod.
    pub fn of(pod: &Pod) -> Wanted {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut wanted = Wanted::of_spec(&pod.spec.clone().unwrap_or_default());
        wanted.name = text(&pod.metadata.name);
        wanted.namespace = text(&pod.metadata.namespace);
        wanted.labels = pod.metadata.labels.clone().unwrap_or_default();
        wanted.read_terms();
        wanted
    }

    /// Reads a spec alone: without namespace and labels its terms about other pods cannot be told, and are left out.
    pub fn of_spec(spec: &PodSpec) -> Wanted {
        Wanted {
            spec: spec.clone(),
            name: String::new(),
            namespace: String::new(),
            labels: Labels::new(),
            asked: Asked::of(spec),
            affinity: Vec::new(),
            anti_affinity: Vec::new(),
        }
    }

    /// Adds its requests up again: the spec was changed.
    pub(super) fn add_up(&mut self) {
        self.asked = Asked::of(&self.spec);
    }

    fn read_terms(&mut self) {
        let Some(affinity) = &self.spec.affinity else {
            return;
        };
        let read = |terms: Option<&Vec<PodAffinityTerm>>| -> Vec<Term> {
            terms.into_iter().flatten().map(|term| Term::of(term, &self.namespace)).collect()
        };
        let near = affinity.pod_affinity.as_ref();
        let far = affinity.pod_anti_affinity.as_ref();
        let near = read(near.and_then(|a| a.required_during_scheduling_ignored_during_execution.as_ref()));
        let far = read(far.and_then(|a| a.required_during_scheduling_ignored_during_execution.as_ref()));
        (self.affinity, self.anti_affinity) = (near, far);
    }
}

/// A term of required pod affinity or anti-affinity.
///
/// `matchLabelKeys` and `mismatchLabelKeys` are not read: the API server has merged them into the label selector, and
/// the scheduler reads only that.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/registry/core/pod/strategy.go> (`applyMatchLabelKeysAndMismatchLabelKeys`)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The label whose values are the domains.
    pub key: String,
    /// The pods it means.
    pub selector: Selector,
    namespaces: Vec<String>,
    namespace_selector: Selector,
}

impl Term {
    /// Reads one of a pod of this namespace.
    pub fn of(term: &PodAffinityTerm, namespace: &str) -> Term {
        let mut namespaces = term.namespaces.clone().unwrap_or_default();
        if namespaces.is_empty() && term.namespace_selector.is_none() {
            namespaces.push(namespace.to_string());
        }
        Term {
            key: term.topology_key.clone(),
            selector: Selector::of(term.label_selector.as_ref()),
            namespaces,
            namespace_selector: Selector::of(term.namespace_selector.as_ref()),
        }
    }

    /// Whether it means pods of this namespace, which has these labels.
    pub fn means_namespace(&self, namespace: &str, labels: impl FnOnce() -> Labels) -> bool {
        self.namespaces.iter().any(|known| known == namespace)
            || self.namespace_selector.selects_all()
            || (!self.namespace_selector.selects_none() && self.namespace_selector.matches(&labels()))
    }

    /// The namespaces it looks at, of those that are known; `None` for all.
    pub fn namespaces<'n>(&self, scene: &'n Scene<'_>) -> Option<Vec<&'n str>> {
        let means = |name: &&str| self.means_namespace(name, || scene.namespace_labels(name));
        (!self.namespace_selector.selects_all()).then(|| scene.world.namespaces().filter(means).collect())
    }

    /// Whether labels of namespaces beyond their name decide which pods it means.
    pub fn asks_namespace_labels(&self) -> bool {
        !self.namespace_selector.selects_none() && !self.namespace_selector.asks_only(NAMESPACE_NAME)
    }
}
