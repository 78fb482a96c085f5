//! Pods: bound ones that are in the way, and waiting ones that ask for much.

use serde_json::{Value, json};

use super::node::{DRIVER, ZONES};
use super::{Cluster, NAMESPACES};
use crate::random::Random;

const APPS: [&str; 4] = ["web", "cache", "db", "ranker"];

const KEYS: [&str; 4] = ["kubernetes.io/hostname", "topology.kubernetes.io/zone", "pool", "disk"];

pub(super) fn bound(cluster: &mut Cluster, random: &mut Random, name: &str, on: &str) -> Value {
    let mut pod = pod(random, name, random_amounts);
    pod["spec"]["nodeName"] = json!(on);
    // a bound pod tolerates where it is
    pod["spec"]["tolerations"] = json!([{"operator": "Exists"}]);
    if random.chance(25) {
        let terms: Vec<Value> = (0..random.between(1, 2)).map(|_| term(random)).collect();
        pod["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
            Value::Array(terms);
    }
    if random.chance(15) {
        ports(random, &mut pod);
        drop_port_that_is_taken(cluster, &mut pod);
    }
    if random.chance(25) {
        volume(cluster, random, name, &mut pod);
    }
    if random.chance(8) {
        // kwok finishes the pods of Jobs: they hold nothing any more
        pod["metadata"]["ownerReferences"] =
            json!([{"apiVersion": "batch/v1", "kind": "Job", "name": name, "uid": name}]);
        pod["spec"]["restartPolicy"] = json!("Never");
    } else if random.chance(10) {
        pod["metadata"]["finalizers"] = json!(["oracle.example.com/stays"]);
    } else if random.chance(10) {
        pod["metadata"]["ownerReferences"] =
            json!([{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": name, "uid": name}]);
    }
    pod
}

/// Adds one thing that a pod may ask for.
type Feature = fn(&mut Cluster, &mut Random, &str, &[String], &mut Value);

pub(super) fn waiting(cluster: &mut Cluster, random: &mut Random, name: &str, nodes: &[String]) -> Value {
    let mut pod = pod(random, name, random_amounts);
    let features: [Feature; 12] = [
        |_, random, _, _, pod| much(random, pod),
        |_, random, _, _, pod| much(random, pod),
        |_, random, _, _, pod| selector(random, pod),
        |_, random, _, nodes, pod| node_affinity(random, nodes, pod),
        |_, random, _, _, pod| near(random, pod),
        |_, random, _, _, pod| far(random, pod),
        |_, random, _, _, pod| spread(random, pod),
        |_, random, _, _, pod| spread(random, pod),
        |cluster, random, name, _, pod| volume(cluster, random, name, pod),
        |_, random, _, _, pod| ports(random, pod),
        |cluster, random, name, _, pod| volume(cluster, random, name, pod),
        |_, random, _, _, pod| several_containers(random, pod),
    ];
    // the first two ask for much; where there is room for it, other things keep a pod waiting
    let features = if cluster.is_roomy() { &features[2..] } else { &features[..] };
    for _ in 0..random.between(1, 3) {
        random.one(features)(cluster, random, name, nodes, &mut pod);
    }
    if random.chance(30) {
        tolerate(random, &mut pod);
    }
    pod
}

fn pod(random: &mut Random, name: &str, amounts: fn(&mut Random) -> Value) -> Value {
    let (namespace, _) = random.one(&NAMESPACES);
    let labels = json!({"app": random.one(&APPS), "track": random.one(&["stable", "canary"])});
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "app", "image": "app", "resources": {"requests": amounts(random)}}],
        },
    })
}

fn random_amounts(random: &mut Random) -> Value {
    let mut amounts = json!({});
    if random.chance(80) {
        amounts["cpu"] = json!(format!("{}m", random.between(1, 12) * 50));
    }
    if random.chance(80) {
        amounts["memory"] = json!(format!("{}Mi", random.between(1, 12) * 64));
    }
    if random.chance(15) {
        amounts["ephemeral-storage"] = json!(format!("{}Gi", random.between(1, 8)));
    }
    amounts
}

/// Asks for more than most nodes have left.
fn much(random: &mut Random, pod: &mut Value) {
    let alone = pod.pointer("/spec/initContainers").is_none() && pod.pointer("/spec/resources").is_none();
    let choice = random.between(1, 5);
    if pod.pointer("/spec/resources").is_some() {
        return;
    }
    let resources = &mut pod["spec"]["containers"][0]["resources"];
    match choice {
        1 => resources["requests"]["memory"] = json!(format!("{}Mi", random.between(4, 9) * 512)),
        2 => resources["requests"]["ephemeral-storage"] = json!(format!("{}Gi", random.between(2, 6) * 10)),
        3 => {
            let gpus = json!(random.between(1, 5).to_string());
            resources["requests"]["example.com/gpu"] = gpus.clone();
            resources["limits"] = json!({"example.com/gpu": gpus});
        }
        4 if alone => {
            // on the pod, which must cover its containers
            *resources = json!({});
            let cpu = format!("{}m", random.between(4, 9) * 500);
            pod["spec"]["resources"] = json!({"requests": {"cpu": cpu, "memory": "64Mi"}});
        }
        _ => resources["requests"]["cpu"] = json!(format!("{}m", random.between(4, 9) * 500)),
    }
}

fn several_containers(random: &mut Random, pod: &mut Value) {
    if pod.pointer("/spec/resources").is_some() || pod.pointer("/spec/initContainers").is_some() {
        return;
    }
    let amounts = |random: &mut Random| json!({"requests": {"cpu": format!("{}m", random.between(1, 30) * 100), "memory": format!("{}Mi", random.between(1, 20) * 128)}});
    if random.chance(50) {
        let sidecar = json!({"name": "proxy", "image": "proxy", "resources": amounts(random)});
        if let Some(containers) = pod["spec"]["containers"].as_array_mut() {
            containers.push(sidecar);
        }
    }
    let mut init = json!([{"name": "setup", "image": "setup", "resources": amounts(random)}]);
    if random.chance(50) {
        init[0]["restartPolicy"] = json!("Always");
        if let Some(init) = init.as_array_mut() {
            init.push(json!({"name": "migrate", "image": "migrate", "resources": amounts(random)}));
        }
    }
    pod["spec"]["initContainers"] = init;
    if random.chance(40) {
        pod["spec"]["runtimeClassName"] = json!("sandboxed");
    }
}

fn selector(random: &mut Random, pod: &mut Value) {
    let key = random.one(&["disk", "pool"]);
    pod["spec"]["nodeSelector"][*key] = json!(random.one(&["ssd", "hdd", "web", "batch", "gpu"]));
}

fn node_affinity(random: &mut Random, nodes: &[String], pod: &mut Value) {
    let mut terms = Vec::new();
    for _ in 0..random.between(1, 2) {
        let mut term = json!({});
        if random.chance(25) {
            let named = [random.one(nodes).clone()];
            term["matchFields"] =
                json!([{"key": "metadata.name", "operator": random.one(&["In", "NotIn"]), "values": named}]);
        }
        if random.chance(85) {
            let expression = match random.between(1, 6) {
                1 => json!({"key": "disk", "operator": "In", "values": ["ssd", "nvme"]}),
                2 => json!({"key": "pool", "operator": "NotIn", "values": ["web"]}),
                3 => json!({"key": "pool", "operator": "Exists"}),
                4 => json!({"key": "disk", "operator": "DoesNotExist"}),
                5 => json!({"key": "cores", "operator": "Gt", "values": [random.between(3, 9).to_string()]}),
                _ => json!({"key": "cores", "operator": "Lt", "values": [random.between(1, 6).to_string()]}),
            };
            term["matchExpressions"] = json!([expression]);
        }
        terms.push(term);
    }
    pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
        json!({"nodeSelectorTerms": terms});
}

/// A term about pods of one app, here or elsewhere.
fn term(random: &mut Random) -> Value {
    let mut term = json!({"topologyKey": random.one(&KEYS)});
    term["labelSelector"] = match random.between(1, 5) {
        1 => {
            json!({"matchExpressions": [{"key": "app", "operator": "In", "values": [random.one(&APPS), random.one(&APPS)]}]})
        }
        2 => {
            json!({"matchLabels": {"app": random.one(&APPS)}, "matchExpressions": [{"key": "track", "operator": "NotIn", "values": ["canary"]}]})
        }
        _ => json!({"matchLabels": {"app": random.one(&APPS)}}),
    };
    match random.between(1, 6) {
        1 => term["namespaceSelector"] = json!({"matchLabels": {"team": "retail"}}),
        2 => term["namespaceSelector"] = json!({}),
        3 => term["namespaces"] = json!(["shop", "ranking"]),
        4 => term["namespaceSelector"] = json!({"matchLabels": {"kubernetes.io/metadata.name": "payments"}}),
        _ => {}
    }
    // the API server takes no key that the selector already names
    let named = term["labelSelector"].to_string().contains("track");
    match random.between(1, 8) {
        _ if named => {}
        1 => term["matchLabelKeys"] = json!(["track"]),
        2 => term["mismatchLabelKeys"] = json!(["track"]),
        _ => {}
    }
    term
}

fn near(random: &mut Random, pod: &mut Value) {
    let mut terms: Vec<Value> = (0..random.between(1, 2)).map(|_| term(random)).collect();
    if random.chance(30) {
        // the first of a series, which wants its like
        let own = json!({"matchLabels": pod["metadata"]["labels"]});
        terms = vec![json!({"topologyKey": random.one(&KEYS), "labelSelector": own})];
    }
    pod["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
        Value::Array(terms);
}

fn far(random: &mut Random, pod: &mut Value) {
    let terms: Vec<Value> = (0..random.between(1, 2)).map(|_| term(random)).collect();
    pod["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
        Value::Array(terms);
}

fn spread(random: &mut Random, pod: &mut Value) {
    let mut constraints = Vec::new();
    // the API server wants each key once
    let first = random.one(&KEYS);
    let second = random.one(&KEYS);
    for key in std::iter::once(first).chain((first != second && random.chance(40)).then_some(second)) {
        let app = if random.chance(70) {
            pod["metadata"]["labels"]["app"].clone()
        } else {
            json!(random.one(&APPS))
        };
        let mut constraint = json!({
            "topologyKey": key,
            "maxSkew": random.between(1, 2),
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {"app": app}},
        });
        if random.chance(25) {
            constraint["minDomains"] = json!(random.between(2, 5));
        }
        if random.chance(40) {
            constraint["nodeAffinityPolicy"] = json!(random.one(&["Honor", "Ignore"]));
        }
        if random.chance(40) {
            constraint["nodeTaintsPolicy"] = json!(random.one(&["Honor", "Ignore"]));
        }
        if random.chance(20) {
            constraint["matchLabelKeys"] = json!(["track"]);
        }
        if random.chance(5) {
            constraint["labelSelector"] = json!({});
        }
        constraints.push(constraint);
    }
    pod["spec"]["topologySpreadConstraints"] = Value::Array(constraints);
}

fn ports(random: &mut Random, pod: &mut Value) {
    let port = random.between(1, 2) + 8079;
    let mut port = json!({"containerPort": port, "hostPort": port, "protocol": random.one(&["TCP", "TCP", "TCP", "UDP"])});
    if random.chance(30) {
        port["hostIP"] = json!(random.one(&["127.0.0.1", "10.0.0.1", "0.0.0.0"]));
    }
    pod["spec"]["containers"][0]["ports"] = json!([port]);
}

/// No kubelet runs two pods with one port, and the scheduler, which counts a port once, would forget it with the first.
fn drop_port_that_is_taken(cluster: &Cluster, pod: &mut Value) {
    let port = |pod: &Value| {
        let port = pod.pointer("/spec/containers/0/ports/0")?;
        Some((port["hostPort"].clone(), port["protocol"].clone()))
    };
    let same =
        |other: &&Value| other["spec"]["nodeName"] == pod["spec"]["nodeName"] && port(other) == port(pod);
    if port(pod).is_some() && cluster.bound.iter().any(|other| same(&other)) {
        pod["spec"]["containers"][0]["ports"] = json!([]);
    }
}

fn tolerate(random: &mut Random, pod: &mut Value) {
    let toleration = match random.between(1, 6) {
        1 => json!({"operator": "Exists"}),
        2 => json!({"key": "dedicated", "operator": "Exists"}),
        3 => json!({"key": "dedicated", "value": "batch", "effect": "NoSchedule"}),
        4 => json!({"key": "spot", "operator": "Exists", "effect": "NoSchedule"}),
        5 => json!({"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}),
        _ => json!({"operator": "Exists", "effect": "NoExecute"}),
    };
    pod["spec"]["tolerations"] = json!([toleration]);
}

/// A claim for the pod: bound to a volume of one place, or waiting for its first consumer.
fn volume(cluster: &mut Cluster, random: &mut Random, name: &str, pod: &mut Value) {
    if pod.pointer("/spec/volumes").is_some() {
        return;
    }
    let namespace = pod["metadata"]["namespace"].as_str().unwrap_or_default().to_string();
    let mut spec = json!({"accessModes": ["ReadWriteMany"], "storageClassName": "fast",
        "resources": {"requests": {"storage": "1Gi"}}});
    let mut annotations = json!({});
    // a waiting pod with a claim that waits for it would be placed and then wait for a provisioner, which is not here
    let waits = pod.pointer("/spec/nodeName").is_none();
    if waits || random.chance(80) {
        let volume = format!("volume-{name}");
        let mut metadata = json!({"name": volume});
        let mut source = json!({"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteMany"],
            "storageClassName": "fast", "csi": {"driver": DRIVER, "volumeHandle": volume},
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": namespace, "name": name}});
        let zone = random.one(&ZONES);
        match random.between(1, 4) {
            1 => {
                let here = json!({"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]});
                source["nodeAffinity"] =
                    json!({"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}});
            }
            2 => metadata["labels"] = json!({"topology.kubernetes.io/zone": zone}),
            3 => metadata["labels"] = json!({"failure-domain.beta.kubernetes.io/zone": format!("{zone}__c")}),
            _ => {}
        }
        cluster.add(
            "/api/v1/persistentvolumes",
            json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": source}),
        );
        spec["volumeName"] = json!(volume);
        annotations = json!({"pv.kubernetes.io/bind-completed": "yes"});
    }
    cluster.add(
        &format!("/api/v1/namespaces/{namespace}/persistentvolumeclaims"),
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "namespace": namespace, "annotations": annotations}, "spec": spec}),
    );
    pod["spec"]["volumes"] = json!([{"name": "data", "persistentVolumeClaim": {"claimName": name}}]);
}
