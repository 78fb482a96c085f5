//! The node's pod network is not set up: the kubelet makes no sandbox that needs it.

use k8s_openapi::api::core::v1::Node;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::node_state::{self, is_marked};
use crate::remedy::RemedyKind;
use crate::sandbox::{NodeWords, Trouble, failure, lacks_sandbox, on_host_network, unwell_network_pod};
use crate::snapshot::Snapshot;
use crate::target::Kind;
use crate::wording::{Wording, first_match};

/// `cni-not-ready`
pub const CAUSE: Cause = Cause {
    id: "cni-not-ready",
    stage: Some(Stage::Sandbox),
    since: "0.1.0",
    hides: &["container-runtime-timeout", "nodes-not-ready", "sandbox-network-failed", "taint-not-tolerated"],
    expected: false,
    remedies: &[
        RemedyKind::words("look-at-plugin"),
        RemedyKind::words("install-plugin"),
        RemedyKind::words("give-pod-cidr"),
    ],
    wordings: &[
        Wording::telling(
            r"cni config uninitialized|cni plugin not initialized|NetworkPluginNotReady|network plugin is not ready|No networks found in \S*/net\.d|No CNI configuration file in|no network config(uration)? found in|Missing CNI default network",
            "Container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:docker: network plugin is not ready: cni config uninitialized",
            "kubelet 1.5–1.37 with dockershim, containerd, CRI-O",
        ),
        Wording::telling(
            r"Kubenet does not have netConfig|lack of PodCIDR|kubenet.{0,40}no PodCIDR|no podCidr for node \S+",
            "network is not ready: [Kubenet does not have netConfig. This is most likely due to lack of PodCIDR]",
            "kubelet 1.2–1.23 with kubenet, calico with host-local",
        ),
        Wording::telling(
            r"loadFlannelSubnetEnv failed|/run/flannel/subnet\.env: no such file",
            r#"plugin type="flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory"#,
            "flannel 0.5–0.26",
        ),
        Wording::telling(
            r"stat /var/lib/calico/nodename: no such file",
            "stat /var/lib/calico/nodename: no such file or directory: check that the calico/node container is running and has mounted /var/lib/calico/",
            "calico 3.x",
        ),
        Wording::telling(
            r"have you checked that your default network is ready|waiting for readiness ?indicator ?file",
            "Multus: [shop/web-0]: have you checked that your default network is ready? still waiting for readinessindicatorfile @ /host/run/multus/cni/net.d/10-ovn-kubernetes.conf. pollimmediate error: timed out waiting for the condition",
            "multus 3.7–4.x",
        ),
        Wording::hint(
            r"network is not ready|NetworkNotReady|NetworkUnavailable",
            "NetworkNotReady",
            "kubelet 1.8–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    node: String,
    runtime: String,
    since: Option<String>,
    /// The plugin's pod on the node, if it is in the world and not well.
    plugin_pod: Option<String>,
    plugin_ailment: Option<String>,
    plugin_namespace: Option<String>,
    plugin_name: Option<String>,
    /// The node was given no range for its pods.
    no_pod_cidr: bool,
    /// The plugin's configuration is there, its daemon has not done its part.
    flannel: bool,
    calico: bool,
    /// No node was chosen because of this.
    unscheduled: bool,
    nodes: usize,
    /// The pod runs, and counts as not ready because its node does.
    marked: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if let Some(node) = s.object_of(Kind::Node) {
        if s.node().is_some_and(|node| node_state::joining(s, node).is_some()) {
            return Vec::new();
        }
        return of_node(s, &node.name).into_iter().collect();
    }
    if is_marked(s) {
        let found = s.node_name().and_then(|name| of_node(s, name));
        return found.map(|found| found.because_all(s.from_condition("Ready"))).into_iter().collect();
    }
    if s.is_unscheduled() {
        return no_node_has_a_network(s).into_iter().collect();
    }
    // the kubelet starts pods on the host's network whatever the plugin's state
    if !lacks_sandbox(s) || s.pod().is_none_or(on_host_network) {
        return Vec::new();
    }
    let condition = s.node().and_then(without_network);
    let failure = failure(s, Trouble::NotReady).filter(|f| {
        // what the kubelet said before the node became ready is over
        let recovered = s.node().filter(|_| condition.is_none()).and_then(ready_since);
        f.event.reason != "NetworkNotReady" || recovered.zip(f.event.at).is_none_or(|(ready, at)| at >= ready)
    });
    let words = failure.as_ref().map(|f| f.words.to_string()).unwrap_or_default();
    let confidence = match (&condition, &failure) {
        (Some(_), _) => Confidence::Certain,
        // a node that is ready has a plugin by now, if the kubelet's word is about that
        (None, Some(f)) if f.event.reason == "NetworkNotReady" && s.node().is_some() => Confidence::Likely,
        (None, Some(f)) => f.confidence(s),
        (None, None) => return Vec::new(),
    };
    let node = NodeWords::of(s);
    let facts = facts(s, &node, &words, false, 1);
    let evidence = failure.iter().flat_map(|f| f.evidence(s));
    let found = Match::new(confidence, Blame::global("Node", &node.node), facts)
        .because_all(condition)
        .because_all(evidence);
    vec![found]
}

/// Asked about the node itself, or a pod that runs there and counts as not ready for it: the node's own condition is the proof.
fn of_node(s: &Snapshot, name: &str) -> Option<Match> {
    let condition = s.node().and_then(without_network)?;
    let words = NodeWords { node: name.to_string(), ..NodeWords::of(s) };
    let facts = Facts { marked: s.pod().is_some(), ..facts(s, &words, "", false, 1) };
    Some(Match::new(Confidence::Certain, Blame::global("Node", name), facts).because(condition))
}

/// The node's Ready condition, when it is False for want of a network plugin.
/// <https://kubernetes.io/docs/reference/node/node-status/#condition>
pub fn without_network(node: &Node) -> Option<Evidence> {
    let (status, message) = node_state::ready(node)?;
    let told = status == "False" && first_match(CAUSE.wordings, message).is_some();
    told.then(|| Evidence::node_condition(node, "Ready")).flatten()
}

/// The condition of a cloud's route controller, or of a plugin that keeps it: pods are not sent to such a node.
fn without_route(node: &Node) -> Option<Evidence> {
    let told = node_state::condition(node, "NetworkUnavailable")?.status == "True";
    told.then(|| Evidence::node_condition(node, "NetworkUnavailable")).flatten()
}

fn ready_since(node: &Node) -> Option<jiff::Timestamp> {
    let ready = node_state::condition(node, "Ready").filter(|c| c.status == "True")?;
    ready.last_transition_time.as_ref().map(|t| t.0)
}

/// A cluster no node of which has a network: nothing but what is on the hosts' network is ever scheduled.
fn no_node_has_a_network(s: &Snapshot) -> Option<Match> {
    let (message, _, _) = s.scheduler_message()?;
    let told = ["not-ready", "not ready", "network-unavailable", "NodeNetworkUnavailable"];
    if !told.iter().any(|word| message.contains(word)) {
        return None;
    }
    let open = |node: &&std::sync::Arc<Node>| {
        !node.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or(false)
    };
    let nodes: Vec<_> = s.world.nodes.values().filter(open).collect();
    let evidence: Vec<Evidence> =
        nodes.iter().filter_map(|n| without_network(n).or_else(|| without_route(n))).collect();
    // with one node that has a network, what keeps the pod from it is the cause
    if nodes.is_empty() || evidence.len() < nodes.len() {
        return None;
    }
    let name = nodes.first()?.metadata.name.clone().unwrap_or_default();
    let node = NodeWords { node: name.clone(), ..NodeWords::default() };
    let facts = facts(s, &node, "", true, nodes.len());
    Some(
        Match::new(Confidence::Certain, Blame::global("Node", &name), facts)
            .because_all(evidence.into_iter().take(3))
            .because_all(s.from_scheduler()),
    )
}

fn facts(s: &Snapshot, words: &NodeWords, message: &str, unscheduled: bool, nodes: usize) -> Facts {
    let node = s.world.nodes.get(&words.node);
    let ready = node.and_then(|node| node_state::condition(node, "Ready")).filter(|c| c.status == "False");
    let said = format!("{message} {}", ready.and_then(|c| c.message.as_deref()).unwrap_or_default());
    let since = ready.and_then(|c| c.last_transition_time.as_ref()).map(|t| s.taken_at().age(t.0));
    let plugin = unwell_network_pod(s, &words.node, &said);
    let named = plugin.as_ref().and_then(|(pod, _)| pod.split_once('/'));
    let cidr = node.and_then(|node| node.spec.as_ref()?.pod_cidr.as_ref());
    Facts {
        node: words.node.clone(),
        runtime: words.runtime.clone(),
        since,
        plugin_namespace: named.map(|(namespace, _)| namespace.to_string()),
        plugin_name: named.map(|(_, name)| name.to_string()),
        plugin_pod: plugin.as_ref().map(|(pod, _)| pod.clone()),
        plugin_ailment: plugin.map(|(_, ailment)| ailment),
        no_pod_cidr: said.to_ascii_lowercase().contains("podcidr")
            || (said.contains("flannel") && node.is_some() && cidr.is_none()),
        flannel: said.contains("flannel"),
        calico: said.contains("/var/lib/calico"),
        unscheduled,
        nodes,
        marked: false,
    }
}
