//! Nodes by their signs of life, their Leases, and ReplicaSets by how many of their pods are available.

use std::time::Duration;

use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{ClusterResourceScope, NamespaceResourceScope};
use kube::Api;
use podwhy_api::report::{Neighbour, Outcome};
use podwhy_api::{GROUP, REPORTS, VERSION};
use podwhy_flow::act::dead::Outcome as Probed;
use podwhy_flow::act::dead::lease_watch::{ReadyStatus, Stream as Of};
use podwhy_flow::ports::{NodeSighting, NodeWatch, ProbeSighting, ProbesSighting, SetSighting, Sighting};
use serde::Deserialize;
use serde_json::Value;
use tracing::warn;

use super::client;
use super::follow::{Told, follow, follow_labelled};
use super::resource::resource;
use crate::connect::LiveCluster;
use crate::server::Guard;

/// Where the kubelets keep theirs. <https://kubernetes.io/docs/concepts/architecture/leases/#node-heart-beats>
const LEASES: &str = "kube-node-lease";

/// <https://kubernetes.io/docs/reference/labels-annotations-taints/#node-cloudprovider-kubernetes-io-shutdown>
const SHUTDOWN: &str = "node.cloudprovider.kubernetes.io/shutdown";

/// # Caveats
/// Needs `list` and `watch` on `nodes`, on `leases` in `kube-node-lease` and on `replicasets`; without the right to one of the first
/// two no node is confirmed dead, without the last only revisions that have ready pods are known to be good.
impl NodeWatch for LiveCluster {
    fn nodes(&self) -> BoxStream<'static, Sighting> {
        let client = client(&self.requests);
        let nodes = follow::<NodeLife>(Api::all(client.clone())).map(node);
        let leases = follow::<LeaseLife>(Api::namespaced(client.clone(), LEASES));
        let leases = leases.map(|told| lease(told, Of::NodeLeases));
        let seen = stream::select(nodes, leases);
        if !self.agents.are_there {
            // there are no agents: none ever had a Lease
            return stream::iter([Sighting::Listed(Of::AgentLeases)]).chain(seen).boxed();
        }
        let own = &self.agents.namespace;
        let agents =
            follow_labelled::<LeaseLife>(Api::namespaced(client.clone(), own), podwhy_api::OF_AGENTS);
        let agents = agents.map(|told| lease(told, Of::AgentLeases));
        let (cluster, api) = (self.clone(), Api::namespaced(client, own));
        // what anybody could write is no witness
        let guarded = stream::once(async move { cluster.until_reports_are_guarded().await });
        let reports = guarded.flat_map(move |()| follow::<ReportLife>(api.clone()));
        let reports = reports.filter_map(async |told| probes(told));
        stream::select(seen, stream::select(agents, reports)).boxed()
    }

    fn replica_sets(&self) -> BoxStream<'static, SetSighting> {
        sets(follow::<SetLife>(Api::all(client(&self.requests)))).boxed()
    }
}

/// So often it is asked again whether reports are guarded.
const ASKED_AGAIN: Duration = Duration::from_secs(60);

impl LiveCluster {
    async fn until_reports_are_guarded(&self) {
        let mut is_told = false;
        loop {
            match self.tickets_guarded().await {
                Ok(Guard::Stands) => return,
                Ok(Guard::Missing(lacking)) if !is_told => {
                    warn!(
                        cluster = self.name,
                        %lacking, "node agents are no witnesses: anybody could write their reports"
                    );
                    is_told = true;
                }
                Ok(Guard::Missing(_)) | Err(_) => {}
            }
            tokio::time::sleep(ASKED_AGAIN).await;
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
struct NodeLife {
    #[serde(rename = "metadata")]
    meta: ObjectMeta,
    spec: Option<NodeSpec>,
    status: Option<NodeStatus>,
}

#[derive(Clone, Debug, Deserialize)]
struct NodeSpec {
    taints: Option<Vec<Taint>>,
}

#[derive(Clone, Debug, Deserialize)]
struct Taint {
    key: String,
}

#[derive(Clone, Debug, Deserialize)]
struct NodeStatus {
    conditions: Option<Vec<Condition>>,
}

#[derive(Clone, Debug, Deserialize)]
struct Condition {
    r#type: String,
    status: String,
}

#[derive(Clone, Debug, Deserialize)]
struct LeaseLife {
    #[serde(rename = "metadata")]
    meta: ObjectMeta,
}

#[derive(Clone, Debug, Deserialize)]
struct SetLife {
    #[serde(rename = "metadata")]
    meta: ObjectMeta,
    spec: Option<SetSpec>,
    status: Option<SetStatus>,
}

#[derive(Clone, Debug, Deserialize)]
struct SetSpec {
    replicas: Option<i64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetStatus {
    available_replicas: Option<i64>,
}

/// Of a report what its agent says of other nodes.
#[derive(Clone, Debug, Deserialize)]
struct ReportLife {
    #[serde(rename = "metadata")]
    meta: ObjectMeta,
    #[serde(default)]
    spec: ReportSpec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ReportSpec {
    node_uid: String,
    neighbours: Vec<Neighbour>,
}

resource!(ReportLife, NamespaceResourceScope, GROUP, "NodeReport", REPORTS, VERSION);
resource!(NodeLife, ClusterResourceScope, "", "Node", "nodes");
resource!(LeaseLife, NamespaceResourceScope, "coordination.k8s.io", "Lease", "leases");
resource!(SetLife, NamespaceResourceScope, "apps", "ReplicaSet", "replicasets");

fn node(told: Told<NodeLife>) -> Sighting {
    match told {
        Told::Is(node) => Sighting::Node(node.seen()),
        Told::Gone(node) => Sighting::NodeGone(node.meta.name.unwrap_or_default()),
        Told::Relisting => Sighting::Relisting(Of::Nodes),
        Told::Listed => Sighting::Listed(Of::Nodes),
        Told::Lost(why) => Sighting::Lost(Of::Nodes, why),
    }
}

fn lease(told: Told<LeaseLife>, stream: Of) -> Sighting {
    match told {
        Told::Is(lease) => Sighting::Lease {
            stream,
            node: lease.meta.name.unwrap_or_default(),
            version: lease.meta.resource_version.unwrap_or_default(),
        },
        Told::Gone(lease) => Sighting::LeaseGone { stream, node: lease.meta.name.unwrap_or_default() },
        Told::Relisting => Sighting::Relisting(stream),
        Told::Listed => Sighting::Listed(stream),
        Told::Lost(why) => Sighting::Lost(stream, why),
    }
}

/// A report that is gone was of a node that is gone, or of an agent that is: the watches of those tell that.
fn probes(told: Told<ReportLife>) -> Option<Sighting> {
    match told {
        Told::Is(report) => Some(Sighting::Probes(report.seen())),
        Told::Relisting | Told::Lost(_) => Some(Sighting::ProbesGap),
        Told::Gone(_) | Told::Listed => None,
    }
}

impl ReportLife {
    fn seen(self) -> ProbesSighting {
        let probe = |one: Neighbour| ProbeSighting {
            node: one.node,
            uid: one.uid,
            outcome: match one.outcome {
                Outcome::NotYet => None,
                Outcome::Answered => Some(Probed::Answered),
                Outcome::Refused => Some(Probed::Refused),
                Outcome::TimedOut => Some(Probed::TimedOut),
                Outcome::NoRoute => Some(Probed::NoRoute),
            },
            made: one.at.map(|at| at.to_string()).unwrap_or_default(),
            had_reached: one.reached_at.is_some(),
        };
        ProbesSighting {
            by: self.meta.name.unwrap_or_default(),
            by_uid: self.spec.node_uid,
            probes: self.spec.neighbours.into_iter().map(probe).collect(),
        }
    }
}

fn sets(told: impl Stream<Item = Told<SetLife>> + Send) -> impl Stream<Item = SetSighting> + Send {
    told.filter_map(|told| async move {
        match told {
            Told::Is(set) => Some(SetSighting::Is {
                uid: set.meta.uid.unwrap_or_default(),
                wanted: set.spec.and_then(|spec| spec.replicas).unwrap_or(1),
                available: set.status.and_then(|status| status.available_replicas).unwrap_or(0),
            }),
            Told::Gone(set) => Some(SetSighting::Gone(set.meta.uid.unwrap_or_default())),
            Told::Relisting | Told::Lost(_) => Some(SetSighting::Gap),
            Told::Listed => None,
        }
    })
}

impl NodeLife {
    fn seen(self) -> NodeSighting {
        let conditions = self.status.and_then(|status| status.conditions).unwrap_or_default();
        let ready = conditions.iter().find(|condition| condition.r#type == "Ready");
        let taints = self.spec.and_then(|spec| spec.taints).unwrap_or_default();
        let is_off = taints.iter().any(|taint| taint.key == SHUTDOWN);
        NodeSighting {
            shutdown: is_off.then(|| writers(&self.meta)),
            name: self.meta.name.unwrap_or_default(),
            uid: self.meta.uid.unwrap_or_default(),
            ready: ready.map(|condition| match condition.status.as_str() {
                "True" => ReadyStatus::True,
                "Unknown" => ReadyStatus::Unknown,
                // whatever else a kubelet says, it speaks
                _ => ReadyStatus::False,
            }),
        }
    }
}

/// Who wrote the taints: they are one list, of which each writer takes all.
fn writers(meta: &ObjectMeta) -> Vec<String> {
    let fields = meta.managed_fields.iter().flatten();
    let has_taints = |fields: &Value| fields.pointer("/f:spec/f:taints").is_some();
    fields
        .filter(|one| one.fields_v1.as_ref().is_some_and(|fields| has_taints(&fields.0)))
        .filter_map(|one| one.manager.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seen(node: Value) -> NodeSighting {
        serde_json::from_value::<NodeLife>(node).unwrap().seen()
    }

    #[test]
    fn a_node_says_whether_it_is_ready_and_who_says_that_it_is_off() {
        let taints = json!([{"key": SHUTDOWN, "effect": "NoSchedule"}]);
        let fields = |manager: &str, spec: Value| json!({"manager": manager, "operation": "Update", "fieldsV1": {"f:spec": spec}});
        let node = json!({"metadata": {"name": "a", "uid": "u", "managedFields": [
                fields("cloud-controller-manager", json!({"f:taints": {}})), fields("kubelet", json!({"f:podCIDR": {}}))]},
            "spec": {"taints": taints}, "status": {"conditions": [{"type": "DiskPressure", "status": "Unknown"}, {"type": "Ready", "status": "Unknown"}]}});
        let expected = NodeSighting {
            name: "a".into(),
            uid: "u".into(),
            ready: Some(ReadyStatus::Unknown),
            shutdown: Some(vec!["cloud-controller-manager".into()]),
        };
        assert_eq!(seen(node), expected);
        let bare = seen(json!({"metadata": {"name": "a", "uid": "u"}}));
        assert_eq!((bare.ready, bare.shutdown), (None, None));
        for (status, ready) in
            [("True", ReadyStatus::True), ("False", ReadyStatus::False), ("?", ReadyStatus::False)]
        {
            let node = json!({"metadata": {"name": "a"}, "status": {"conditions": [{"type": "Ready", "status": status}]}});
            assert_eq!(seen(node).ready, Some(ready));
        }
    }

    #[test]
    fn an_agent_says_what_it_found_of_others() {
        let report = json!({"metadata": {"name": "b"}, "spec": {"nodeUid": "uid-b", "kubelet": "v1.31.2", "neighbours": [
            {"node": "a", "uid": "uid-a", "outcome": "timed-out", "at": "2026-05-04T09:00:00Z", "reachedAt": "2026-05-04T08:00:00Z"},
            {"node": "c", "uid": "uid-c"}]}});
        let Some(Sighting::Probes(seen)) = probes(Told::Is(serde_json::from_value(report).unwrap())) else {
            panic!("probes")
        };
        assert_eq!((seen.by.as_str(), seen.by_uid.as_str()), ("b", "uid-b"));
        let [a, c] = seen.probes.as_slice() else { panic!("{seen:?}") };
        assert_eq!(
            (a.outcome, a.made.as_str(), a.had_reached),
            (Some(Probed::TimedOut), "2026-05-04T09:00:00Z", true)
        );
        assert_eq!((c.outcome, c.made.as_str(), c.had_reached), (None, "", false));
        assert_eq!(probes(Told::Relisting), Some(Sighting::ProbesGap));
        assert_eq!(probes(Told::Listed), None);
    }

    #[tokio::test]
    async fn a_set_says_how_many_of_how_many_are_available() {
        let set = |more: Value| Told::Is(serde_json::from_value::<SetLife>(more).unwrap());
        let told = stream::iter([
            Told::Relisting,
            set(
                json!({"metadata": {"uid": "a"}, "spec": {"replicas": 3}, "status": {"availableReplicas": 2}}),
            ),
            set(json!({"metadata": {"uid": "b"}, "spec": {}})),
            Told::Listed,
            Told::Lost("forbidden".into()),
        ]);
        let is = |uid: &str, wanted, available| SetSighting::Is { uid: uid.into(), wanted, available };
        let all: Vec<SetSighting> = sets(told).collect().await;
        assert_eq!(all, [SetSighting::Gap, is("a", 3, 2), is("b", 1, 0), SetSighting::Gap]);
    }
}
