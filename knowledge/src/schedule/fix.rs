//! The smallest changes that would let a pod run: tried one by one on the re-run filters, so that each is proven.

use k8s_openapi::api::core::v1::{Container, Node, PodSpec};

use super::affinity::{Unmatched, node_label, unmatched};
use super::change::{Change, set_request};
use super::differ::is_in_doubt;
use super::filters::Filters;
use super::message::Class;
use super::moves::{Size, move_pods};
use super::room::shortages;
use super::scene::Scene;
use super::table::{Row, Table};
use super::taint::{is_condition, passing, untolerated};
use super::wanted::Wanted;
use crate::brief::{container_requests, requests};
use crate::quantity::Milli;
use crate::snapshot::Snapshot;

/// So many nodes are tried for each kind of change: those that lack least come first.
const MAX_TRIED: usize = 12;

/// A change of more labels or taints than this is no small one.
const MAX_PARTS: usize = 8;

/// Whose labels tell what a node is (its zone, machine, pool, devices): kubelets, clouds, autoscalers and discovery set them, and a person
/// who overwrites one only makes it untrue. <https://kubernetes.io/docs/reference/labels-annotations-taints/>
const GIVEN_BY: &[&str] = &[
    "kubernetes.io",
    "k8s.io",
    "amazonaws.com",
    "aws.com",
    "cloud.google.com",
    "azure.com",
    "oraclecloud.com",
    "digitalocean.com",
    "karpenter.sh",
    "karpenter.k8s.aws",
    "nvidia.com",
    "amd.com",
    "intel.com",
];

/// Of these people set labels as well: a node's role, and what the API server lets no kubelet change.
const OWN_OF_PEOPLE: [&str; 2] = ["node-role.kubernetes.io", "node-restriction.kubernetes.io"];

/// Whether software sets the label, to tell what a node is.
pub fn is_given(key: &str) -> bool {
    let Some((domain, _)) = key.split_once('/') else { return false };
    let within = |of: &str| domain == of || domain.strip_suffix(of).is_some_and(|rest| rest.ends_with('.'));
    // `example.node-restriction.kubernetes.io` is anybody's own, too
    !OWN_OF_PEOPLE.iter().any(|own| within(own)) && GIVEN_BY.iter().any(|of| within(of))
}

/// What would let the pod run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fixes {
    /// Of each kind of change the smallest; each alone is enough.
    pub single: Vec<Change>,
    /// Two that are enough together, where none is alone.
    pub pair: Option<(Change, Change)>,
}

impl Fixes {
    /// The first change that one alone is enough and that satisfies the test.
    pub fn first(&self, test: impl Fn(&Change) -> bool) -> Option<&Change> {
        self.single.iter().find(|change| test(change))
    }
}

/// What would let the pod of this table run. Nothing is offered where a node was not read, one seems to fit, or the
/// scheduler gave a reason that the table cannot show: then the table does not know what keeps the pod.
pub fn fixes<'t>(s: &Snapshot, table: &'t Table) -> &'t Fixes {
    static NONE: Fixes = Fixes { single: Vec::new(), pair: None };
    let known = table.complete && table.unread().is_empty() && !is_in_doubt(s, table);
    let Some(pod) = s.pod().filter(|_| known) else {
        return &NONE;
    };
    table.answer.fixes.get_or_init(|| search(&Scene::of(&s.world), &Wanted::of(pod), &table.rows))
}

/// The same for any scene: `rows` are its own.
pub fn search(scene: &Scene<'_>, wanted: &Wanted, rows: &[Row]) -> Fixes {
    if rows.iter().any(|row| row.failing.is_empty()) {
        return Fixes::default();
    }
    let mut single = Vec::new();
    single.extend(lower_requests(scene, wanted, rows));
    for class in
        [Class::NodeSelector, Class::Taint, Class::Unschedulable, Class::TopologySpread, Class::PodAffinity]
    {
        // a control plane's nodes are its own
        let alone = rows.iter().filter(|row| row.failing == [class.clone()] && !row.by_role);
        let mut steps: Vec<Change> = alone.filter_map(|row| step(scene, wanted, &row.node, &class)).collect();
        steps.sort_by_key(|change| (size(change), change.node().to_string()));
        let mut steps = steps.into_iter().take(MAX_TRIED);
        single.extend(steps.find(|change| change.is_enough(scene, wanted)));
    }
    single.extend(moves(scene, wanted, rows));
    let pair = if single.is_empty() { pair(scene, wanted, rows) } else { None };
    Fixes { single, pair }
}

fn size(change: &Change) -> usize {
    match change {
        Change::LabelNode { labels, .. } => labels.len(),
        Change::Tolerate { taints, .. } => taints.len(),
        Change::MovePods { pods, .. } => pods.len(),
        Change::LowerRequest { .. } | Change::Uncordon { .. } => 1,
    }
}

/// For each resource that alone keeps the pod off a node: the largest request with which it fits on one.
fn lower_requests(scene: &Scene<'_>, wanted: &Wanted, rows: &[Row]) -> Vec<Change> {
    let mut found = Vec::new();
    for (resource, asked) in &wanted.asked.requests {
        let class = Class::Resource(resource.clone());
        let alone = rows.iter().filter(|row| row.failing == [class.clone()]);
        let mut roomy: Vec<(Milli, &str)> = alone
            .filter_map(|row| {
                let short = shortages(scene, &wanted.asked, &row.node);
                let free = short.into_iter().find(|short| short.resource == *resource)?.free();
                // to ask for less than half is another program
                (free.0 * 2 >= asked.0).then_some((free, row.node.as_str()))
            })
            .collect();
        roomy.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        let tried = roomy.into_iter().take(MAX_TRIED);
        let lowered = tried.filter_map(|(free, node)| lower(wanted, resource, free, node));
        found.extend(lowered.into_iter().find(|change| change.is_enough(scene, wanted)));
    }
    found
}

/// Lowers one container's request by what is lacking; the largest first. The pod's own where it stands there.
fn lower(wanted: &Wanted, resource: &str, free: Milli, node: &str) -> Option<Change> {
    let asked = wanted.asked.requests.get(resource)?;
    let lacking = asked.saturating_sub(free);
    let on_pod = wanted.spec.resources.as_ref().and_then(|r| r.requests.as_ref()?.get(resource));
    let mut asking: Vec<(Option<String>, Milli)> = match on_pod {
        Some(amount) => vec![(None, Milli::parse(&amount.0)?)],
        None => all_containers(&wanted.spec)
            .filter_map(|c| Some((Some(c.name.clone()), *container_requests(c).get(resource)?)))
            .collect(),
    };
    asking.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    asking.into_iter().find_map(|(container, from)| {
        let to = Milli(from.0 - lacking.0);
        // whole bytes, whole devices
        let to = if resource == "cpu" { to } else { Milli(to.0.div_euclid(1000) * 1000) };
        let mut spec = wanted.spec.clone();
        set_request(&mut spec, container.as_deref(), resource, to)?;
        let fits = requests(&spec).get(resource).is_some_and(|total| total.whole(resource) <= free);
        // what stands on the pod must cover its containers
        let covers = container.is_some() || sum_of_containers(&spec, resource) <= to;
        let resource = resource.to_string();
        let change = Change::LowerRequest { resource, container, from, to, node: node.to_string() };
        (to > Milli(0) && fits && covers).then_some(change)
    })
}

fn all_containers(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    spec.containers.iter().chain(spec.init_containers.iter().flatten())
}

fn sum_of_containers(spec: &PodSpec, resource: &str) -> Milli {
    let mut alone = spec.clone();
    (alone.resources, alone.overhead) = (None, None);
    requests(&alone).get(resource).copied().unwrap_or_default()
}

/// A change that takes this one reason away from the node, whatever others remain.
fn step(scene: &Scene<'_>, wanted: &Wanted, name: &str, class: &Class) -> Option<Change> {
    let (node, spec) = (scene.node(name)?, &wanted.spec);
    let name = name.to_string();
    match class {
        Class::Unschedulable => {
            let by_field = node.spec.as_ref().is_some_and(|s| s.unschedulable == Some(true));
            by_field.then_some(Change::Uncordon { node: name })
        }
        Class::Taint => {
            let taints = untolerated(spec, node).into_iter().filter(|taint| !is_condition(taint));
            let taints = taints.filter(|taint| taint.key != super::taint::UNSCHEDULABLE);
            let taints: Vec<_> = taints.cloned().collect();
            let passes = taints.iter().any(|taint| passing(&taint.key).is_some());
            (taints.len() <= MAX_PARTS && !passes).then_some(Change::Tolerate { node: name, taints })
        }
        Class::NodeSelector => {
            let labels = labels_to_set(&unmatched(spec, node))?;
            Some(Change::LabelNode { node: name, labels })
        }
        Class::TopologySpread | Class::PodAffinity => {
            let label = domain_label(scene, wanted, node)?;
            Some(Change::LabelNode { node: name, labels: vec![label] })
        }
        Class::Resource(resource) => {
            let short = shortages(scene, &wanted.asked, &name);
            let short = short.into_iter().find(|short| short.resource == *resource)?;
            let near = short.free().0 * 2 >= short.asked.0;
            near.then(|| lower(wanted, resource, short.free(), &name)).flatten()
        }
        _ => None,
    }
}

/// The label that would put a node which is in no domain into one: the emptiest, or one with a pod that is wanted near.
/// Only for labels of one's own: a zone is where it is.
fn domain_label(scene: &Scene<'_>, wanted: &Wanted, node: &Node) -> Option<(String, String)> {
    let filters = Filters::of(scene, wanted);
    let own = |key: &str| !is_given(key) && node_label(node, key).is_none();
    let spread = filters.spreads().iter().find(|spread| own(&spread.key)).and_then(|spread| {
        let (emptiest, _) = spread.domains.iter().min_by_key(|(_, pods)| **pods)?;
        Some((spread.key.clone(), emptiest.clone()))
    });
    let term = filters.around().near().iter().find(|term| own(&term.key));
    spread.or_else(|| {
        let mut friends = filters.around().domains_of_friends();
        friends
            .find(|(key, _)| term.is_some_and(|term| *key == term.key))
            .map(|(key, value)| (key.to_string(), value.to_string()))
    })
}

/// The labels to set, when setting labels is all it takes and a person may set them.
pub fn labels_to_set(missing: &[Unmatched]) -> Option<Vec<(String, String)>> {
    if missing.len() > MAX_PARTS {
        return None;
    }
    let set = |missing: &Unmatched| {
        let value = missing.set.clone()?;
        (!is_given(&missing.key)).then(|| (missing.key.clone(), value))
    };
    missing.iter().map(set).collect()
}

fn moves(scene: &Scene<'_>, wanted: &Wanted, rows: &[Row]) -> Option<Change> {
    let lacking = |row: &Row| {
        let short = shortages(scene, &wanted.asked, &row.node);
        short.iter().map(|short| short.lacks().0.saturating_mul(1000) / short.asked.0.max(1)).sum::<i128>()
    };
    let mut movable: Vec<(usize, i128, &str)> = rows
        .iter()
        .filter(|row| row.failing.iter().all(super::moves::is_movable))
        .map(|row| (row.failing.len(), lacking(row), row.node.as_str()))
        .collect();
    movable.sort_unstable();
    let mut best: Option<(Size, Change)> = None;
    for (.., node) in movable.into_iter().take(MAX_TRIED) {
        let Some((size, change)) = move_pods(scene, wanted, node) else { continue };
        if best.as_ref().is_none_or(|(least, _)| size < *least) {
            best = Some((size, change));
        }
        // one pod that asks nothing of what is lacking: nothing is smaller
        if size == (1, 0) {
            break;
        }
    }
    best.map(|(_, change)| change)
}

fn pair(scene: &Scene<'_>, wanted: &Wanted, rows: &[Row]) -> Option<(Change, Change)> {
    let two = rows.iter().filter(|row| row.failing.len() == 2 && !row.by_role).take(MAX_TRIED);
    two.filter_map(|row| {
        let (first, second) = (row.failing.first()?, row.failing.get(1)?);
        let either = [(first, second), (second, first)];
        either.into_iter().find_map(|(one, other)| {
            let one = step(scene, wanted, &row.node, one)?;
            let (scene, wanted) = one.apply(scene, wanted)?;
            let other = step(&scene, &wanted, &row.node, other)
                .or_else(|| move_pods(&scene, &wanted, &row.node).map(|(_, change)| change))?;
            let (scene, wanted) = other.apply(&scene, &wanted)?;
            Filters::of(&scene, &wanted).fits(&row.node).then_some((one, other))
        })
    })
    .min_by_key(|(one, other)| size(one) + size(other))
}
