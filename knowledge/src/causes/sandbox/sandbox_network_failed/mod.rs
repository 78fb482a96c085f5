//! The network plugin was asked for the pod's network and failed.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Stage};
use crate::remedy::RemedyKind;
use crate::sandbox::{NodeWords, Trouble, failure, is_refused, unnamed, unwell_network_pod};
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `sandbox-network-failed`
pub const CAUSE: Cause = Cause {
    id: "sandbox-network-failed",
    stage: Some(Stage::Sandbox),
    since: "0.1.0",
    hides: &["container-runtime-timeout"],
    expected: false,
    remedies: &[
        RemedyKind::words("look-at-plugin"),
        RemedyKind::words("mend-request"),
        RemedyKind::words("mend-node"),
    ],
    wordings: &[
        Wording::telling(
            r"cannot find a?\s?network-attachment-definition \(?(?P<name>[^)\s]+)\)? in namespace \(?(?P<namespace>[^)\s:]+)\)?",
            r#"error getting k8s network: cannot find a network-attachment-definition (macvlan-conf) in namespace (shop): network-attachment-definitions.k8s.cni.cncf.io "macvlan-conf" not found"#,
            "multus 3.x–4.x",
        )
        .blames("NetworkAttachmentDefinition"),
        Wording::telling(
            r"static IP allocation failed|duplicate allocation is not allowed|requested (IP|address).{0,80}(not available|already|in use|out of)|(IP|address) \S+ (is|has been|was) already (in use|assigned|allocated|taken)|IP address is (already )?(in use|assigned)|given static IP",
            r#"CNI operation for network:sriov-o1c failed with:IP address reservation failed for network:sriov-o1c with error:static IP allocation failed, requested IP address:10.9.8.7 is not available"#,
            "DANM, host-local, calico, kube-ovn",
        ),
        Wording::telling(
            r#"failed to find plugin \\*"(?P<plugin>[^"\\]+)\\*" in path"#,
            r#"plugin type="calico" failed (add): failed to find plugin "calico" in path [/opt/cni/bin]"#,
            "libcni 0.6–1.3",
        ),
        Wording::telling(
            r"unable to connect to Cilium (daemon|agent)|dummy/: dial|cni-server\.sock|127\.0\.0\.1:(50051|6784|61678)|AddNetwork gRPC call|multus.{0,60}(socket|server)|CNI request failed with status|Failed to send CNI request",
            r#"plugin type="cilium-cni" failed (add): unable to connect to Cilium daemon: failed to create cilium agent client after 30.000000 seconds timeout: Get "http:///var/run/cilium/cilium.sock/v1/config": dial unix /var/run/cilium/cilium.sock: connect: no such file or directory"#,
            "cilium, Amazon VPC CNI, weave, OVN-Kubernetes, multus 4",
        ),
        Wording::telling(
            r#"(failed|unable) to (set ?up|setup) (pod )?network|network for (pod|sandbox)|failed to set up sandbox container .{0,80}network|networkPlugin (cni|kubenet) failed|SetupNetworkError|CNI network could not be set up|error adding pod \S+ to CNI network|failed to create pod network sandbox|plugin type=\\*"[^"]+".{0,60}failed \(add\)|ErrorAddingLogicalPort"#,
            r#"Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "3c05350cf571": plugin type="calico" failed (add): error getting ClusterInformation: connection is unauthorized: Unauthorized"#,
            "dockershim, containerd, CRI-O",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

const DEFINITION: usize = 0;
const STATIC_ADDRESS: usize = 1;
const BINARY: usize = 2;

#[derive(Default, Serialize)]
struct Facts {
    node: String,
    runtime: String,
    plugin: Option<String>,
    /// The NetworkAttachmentDefinition that is missing, as namespace/name.
    definition: Option<String>,
    definition_namespace: Option<String>,
    definition_name: Option<String>,
    /// The file that is not in /opt/cni/bin.
    binary: Option<String>,
    address: Option<String>,
    static_address: bool,
    refused: bool,
    unauthorized: bool,
    timeout: bool,
    other: bool,
    /// A server that the plugin calls on another machine is not reached.
    remote: bool,
    plugin_pod: Option<String>,
    plugin_ailment: Option<String>,
    plugin_namespace: Option<String>,
    plugin_name: Option<String>,
    words: String,
    owner: String,
}

static PLUGIN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"plugin type=\\?"([\w.-]+)\\?""#).ok());
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:address|IP(?: addr\w*)?)[ :=(]+((?:\d{1,3}\.){3}\d{1,3})|((?:\d{1,3}\.){3}\d{1,3}) (?:has been|is already)").ok()
});

static CALLED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"dial tcp \[?([0-9a-fA-F.:]*[0-9a-fA-F])\]?:\d+: (?:connect: |i/o )").ok());

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(failure) = failure(s, Trouble::Network) else { return Vec::new() };
    let node = NodeWords::of(s);
    let facts = facts(s, &node, failure.words);
    let blame = match (&facts.definition_namespace, &facts.definition_name) {
        (Some(namespace), Some(name)) => Blame::namespaced("NetworkAttachmentDefinition", namespace, name),
        // what asks for the address is to be edited, and nothing on the node
        _ if facts.static_address => s.top_owner(),
        _ => Blame::global("Node", &node.node),
    };
    vec![Match::new(failure.confidence(s), blame, facts).because_all(failure.evidence(s))]
}

fn facts(s: &Snapshot, node: &NodeWords, words: &str) -> Facts {
    let plain = unnamed(words);
    let lower = plain.to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    let named = |group: &str| CAUSE.wordings[DEFINITION].capture(words, group).map(str::to_string);
    let plugin = unwell_network_pod(s, &node.node, words);
    let split = plugin.as_ref().and_then(|(pod, _)| pod.split_once('/'));
    let owner = s.top_owner();
    let mut facts = Facts {
        node: node.node.clone(),
        runtime: node.runtime.clone(),
        plugin: PLUGIN.as_ref().and_then(|re| re.captures(words)).map(|c| c[1].to_string()),
        definition_namespace: named("namespace"),
        definition_name: named("name"),
        binary: CAUSE.wordings[BINARY].capture(words, "plugin").map(str::to_string),
        static_address: CAUSE.wordings[STATIC_ADDRESS].matches(words),
        plugin_namespace: split.map(|(namespace, _)| namespace.to_string()),
        plugin_name: split.map(|(_, name)| name.to_string()),
        plugin_pod: plugin.as_ref().map(|(pod, _)| pod.clone()),
        plugin_ailment: plugin.as_ref().map(|(_, ailment)| ailment.clone()),
        words: essence(words),
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        ..Facts::default()
    };
    facts.definition = facts
        .definition_namespace
        .as_ref()
        .zip(facts.definition_name.as_ref())
        .map(|(namespace, name)| format!("{namespace}/{name}"));
    if facts.static_address {
        let found = ADDRESS.as_ref().and_then(|re| re.captures(words));
        facts.address = found.and_then(|c| c.get(1).or(c.get(2))).map(|m| m.as_str().to_string());
    }
    let known = facts.definition.is_some() || facts.binary.is_some() || facts.static_address;
    match () {
        () if known => {}
        // not the plugin's daemon is silent, but a server that the plugin asks: its words name it
        () if calls_elsewhere(&plain) => (facts.other, facts.remote) = (true, true),
        () if says(&[
            "connection refused",
            "no such file or directory",
            "unavailable",
            "unable to connect",
        ]) =>
        {
            facts.refused = true;
        }
        () if says(&["deadline exceeded", "timed out", "timeout"]) => facts.timeout = true,
        () if is_refused(&plain) || says(&["x509:"]) => facts.unauthorized = true,
        () => facts.other = true,
    }
    facts
}

/// Whether another machine was called, and not reached.
fn calls_elsewhere(words: &str) -> bool {
    let called = CALLED.as_ref().and_then(|re| re.captures(words));
    called.is_some_and(|c| !c[1].starts_with("127.") && &c[1] != "::1")
}

/// The last part of the message: what comes before it is who called whom, with an id that tells nobody anything.
fn essence(words: &str) -> String {
    const MAX: usize = 120;
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let after = ["failed (add): ", "network: ", "for sandbox "];
    let tail = after.iter().find_map(|mark| line.rsplit_once(mark)).map_or(line.as_str(), |(_, tail)| tail);
    crate::evidence::cut(tail, MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daemon_on_the_node_is_no_other_server() {
        assert!(calls_elsewhere("network: dial tcp 10.1.0.5:2379: connect: connection refused"));
        assert!(calls_elsewhere("dial tcp [fd00::1]:443: i/o timeout"));
        assert!(!calls_elsewhere("dial tcp 127.0.0.1:6784: connect: connection refused"));
        assert!(!calls_elsewhere("dial unix /var/run/cilium/cilium.sock: connect: no such file"));
    }
}
