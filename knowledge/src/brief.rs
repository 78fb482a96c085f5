//! A pod as the scheduler sees its neighbours: small enough to keep ten thousand of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    Container, ContainerStatus, Pod, PodAffinityTerm, PodSpec, PodStatus, Volume,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use crate::quantity::Milli;

/// A port a pod takes on its node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    /// The host address it binds; `0.0.0.0` when the spec names none.
    pub ip: String,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// The port.
    pub port: i32,
}

impl HostPort {
    /// Whether both cannot be on one node: same port and protocol, and addresses that overlap.
    /// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/framework/types.go> (`HostPortInfo`)
    pub fn conflicts(&self, other: &HostPort) -> bool {
        let any = |ip: &str| ip == "0.0.0.0";
        self.port == other.port
            && self.protocol == other.protocol
            && (self.ip == other.ip || any(&self.ip) || any(&other.ip))
    }
}

/// How far a pod's deletion is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// `deletionTimestamp`: when its grace period ends.
    pub ends: Timestamp,
    /// When the deletion was asked for.
    pub asked: Timestamp,
    /// What keeps the object when everything else is done.
    pub finalizers: Vec<String>,
}

impl Leaving {
    /// From a pod's metadata; `None` where it is not being deleted.
    pub fn of(
        ends: Option<Timestamp>,
        grace: Option<i64>,
        finalizers: Option<Vec<String>>,
    ) -> Option<Leaving> {
        let ends = ends?;
        let asked = Timestamp::from_second(ends.as_second() - grace.unwrap_or(30)).unwrap_or(ends);
        Some(Leaving { ends, asked, finalizers: finalizers.unwrap_or_default() })
    }
}

/// One pod in brief.
#[derive(Clone, Debug, PartialEq)]
pub struct PodBrief {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// uid.
    pub uid: String,
    /// The node it is bound to.
    pub node: Option<String>,
    /// Phase, empty when the kubelet never reported.
    pub phase: String,
    /// Being deleted.
    pub deleting: bool,
    /// Since when, where that is known.
    pub leaving: Option<Leaving>,
    /// What it asks for, by resource name.
    pub requests: BTreeMap<String, Milli>,
    /// The ports it takes on the node.
    pub host_ports: Vec<HostPort>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its own required anti-affinity: it keeps others off its topology domains.
    pub anti_affinity: Vec<PodAffinityTerm>,
    /// The names of its claims: each is a volume its node attaches.
    pub claims: Vec<String>,
    /// Moving it is no use: a DaemonSet's pod comes back to its node, and a static pod never left it.
    pub stays: bool,
    /// It has no controller: deleted, it is gone. False where the dump holds it in brief, as that says nothing of it.
    pub alone: bool,
}

impl PodBrief {
    /// The brief of a whole pod.
    pub fn of(pod: &Pod) -> PodBrief {
        let meta = &pod.metadata;
        let spec = pod.spec.as_ref();
        let anti = spec.and_then(|s| s.affinity.as_ref()?.pod_anti_affinity.as_ref());
        PodBrief {
            namespace: meta.namespace.clone().unwrap_or_default(),
            name: meta.name.clone().unwrap_or_default(),
            uid: meta.uid.clone().unwrap_or_default(),
            node: spec.and_then(|s| s.node_name.clone()).filter(|n| !n.is_empty()),
            phase: pod.status.as_ref().and_then(|s| s.phase.clone()).unwrap_or_default(),
            deleting: meta.deletion_timestamp.is_some(),
            leaving: Leaving::of(
                // a brief written without its time has the epoch in its place
                meta.deletion_timestamp.as_ref().map(|at| at.0).filter(|at| *at > Timestamp::UNIX_EPOCH),
                meta.deletion_grace_period_seconds,
                meta.finalizers.clone(),
            ),
            requests: spec.map(|spec| requests_of(spec, pod.status.as_ref())).unwrap_or_default(),
            host_ports: spec.map(host_ports).unwrap_or_default(),
            labels: meta.labels.clone().unwrap_or_default(),
            anti_affinity: anti
                .and_then(|a| a.required_during_scheduling_ignored_during_execution.clone())
                .unwrap_or_default(),
            stays: meta.owner_references.iter().flatten().any(|owner| stays(&owner.kind)),
            alone: is_alone(pod),
            claims: spec
                .map(|spec| claims(spec, meta.name.as_deref().unwrap_or_default()))
                .unwrap_or_default(),
        }
    }

    /// Whether it still holds its node's resources: an ended pod does not.
    pub fn holds_resources(&self) -> bool {
        self.node.is_some() && self.phase != "Failed" && self.phase != "Succeeded"
    }
}

/// What a dump writes on a pod in brief that has no controller.
pub const ALONE: &str = "podwhy.dev/alone";

/// The API server gives every whole pod a QoS class; without one it is held in brief, and its owners are left out.
fn is_alone(pod: &Pod) -> bool {
    let meta = &pod.metadata;
    let whole = pod.status.as_ref().is_some_and(|status| status.qos_class.is_some());
    let marked = meta.annotations.as_ref().is_some_and(|all| all.contains_key(ALONE));
    meta.owner_references.as_ref().is_none_or(Vec::is_empty) && (whole || marked)
}

/// Whether pods of such an owner belong to their node: a DaemonSet's, and a static pod's, which the node itself owns.
pub fn stays(owner_kind: &str) -> bool {
    matches!(owner_kind, "DaemonSet" | "Node")
}

/// The names of a pod's claims, those made for its generic ephemeral volumes among them.
/// <https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#persistentvolumeclaim-naming>
pub fn claims(spec: &PodSpec, pod: &str) -> Vec<String> {
    let claim = |volume: &Volume| {
        let named = volume.persistent_volume_claim.as_ref().map(|claim| claim.claim_name.clone());
        named.or_else(|| volume.ephemeral.as_ref().map(|_| format!("{pod}-{}", volume.name)))
    };
    spec.volumes.iter().flatten().filter_map(claim).collect()
}

/// What a pod asks for: the larger of the app containers' sum and the init containers' peak, sidecars counted in
/// both, replaced by the pod-level request where there is one, plus the runtime's overhead.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/component-helpers/resource/helpers.go>
pub fn requests(spec: &PodSpec) -> BTreeMap<String, Milli> {
    add_up(spec, container_requests)
}

/// What the scheduler counts for a pod that has a node: while its containers are resized in place, the larger of what they
/// ask for and what they have; what they have where the node can never give them more.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/component-helpers/resource/helpers.go> (`determineContainerReqs`)
pub fn requests_of(spec: &PodSpec, status: Option<&PodStatus>) -> BTreeMap<String, Milli> {
    let Some(status) = status else { return requests(spec) };
    let infeasible = status.resize.as_deref() == Some("Infeasible")
        || status.conditions.iter().flatten().any(|c| {
            c.type_ == "PodResizePending" && c.reason.as_deref() == Some("Infeasible") && c.status == "True"
        });
    let states: Vec<&ContainerStatus> =
        status.container_statuses.iter().chain(&status.init_container_statuses).flatten().collect();
    add_up(spec, |container| {
        let asked = container_requests(container);
        // of init containers only a sidecar runs on, and can be resized
        let state = states.iter().find(|state| state.name == container.name && state.resources.is_some());
        let Some(has) = state.map(|state| given(state)) else { return asked };
        if infeasible && !has.is_empty() { has } else { larger(asked, has) }
    })
}

/// What a container has been given on its node.
fn given(state: &ContainerStatus) -> BTreeMap<String, Milli> {
    let amounts = |map: Option<&BTreeMap<String, Quantity>>| -> BTreeMap<String, Milli> {
        let all = map.into_iter().flatten();
        all.filter_map(|(name, amount)| Some((name.clone(), Milli::parse(&amount.0)?))).collect()
    };
    let actual = state.resources.as_ref().and_then(|resources| resources.requests.as_ref());
    larger(amounts(actual), amounts(state.allocated_resources.as_ref()))
}

fn larger(mut one: BTreeMap<String, Milli>, other: BTreeMap<String, Milli>) -> BTreeMap<String, Milli> {
    for (name, amount) in other {
        let slot = one.entry(name).or_default();
        *slot = (*slot).max(amount);
    }
    one
}

fn add_up(spec: &PodSpec, of: impl Fn(&Container) -> BTreeMap<String, Milli>) -> BTreeMap<String, Milli> {
    let mut running = BTreeMap::new();
    for container in &spec.containers {
        add(&mut running, &of(container));
    }
    let mut sidecars = BTreeMap::new();
    let mut peak: BTreeMap<String, Milli> = BTreeMap::new();
    for container in spec.init_containers.iter().flatten() {
        let stays = container.restart_policy.as_deref() == Some("Always");
        let asked = if stays { of(container) } else { container_requests(container) };
        let mut now = sidecars.clone();
        add(&mut now, &asked);
        if stays {
            add(&mut sidecars, &asked);
            add(&mut running, &asked);
        }
        for (name, amount) in now {
            let slot = peak.entry(name).or_default();
            *slot = (*slot).max(amount);
        }
    }
    for (name, amount) in peak {
        let slot = running.entry(name).or_default();
        *slot = (*slot).max(amount);
    }
    for (name, amount) in spec.resources.iter().flat_map(|r| r.requests.iter().flatten()) {
        if let Some(amount) = Milli::parse(&amount.0) {
            running.insert(name.clone(), amount);
        }
    }
    for (name, amount) in spec.overhead.iter().flatten() {
        if let Some(amount) = Milli::parse(&amount.0) {
            let slot = running.entry(name.clone()).or_default();
            *slot = *slot + amount;
        }
    }
    running.retain(|_, amount| amount.0 > 0);
    running
}

/// What one container asks for, by resource name.
pub fn container_requests(container: &Container) -> BTreeMap<String, Milli> {
    let resources = container.resources.as_ref();
    let requests = resources.and_then(|r| r.requests.as_ref());
    let limits = resources.and_then(|r| r.limits.as_ref());
    // the API server copies a limit into a missing request; a template has not been through it
    limits
        .into_iter()
        .flatten()
        .chain(requests.into_iter().flatten())
        .filter_map(|(name, amount)| Some((name.clone(), Milli::parse(&amount.0)?)))
        .collect()
}

fn add(total: &mut BTreeMap<String, Milli>, more: &BTreeMap<String, Milli>) {
    for (name, amount) in more {
        let slot = total.entry(name.clone()).or_default();
        *slot = *slot + *amount;
    }
}

/// The ports the pod takes on its node. With `hostNetwork` every declared port is one.
pub fn host_ports(spec: &PodSpec) -> Vec<HostPort> {
    let host_network = spec.host_network == Some(true);
    let sidecars =
        spec.init_containers.iter().flatten().filter(|c| c.restart_policy.as_deref() == Some("Always"));
    let mut ports: Vec<HostPort> = spec
        .containers
        .iter()
        .chain(sidecars)
        .flat_map(|container| container.ports.iter().flatten())
        .filter_map(|port| {
            let number = port.host_port.filter(|p| *p > 0).or(host_network.then_some(port.container_port))?;
            Some(HostPort {
                ip: port.host_ip.clone().filter(|ip| !ip.is_empty()).unwrap_or_else(|| "0.0.0.0".to_string()),
                protocol: port.protocol.clone().unwrap_or_else(|| "TCP".to_string()),
                port: number,
            })
        })
        .collect();
    ports.sort();
    ports.dedup();
    ports
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cpu(reason: &str, asked: &str, has: &str) -> Option<String> {
        let pod: Pod = serde_json::from_value(json!({
            "metadata": {"name": "a"},
            "spec": {"containers": [{"name": "a", "resources": {"requests": {"cpu": asked}}}]},
            "status": {
                "conditions": [{"type": "PodResizePending", "status": "True", "reason": reason}],
                "containerStatuses": [{
                    "name": "a", "image": "", "imageID": "", "ready": true, "restartCount": 0,
                    "allocatedResources": {"cpu": has}, "resources": {"requests": {"cpu": has}},
                }],
            },
        }))
        .ok()?;
        requests_of(pod.spec.as_ref()?, pod.status.as_ref()).get("cpu").map(|amount| amount.show("cpu"))
    }

    #[test]
    fn a_pod_that_is_resized_counts_with_what_it_has_and_asks() {
        assert_eq!(cpu("Infeasible", "100", "1").as_deref(), Some("1"));
        assert_eq!(cpu("Deferred", "4", "1").as_deref(), Some("4"));
        assert_eq!(cpu("Deferred", "500m", "3").as_deref(), Some("3"));
    }
}
