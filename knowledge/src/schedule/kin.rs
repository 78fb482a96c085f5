//! Pods that ask the same get the same answer: of a thousand replicas that wait, one is looked at.

use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::fix::Fixes;
use super::table::Row;
use super::wanted::Wanted;
use crate::brief::claims;

/// So many answers are kept: replicas come one after the other.
const KEPT: usize = 8;

/// One row a node, by name; shared by all that ask the same.
#[derive(Clone, Debug, Default)]
pub struct Rows(Arc<[Row]>);

impl From<Vec<Row>> for Rows {
    fn from(rows: Vec<Row>) -> Rows {
        Rows(rows.into())
    }
}

impl Deref for Rows {
    type Target = [Row];
    fn deref(&self) -> &[Row] {
        &self.0
    }
}

impl<'r> IntoIterator for &'r Rows {
    type Item = &'r Row;
    type IntoIter = std::slice::Iter<'r, Row>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// What every node said to a pod.
#[derive(Debug, Default)]
pub struct Answer {
    /// One row a node, by name.
    pub rows: Rows,
    /// Objects that could keep the pod off nodes and were not read.
    pub unread: Vec<String>,
    pub(super) fixes: OnceLock<Fixes>,
}

/// The latest answers of a world.
#[derive(Debug, Default)]
pub struct Answers(Mutex<Vec<(String, Arc<Answer>)>>);

impl Clone for Answers {
    /// A copy of a world may be changed: it has no answers yet.
    fn clone(&self) -> Answers {
        Answers::default()
    }
}

impl Answers {
    /// The answer to a pod that asks this; made when none of its kin asked lately.
    pub fn to(&self, wanted: &Wanted, make: impl FnOnce() -> Answer) -> Arc<Answer> {
        let key = key(wanted);
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept().iter().find(|(known, _)| *known == key).map(|(_, answer)| Arc::clone(answer));
        known.unwrap_or_else(|| {
            let answer = Arc::new(make());
            let mut kept = kept();
            if kept.len() >= KEPT {
                kept.remove(0);
            }
            kept.push((key, Arc::clone(&answer)));
            answer
        })
    }
}

/// Everything a filter looks at. Two replicas differ in the name of a volume with a token, at which none does.
fn key(wanted: &Wanted) -> String {
    let spec = &wanted.spec;
    let containers = |list: &[k8s_openapi::api::core::v1::Container]| -> String {
        list.iter()
            .map(|c| format!("{} {:?} {:?} {:?};", c.name, c.resources, c.ports, c.restart_policy))
            .collect()
    };
    format!(
        "{} {:?} {} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        wanted.namespace,
        wanted.labels,
        containers(&spec.containers),
        containers(spec.init_containers.as_deref().unwrap_or_default()),
        spec.resources,
        spec.overhead,
        spec.host_network,
        spec.affinity,
        spec.node_selector,
        spec.tolerations,
        spec.topology_spread_constraints,
        claims(spec, &wanted.name),
    )
}
