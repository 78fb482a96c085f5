//! Clusters made from a seed: small, crowded, and full of reasons not to take a pod.

mod node;
mod pod;

use serde_json::{Value, json};

use crate::random::Random;

/// The namespaces all clusters share: without a controller one never ends.
pub const NAMESPACES: [(&str, &str); 3] = [("shop", "retail"), ("payments", "retail"), ("ranking", "search")];

/// A cluster, as objects to create.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    /// What it was made from.
    pub seed: u64,
    /// Nodes, CSINodes, volumes, claims, in an order in which they can be created: path of the list, object.
    pub objects: Vec<(String, Value)>,
    /// Pods that are bound.
    pub bound: Vec<Value>,
    /// Pods that wait for a node.
    pub waiting: Vec<Value>,
}

/// Makes a cluster of at most 12 nodes and 40 pods.
#[must_use]
pub fn cluster(seed: u64) -> Cluster {
    let mut random = Random::new(seed);
    let mut cluster = Cluster { seed, ..Cluster::default() };
    let nodes: Vec<String> = (0..random.between(2, 12)).map(|n| format!("node-{seed}-{n}")).collect();
    for name in &nodes {
        node::add(&mut cluster, &mut random, name);
    }
    let bound = random.between(nodes.len() as u64, 28);
    for number in 0..bound {
        let on = random.one(&nodes).clone();
        let pod = pod::bound(&mut cluster, &mut random, &format!("bound-{seed}-{number}"), &on);
        cluster.bound.push(pod);
    }
    for number in 0..12 {
        let pod = pod::waiting(&mut cluster, &mut random, &format!("waiting-{seed}-{number}"), &nodes);
        cluster.waiting.push(pod);
    }
    cluster
}

impl Cluster {
    /// All of it as documents of YAML, of which JSON is a part.
    #[must_use]
    pub fn yaml(&self) -> String {
        let objects = self.objects.iter().map(|(_, object)| object).chain(&self.bound);
        objects.map(|object| format!("---\n{object}\n")).collect()
    }

    /// Every other cluster has room for its pods.
    fn is_roomy(&self) -> bool {
        self.seed.is_multiple_of(2)
    }

    fn add(&mut self, list: &str, object: Value) {
        self.objects.push((list.to_string(), object));
    }
}

/// What all clusters share.
#[must_use]
pub fn shared() -> Vec<(String, Value)> {
    let namespace = |(name, team): (&str, &str)| {
        let labels = json!({"team": team});
        let object =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}});
        ("/api/v1/namespaces".to_string(), object)
    };
    let mut shared: Vec<(String, Value)> = NAMESPACES.into_iter().map(namespace).collect();
    shared.push((
        "/apis/node.k8s.io/v1/runtimeclasses".to_string(),
        json!({"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "sandboxed"},
            "handler": "sandboxed", "overhead": {"podFixed": {"cpu": "250m", "memory": "64Mi"}}}),
    ));
    shared.push((
        "/apis/storage.k8s.io/v1/storageclasses".to_string(),
        json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "fast"},
            "provisioner": "disk.example.com", "volumeBindingMode": "WaitForFirstConsumer"}),
    ));
    shared
}
