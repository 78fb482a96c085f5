//! What a node says of itself, and since when it says nothing.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, NodeCondition};

use crate::agent::NodeFacts;
use crate::finding::{Evidence, Source};
use crate::snapshot::Snapshot;

/// A node's Lease is renewed every 10 s and holds for 40; one older than this is no longer renewed.
/// <https://kubernetes.io/docs/concepts/architecture/leases/#node-heart-beats>
pub const LEASE_SECONDS: i64 = 60;

/// Taints that are set only where someone knows that the machine is off.
/// <https://kubernetes.io/docs/reference/labels-annotations-taints/#node-cloudprovider-kubernetes-io-shutdown>
const OFF_TAINTS: [&str; 2] =
    ["node.cloudprovider.kubernetes.io/shutdown", "node.kubernetes.io/out-of-service"];

/// The node's condition of this type.
pub fn condition<'a>(node: &'a Node, name: &str) -> Option<&'a NodeCondition> {
    node.status.as_ref()?.conditions.as_ref()?.iter().find(|c| c.type_ == name)
}

/// Conditions that are well when they are true: Ready, a monitoring agent's NetworkingReady and the like, k3s' EtcdIsVoter, Terway's
/// SufficientIP, the virtual kubelet's KubeletConfigOk.
/// <https://docs.aws.amazon.com/eks/latest/userguide/node-health.html>
fn is_good(condition: &str) -> bool {
    condition.ends_with("Ready")
        || condition.ends_with("Ok")
        || condition.starts_with("Sufficient")
        || condition == "EtcdIsVoter"
}

/// The conditions that name something that should not be: nearly every other one does, those of the node problem
/// detector included.
pub fn troubles(node: &Node) -> impl Iterator<Item = &NodeCondition> {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.into_iter().flatten().filter(|c| !is_good(&c.type_) && c.status == "True")
}

/// `True`, `False` or `Unknown`, and the kubelet's or the node controller's words.
pub fn ready(node: &Node) -> Option<(&str, &str)> {
    let ready = condition(node, "Ready")?;
    Some((ready.status.as_str(), ready.message.as_deref().unwrap_or_default()))
}

/// A node's agents, its network and its drivers among them, start once it has joined: they get this long, in seconds.
const JOINING_SECONDS: i64 = 180;

/// Whether the node joined so lately that its agents may still be starting.
pub fn joined_lately(s: &Snapshot, node: &Node) -> bool {
    let created = node.metadata.creation_timestamp.as_ref().map(|at| at.0);
    created.is_some_and(|at| s.world.knows_the_age_of(at) && s.taken_at().seconds_since(at) < JOINING_SECONDS)
}

/// How old a node is that has only just joined and is not ready yet, while its kubelet reports.
pub fn joining(s: &Snapshot, node: &Node) -> Option<String> {
    let created = node.metadata.creation_timestamp.as_ref()?.0;
    let starting = ready(node).is_some_and(|(status, _)| status == "False")
        && troubles(node).all(|c| c.type_ == "NetworkUnavailable");
    (joined_lately(s, node) && starting).then(|| s.taken_at().age(created))
}

/// Whether the pod's node was read and its kubelet says that it is ready.
pub fn is_ready(s: &Snapshot) -> bool {
    s.node().and_then(ready).is_some_and(|(status, _)| status == "True")
}

/// Whether the pod's containers are ready and the pod is not, because its node says that it is not ready: then the
/// node controller takes the pod's readiness away, and nobody but it leaves that of the containers.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/controller/util/node/controller_utils.go> (`MarkPodsNotReady`)
pub fn is_marked(s: &Snapshot) -> bool {
    let is = |name: &str, wanted: &str| s.condition(name).is_some_and(|c| c.status == wanted);
    s.phase() == "Running"
        && !s.is_deleting()
        && s.node().and_then(ready).is_some_and(|(status, _)| status == "False")
        && is("Ready", "False")
        && is("ContainersReady", "True")
        && s.spec().is_some_and(|spec| spec.readiness_gates.as_ref().is_none_or(Vec::is_empty))
}

/// When the node's Lease was last renewed.
pub fn renewed(s: &Snapshot, node: &str) -> Option<Timestamp> {
    let lease = s.world.leases.get(&("kube-node-lease".to_string(), node.to_string()))?;
    lease.spec.as_ref()?.renew_time.as_ref().map(|t| t.0)
}

/// A Lease that lags behind the other nodes' by more than this many seconds is not merely between two renewals.
const LAG_SECONDS: i64 = 120;

/// Since when a node is silent that still counts as ready: neither its Lease nor its status was renewed, while other nodes
/// renewed theirs. Only those Leases prove the time: all of them are written by their nodes' own clocks.
pub fn unheard_since(s: &Snapshot, name: &str) -> Option<Timestamp> {
    let node = s.world.nodes.get(name)?;
    ready(node).filter(|(status, _)| *status == "True")?;
    renewed(s, name)?;
    let heard = last_heard(s, name)?;
    let mut others: Vec<Timestamp> = (s.world.leases.iter())
        .filter(|((namespace, other), _)| namespace == "kube-node-lease" && other != name)
        .filter_map(|(_, lease)| Some(lease.spec.as_ref()?.renew_time.as_ref()?.0))
        .collect();
    others.sort_unstable();
    // the middle one: a single node's clock may be ahead
    let now = others.get(others.len().checked_sub(1)? / 2)?;
    (now.as_second() - heard.as_second() > LAG_SECONDS).then_some(heard)
}

/// Whether the kubelet of a node that was given up renews its Lease again: it was renewed after that, and just now. A time
/// that lies ahead is of a clock that is wrong, and says nothing.
pub fn speaks_again(s: &Snapshot, name: &str) -> bool {
    let given_up = s.world.nodes.get(name).and_then(|node| condition(node, "Ready")).and_then(|ready| {
        (ready.status == "Unknown").then(|| ready.last_transition_time.as_ref().map(|at| at.0)).flatten()
    });
    let (Some(given_up), Some(renewed)) = (given_up, renewed(s, name)) else { return false };
    let age = s.taken_at().seconds_since(renewed);
    renewed > given_up && (-10..=LEASE_SECONDS).contains(&age)
}

/// The Lease as evidence.
pub fn lease(s: &Snapshot, node: &str) -> Option<Evidence> {
    let renewed = renewed(s, node)?;
    let text = format!("renewed {} ago", s.taken_at().age(renewed));
    Some(Evidence::new(Source::Node, format!("Lease kube-node-lease/{node}"), Some(renewed), text))
}

/// The node's taint that says that the machine is off, if it has one.
pub fn known_off(node: &Node) -> Option<&str> {
    let taints = node.spec.as_ref()?.taints.as_ref()?;
    taints.iter().map(|t| t.key.as_str()).find(|key| OFF_TAINTS.contains(key))
}

/// The kubelet's last sign of life: its Lease, or where that was not read, its status.
pub fn last_heard(s: &Snapshot, name: &str) -> Option<Timestamp> {
    let status = s.world.nodes.get(name).and_then(|node| condition(node, "Ready"));
    let heartbeat = status.and_then(|c| c.last_heartbeat_time.as_ref()).map(|t| t.0);
    renewed(s, name).into_iter().chain(heartbeat).max()
}

/// The agent's report, if it was made after the kubelet was last heard: then the machine outlived it.
pub fn outlived_by_agent<'a>(s: &'a Snapshot, name: &str) -> Option<(&'a NodeFacts, Timestamp)> {
    let facts = s.world.agents.get(name)?;
    let reported = facts.reported_at?;
    let heard = last_heard(s, name)?;
    (reported.as_second() > heard.as_second() + LEASE_SECONDS).then_some((facts.as_ref(), reported))
}

/// A pod of the node that still renews a Lease of its own (a leader's) after the kubelet fell silent: the machine is
/// alive and reaches the API server. (lease, pod, when)
pub fn outlived_by_leader(s: &Snapshot, name: &str) -> Option<(String, String, Timestamp)> {
    let heard = renewed(s, name)?;
    let after = |at: Timestamp| at.as_second() > heard.as_second() + LEASE_SECONDS;
    s.world.leases.iter().find_map(|((namespace, lease), object)| {
        if namespace == "kube-node-lease" {
            return None;
        }
        let spec = object.spec.as_ref()?;
        let (holder, at) = (spec.holder_identity.as_deref()?, spec.renew_time.as_ref()?.0);
        // client-go's holders are `<hostname>_<uuid>`, and a pod's hostname is its name
        let host = holder.split('_').next()?;
        let pod = s.world.pods_on(name).find(|pod| pod.name == host)?;
        after(at).then(|| (format!("{namespace}/{lease}"), pod.name.clone(), at))
    })
}

/// A piece of the agent's report.
pub fn from_agent(node: &str, at: Option<Timestamp>, text: impl Into<String>) -> Evidence {
    Evidence::new(Source::Agent, format!("Node {node}"), at, text)
}

/// A kubelet's version as (major, minor).
pub fn minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split('.');
    let number = |text: Option<&str>| text?.trim_end_matches('+').parse().ok();
    Some((number(parts.next())?, number(parts.next())?))
}
