//! The scheduler's filters, each node through all of them: the scheduler itself stops at the first that refuses.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Node, PodSpec, Taint};

use super::affinity::{matches, named, unmatched};
use super::message::Class;
use super::pods::{Around, lacks_namespaces};
use super::reason::Reason;
use super::room::{ledger, ports_held, shortages, too_many_pods};
use super::scene::Scene;
use super::spreading::{Spread, spreads};
use super::table::Row;
use super::taint::{UNSCHEDULABLE, is_condition, tolerates_cordon, untolerated};
use super::volumes::Volumes;
use super::wanted::Wanted;
use crate::quantity::Milli;

/// How namespaces that were not read are told of: their names may not be everyone's to know.
pub const NAMESPACE_LABELS: &str = "labels of Namespaces";

/// All filters, made ready for one pod.
#[derive(Clone, Debug)]
pub struct Filters<'a, 'w> {
    scene: &'a Scene<'w>,
    wanted: &'a Wanted,
    named: Option<BTreeSet<&'a str>>,
    around: Around,
    spreads: Vec<Spread>,
    volumes: Volumes,
    unread: Vec<String>,
}

impl<'a, 'w> Filters<'a, 'w> {
    /// What concerns all nodes is looked up here, once.
    pub fn of(scene: &'a Scene<'w>, wanted: &'a Wanted) -> Filters<'a, 'w> {
        // a spec without its pod is a template: it has no neighbours yet
        let template = wanted.namespace.is_empty();
        let volumes = if template { Volumes::default() } else { Volumes::of(scene, wanted) };
        let mut unread = volumes.unread.clone();
        if !template && lacks_namespaces(scene, wanted) {
            unread.push(NAMESPACE_LABELS.to_string());
        }
        Filters {
            scene,
            wanted,
            named: named(&wanted.spec),
            around: if template { Around::default() } else { Around::of(scene, wanted) },
            spreads: if template { Vec::new() } else { spreads(scene, wanted) },
            volumes,
            unread,
        }
    }

    /// How pods are spread now, for each constraint.
    pub fn spreads(&self) -> &[Spread] {
        &self.spreads
    }

    /// What was looked for around the pod.
    pub fn around(&self) -> &Around {
        &self.around
    }

    /// Objects that were not read and could keep the pod off nodes.
    pub fn unread(&self) -> &[String] {
        &self.unread
    }

    /// One row for every node.
    pub fn rows(&self) -> Vec<Row> {
        self.scene.nodes().map(|(name, node)| self.row(name, node)).collect()
    }

    /// Whether the pod fits on the node.
    pub fn fits(&self, name: &str) -> bool {
        self.scene.node(name).is_some_and(|node| self.row(name, node).failing.is_empty())
    }

    /// The classes that keep the pod off a node.
    pub fn failing(&self, name: &str) -> Vec<Class> {
        self.scene.node(name).map(|node| self.row(name, node).failing).unwrap_or_default()
    }

    /// The classes only: a big cluster has thousands of rows, and few are ever put into words.
    fn row(&self, name: &str, node: &Node) -> Row {
        let (spec, asked) = (&self.wanted.spec, &self.wanted.asked);
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
        if !ports_held(self.scene, asked, name).is_empty() {
            failing.push(Class::HostPort);
        }
        let entries: Vec<_> = ledger(self.scene, asked, name).collect();
        let short = entries.iter().filter(|entry| entry.asked > entry.free());
        failing.extend(short.map(|short| Class::Resource(short.resource.clone())));
        if too_many_pods(self.scene, name).is_some() {
            failing.push(Class::TooManyPods);
        }
        self.volumes_refuse(name, node, &mut failing);
        if self.spreads.iter().any(|spread| spread.skew(node).is_some()) {
            failing.push(Class::TopologySpread);
        }
        for clash in self.around.clashes(node) {
            if !failing.contains(&clash.class()) {
                failing.push(clash.class());
            }
        }
        let by_role = taints.iter().all(|(_, taint)| taint.key.starts_with("node-role.kubernetes.io/"));
        let mut devices = entries.iter().filter(|entry| is_device(&entry.resource));
        Row {
            node: name.to_string(),
            failing,
            by_role: by_role && !taints.is_empty(),
            has_devices: devices.all(|entry| entry.allocatable > Milli::default()),
            passed_over: self.named.as_ref().is_some_and(|named| !named.contains(name)),
        }
    }

    fn volumes_refuse(&self, name: &str, node: &Node, failing: &mut Vec<Class>) {
        if self.volumes.is_empty() {
            return;
        }
        if self.volumes.full(self.scene, name).is_some() {
            failing.push(Class::VolumeLimit);
        }
        if !self.volumes.elsewhere(node).is_empty() {
            failing.push(Class::VolumePlace);
        }
    }

    /// Why the node was refused, with names and numbers; in the order of [`row`](Self::rows).
    pub fn reasons(&self, name: &str) -> Vec<Reason> {
        let Some(node) = self.scene.node(name) else {
            return Vec::new();
        };
        let (spec, asked) = (&self.wanted.spec, &self.wanted.asked);
        let mut reasons = Vec::new();
        if is_cordoned(node) && !tolerates_cordon(spec) {
            reasons.push(Reason::Cordoned);
        }
        reasons
            .extend(taints(spec, node).into_iter().map(|(class, taint)| Reason::Taint(class, taint.clone())));
        reasons.extend(unmatched(spec, node).into_iter().map(Reason::Label));
        for (port, place) in ports_held(self.scene, asked, name) {
            reasons.push(Reason::Port(port, self.pod(place)));
        }
        reasons.extend(shortages(self.scene, asked, name).into_iter().map(Reason::Short));
        reasons.extend(too_many_pods(self.scene, name).map(|(pods, limit)| Reason::TooManyPods(pods, limit)));
        reasons.extend(self.volumes.full(self.scene, name).map(Reason::VolumesFull));
        reasons.extend(self.volumes.elsewhere(node).into_iter().map(Reason::VolumeElsewhere));
        for spread in &self.spreads {
            reasons.extend(spread.skew(node).map(|skew| Reason::skew(spread, &skew)));
        }
        let clashes = self.around.clashes(node);
        reasons.extend(clashes.iter().map(|clash| Reason::clash(clash, |place| self.pod(place))));
        reasons
    }

    fn pod(&self, place: usize) -> String {
        self.scene.pod(place).map(|pod| format!("{}/{}", pod.namespace, pod.name)).unwrap_or_default()
    }
}

/// Extended resources and huge pages: some nodes have them, and only those are meant for a pod that asks for one.
pub fn is_device(resource: &str) -> bool {
    resource.contains('/') || resource.starts_with("hugepages-")
}

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go>
pub(super) fn is_cordoned(node: &Node) -> bool {
    node.spec.as_ref().is_some_and(|s| s.unschedulable == Some(true))
}

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/framework/plugins/tainttoleration/taint_toleration.go>
fn taints<'n>(spec: &PodSpec, node: &'n Node) -> Vec<(Class, &'n Taint)> {
    let untolerated = untolerated(spec, node).into_iter();
    // what `kubectl cordon` adds says no more than the node's own field
    let own = untolerated.filter(|t| t.key != UNSCHEDULABLE || !is_cordoned(node));
    own.map(|taint| (taint_class(taint), taint)).collect()
}

fn taint_class(taint: &Taint) -> Class {
    if taint.key == UNSCHEDULABLE {
        Class::Unschedulable
    } else if is_condition(taint) {
        Class::NotReady
    } else {
        Class::Taint
    }
}
