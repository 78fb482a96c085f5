//! The pod of the network plugin on a node.

use k8s_openapi::api::core::v1::Pod;

use super::on_host_network;
use crate::container::{ContainerKind, containers};
use crate::snapshot::Snapshot;

/// Parts of the names of plugins' pods; several DaemonSets of other kinds have them in their names as well.
const KNOWN: &[&str] = &[
    "calico",
    "flannel",
    "cilium",
    "weave",
    "aws-node",
    "azure-cni",
    "azure-cns",
    "kindnet",
    "antrea",
    "ovn",
    "multus",
    "canal",
    "kube-router",
    "whereabouts",
    "sdn",
    "network",
    "cni",
    "terway",
    "romana",
];

/// What a message names a plugin by, where that is not a part of its pod's name: the ports on which their daemons listen.
const ALIASES: &[(&str, &str)] = &[
    ("aws-node", "aws-cni"),
    ("aws-node", "127.0.0.1:50051"),
    ("weave", "127.0.0.1:6784"),
    ("azure-cni", "azure-vnet"),
    ("azure-cns", "azure-vnet"),
    ("azure-cns", "azure cns"),
    ("sdn", "openshift-sdn"),
    ("sdn", "openshift sdn"),
    ("canal", "flannel"),
    ("canal", "calico"),
];

/// The pod of the network plugin on a node, when it is in the world and not well: (namespace/name, what ails it). `words`
/// are what was said of the plugin.
pub fn unwell_network_pod(s: &Snapshot, node: &str, words: &str) -> Option<(String, String)> {
    let words = words.to_ascii_lowercase();
    let ours = |name: &str, pod: &Pod| {
        let parts: Vec<&&str> = KNOWN.iter().filter(|part| name.contains(**part)).collect();
        !parts.is_empty() && (installs(pod) || parts.iter().any(|part| is_named(part, &words)))
    };
    let on_node = |pod: &Pod| pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) == Some(node);
    let placed = |pod: &Pod| on_node(pod) && on_host_network(pod) && is_of_daemon_set(pod);
    s.world.pods.iter().filter(|((_, name), object)| placed(&object.pod) && ours(name, &object.pod)).find_map(
        |((namespace, name), object)| {
            let ailment = ailment(&object.pod)?;
            Some((format!("{namespace}/{name}"), ailment))
        },
    )
}

/// Whether the words name the plugin. What every plugin is called says nothing of which.
fn is_named(part: &str, words: &str) -> bool {
    let says_which = !matches!(part, "network" | "cni" | "sdn" | "ovn");
    says_which && words.contains(part)
        || (part == "ovn" && words.contains("ovn-k"))
        || ALIASES.iter().any(|(pods, alias)| *pods == part && words.contains(alias))
}

fn is_of_daemon_set(pod: &Pod) -> bool {
    pod.metadata.owner_references.iter().flatten().any(|owner| owner.kind == "DaemonSet")
}

/// Whether the pod mounts the folders in which the runtime looks for plugins and their configuration: it puts them there.
/// Weave's mounts what these are in.
/// <https://github.com/containernetworking/cni/blob/v1.1.2/SPEC.md>, <https://github.com/weaveworks/weave/blob/v2.8.1/prog/weave-kube/weave-daemonset-k8s-1.11.yaml>
fn installs(pod: &Pod) -> bool {
    let volumes = pod.spec.as_ref().and_then(|spec| spec.volumes.as_ref()).into_iter().flatten();
    let paths: Vec<&str> =
        volumes.filter_map(|v| Some(v.host_path.as_ref()?.path.trim_end_matches('/'))).collect();
    paths.iter().any(|path| path.contains("/cni/") || path.ends_with("/cni"))
        || ["/opt", "/etc"].iter().all(|whole| paths.contains(whole))
}

/// `kube-flannel CrashLoopBackOff`: the first container of a pod that is not ready, and why.
fn ailment(pod: &Pod) -> Option<String> {
    let views = containers(pod);
    let bad = views.iter().find(|c| {
        let done = c.terminated().is_some_and(|end| end.exit_code == 0);
        c.kind != ContainerKind::Ephemeral && c.status.is_some() && !c.is_ready() && !done
    })?;
    let reason = match (bad.waiting(), bad.terminated()) {
        (Some((reason, _)), _) => reason.to_string(),
        (None, Some(end)) => end.reason.clone().unwrap_or_else(|| format!("exit code {}", end.exit_code)),
        (None, None) => "not ready".to_string(),
    };
    Some(format!("{} {reason}", bad.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(path: &str) -> Pod {
        let volumes = serde_json::json!([{"name": "a", "hostPath": {"path": path}}]);
        serde_json::from_value(serde_json::json!({"spec": {"containers": [], "volumes": volumes}})).unwrap()
    }

    #[test]
    fn a_plugins_pod_installs_it_or_is_named() {
        assert!(installs(&pod("/etc/cni/net.d")) && installs(&pod("/opt/cni/bin/")));
        assert!(!installs(&pod("/var/log")) && !installs(&pod("/etc")));
        assert!(is_named("cilium", r#"plugin type="cilium-cni" failed (add)"#));
        assert!(is_named("weave", "post http://127.0.0.1:6784/ip/abc: connection refused"));
        assert!(
            !is_named("network", "failed to setup network") && !is_named("flannel", "plugin type=calico")
        );
    }
}
