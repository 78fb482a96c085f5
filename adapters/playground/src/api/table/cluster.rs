//! The cells of nodes, namespaces, services, configuration, quotas, leases and priority classes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Scope;
use super::read::{age, entries, flag, joined, labels, list, name, number, text, text_or};

pub(super) fn node(object: &Value, scope: &Scope) -> Value {
    let info = |field: &str| text_or(object, &format!("/status/nodeInfo/{field}"), "<unknown>");
    let address = |kind: &str| {
        let found = list(object, "/status/addresses").iter().find(|address| text(address, "/type") == kind);
        found.map_or("<none>", |address| text(address, "/address"))
    };
    let kernel = match text(object, "/status/nodeInfo/architecture") {
        "" => info("kernelVersion").to_owned(),
        architecture => format!("{} ({architecture})", info("kernelVersion")),
    };
    json!([
        name(object),
        node_status(object),
        node_roles(object),
        age(object, scope),
        text(object, "/status/nodeInfo/kubeletVersion"),
        address("InternalIP"),
        address("ExternalIP"),
        info("osImage"),
        kernel,
        info("containerRuntimeVersion"),
    ])
}

fn node_status(node: &Value) -> String {
    let ready =
        list(node, "/status/conditions").iter().rfind(|condition| text(condition, "/type") == "Ready");
    let status = match ready.map(|condition| text(condition, "/status")) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    };
    format!("{status}{}", if flag(node, "/spec/unschedulable") { ",SchedulingDisabled" } else { "" })
}

fn node_roles<'a>(node: &'a Value) -> String {
    let role = |(key, value): (&'a str, &'a Value)| {
        match key.strip_prefix("node-role.kubernetes.io/") {
            None if key == "kubernetes.io/role" => value.as_str(),
            role => role,
        }
        .filter(|role| !role.is_empty())
    };
    let roles: BTreeSet<_> = entries(node, "/metadata/labels").into_iter().filter_map(role).collect();
    joined(roles, "<none>")
}

pub(super) fn namespace(object: &Value, scope: &Scope) -> Value {
    json!([name(object), text(object, "/status/phase"), age(object, scope)])
}

pub(super) fn service(object: &Value, scope: &Scope) -> Value {
    let port = |port: &Value| {
        let (number, node, protocol) =
            (number(port, "/port"), number(port, "/nodePort"), text(port, "/protocol"));
        if node > 0 { format!("{number}:{node}/{protocol}") } else { format!("{number}/{protocol}") }
    };
    json!([
        name(object),
        text(object, "/spec/type"),
        text_or(object, "/spec/clusterIPs/0", text_or(object, "/spec/clusterIP", "<none>")),
        external_ip(object),
        joined(list(object, "/spec/ports").iter().map(port), "<none>"),
        age(object, scope),
        labels(object, "/spec/selector"),
    ])
}

/// `getServiceExternalIP`; the server prints wide, so a load balancer's addresses are never clipped.
fn external_ip(service: &Value) -> String {
    let external = list(service, "/spec/externalIPs").iter().filter_map(Value::as_str);
    let address = |ingress| text_or(ingress, "/ip", text(ingress, "/hostname"));
    let ingress = list(service, "/status/loadBalancer/ingress").iter();
    let balancer: BTreeSet<_> = ingress.map(address).filter(|address| !address.is_empty()).collect();
    let (addresses, otherwise): (Vec<&str>, _) = match text(service, "/spec/type") {
        "ClusterIP" | "NodePort" => (external.collect(), "<none>"),
        "LoadBalancer" => (balancer.into_iter().chain(external).collect(), "<pending>"),
        "ExternalName" => (Vec::new(), text(service, "/spec/externalName")),
        _ => (Vec::new(), "<unknown>"),
    };
    joined(addresses, otherwise)
}

pub(super) fn config_map(object: &Value, scope: &Scope) -> Value {
    let keys = entries(object, "/data").len() + entries(object, "/binaryData").len();
    json!([name(object), keys, age(object, scope)])
}

pub(super) fn secret(object: &Value, scope: &Scope) -> Value {
    json!([name(object), text(object, "/type"), entries(object, "/data").len(), age(object, scope)])
}

pub(super) fn quota(object: &Value, scope: &Scope) -> Value {
    let used = entries(object, "/status/used");
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    for (resource, hard) in entries(object, "/status/hard") {
        let used = used.get(resource).and_then(|used| used.as_str()).unwrap_or("0");
        let part = format!("{resource}: {used}/{}", hard.as_str().unwrap_or("0"));
        if resource.starts_with("limits.") { limits.push(part) } else { requests.push(part) }
    }
    json!([name(object), requests.join(", "), limits.join(", "), age(object, scope)])
}

pub(super) fn lease(object: &Value, scope: &Scope) -> Value {
    json!([name(object), text(object, "/spec/holderIdentity"), age(object, scope)])
}

pub(super) fn priority_class(object: &Value, scope: &Scope) -> Value {
    let (value, policy) = (number(object, "/value"), text(object, "/preemptionPolicy"));
    json!([name(object), value, flag(object, "/globalDefault"), age(object, scope), policy])
}

#[cfg(test)]
mod tests {
    use super::super::tests::cells;
    use super::*;

    #[test]
    fn nodes_read_as_on_the_real_server() {
        let node = json!({
            "metadata": { "name": "n1", "creationTimestamp": "2026-11-24T18:40:38Z", "labels": {
                "kubernetes.io/role": "worker", "node-role.kubernetes.io/a": "",
            } },
            "spec": { "unschedulable": true },
            "status": {
                "conditions": [{ "type": "Ready", "status": "Unknown" }],
                "addresses": [{ "type": "InternalIP", "address": "1.2.3.4" }],
                "nodeInfo": { "kubeletVersion": "v1.37.0", "kernelVersion": "6.1", "architecture": "arm64" },
            },
        });
        let status = "NotReady,SchedulingDisabled";
        let expected = json!([
            "n1",
            status,
            "a,worker",
            "14m",
            "v1.37.0",
            "1.2.3.4",
            "<none>",
            "<unknown>",
            "6.1 (arm64)",
            "<unknown>",
        ]);
        assert_eq!(cells(("", "nodes"), node), expected);
    }

    #[test]
    fn services_and_quotas_read_as_on_the_real_server() {
        let service = |kind: &str| {
            cells(
                ("", "services"),
                json!({
                    "metadata": { "name": "s" },
                    "spec": {
                        "type": kind,
                        "clusterIPs": ["10.0.0.31"],
                        "externalIPs": ["7.7.7.7"],
                        "ports": [{ "port": 80, "nodePort": 30960, "protocol": "TCP" }],
                    },
                    "status": { "loadBalancer": {
                        "ingress": [{ "ip": "3.3.3.3" }, { "hostname": "1.org" }],
                    } },
                }),
            )
        };
        let (unknown, port) = ("<unknown>", "80:30960/TCP");
        let balanced = "1.org,3.3.3.3,7.7.7.7";
        let expected = json!(["s", "LoadBalancer", "10.0.0.31", balanced, port, unknown, "<none>"]);
        assert_eq!(service("LoadBalancer"), expected);
        let expected = json!(["s", "ClusterIP", "10.0.0.31", "7.7.7.7", port, unknown, "<none>"]);
        assert_eq!(service("ClusterIP"), expected);
        let quota = json!({ "metadata": { "name": "rq" }, "status": {
            "hard": { "requests.cpu": "2", "limits.cpu": "4", "pods": "10k", "limits.memory": "3Gi" },
            "used": { "requests.cpu": "500m", "limits.cpu": "1", "pods": "3" },
        } });
        let (requests, limits) =
            ("pods: 3/10k, requests.cpu: 500m/2", "limits.cpu: 1/4, limits.memory: 0/3Gi");
        assert_eq!(cells(("", "resourcequotas"), quota), json!(["rq", requests, limits, unknown]));
    }
}
