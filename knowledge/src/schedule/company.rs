//! The label that was surely meant by a term of pod affinity that selects no pod.

use super::pods::namespaces;
use super::scene::Scene;
use super::selector::{Labels, Requirement};
use super::wanted::Term;
use crate::brief::PodBrief;

/// A label that was surely meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// `shop/cache-0`
    pub pod: String,
    /// The label's key on that pod.
    pub key: String,
    /// Its value there.
    pub value: String,
    /// The key the selector asks for.
    pub wanted_key: String,
    /// The value the selector asks for.
    pub wanted: String,
}

/// The label of a bound pod in the term's reach that comes nearest to what no pod has.
pub fn nearest(scene: &Scene<'_>, term: &Term) -> Option<Near> {
    let reach = namespaces(scene, term);
    let mut best: Option<(f64, Near)> = None;
    for asked in term.selector.requirements() {
        let Requirement::In(key, values) = asked else { continue };
        let rest =
            |labels: &Labels| term.selector.requirements().iter().all(|r| r == asked || r.holds(labels));
        let pods = scene.world.briefs.iter();
        for pod in pods.filter(|pod| reach.contains(&pod.namespace.as_str()) && rest(&pod.labels)) {
            for (score, near) in near_labels(key, values, pod) {
                let better = best
                    .as_ref()
                    .is_none_or(|(known, first)| score > *known || (score == *known && near.pod < first.pod));
                if better {
                    best = Some((score, near));
                }
            }
        }
    }
    best.map(|(_, near)| near)
}

/// The labels of one pod that look like the one asked for: the same key with a similar value, or another key with the
/// very value.
fn near_labels(asked: &str, values: &[String], pod: &PodBrief) -> Vec<(f64, Near)> {
    let near = |key: &str, value: &str, wanted: &str| Near {
        pod: format!("{}/{}", pod.namespace, pod.name),
        key: key.to_string(),
        value: value.to_string(),
        wanted_key: asked.to_string(),
        wanted: wanted.to_string(),
    };
    let mut found = Vec::new();
    for wanted in values {
        for (key, value) in &pod.labels {
            let alike = strsim::jaro_winkler(wanted, value);
            if *key == asked && value != wanted && alike >= 0.8 {
                found.push((alike, near(key, value, wanted)));
            }
            if *key != asked && value == wanted {
                found.push((0.9, near(key, value, wanted)));
            }
        }
    }
    found
}
