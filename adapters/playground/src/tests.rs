//! The playground's answers, asked as over the wire.

mod evictions;
mod lives;
mod people;
mod writes;

use std::sync::Arc;

use axum::body::to_bytes;
use serde_json::{Value, json};

use crate::{Options, Playground, Store};

const STRATEGIC: (&str, &str) = ("content-type", "application/strategic-merge-patch+json");
const MERGE: (&str, &str) = ("content-type", "application/merge-patch+json");
const JSON: (&str, &str) = ("content-type", "application/json-patch+json");

/// An empty cluster.
struct Cluster {
    playground: Playground,
    store: Arc<Store>,
}

impl Cluster {
    async fn with(objects: impl IntoIterator<Item = Value>) -> Cluster {
        let playground = Playground::start(Options { empty: true, ..Options::default() }).await.unwrap();
        let store = playground.store("playground").unwrap();
        for object in objects {
            store.put(object).unwrap();
        }
        Cluster { playground, store }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> (u16, Value) {
        let answer = self.playground.ask(method, path, headers, body).await;
        let code = answer.status().as_u16();
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        (code, serde_json::from_slice(&bytes).unwrap_or(json!(text)))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.ask("GET", path, &[], Value::Null).await
    }

    async fn items(&self, path: &str) -> Vec<Value> {
        self.get(path).await.1["items"].as_array().unwrap().clone()
    }

    fn version(&self) -> u64 {
        self.store.list(crate::api::find("", "v1", "nodes").unwrap(), "").1
    }
}

fn node(name: &str, ready: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": {},
        "status": {"conditions": [{"type": "Ready", "status": ready}]}})
}

/// Ready, on a node nobody knows.
fn pod(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop", "labels": {"app": "web"}},
        "spec": {"nodeName": "n1", "containers": [{"name": "app", "image": "web:1"}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}})
}
