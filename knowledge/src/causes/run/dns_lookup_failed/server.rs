//! The cluster's own DNS, as far as it was read.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Pod;

use crate::evidence::object_name;
use crate::finding::{Blame, Evidence, Source};
use crate::snapshot::{Snapshot, pod_owner};
use crate::world::is_ready;

/// Where it runs, and how its pods are labelled: CoreDNS and kube-dns keep one label between them.
/// <https://github.com/kubernetes/kubernetes/tree/v1.37.0/cluster/addons/dns>
const PLACES: &[(&str, &str, &str)] = &[
    ("kube-system", "k8s-app", "kube-dns"),
    ("kube-system", "k8s-app", "coredns"),
    ("openshift-dns", "dns.operator.openshift.io/daemonset-dns", "default"),
];

/// The DNS pods together.
pub(super) struct Server {
    pub(super) ready: usize,
    pub(super) all: usize,
    pub(super) workload: Blame,
    pub(super) proof: Evidence,
}

impl Server {
    /// `deployment/coredns`
    pub(super) fn shown(&self) -> String {
        format!("{}/{}", self.workload.kind.to_lowercase(), self.workload.name)
    }
}

/// `None` where none of its pods was read with its state.
pub(super) fn of(s: &Snapshot) -> Option<Server> {
    PLACES.iter().find_map(|(namespace, label, value)| at(s, namespace, label, value))
}

fn at(s: &Snapshot, namespace: &str, label: &str, value: &str) -> Option<Server> {
    let carries = |labels: &BTreeMap<String, String>| labels.get(label).is_some_and(|found| found == value);
    let first = (namespace.to_string(), String::new());
    let pods: Vec<&Pod> = s
        .world
        .pods
        .range(first..)
        .take_while(|((ns, _), _)| ns == namespace)
        .filter(|(_, object)| !object.is_brief() && object.pod.metadata.labels.as_ref().is_some_and(carries))
        .map(|(_, object)| object.pod.as_ref())
        .filter(|pod| pod.metadata.deletion_timestamp.is_none())
        .collect();
    let ready = pods.iter().filter(|pod| is_ready(pod)).count();
    let workload = workload_of(s, namespace, pods.first()?);
    let object = object_name(&workload.kind, namespace, &workload.name);
    let proof = Evidence::new(Source::Object, object, None, format!("ready pods {ready} of {}", pods.len()));
    Some(Server { ready, all: pods.len(), workload, proof })
}

/// A Deployment's pods name a ReplicaSet, whose name is the Deployment's and a hash.
fn workload_of(s: &Snapshot, namespace: &str, pod: &Pod) -> Blame {
    let name = pod.metadata.name.as_deref().unwrap_or_default();
    if let Some(snapshot) = Snapshot::of_pod(&s.world, namespace, name) {
        let owner = snapshot.top_owner();
        if owner.kind != "ReplicaSet" {
            return owner;
        }
    }
    match pod_owner(pod) {
        Some((kind, name)) => Blame::namespaced(&kind, namespace, &name),
        None => Blame::namespaced("Pod", namespace, name),
    }
}

/// Why the pod does not ask the cluster's DNS: its `dnsPolicy`, or the host's network with the default one.
/// <https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy>
pub(super) fn bypassed(s: &Snapshot) -> Option<&'static str> {
    let spec = s.spec()?;
    match spec.dns_policy.as_deref().unwrap_or("ClusterFirst") {
        "Default" => Some("dnsPolicy: Default"),
        "ClusterFirst" if spec.host_network == Some(true) => {
            Some("hostNetwork: true, dnsPolicy: ClusterFirst")
        }
        _ => None,
    }
}

/// A NetworkPolicy that selects the pod and limits what it may reach, by name.
pub(super) fn egress_policy(s: &Snapshot) -> Option<String> {
    let none = BTreeMap::new();
    let labels = s.pod().and_then(|pod| pod.metadata.labels.as_ref()).unwrap_or(&none);
    let found = s.others("NetworkPolicy", s.namespace()).find(|(_, policy)| {
        let list =
            |path: &str| policy.pointer(path).and_then(|value| value.as_array()).cloned().unwrap_or_default();
        let egress = list("/spec/policyTypes").iter().any(|kind| kind == "Egress");
        let expressions = !list("/spec/podSelector/matchExpressions").is_empty();
        let wanted = policy.pointer("/spec/podSelector/matchLabels").and_then(|value| value.as_object());
        let selects =
            wanted.into_iter().flatten().all(|(k, v)| labels.get(k).map(String::as_str) == v.as_str());
        egress && selects && !expressions
    });
    found.map(|(name, _)| name.to_string())
}
