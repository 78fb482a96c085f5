//! Every node against the pod, and what follows from the table.

use std::sync::{Arc, OnceLock};

use k8s_openapi::api::core::v1::PodSpec;

use super::choose::choose;
use super::filters::Filters;
use super::interpod::is_interpod;
use super::kin::{Answer, Rows};
use super::message::{Class, Said, parse};
use super::reason::{Reason, Words};
use super::scene::Scene;
use super::wanted::Wanted;
use crate::finding::Confidence;
use crate::snapshot::Snapshot;
use crate::world::World;

/// Why one node was refused. Empty: as far as the dump tells, the pod fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The node.
    pub node: String,
    /// The classes that fail, in the order the scheduler's filters run.
    pub failing: Vec<Class>,
    /// Its taints are all for the role of a control plane.
    pub by_role: bool,
    /// It has at least one of every device the pod asks for, taken or not.
    pub has_devices: bool,
    /// The pod names other nodes: schedulers of today do not even look at this one.
    pub passed_over: bool,
}

/// Where a class stands among the scheduler's filters.
pub type FilterOrder = fn(&Class) -> usize;

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/apis/config/v1/default_plugins.go>
fn filters_today(class: &Class) -> usize {
    match class {
        Class::Unschedulable => 0,
        Class::Taint | Class::NotReady => 1,
        Class::NodeSelector => 2,
        Class::HostPort => 3,
        Class::Resource(_) | Class::TooManyPods => 4,
        other => filters_of_old(other),
    }
}

/// Those whose order never changed.
fn filters_of_old(class: &Class) -> usize {
    match class {
        Class::VolumeLimit => 5,
        Class::UnboundClaim => 6,
        Class::VolumePlace => 7,
        Class::TopologySpread => 8,
        // one filter, which names the first of its reasons
        Class::PodAffinity => 9,
        Class::PodAntiAffinity => 10,
        _ => 11,
    }
}

/// <https://github.com/kubernetes/kubernetes/blob/v1.20.2/pkg/scheduler/algorithmprovider/registry.go>
fn filters_until_1_20(class: &Class) -> usize {
    match class {
        Class::Unschedulable => 0,
        Class::Resource(_) | Class::TooManyPods => 1,
        Class::HostPort => 2,
        Class::NodeSelector => 3,
        Class::Taint | Class::NotReady => 4,
        other => filters_of_old(other),
    }
}

impl Row {
    /// Whether a scheduler with this order of filters counts the node under the class. All resources are one filter,
    /// which names every shortage; newer schedulers count a sick node's taint without naming it.
    fn counts_as(&self, class: &Class, order: FilterOrder) -> bool {
        let passed_over = self.passed_over && self.failing.contains(&Class::NodeSelector);
        if passed_over && *class == Class::NodeSelector {
            return true;
        }
        let first = self.failing.iter().map(order).min();
        let sick = *class == Class::Taint && self.failing.contains(&Class::NotReady);
        (self.failing.contains(class) || sick) && first == Some(order(class))
    }
}

impl Row {
    /// The classes a scheduler with this order of filters names for the node. It has one word for all taints.
    fn named_by(&self, order: FilterOrder) -> Vec<Class> {
        if self.passed_over {
            return vec![Class::NodeSelector];
        }
        let first = self.failing.iter().map(order).min();
        let named = self.failing.iter().filter(|class| Some(order(class)) == first);
        let mut named: Vec<Class> =
            named.map(|class| if *class == Class::NotReady { Class::Taint } else { class.clone() }).collect();
        named.dedup();
        named
    }
}

/// The scheduling of one pod, re-run.
#[derive(Clone, Debug)]
pub struct Table {
    /// One row a node, by name.
    pub rows: Rows,
    /// What the scheduler said.
    pub said: Said,
    /// Whether every node the scheduler counted is in the table.
    pub complete: bool,
    /// Whether the pod's own state still says so: an event alone may be of another time.
    pub stands: bool,
    /// The server would not show the pods of some namespace or node: the sums are known to be short.
    pub pods_unread: bool,
    pub(super) answer: Arc<Answer>,
    pub(super) chosen: OnceLock<Vec<Choice>>,
}

/// A class that keeps the pod from every node it could otherwise have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The class.
    pub class: Class,
    /// How sure.
    pub confidence: Confidence,
    /// The nodes it holds on.
    pub nodes: Vec<String>,
}

/// At most this many nodes are named in a page and in evidence: a cluster may have thousands.
pub const MAX_NODES: usize = 10;

/// Cuts a list of nodes to [`MAX_NODES`] and tells how many are left out.
pub fn shorten<T>(nodes: &mut Vec<T>) -> Option<usize> {
    let more = nodes.len().checked_sub(MAX_NODES).filter(|more| *more > 0);
    nodes.truncate(MAX_NODES);
    more
}

/// Re-runs the filters for a pod that waits for a node; `None` when it does not, or the scheduler never spoke.
pub fn evaluate(s: &Snapshot) -> Option<&Table> {
    s.scheduling.get_or_init(|| rerun(s)).as_ref()
}

fn rerun(s: &Snapshot) -> Option<Table> {
    if !s.is_unscheduled() {
        return None;
    }
    let (text, ..) = s.scheduler_message()?;
    let said = parse(&text)?;
    let wanted = Wanted::of(s.pod()?);
    let answer = s.world.answers.to(&wanted, || {
        let scene = Scene::of(&s.world);
        let filters = Filters::of(&scene, &wanted);
        Answer { rows: filters.rows().into(), unread: filters.unread().to_vec(), ..Answer::default() }
    });
    let rows = answer.rows.clone();
    // wordings before 1.9 do not say how many nodes there are: as many as the largest count
    let counted = said.total.or(said.counts.iter().map(|(_, n)| *n).max()).unwrap_or(1);
    let complete = rows.len() >= counted;
    let stands = s.is_called_unschedulable();
    let pods_unread = s.world.unread.keys().any(|(kind, ..)| kind == "Pod");
    Some(Table { rows, said, complete, stands, pods_unread, answer, chosen: OnceLock::new() })
}

/// One row for every node of the world, for a spec alone: what depends on other pods and on volumes is left out.
pub fn rows(world: &World, spec: &PodSpec) -> Vec<Row> {
    Filters::of(&Scene::of(world), &Wanted::of_spec(spec)).rows()
}

/// Why these nodes were refused, in words, all reasons of a node together.
pub fn words<'n>(s: &Snapshot, nodes: impl Iterator<Item = &'n str>) -> Vec<(&'n str, Words)> {
    words_but(s, nodes, |_| false)
}

/// The same without the reasons that satisfy the test: the page says these itself.
pub fn words_but<'n>(
    s: &Snapshot,
    nodes: impl Iterator<Item = &'n str>,
    said: impl Fn(&Reason) -> bool,
) -> Vec<(&'n str, Words)> {
    let Some(pod) = s.pod() else { return Vec::new() };
    let (scene, wanted) = (Scene::of(&s.world), Wanted::of(pod));
    let filters = Filters::of(&scene, &wanted);
    let of = |node| {
        let reasons = filters.reasons(node);
        let reasons = reasons.iter().filter(|reason| !said(reason));
        Words::join(&reasons.take(MAX_NODES).map(Reason::words).collect::<Vec<_>>()).bounded()
    };
    nodes.map(|node| (node, of(node))).collect()
}

/// What keeps the pod from running, most telling first.
///
/// The pod's own selector says which nodes it is meant for, and so does a device it asks for that only some of them have.
/// Of those, the ones that are closed to it (tainted,
/// cordoned, not ready) are left out unless all are; what keeps it off the rest is the cause. Where the dump cannot
/// show why an open node was refused (its neighbours may be missing), the scheduler's count decides.
pub fn choices(table: &Table) -> &[Choice] {
    table.chosen.get_or_init(|| choose(table))
}

impl Table {
    pub(super) fn choice(&self, class: Class, rows: &[&Row]) -> Choice {
        let spoken = match class {
            // the scheduler calls a sick node's taint a taint
            Class::NotReady => self.said.count(&Class::NotReady) + self.said.count(&Class::Taint),
            // the oldest had one word for both kinds
            Class::PodAntiAffinity if !self.has(&Class::PodAffinity) => {
                self.said.count(&class) + self.said.count(&Class::PodAffinity)
            }
            _ => self.said.count(&class),
        };
        // a reason the table cannot show, on as many nodes, may be the one that counts
        let same = |other: &Class| *other == class || (is_interpod(other) && is_interpod(&class));
        let unseen = |own: bool| -> usize {
            let counts = self.said.counts.iter().filter(|(other, _)| same(other) == own);
            counts.map(|(other, count)| self.unseen(other, *count)).sum()
        };
        let (own, beyond) = (unseen(true), unseen(false));
        let alone = self.said.counts.iter().all(|(other, _)| same(other) || other.is_background());
        let most = spoken.max(rows.len());
        let confidence = match (self.complete, spoken) {
            (_, 0) if beyond > 0 => Confidence::Possible,
            // a pod or label that was not read looks like one that is not there, and the scheduler did not say so
            (_, 0) if class.needs_more_than_nodes() => Confidence::Possible,
            _ if beyond >= most => Confidence::Possible,
            // not shown, but there is nothing else that the scheduler spoke of
            (true, _) if own >= most && alone => Confidence::Likely,
            _ if own + beyond >= most => Confidence::Possible,
            (true, spoken) if spoken > 0 => Confidence::Certain,
            _ => Confidence::Likely,
        };
        Choice { class, confidence, nodes: rows.iter().map(|r| r.node.clone()).collect() }
    }

    /// On how many nodes the scheduler had this reason and the table cannot show why.
    fn unseen(&self, class: &Class, count: usize) -> usize {
        if class.is_beyond_the_table() {
            count
        } else if class.needs_more_than_nodes() {
            count.saturating_sub(self.shown(class))
        } else {
            0
        }
    }

    /// On how many nodes a scheduler would name the class, of those versions the one that names it most.
    fn shown(&self, class: &Class) -> usize {
        let either = *class == Class::PodAffinity && !self.has(class);
        let class = if either { &Class::PodAntiAffinity } else { class };
        let by = |order: FilterOrder| self.rows.iter().filter(|row| row.counts_as(class, order)).count();
        by(filters_today).max(by(filters_until_1_20))
    }

    /// Whether the scheduler named it; until 1.23 it had words for both kinds of pod affinity at once.
    pub(super) fn is_spoken(&self, class: &Class) -> bool {
        let both = is_interpod;
        self.said.counts.iter().any(|(said, _)| said == class || both(said) && both(class))
    }

    /// Whether any node is refused for this.
    fn has(&self, class: &Class) -> bool {
        self.rows.iter().any(|row| row.failing.contains(class))
    }

    /// How often a scheduler of today names each class: what its message would say.
    pub fn counts(&self) -> std::collections::BTreeMap<Class, usize> {
        let mut counts = std::collections::BTreeMap::new();
        for row in &self.rows {
            for class in row.named_by(filters_today) {
                *counts.entry(class).or_insert(0) += 1;
            }
        }
        counts
    }

    /// The classes the scheduler counted more often than the table shows them, whichever version it has: it stops at a
    /// node's first failing filter, and their order changed.
    pub(super) fn unexplained(&self) -> Vec<Class> {
        let beyond = |class: &Class| self.said.count(class) > self.shown(class);
        // what a Node object says itself is all there when every node is: then the sentence is older than the nodes
        let stale = |class: &Class| self.complete && class.is_background();
        let said = self.said.by_telling().into_iter();
        said.filter(|class| !stale(class) && beyond(class)).collect()
    }

    /// Whether a node seems to fit that the scheduler refused for its pods: some of them were not read.
    pub fn lacks_neighbours(&self) -> bool {
        let by_neighbours = |class: &Class| super::moves::is_movable(class);
        self.rows.iter().any(|row| row.failing.is_empty()) && self.unexplained().iter().any(by_neighbours)
    }

    /// Objects that could keep the pod off nodes and were not read.
    pub fn unread(&self) -> &[String] {
        &self.answer.unread
    }

    /// The row of a node.
    pub fn row(&self, node: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.node == node)
    }
}
