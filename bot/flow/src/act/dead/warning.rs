//! What is lost if a node is taken for dead and is not: whatever must not run twice.

use std::collections::BTreeSet;

use podwhy_knowledge::brief::PodBrief;
use podwhy_knowledge::world::Lookup;
use podwhy_knowledge::{Lang, Snapshot, World};

use super::words::said;
use crate::words::more;

/// At most so many of a list.
const LISTED: usize = 5;

/// The label that the StatefulSet controller gives each of its pods.
/// <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#pod-name-label>
const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";

/// What stands on a node that must not run twice, each as `namespace/name`, in order of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Warning {
    /// Pods of StatefulSets, which promise that there is one of each.
    /// <https://kubernetes.io/docs/tasks/run-application/force-delete-stateful-set-pod/#statefulset-considerations>
    pub stateful: Vec<String>,
    /// Claims for one node or one pod at a time.
    /// <https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes>
    pub single: Vec<String>,
    /// Claims that were not read, which may be for one node.
    pub unread: Vec<String>,
    /// Whether there may be pods that were not read.
    pub may_be_more: bool,
}

impl Warning {
    /// Of the snapshot's node: the subject itself, or the one its pod is bound to. A subject without a node has no warning, and one
    /// that says that there may be more.
    pub fn of(snapshot: &Snapshot) -> Warning {
        let world = &snapshot.world;
        let Some(node) = snapshot.node_name() else {
            return Warning { may_be_more: true, ..Warning::default() };
        };
        let (mut stateful, mut single, mut unread) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for pod in world.pods_on(node) {
            if is_stateful(world, pod) {
                stateful.insert(format!("{}/{}", pod.namespace, pod.name));
            }
            for claim in &pod.claims {
                let name = format!("{}/{claim}", pod.namespace);
                match is_single(world, &pod.namespace, claim) {
                    Some(true) => drop(single.insert(name)),
                    Some(false) => {}
                    None => drop(unread.insert(name)),
                }
            }
        }
        Warning {
            stateful: stateful.into_iter().collect(),
            single: single.into_iter().collect(),
            unread: unread.into_iter().collect(),
            may_be_more: world.unread.keys().any(|(kind, _, name)| kind == "Pod" && name.is_empty()),
        }
    }

    /// In words, one line each; empty where there is nothing to warn of.
    pub fn lines(&self, lang: Lang) -> Vec<String> {
        let told = [
            (
                &self.stateful,
                lang.pick(
                    "Pods of StatefulSets, which run twice if the machine is alive",
                    "StatefulSet 的 Pod，若机器仍在运行会出现两份",
                ),
            ),
            (
                &self.single,
                lang.pick(
                    "ReadWriteOnce volumes, which two writers can destroy",
                    "ReadWriteOnce 卷，两处同时写入会损坏数据",
                ),
            ),
            (
                &self.unread,
                lang.pick(
                    "Claims that were not read, which may be ReadWriteOnce",
                    "未能读取的 PVC，可能是 ReadWriteOnce",
                ),
            ),
        ];
        let colon = lang.pick(": ", "：");
        let mut lines: Vec<String> = told
            .into_iter()
            .filter(|(names, _)| !names.is_empty())
            .map(|(names, what)| format!("{what}{colon}{}", listed(names, lang)))
            .collect();
        if self.may_be_more {
            let more = lang.pick(
                "Not every pod could be read: there may be more of these.",
                "并非所有 Pod 都能读取：可能还有更多。",
            );
            lines.push(more.to_string());
        }
        lines
    }
}

fn listed(names: &[String], lang: Lang) -> String {
    let beyond = names.len().saturating_sub(LISTED);
    let (comma, and) = (lang.pick(", ", "、"), lang.pick(" and ", "，"));
    let some: Vec<String> = names.iter().take(LISTED).map(|name| said(name)).collect();
    let some = some.join(comma);
    match (beyond, lang) {
        (0, _) => some,
        (_, Lang::En) => format!("{some}{and}{beyond} more"),
        (_, Lang::Zh) => format!("{some}{and}{}", more(beyond, lang)),
    }
}

/// By its owner where the pod was read whole, else by its label.
fn is_stateful(world: &World, pod: &PodBrief) -> bool {
    let whole = world.pods.get(&(pod.namespace.clone(), pod.name.clone()));
    let owners = whole.and_then(|object| object.pod.metadata.owner_references.as_ref());
    let is_owned = owners.is_some_and(|owners| owners.iter().any(|owner| owner.kind == "StatefulSet"));
    is_owned || pod.labels.contains_key(POD_NAME)
}

/// Whether a claim is for one node (or one pod) at a time; `None` where it was not read.
fn is_single(world: &World, namespace: &str, claim: &str) -> Option<bool> {
    let Lookup::Found(claim) = world.claim(namespace, claim) else { return None };
    let modes = claim.spec.as_ref().and_then(|spec| spec.access_modes.as_deref())?;
    Some(modes.iter().any(|mode| mode.starts_with("ReadWriteOnce")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use podwhy_knowledge::Kind;
    use podwhy_knowledge::gap::GapReason;
    use serde_json::{Value, json};

    use super::*;

    fn pod(name: &str, node: &str, claim: Option<&str>, owner: &str) -> Value {
        let volumes: Vec<Value> = claim
            .map(|claim| json!({"name": "data", "persistentVolumeClaim": {"claimName": claim}}))
            .into_iter()
            .collect();
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "shop", "name": name, "uid": name,
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": owner, "name": "o", "uid": "o"}]},
            "spec": {"nodeName": node, "containers": [{"name": "c"}], "volumes": volumes},
            "status": {"phase": "Running", "qosClass": "BestEffort"}})
    }

    fn claim(name: &str, mode: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"namespace": "shop", "name": name}, "spec": {"accessModes": [mode]}})
    }

    fn warning(objects: Vec<Value>, unread: bool) -> Warning {
        let mut world = World::default();
        world.add(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a"}})).unwrap();
        objects.into_iter().for_each(|object| world.add(object).unwrap());
        if unread {
            world.unread.insert(("Pod".into(), "pay".into(), String::new()), GapReason::Forbidden);
        }
        world.finish(None);
        Warning::of(&Snapshot::of_object(&Arc::new(world), Kind::Node, "", "a").unwrap())
    }

    #[test]
    fn what_must_not_run_twice_is_named() {
        let found = warning(
            vec![
                pod("db-0", "a", Some("once"), "StatefulSet"),
                pod("db-1", "b", Some("elsewhere"), "StatefulSet"),
                pod("web", "a", Some("many"), "ReplicaSet"),
                pod("job", "a", Some("pod"), "Job"),
                pod("odd", "a", Some("unseen"), "ReplicaSet"),
                claim("once", "ReadWriteOnce"),
                claim("elsewhere", "ReadWriteOnce"),
                claim("many", "ReadWriteMany"),
                claim("pod", "ReadWriteOncePod"),
            ],
            false,
        );
        assert_eq!(found.stateful, ["shop/db-0"]);
        assert_eq!(found.single, ["shop/once", "shop/pod"]);
        assert_eq!(
            (found.unread.as_slice(), found.may_be_more),
            (["shop/unseen".to_string()].as_slice(), false)
        );
        assert_eq!(found.lines(Lang::En).len(), 3);
        assert_eq!(warning(vec![], false).lines(Lang::En), Vec::<String>::new());
        assert_eq!(warning(vec![], true).lines(Lang::Zh).len(), 1, "a gap is no absence");
    }

    #[test]
    fn many_are_bounded() {
        let pods = (0..12).map(|n| pod(&format!("db-{n:02}"), "a", None, "StatefulSet")).collect();
        let found = warning(pods, false);
        assert!(found.lines(Lang::En)[0].ends_with("shop/db-04 and 7 more"), "{found:?}");
        assert!(found.lines(Lang::Zh)[0].ends_with("另有 7 个"));
    }
}
