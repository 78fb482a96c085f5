//! Every node against the pod, and what follows from the table.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use k8s_openapi::api::core::v1::{Node, PodSpec, Taint};

use super::affinity::{matches, unmatched};
use super::message::{Class, Said, parse};
use super::taint::{is_condition, show, tolerates_cordon, untolerated};
use crate::brief::{HostPort, host_ports, requests};
use crate::finding::Confidence;
use crate::quantity::Milli;
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
}

/// Where a class stands among the scheduler's filters.
type FilterOrder = fn(&Class) -> usize;

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/apis/config/v1/default_plugins.go>
fn filters_today(class: &Class) -> usize {
    match class {
        Class::Unschedulable => 0,
        Class::Taint | Class::NotReady => 1,
        Class::NodeSelector => 2,
        Class::HostPort => 3,
        Class::Resource(_) | Class::TooManyPods => 4,
        _ => 5,
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
        _ => 5,
    }
}

impl Row {
    /// Whether a scheduler with this order of filters counts the node under the class. All resources are one filter,
    /// which names every shortage; newer schedulers count a sick node's taint without naming it.
    fn counts_as(&self, class: &Class, order: FilterOrder) -> bool {
        let first = self.failing.iter().map(order).min();
        let sick = *class == Class::Taint && self.failing.contains(&Class::NotReady);
        (self.failing.contains(class) || sick) && first == Some(order(class))
    }
}

/// The scheduling of one pod, re-run.
#[derive(Clone, Debug)]
pub struct Table {
    /// One row a node, by name.
    pub rows: Vec<Row>,
    /// What the scheduler said.
    pub said: Said,
    /// Whether every node the scheduler counted is in the table.
    pub complete: bool,
    chosen: OnceLock<Vec<Choice>>,
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
    let rows = rows(&s.world, s.spec()?);
    // wordings before 1.9 do not say how many nodes there are: as many as the largest count
    let counted = said.total.or(said.counts.iter().map(|(_, n)| *n).max()).unwrap_or(1);
    let complete = rows.len() >= counted;
    Some(Table { rows, said, complete, chosen: OnceLock::new() })
}

/// One row for every node of the world.
pub fn rows(world: &World, spec: &PodSpec) -> Vec<Row> {
    let asked = Asked::of(spec);
    world.nodes.iter().map(|(name, node)| row(world, spec, &asked, name, node)).collect()
}

/// What a pod asks of any node, added up once.
pub struct Asked {
    requests: BTreeMap<String, Milli>,
    ports: Vec<HostPort>,
}

impl Asked {
    /// Adds up what the containers ask.
    pub fn of(spec: &PodSpec) -> Asked {
        Asked { requests: requests(spec), ports: host_ports(spec) }
    }
}

/// The classes only: a big cluster has thousands of rows, and few are ever put into words.
fn row(world: &World, spec: &PodSpec, asked: &Asked, name: &str, node: &Node) -> Row {
    let mut failing = Vec::new();
    if is_cordoned(node) && !tolerates_cordon(spec) {
        failing.push(Class::Unschedulable);
    }
    let taints = taints(spec, node);
    for (class, _) in &taints {
        if !failing.contains(class) {
            failing.push(class.clone());
        }
    }
    if !matches(spec, node) {
        failing.push(Class::NodeSelector);
    }
    if !asked.ports.is_empty() && !port_conflicts(world, asked, name).is_empty() {
        failing.push(Class::HostPort);
    }
    failing.extend(shortages(world, asked, name).map(|short| Class::Resource(short.resource)));
    if too_many_pods(world, name).is_some() {
        failing.push(Class::TooManyPods);
    }
    let by_role = taints.iter().all(|(_, taint)| taint.key.starts_with("node-role.kubernetes.io/"));
    let mut devices = ledger(world, asked, name).filter(|entry| is_device(&entry.resource));
    let has_devices = devices.all(|entry| entry.allocatable > Milli::default());
    Row { node: name.to_string(), failing, by_role: by_role && !taints.is_empty(), has_devices }
}

/// Extended resources and huge pages: some nodes have them, and only those are meant for a pod that asks for one.
fn is_device(resource: &str) -> bool {
    resource.contains('/') || resource.starts_with("hugepages-")
}

/// Why the node was refused, in words: `taint dedicated=batch:NoSchedule`.
pub fn why(world: &World, spec: &PodSpec, name: &str) -> Vec<String> {
    let Some(node) = world.nodes.get(name) else { return Vec::new() };
    let asked = Asked::of(spec);
    let mut why = Vec::new();
    if is_cordoned(node) && !tolerates_cordon(spec) {
        why.push("cordoned".to_string());
    }
    why.extend(taints(spec, node).iter().map(|(_, taint)| format!("taint {}", show(taint))));
    for missing in unmatched(spec, node) {
        let has =
            missing.has.as_deref().map_or("label absent".to_string(), |v| format!("has {}={v}", missing.key));
        why.push(format!("asked {}, {has}", missing.asked));
    }
    for (port, holder) in port_conflicts(world, &asked, name) {
        why.push(format!("port {}/{} held by {holder}", port.port, port.protocol));
    }
    why.extend(shortages(world, &asked, name).map(|short| short.show()));
    if let Some((running, limit)) = too_many_pods(world, name) {
        why.push(format!("{running} of {limit} pods"));
    }
    why
}

fn is_cordoned(node: &Node) -> bool {
    node.spec.as_ref().is_some_and(|s| s.unschedulable == Some(true))
}

fn taints<'n>(spec: &PodSpec, node: &'n Node) -> Vec<(Class, &'n Taint)> {
    let untolerated = untolerated(spec, node).into_iter().filter(|t| t.key != super::taint::UNSCHEDULABLE);
    untolerated
        .map(|taint| (if is_condition(taint) { Class::NotReady } else { Class::Taint }, taint))
        .collect()
}

/// The pods of a node that has no place for one more, and its limit.
fn too_many_pods(world: &World, name: &str) -> Option<(usize, i128)> {
    let room = world.room(name)?;
    let limit = room.allocatable.get("pods")?;
    let running = Milli::units(i128::try_from(room.pods).unwrap_or(i128::MAX));
    (running >= *limit).then(|| (room.pods, limit.ceil()))
}

/// A resource a node has too little of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// `cpu`, `memory`, `nvidia.com/gpu` …
    pub resource: String,
    /// What the pod asks.
    pub asked: Milli,
    /// What the node can give at all.
    pub allocatable: Milli,
    /// What its pods ask already.
    pub taken: Milli,
}

impl Shortage {
    /// What is left.
    pub fn free(&self) -> Milli {
        self.allocatable.saturating_sub(self.taken)
    }

    fn show(&self) -> String {
        format!(
            "{} {} of {} free, {} asked",
            self.resource,
            self.free().show(&self.resource),
            self.allocatable.show(&self.resource),
            self.asked.show(&self.resource)
        )
    }
}

/// What the node gives, holds and lacks of each resource the pod asks for, enough or not.
pub fn ledger(world: &World, asked: &Asked, name: &str) -> impl Iterator<Item = Shortage> {
    let room = world.room(name);
    asked.requests.iter().map(move |(resource, asked)| {
        let of = |amounts: &BTreeMap<String, Milli>| amounts.get(resource).copied().unwrap_or_default();
        Shortage {
            allocatable: room.map(|room| of(&room.allocatable)).unwrap_or_default(),
            taken: room.map(|room| of(&room.taken)).unwrap_or_default(),
            resource: resource.clone(),
            asked: *asked,
        }
    })
}

fn shortages(world: &World, asked: &Asked, name: &str) -> impl Iterator<Item = Shortage> {
    ledger(world, asked, name).filter(|entry| entry.asked > entry.free())
}

/// The pod's host ports that another pod of the node holds, with that pod.
pub fn port_conflicts(world: &World, asked: &Asked, node: &str) -> Vec<(HostPort, String)> {
    let wanted = &asked.ports;
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut conflicts = Vec::new();
    for pod in world.pods_on(node) {
        for port in wanted {
            if pod.host_ports.iter().any(|held| held.conflicts(port)) {
                conflicts.push((port.clone(), format!("Pod {}/{}", pod.namespace, pod.name)));
            }
        }
    }
    conflicts
}

/// What keeps the pod from running, most telling first.
///
/// The pod's own selector says which nodes it is meant for, and so does a device it asks for that only some of them have.
/// Of those, the ones that are closed to it (tainted,
/// cordoned, not ready) are left out unless all are; what keeps it off the rest is the cause. Where the dump cannot
/// show why an open node was refused (its neighbours may be missing), the scheduler's count decides.
pub fn choices(table: &Table) -> Vec<Choice> {
    table.chosen.get_or_init(|| choose(table)).clone()
}

fn choose(table: &Table) -> Vec<Choice> {
    let said = &table.said;
    if let Some(class) = refused_before_nodes(said) {
        return vec![Choice { class, confidence: Confidence::Certain, nodes: Vec::new() }];
    }
    if table.rows.is_empty() {
        return from_words(said);
    }
    let mut meant: Vec<&Row> =
        table.rows.iter().filter(|r| !r.failing.contains(&Class::NodeSelector)).collect();
    if meant.is_empty() {
        return vec![table.choice(Class::NodeSelector, &table.rows.iter().collect::<Vec<_>>())];
    }
    // where none has the device, its lack is the cause, and every node shows it
    if meant.iter().any(|r| r.has_devices) {
        meant.retain(|r| r.has_devices);
    }
    let closed = |r: &Row| {
        r.failing.iter().any(|c| matches!(c, Class::Taint | Class::NotReady | Class::Unschedulable))
    };
    let open: Vec<&Row> = meant.iter().copied().filter(|r| !closed(r)).collect();
    if open.is_empty() { closed_choice(table, &meant) } else { open_choices(table, &open) }
}

/// Classes that a filter gives for the pod as a whole, before any node is tried.
fn refused_before_nodes(said: &Said) -> Option<Class> {
    let whole = |c: &Class| matches!(c, Class::UnboundClaim | Class::MissingClaim | Class::ResourceClaim);
    let [class] = &said.by_telling()[..] else {
        return None;
    };
    whole(class).then(|| class.clone())
}

/// Without nodes only the sentence is left.
fn from_words(said: &Said) -> Vec<Choice> {
    let classes = said.by_telling();
    let specific: Vec<Class> = classes.iter().filter(|c| !c.is_background()).cloned().collect();
    let chosen = if specific.is_empty() { classes.clone() } else { specific };
    let sure = match (classes.len(), chosen.len()) {
        // part of the sentence was not understood, or a taint is not named: the node's condition may be behind it
        _ if chosen.iter().all(Class::is_background) && !said.is_plain() => Confidence::Possible,
        (_, 1) if said.covers_all() => Confidence::Likely,
        _ => Confidence::Possible,
    };
    chosen.into_iter().map(|class| Choice { class, confidence: sure, nodes: Vec::new() }).collect()
}

/// Every node the pod is meant for is closed to it.
fn closed_choice(table: &Table, meant: &[&Row]) -> Vec<Choice> {
    let with = |class: &Class| -> Vec<&Row> {
        meant.iter().copied().filter(|row| row.failing.contains(class)).collect()
    };
    let (sick, tainted, cordoned) =
        (with(&Class::NotReady), with(&Class::Taint), with(&Class::Unschedulable));
    // control-plane nodes are tainted everywhere: they tell only where nothing else does
    let decided = tainted.iter().filter(|row| !row.by_role).count();
    let mixed = [!sick.is_empty(), decided > 0, !cordoned.is_empty()].iter().filter(|b| **b).count() > 1;
    // a sick node is the exception; taints and cordons are what someone decided
    let (class, rows) = if !sick.is_empty() {
        (Class::NotReady, sick)
    } else if decided > cordoned.len() || cordoned.is_empty() {
        (Class::Taint, tainted)
    } else {
        (Class::Unschedulable, cordoned)
    };
    let mut choice = table.choice(class, &rows);
    if mixed {
        choice.confidence = choice.confidence.min(Confidence::Likely);
    }
    vec![choice]
}

fn open_choices(table: &Table, open: &[&Row]) -> Vec<Choice> {
    let unexplained = table.unexplained();
    let mut classes: Vec<Class> = open.iter().flat_map(|r| r.failing.iter().cloned()).collect();
    // a node that is only cordoned or sick could take the pod: is that the cause, or the others' lack of room?
    let one_would_fit = table.rows.iter().any(|row| {
        !row.failing.is_empty()
            && row.failing.iter().all(|c| matches!(c, Class::Unschedulable | Class::NotReady))
    });
    let fitting: Vec<&Row> = open.iter().copied().filter(|r| r.failing.is_empty()).collect();
    if !fitting.is_empty() {
        classes.extend(unexplained.iter().cloned());
    }
    classes.sort();
    classes.dedup();
    let mut choices: Vec<Choice> = classes
        .into_iter()
        .map(|class| {
            let mut rows: Vec<&Row> = open.iter().copied().filter(|r| r.failing.contains(&class)).collect();
            if unexplained.contains(&class) {
                rows.extend(fitting.iter());
            }
            let mut choice = table.choice(class, &rows);
            if rows.len() < open.len() || one_would_fit {
                choice.confidence = choice.confidence.min(Confidence::Likely);
            }
            choice
        })
        .collect();
    choices.sort_by_key(|choice| std::cmp::Reverse(choice.nodes.len()));
    choices
}

impl Table {
    fn choice(&self, class: Class, rows: &[&Row]) -> Choice {
        let spoken = match class {
            // the scheduler calls a sick node's taint a taint
            Class::NotReady => self.said.count(&Class::NotReady) + self.said.count(&Class::Taint),
            _ => self.said.count(&class),
        };
        // a reason the table cannot show, on as many nodes, may be the one that counts
        let beyond = self.said.counts.iter().filter(|(other, _)| other.is_beyond_the_table());
        let beyond: usize = beyond.map(|(_, count)| count).sum();
        let confidence = match (self.complete, spoken) {
            (_, 0) if beyond > 0 => Confidence::Possible,
            (_, spoken) if beyond >= spoken.max(rows.len()) => Confidence::Possible,
            (true, spoken) if spoken > 0 => Confidence::Certain,
            _ => Confidence::Likely,
        };
        Choice { class, confidence, nodes: rows.iter().map(|r| r.node.clone()).collect() }
    }

    /// The classes the scheduler counted more often than the table shows them, whichever version it has: it stops at a
    /// node's first failing filter, and their order changed.
    fn unexplained(&self) -> Vec<Class> {
        let shown = |class: &Class, order: FilterOrder| {
            self.rows.iter().filter(|row| row.counts_as(class, order)).count()
        };
        let beyond = |class: &Class| {
            let most = shown(class, filters_today).max(shown(class, filters_until_1_20));
            self.said.count(class) > most
        };
        // what a Node object says itself is all there when every node is: then the sentence is older than the nodes
        let stale = |class: &Class| self.complete && class.is_background();
        let said = self.said.by_telling().into_iter();
        said.filter(|class| !stale(class) && beyond(class)).collect()
    }

    /// Whether a node seems to fit that the scheduler refused for its pods: some of them were not read.
    pub fn lacks_neighbours(&self) -> bool {
        let by_neighbours =
            |class: &Class| matches!(class, Class::Resource(_) | Class::HostPort | Class::TooManyPods);
        self.rows.iter().any(|row| row.failing.is_empty()) && self.unexplained().iter().any(by_neighbours)
    }

    /// The row of a node.
    pub fn row(&self, node: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.node == node)
    }
}
