//! A cluster with a failing pod in each of three namespaces, and a notebook of what it was asked.

use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use podwhy_flow::ask::collect::Collected;
use podwhy_flow::ask::told::Lines;
use podwhy_flow::ports::{ClusterError, ClusterRead, KubernetesUser, LogOf, Permissions, Right};
use podwhy_knowledge::Target;
use podwhy_knowledge::brief::PodBrief;
use serde_json::{Value, json};

/// Everything the clusters were asked, in order.
#[derive(Debug, Default)]
pub struct Asked(Mutex<Vec<String>>);

impl Asked {
    fn note(&self, what: String) {
        self.0.lock().unwrap().push(what);
    }

    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

pub struct Stub {
    name: String,
    asked: Arc<Asked>,
}

/// In each namespace, its failing pod. `common-0` is in two of them.
pub const PODS: [(&str, &str); 5] = [
    ("shop", "cart-0"),
    ("shop", "common-0"),
    ("payments", "ledger-0"),
    ("payments", "common-0"),
    ("kube-system", "dns-0"),
];

impl Stub {
    pub fn new(name: &str, asked: &Arc<Asked>) -> Stub {
        Stub { name: name.to_string(), asked: Arc::clone(asked) }
    }

    fn collected(&self) -> Collected {
        Collected {
            cluster: self.name.clone(),
            taken_at: "2026-11-25T12:00:00Z".parse().unwrap(),
            ..Collected::default()
        }
    }
}

/// It waits because the node's port is held by a pod of another namespace: evidence that names a neighbour.
fn pod(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"namespace": namespace, "name": name, "uid": format!("uid-{namespace}-{name}"),
            "creationTimestamp": "2026-11-25T11:00:00Z"},
        "spec": {"containers": [{"name": "app", "image": "app:1"}]},
        "status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False",
            "reason": "Unschedulable", "lastTransitionTime": "2026-11-25T11:00:00Z",
            "message": "0/1 nodes are available: waiting for payments/ledger-0 and ledger-0 to leave."}]},
    })
}

impl ClusterRead for Stub {
    fn name(&self) -> &str {
        &self.name
    }

    fn default_namespace(&self) -> &str {
        "shop"
    }

    async fn subject(&self, target: &Target) -> Result<Collected, ClusterError> {
        let namespace = target.namespace.clone().unwrap_or_else(|| "shop".to_string());
        self.asked.note(format!("subject {}:{namespace}/{}", self.name, target.name));
        let mut found = self.collected();
        let known = PODS.contains(&(namespace.as_str(), target.name.as_str()));
        if known {
            found.push(pod(&namespace, &target.name));
            found.logs.entry((namespace, target.name.clone(), "app".to_string())).or_default().current =
                Some("token eyes only".into());
            let typed = |namespace: &str, name: &str| serde_json::from_value(pod(namespace, name)).unwrap();
            found.briefs =
                PODS.iter().map(|(namespace, name)| PodBrief::of(&typed(namespace, name))).collect();
        } else {
            // the names that do exist, wherever they are
            for (namespace, name) in PODS {
                found.push(pod(namespace, name));
            }
        }
        Ok(found)
    }

    async fn names(&self, pods_of: Option<&str>) -> Vec<String> {
        let mut names: Vec<String> = match pods_of {
            None => PODS.iter().map(|(namespace, _)| (*namespace).to_string()).collect(),
            Some(wanted) => {
                let own = PODS.iter().filter(|(namespace, _)| *namespace == wanted);
                own.map(|(_, name)| (*name).to_string()).collect()
            }
        };
        names.dedup();
        names
    }

    async fn log(&self, log: LogOf<'_>) -> Result<Option<Lines>, ClusterError> {
        self.asked.note(format!("log {}:{}/{}", self.name, log.namespace, log.pod));
        Ok(Some(Lines { text: "last words".to_string(), cut: false }))
    }

    fn places_of(&self, name: &str) -> Vec<String> {
        let places = PODS.iter().filter(|(_, known)| *known == name);
        places.map(|(namespace, _)| (*namespace).to_string()).collect()
    }

    fn seen_like(
        &self,
        part: &str,
        shows: &(dyn Fn(&str) -> bool + Sync),
        most: usize,
    ) -> Vec<(String, String)> {
        let fitting = PODS.iter().filter(|(namespace, name)| name.contains(part) && shows(namespace));
        fitting.map(|(namespace, name)| ((*namespace).to_string(), (*name).to_string())).take(most).collect()
    }

    async fn failing(&self, namespace: Option<&str>) -> Result<Collected, ClusterError> {
        self.asked.note(format!("failing {}:{}", self.name, namespace.unwrap_or("*")));
        let mut found = self.collected();
        for (own, name) in PODS {
            if namespace.is_none_or(|wanted| wanted == own) {
                found.push(pod(own, name));
            }
        }
        Ok(found)
    }
}

impl Permissions for Stub {
    /// Ann may read the pods of `shop` and `kube-system`, and no log. Of `dev` nobody can say.
    fn may<'a>(
        &'a self,
        user: &'a KubernetesUser,
        right: Right,
        namespace: Option<&'a str>,
    ) -> BoxFuture<'a, Result<bool, ClusterError>> {
        Box::pin(async move {
            if self.name == "dev" {
                let (cluster, why) = ("dev".to_string(), "no answer in time".to_string());
                return Err(ClusterError::Unreachable { cluster, why });
            }
            let own = matches!(namespace, Some("shop" | "kube-system"));
            Ok(user.name == "ann@example.com" && right == Right::Pods && own)
        })
    }
}
