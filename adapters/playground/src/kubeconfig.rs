//! The kubeconfig with which `kubectl` and podwhy itself reach the simulated clusters: one context each.

use serde_json::{Value, json};

/// As JSON, which is YAML too. No credentials: the server is on loopback and has nothing to protect.
pub(crate) fn kubeconfig<'n>(address: &str, names: impl Iterator<Item = &'n str> + Clone) -> Value {
    let clusters: Vec<Value> = names
        .clone()
        .map(|name| json!({"name": name, "cluster": {"server": format!("http://{address}/clusters/{name}")}}))
        .collect();
    let contexts: Vec<Value> = names
        .clone()
        .map(
            |name| json!({"name": name, "context": {"cluster": name, "user": "you", "namespace": "default"}}),
        )
        .collect();
    let users = [json!({"name": "you", "user": {}})];
    json!({"apiVersion": "v1", "kind": "Config", "current-context": names.clone().next(), "clusters": clusters,
        "contexts": contexts, "users": users})
}
