//! What hangs on pods: their nodes, owners, logs, claims and configuration.

use std::collections::BTreeSet;

use futures::future::{join_all, join4};
use futures::join;
use podwhy_flow::ask::collect::Collected;
use podwhy_knowledge::Kind;
use serde_json::Value;

use super::{logs, text, with_kind};
use crate::connect::{LiveCluster, Secrets};
use crate::paths;
use crate::request::Fail;
use crate::table::Table;

/// At most this many objects of one kind are read for one question; the rest is told by the kubelet's own words.
const MAX_EACH: usize = 20;

/// Something to read: its kind as the world knows it, its namespace, name and path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    kind: String,
    namespace: String,
    name: String,
    path: String,
}

impl Wanted {
    fn of(kind: Kind, namespace: &str, name: &str) -> Wanted {
        Wanted {
            kind: kind.camel().to_string(),
            namespace: if kind.is_namespaced() { namespace.to_string() } else { String::new() },
            name: name.to_string(),
            path: paths::one(kind, namespace, name),
        }
    }
}

impl LiveCluster {
    /// The second and third wave, for one pod or for a workload's.
    pub(crate) async fn around_pods(&self, pods: Vec<Value>, found: &mut Collected) {
        self.requests.metrics.wave();
        let failing: Vec<&Value> = pods.iter().filter(|pod| !is_well(pod)).collect();
        let known = |kind: &str, name: &str| {
            found.objects.iter().any(|o| text(o, "/kind") == kind && text(o, "/metadata/name") == name)
        };
        let mut wanted = BTreeSet::new();
        for pod in &failing {
            wanted.extend(node_of(pod));
            wanted.extend(owner_of(pod).filter(|owner| !known(&owner.kind, &owner.name)));
            wanted.extend(claims_of(pod));
            wanted.extend(config_of(pod));
        }
        // a pod that is well is well on a node that may not be
        wanted.extend(pods.first().filter(|_| failing.is_empty()).and_then(node_of));
        let unscheduled = failing.iter().any(|pod| is_unscheduled(pod));
        let leases: BTreeSet<String> =
            wanted.iter().filter(|w| w.kind == "Node").map(|w| w.name.clone()).collect();
        let namespaces: BTreeSet<String> =
            failing.iter().map(|pod| text(pod, "/metadata/namespace").to_string()).collect();
        let (objects, leases, logs, rest) = join4(
            self.read_all(wanted.into_iter().take(3 * MAX_EACH).collect()),
            join_all(leases.iter().take(MAX_EACH).map(|node| self.heartbeat(node))),
            self.logs(logs::wanted(&failing)),
            async {
                join!(
                    async { if unscheduled { self.neighbours().await } else { Collected::default() } },
                    self.secrets(&namespaces, failing.iter().any(|pod| !has_started(pod))),
                )
            },
        )
        .await;
        let well = pods.first().filter(|_| failing.is_empty());
        let (third, beside) = join!(self.third_wave(&objects), self.beside_pods(&failing, well, &logs));
        found.objects.extend(pods);
        for part in [objects, logs, rest.0, rest.1, third, beside] {
            found.merge(part);
        }
        leases.into_iter().for_each(|heartbeat| found.merge(heartbeat));
    }

    async fn read_all(&self, wanted: Vec<Wanted>) -> Collected {
        let asked = wanted.iter().map(|wanted| self.requests.object(&wanted.path));
        let mut found = Collected::default();
        for (answer, wanted) in join_all(asked).await.into_iter().zip(&wanted) {
            match answer {
                Ok((object, _)) => found.push(with_kind(object, &wanted.kind)),
                Err(fail) => self.note(&mut found, &wanted.kind, &wanted.namespace, &wanted.name, &fail),
            }
        }
        found
    }

    /// What tells how a node is, beside itself: its Lease, and its agent's report where there is one.
    pub(crate) async fn heartbeat(&self, node: &str) -> Collected {
        let (lease, report) = join!(self.lease(node), self.report(node));
        let mut found = report;
        found.objects.extend(lease);
        found
    }

    async fn report(&self, node: &str) -> Collected {
        let mut found = Collected::default();
        if !self.agents.may_be_there {
            return found;
        }
        match self.requests.object(&paths::report(&self.agents.namespace, node)).await {
            Ok((report, _)) => found.push(with_kind(report, "NodeReport")),
            // nobody said that there are agents: not being let look for one is nothing to be told
            Err(Fail::Forbidden(_)) if !self.agents.are_there => {}
            // where none of its kind are installed, there is no agent
            Err(fail) => self.note(&mut found, "NodeReport", "", node, &fail),
        }
        found
    }

    pub(crate) async fn lease(&self, node: &str) -> Option<Value> {
        // a missing heartbeat is no gap worth a word: the Node says what it means
        let (lease, _) = self.requests.object(&paths::lease(node)).await.ok()?;
        Some(with_kind(lease, "Lease"))
    }

    /// The owners' owners, the revisions before, and what a claim that is not bound hangs on.
    async fn third_wave(&self, second: &Collected) -> Collected {
        let mut wanted = BTreeSet::new();
        let mut lists = BTreeSet::new();
        for object in &second.objects {
            wanted.extend(owner_of(object));
            let namespace = text(object, "/metadata/namespace");
            match text(object, "/kind") {
                "PersistentVolumeClaim" if text(object, "/status/phase") != "Bound" => {
                    lists.insert(("Event", paths::events_about(namespace, text(object, "/metadata/name"))));
                    lists.insert((
                        "StorageClass",
                        format!("/apis/storage.k8s.io/v1/storageclasses?limit={}", paths::PAGE),
                    ));
                    let volume = text(object, "/spec/volumeName");
                    if !volume.is_empty() {
                        wanted.insert(Wanted {
                            kind: "PersistentVolume".to_string(),
                            namespace: String::new(),
                            name: volume.to_string(),
                            path: format!("/api/v1/persistentvolumes/{}", paths::escape(volume)),
                        });
                    }
                }
                // the revision before: its image worked, and what differs is what changed
                "ReplicaSet" => {
                    let selector = siblings(object);
                    if !selector.is_empty() {
                        let path = format!(
                            "{}?limit={}&labelSelector={}",
                            paths::list(Kind::ReplicaSet, namespace),
                            paths::PAGE,
                            paths::escape(&selector)
                        );
                        lists.insert(("ReplicaSet", path));
                    }
                }
                _ => {}
            }
        }
        if !wanted.is_empty() || !lists.is_empty() {
            self.requests.metrics.wave();
        }
        let lists: Vec<(&str, String)> = lists.into_iter().take(MAX_EACH).collect();
        let (mut found, read) = join!(
            self.read_all(wanted.into_iter().take(MAX_EACH).collect()),
            join_all(lists.iter().map(|(_, path)| self.pages(path))),
        );
        for ((kind, _), list) in lists.iter().zip(read) {
            self.keep(&mut found, kind, "", "", list);
        }
        found
    }

    /// Which Secrets exist, and their keys, as far as the configuration allows. Values are never decoded.
    pub(crate) async fn secrets(&self, namespaces: &BTreeSet<String>, needed: bool) -> Collected {
        let mut found = Collected::default();
        if self.secrets == Secrets::None || !needed {
            return found;
        }
        for namespace in namespaces {
            let path = format!("/api/v1/namespaces/{}/secrets", paths::escape(namespace));
            let listed = match self.secrets {
                Secrets::Keys => self.secret_keys(&path, namespace).await,
                _ => self.secret_names(&path, namespace).await,
            };
            match listed {
                Ok(secrets) => found.objects.extend(secrets),
                Err(fail) => self.note(&mut found, "Secret", namespace, "", &fail),
            }
        }
        found
    }

    async fn secret_names(&self, path: &str, namespace: &str) -> Result<Vec<Value>, Fail> {
        let (table, _) = self.requests.table::<Table>(&format!("{path}?includeObject=None")).await?;
        Ok(table.names().iter().map(|name| secret(namespace, name, Value::Null)).collect())
    }

    /// Keys stand in the managed fields of the metadata; the data is not asked for.
    async fn secret_keys(&self, path: &str, namespace: &str) -> Result<Vec<Value>, Fail> {
        let list = self.requests.metadata_list(path).await?;
        Ok(list
            .iter()
            .map(|item| {
                dated(secret(namespace, text(item, "/metadata/name"), keys_in_managed_fields(item)), item)
            })
            .collect())
    }
}

fn secret(namespace: &str, name: &str, data: Value) -> Value {
    let mut object =
        with_kind(serde_json::json!({"metadata": {"name": name, "namespace": namespace}}), "Secret");
    if let (Value::Object(fields), false) = (&mut object, data.is_null()) {
        fields.insert("data".to_string(), data);
    }
    object
}

/// With the times at which it was made and written, and by whom: not with what.
fn dated(mut secret: Value, item: &Value) -> Value {
    let writers = list(item, "/metadata/managedFields");
    let writers: Vec<Value> = writers
        .map(|w| serde_json::json!({"manager": w["manager"], "operation": w["operation"], "time": w["time"]}))
        .collect();
    secret["metadata"]["creationTimestamp"] = item["metadata"]["creationTimestamp"].clone();
    secret["metadata"]["managedFields"] = writers.into();
    secret
}

fn keys_in_managed_fields(item: &Value) -> Value {
    let managers = item.pointer("/metadata/managedFields").and_then(Value::as_array);
    let keys = managers.into_iter().flatten().flat_map(|manager| {
        let data = manager.pointer("/fieldsV1/f:data").and_then(Value::as_object);
        data.into_iter().flat_map(|data| data.keys()).filter_map(|key| key.strip_prefix("f:"))
    });
    keys.map(|key| (key.to_string(), Value::Null)).collect::<serde_json::Map<_, _>>().into()
}

pub(super) fn list<'v>(value: &'v Value, path: &str) -> impl Iterator<Item = &'v Value> {
    value.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

pub(super) fn statuses(pod: &Value) -> impl Iterator<Item = &Value> {
    list(pod, "/status/initContainerStatuses").chain(list(pod, "/status/containerStatuses"))
}

pub(crate) fn is_unscheduled(pod: &Value) -> bool {
    text(pod, "/spec/nodeName").is_empty() && matches!(text(pod, "/status/phase"), "" | "Pending")
}

fn is_well(pod: &Value) -> bool {
    let ready =
        list(pod, "/status/conditions").any(|c| text(c, "/type") == "Ready" && text(c, "/status") == "True");
    let calm = statuses(pod).all(|s| s.get("restartCount").and_then(Value::as_i64).unwrap_or(0) == 0);
    let deleting = pod.pointer("/metadata/deletionTimestamp").is_some();
    // one that is to run for ever and is done was ended from outside
    let done = text(pod, "/status/phase") == "Succeeded" && text(pod, "/spec/restartPolicy") != "Always";
    !deleting && ((ready && calm) || done)
}

pub(crate) fn has_started(pod: &Value) -> bool {
    statuses(pod)
        .any(|s| s.pointer("/state/running").is_some() || s.pointer("/lastState/terminated").is_some())
}

fn node_of(pod: &Value) -> Option<Wanted> {
    let node = text(pod, "/spec/nodeName");
    (!node.is_empty()).then(|| Wanted::of(Kind::Node, "", node))
}

fn owner_of(object: &Value) -> Option<Wanted> {
    let controller = list(object, "/metadata/ownerReferences")
        .find(|o| o.get("controller") == Some(&Value::Bool(true)))?;
    let kind = Kind::from_camel(text(controller, "/kind")).filter(|kind| kind.is_workload())?;
    Some(Wanted::of(kind, text(object, "/metadata/namespace"), text(controller, "/name")))
}

/// The claims a pod names; an ephemeral volume's is named after the pod and the volume.
pub(super) fn claim_names(pod: &Value) -> impl Iterator<Item = String> {
    let name = text(pod, "/metadata/name");
    list(pod, "/spec/volumes").filter_map(move |volume| {
        match (volume.pointer("/persistentVolumeClaim/claimName"), volume.get("ephemeral")) {
            (Some(claim), _) => claim.as_str().map(str::to_string),
            (None, Some(_)) => Some(format!("{name}-{}", text(volume, "/name"))),
            _ => None,
        }
    })
}

/// Claims matter while nothing has started: afterwards they were bound.
fn claims_of(pod: &Value) -> Vec<Wanted> {
    let namespace = text(pod, "/metadata/namespace");
    claim_names(pod)
        .filter(|_| !has_started(pod))
        .map(|claim| Wanted::of(Kind::PersistentVolumeClaim, namespace, &claim))
        .collect()
}

/// The ConfigMaps a pod names, when the kubelet waits for configuration or volumes, or a container ended: one may have
/// changed since it started. Secrets are never read one by one.
fn config_of(pod: &Value) -> Vec<Wanted> {
    let waits = statuses(pod).any(|s| {
        matches!(
            text(s, "/state/waiting/reason"),
            "CreateContainerConfigError" | "ContainerCreating" | "PodInitializing"
        )
    });
    let ended = statuses(pod).any(|s| s.pointer("/lastState/terminated").is_some());
    if !(ended || (waits && !has_started(pod))) || text(pod, "/spec/nodeName").is_empty() {
        return Vec::new();
    }
    let namespace = text(pod, "/metadata/namespace");
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for volume in list(pod, "/spec/volumes") {
        names.insert(text(volume, "/configMap/name"));
        names.extend(list(volume, "/projected/sources").map(|source| text(source, "/configMap/name")));
    }
    for container in list(pod, "/spec/containers").chain(list(pod, "/spec/initContainers")) {
        names.extend(list(container, "/envFrom").map(|source| text(source, "/configMapRef/name")));
        names.extend(
            list(container, "/env").map(|variable| text(variable, "/valueFrom/configMapKeyRef/name")),
        );
    }
    names
        .into_iter()
        // every namespace is given this one
        .filter(|name| !name.is_empty() && *name != "kube-root-ca.crt")
        .take(4)
        .map(|name| Wanted {
            kind: "ConfigMap".to_string(),
            namespace: namespace.to_string(),
            name: name.to_string(),
            path: paths::core("configmaps", namespace, name),
        })
        .collect()
}

/// The labels a ReplicaSet shares with its Deployment's other revisions.
fn siblings(set: &Value) -> String {
    let labels = set.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
    let shared = labels.into_iter().flatten().filter(|(key, _)| *key != "pod-template-hash");
    shared.filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?))).collect::<Vec<_>>().join(",")
}
