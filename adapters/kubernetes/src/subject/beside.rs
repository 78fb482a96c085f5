//! What the rarer causes look at. Each list is read only for a pod or workload in a state that it could explain; what may
//! not be read is no failure of the question.

use std::collections::BTreeSet;

use futures::future::join_all;
use podwhy_flow::ask::collect::Collected;
use podwhy_knowledge::Kind;
use serde_json::Value;

use super::around::{claim_names, has_started, is_unscheduled, list, statuses};
use super::text;
use crate::connect::LiveCluster;
use crate::paths;

/// At most this many lists for one question.
const MAX_LISTS: usize = 32;

/// A list, or one object: its kind as the world knows it, its namespace and path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Beside {
    kind: &'static str,
    namespace: String,
    path: String,
    one: bool,
}

fn all(kind: &'static str, namespace: &str, group: &str, plural: &str, query: &str) -> Beside {
    let place = if namespace.is_empty() {
        String::new()
    } else {
        format!("namespaces/{}/", paths::escape(namespace))
    };
    let path = format!("{group}/{place}{plural}?limit={}{query}", paths::PAGE);
    Beside { kind, namespace: namespace.to_string(), path, one: false }
}

fn one(kind: &'static str, namespace: &str, path: String) -> Beside {
    Beside { kind, namespace: namespace.to_string(), path, one: true }
}

const CORE: &str = "/api/v1";
const LEASES: &str = "/apis/coordination.k8s.io/v1";
const STORAGE: &str = "/apis/storage.k8s.io/v1";
const RESOURCE: &str = "/apis/resource.k8s.io/v1";
const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
const WEBHOOKS: &str = "/apis/admissionregistration.k8s.io/v1";

impl LiveCluster {
    /// What could explain the states these pods are in; `well` are pods that are asked about and well.
    pub(super) async fn beside_pods(
        &self,
        failing: &[&Value],
        well: Option<&Value>,
        read: &Collected,
    ) -> Collected {
        let mut wanted = BTreeSet::new();
        for pod in failing {
            wanted.extend(beside(pod));
            wanted.extend(beside_logs(pod, read));
        }
        if let Some(pod) = well {
            wanted.extend(services(text(pod, "/metadata/namespace")));
        }
        self.read_beside(wanted).await
    }

    /// The same for the many pods of a triage, and their Jobs. Whole lists of pods are left out: they could be most of the
    /// cluster.
    pub(crate) async fn beside_many(&self, failing: &[&Value], read: &Collected) -> Collected {
        let mut wanted = BTreeSet::new();
        for pod in failing {
            let own = beside(pod).into_iter().chain(beside_logs(pod, read));
            wanted.extend(own.filter(|list| list.kind != "Pod" || list.namespace == "kube-system"));
            let owner = |field: &str| text(pod, &format!("/metadata/ownerReferences/0/{field}"));
            if owner("kind") == "Job" {
                let namespace = text(pod, "/metadata/namespace");
                wanted.insert(one("Job", namespace, paths::one(Kind::Job, namespace, owner("name"))));
            }
        }
        self.read_beside(wanted).await
    }

    /// What could refuse a workload's pods.
    pub(crate) async fn beside_workload(&self, workload: &Value, events: &[Value]) -> Collected {
        let name = text(workload, "/metadata/name");
        let own = |event: &Value| text(event, "/involvedObject/name").starts_with(name);
        let refused = |event: &&Value| text(event, "/reason") == "FailedCreate" && own(event);
        let said: Vec<&str> = events.iter().filter(refused).map(|event| text(event, "/message")).collect();
        let of_condition =
            list(workload, "/status/conditions").filter(|c| text(c, "/type") == "ReplicaFailure");
        let said: Vec<&str> = said.into_iter().chain(of_condition.map(|c| text(c, "/message"))).collect();
        if said.is_empty() {
            return Collected::default();
        }
        let namespace = text(workload, "/metadata/namespace");
        let mut wanted = BTreeSet::from([
            all("ResourceQuota", namespace, CORE, "resourcequotas", ""),
            all("LimitRange", namespace, CORE, "limitranges", ""),
            all("ServiceAccount", namespace, CORE, "serviceaccounts", ""),
            one("Namespace", "", paths::one(Kind::Namespace, "", namespace)),
        ]);
        if said.iter().any(|message| message.contains("exceeded quota")) {
            // who uses it
            wanted.insert(all("Pod", namespace, CORE, "pods", ""));
        }
        if said.iter().any(|message| message.contains("AdmissionPolicy")) {
            let (policies, bindings) = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding");
            wanted.insert(all(policies, "", WEBHOOKS, "validatingadmissionpolicies", ""));
            wanted.insert(all(bindings, "", WEBHOOKS, "validatingadmissionpolicybindings", ""));
        }
        if said.iter().any(|message| message.contains("RuntimeClass")) {
            wanted.insert(all("RuntimeClass", "", "/apis/node.k8s.io/v1", "runtimeclasses", ""));
        }
        if said.iter().any(|message| message.contains("webhook")) {
            wanted.insert(all(
                "ValidatingWebhookConfiguration",
                "",
                WEBHOOKS,
                "validatingwebhookconfigurations",
                "",
            ));
            wanted.insert(all(
                "MutatingWebhookConfiguration",
                "",
                WEBHOOKS,
                "mutatingwebhookconfigurations",
                "",
            ));
            for namespace in said.iter().filter_map(|message| webhook_namespace(message)) {
                wanted.extend(services(namespace));
                wanted.insert(all("Pod", namespace, CORE, "pods", ""));
            }
        }
        self.read_beside(wanted).await
    }

    async fn read_beside(&self, wanted: BTreeSet<Beside>) -> Collected {
        let wanted: Vec<Beside> = wanted.into_iter().take(MAX_LISTS).collect();
        let asked = wanted.iter().map(|beside| async move {
            if beside.one {
                self.requests.object(&beside.path).await.map(|(object, _)| vec![object])
            } else {
                self.pages(&beside.path).await
            }
        });
        let mut found = Collected::default();
        for (answer, beside) in join_all(asked).await.into_iter().zip(&wanted) {
            self.keep(&mut found, beside.kind, &beside.namespace, "", answer);
        }
        found
    }
}

fn services(namespace: &str) -> [Beside; 2] {
    [
        all("Service", namespace, CORE, "services", ""),
        all("EndpointSlice", namespace, "/apis/discovery.k8s.io/v1", "endpointslices", ""),
    ]
}

fn beside(pod: &Value) -> Vec<Beside> {
    let namespace = text(pod, "/metadata/namespace");
    let node = text(pod, "/spec/nodeName");
    let claims = claim_names(pod).next().is_some();
    let mut wanted = Vec::new();
    if is_unscheduled(pod) {
        // whose lock is renewed tells whether a scheduler is at work
        wanted.push(all("Lease", "kube-system", LEASES, "leases", ""));
        let scheduler = format!("&labelSelector={}", paths::escape("component=kube-scheduler"));
        wanted.push(all("Pod", "kube-system", CORE, "pods", &scheduler));
        if pod.pointer("/spec/affinity").is_some() {
            wanted.push(all("Namespace", "", CORE, "namespaces", ""));
        }
        if claims {
            wanted.push(all("PersistentVolume", "", CORE, "persistentvolumes", ""));
            wanted.push(all("StorageClass", "", STORAGE, "storageclasses", ""));
            wanted.push(all("CSINode", "", STORAGE, "csinodes", ""));
            wanted.push(all("VolumeAttachment", "", STORAGE, "volumeattachments", ""));
            wanted.push(all("PersistentVolumeClaim", namespace, CORE, "persistentvolumeclaims", ""));
        }
    }
    if list(pod, "/spec/resourceClaims").next().is_some() && !has_started(pod) {
        wanted.push(all("ResourceClaim", "", RESOURCE, "resourceclaims", ""));
        wanted.push(all("ResourceClaimTemplate", namespace, RESOURCE, "resourceclaimtemplates", ""));
        wanted.push(all("DeviceClass", "", RESOURCE, "deviceclasses", ""));
        wanted.push(all("ResourceSlice", "", RESOURCE, "resourceslices", ""));
    }
    if !node.is_empty() && claims && !has_started(pod) {
        wanted.push(all("PersistentVolume", "", CORE, "persistentvolumes", ""));
        wanted.push(all("VolumeAttachment", "", STORAGE, "volumeattachments", ""));
        wanted.push(one("CSINode", "", format!("{STORAGE}/csinodes/{}", paths::escape(node))));
        // who else holds the volume, and whether that one's node lives
        wanted.push(all("Pod", namespace, CORE, "pods", ""));
        wanted.push(all("Node", "", CORE, "nodes", ""));
    }
    if list(pod, "/spec/volumes").any(|v| v.get("hostPath").is_some())
        && !has_started(pod)
        && !node.is_empty()
    {
        // whether the path is missing on this node alone
        wanted.push(all("Pod", namespace, CORE, "pods", ""));
    }
    let is_true = |name: &str| {
        list(pod, "/status/conditions").any(|c| text(c, "/type") == name && text(c, "/status") == "True")
    };
    if !node.is_empty() && is_true("ContainersReady") && !is_true("Ready") {
        // the node's controller says so; a leader's lock tells whether its machine is alive
        wanted.push(all("Lease", "kube-system", LEASES, "leases", ""));
    }
    let waits_for_sandbox = !node.is_empty() && !has_started(pod) && text(pod, "/status/podIP").is_empty();
    let by_qps = statuses(pod).any(|s| text(s, "/state/waiting/message").contains("QPS"));
    if waits_for_sandbox || by_qps {
        // the node's network plugin, and how many pull at once
        let on_node = format!("&fieldSelector={}", paths::escape(&format!("spec.nodeName={node}")));
        wanted.push(all("Pod", "", CORE, "pods", &on_node));
    }
    let class = text(pod, "/spec/runtimeClassName");
    if !class.is_empty() && !has_started(pod) {
        wanted.push(all("RuntimeClass", "", "/apis/node.k8s.io/v1", "runtimeclasses", ""));
    }
    if pod.pointer("/metadata/deletionTimestamp").is_some() {
        wanted.push(all("MutatingWebhookConfiguration", "", WEBHOOKS, "mutatingwebhookconfigurations", ""));
        wanted.push(all(
            "ValidatingWebhookConfiguration",
            "",
            WEBHOOKS,
            "validatingwebhookconfigurations",
            "",
        ));
        // leaders that renew their locks tell that a machine, or a controller, is alive
        wanted.push(all("Lease", "kube-system", LEASES, "leases", ""));
        if claims {
            wanted.push(all("PersistentVolumeClaim", namespace, CORE, "persistentvolumeclaims", ""));
            wanted.push(all("PersistentVolume", "", CORE, "persistentvolumes", ""));
        }
    }
    if list(pod, "/status/initContainerStatuses").any(|s| s.pointer("/state/running").is_some()) {
        // its command may wait for one of them
        wanted.extend(services(namespace));
    }
    let name = text(pod, "/metadata/name");
    let ended = |reason: &str| statuses(pod).any(|s| text(s, "/lastState/terminated/reason") == reason);
    if ended("OOMKilled") {
        let path = format!(
            "/apis/metrics.k8s.io/v1beta1/namespaces/{}/pods/{}",
            paths::escape(namespace),
            paths::escape(name)
        );
        wanted.push(one("PodMetrics", namespace, path));
    }
    let lost = statuses(pod).any(|s| {
        let end = s.pointer("/state/terminated").or(s.pointer("/lastState/terminated"));
        // 137 without a word of memory is what an old runtime says of a node that ran out
        end.is_some_and(|end| {
            end["exitCode"] == 255
                || end["exitCode"] == 137
                || text(end, "/reason") == "ContainerStatusUnknown"
        })
    });
    if !node.is_empty() && (lost || ended("OOMKilled")) {
        // the kernel's word about the node as a whole, and whether it was started anew
        let about = paths::escape(&format!("involvedObject.kind=Node,involvedObject.name={node}"));
        wanted.push(all("Event", "default", CORE, "events", &format!("&fieldSelector={about}")));
    }
    wanted
}

/// What the names and refusals in a container's last words lead to.
fn beside_logs(pod: &Value, read: &Collected) -> Vec<Beside> {
    let namespace = text(pod, "/metadata/namespace");
    let name = text(pod, "/metadata/name");
    let own = read.logs.iter().filter(|((ns, known, _), _)| ns == namespace && known == name);
    let written = own.flat_map(|(_, log)| [log.previous.as_deref(), log.current.as_deref()]).flatten();
    // where the log is gone, its end may stand here
    let left = statuses(pod)
        .flat_map(|s| [text(s, "/state/terminated/message"), text(s, "/lastState/terminated/message")]);
    let words: Vec<&str> = written.chain(left).collect();
    let says = |phrases: &[&str]| {
        words.iter().any(|text| {
            let text = text.to_ascii_lowercase();
            phrases.iter().any(|phrase| text.contains(phrase))
        })
    };
    let mut wanted = Vec::new();
    if says(&["forbidden", "cannot list", "cannot get", "cannot watch"]) {
        wanted.push(all("Role", namespace, RBAC, "roles", ""));
        wanted.push(all("RoleBinding", namespace, RBAC, "rolebindings", ""));
        wanted.push(all("ClusterRoleBinding", "", RBAC, "clusterrolebindings", ""));
    }
    let dns = says(&[
        "no such host",
        "enotfound",
        "getaddrinfo",
        "name resolution",
        "unknownhost",
        "not known",
        "resolve",
    ]);
    if dns {
        let servers = format!("&labelSelector={}", paths::escape("k8s-app=kube-dns"));
        wanted.push(all("Pod", "kube-system", CORE, "pods", &servers));
        wanted.push(all("ReplicaSet", "kube-system", "/apis/apps/v1", "replicasets", &servers));
        wanted.push(all("Deployment", "kube-system", "/apis/apps/v1", "deployments", &servers));
    }
    if dns || says(&["refused", "timeout", "timed out", "unreachable", "authentication", "access denied"]) {
        wanted.extend(services(namespace));
    }
    wanted
}

/// `policy` of `Post "https://gate.policy.svc:443/validate?timeout=10s"`.
fn webhook_namespace(message: &str) -> Option<&str> {
    let (_, host) = message.split_once("https://")?;
    let host = host.split(['/', ':', '?']).next()?;
    let mut parts = host.split('.');
    let (_, namespace) = (parts.next()?, parts.next()?);
    (parts.next() == Some("svc")).then_some(namespace)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_could_explain_the_state_is_read() {
        let kinds = |pod: &Value| beside(pod).into_iter().map(|b| b.kind).collect::<Vec<_>>();
        let running = json!({"metadata": {"namespace": "shop", "name": "a"}, "spec": {"nodeName": "n"},
            "status": {"phase": "Running", "containerStatuses": [{"state": {"running": {}}}]}});
        assert!(kinds(&running).is_empty());
        let waiting = json!({"metadata": {"namespace": "shop"}, "spec": {}, "status": {"phase": "Pending"}});
        assert_eq!(kinds(&waiting), ["Lease", "Pod"]);
        let mounting = json!({"metadata": {"namespace": "shop"}, "status": {"phase": "Pending"},
            "spec": {"nodeName": "n", "volumes": [{"persistentVolumeClaim": {"claimName": "data"}}]}});
        assert_eq!(
            kinds(&mounting),
            ["PersistentVolume", "VolumeAttachment", "CSINode", "Pod", "Node", "Pod"]
        );
    }

    #[test]
    fn a_webhooks_namespace_stands_in_its_address() {
        let message =
            r#"failed calling webhook "a.b": Post "https://gate.policy.svc:443/validate?timeout=10s": EOF"#;
        assert_eq!(webhook_namespace(message), Some("policy"));
        assert_eq!(webhook_namespace("https://example.com/x"), None);
    }
}
