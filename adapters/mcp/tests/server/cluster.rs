//! Clusters of a test's own: a shop whose pods end, wait or hang, as their names say.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use podwhy_flow::UserError;
use podwhy_flow::ask::collect::Collected;
use podwhy_flow::ask::told::Lines;
use podwhy_flow::ports::{ClusterError, ClusterRead, LogOf};
use podwhy_knowledge::Target;
use podwhy_mcp::Clusters;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};

/// What the clusters are asked, and what they say.
#[derive(Debug, Default)]
pub struct Seen {
    pub connected: AtomicUsize,
    pub now: watch::Sender<usize>,
    pub most: AtomicUsize,
    pub dropped: AtomicUsize,
}

/// The clusters `town` and `gone`; the latter does not answer.
#[derive(Clone, Debug)]
pub struct Town {
    pub seen: Arc<Seen>,
    /// Pods that hang wait for a permit of this.
    pub go_on: Arc<Semaphore>,
    /// The last words of `shop/cart-0`.
    pub words: String,
    /// So many pods wait in `shop`.
    pub waiting: usize,
}

impl Default for Town {
    fn default() -> Town {
        Town {
            seen: Arc::default(),
            go_on: Arc::new(Semaphore::new(0)),
            words: "panic: no configuration".to_string(),
            waiting: 0,
        }
    }
}

impl Clusters for Town {
    type Cluster = Place;

    async fn cluster(&self, named: Option<&str>) -> Result<Place, UserError> {
        self.seen.connected.fetch_add(1, Ordering::SeqCst);
        match named {
            None | Some("town") => Ok(Place { name: "town".to_string(), town: self.clone() }),
            Some("gone") => Ok(Place { name: "gone".to_string(), town: self.clone() }),
            Some(other) => Err(UserError::Input(format!("the configuration has no cluster {other:?}"))),
        }
    }
}

pub struct Place {
    name: String,
    town: Town,
}

/// Counts who is asking now, and who stopped before there was an answer.
struct Asking<'a>(&'a Seen, bool);

impl<'a> Asking<'a> {
    fn begin(seen: &'a Seen) -> Asking<'a> {
        seen.now.send_modify(|now| {
            *now += 1;
            seen.most.fetch_max(*now, Ordering::SeqCst);
        });
        Asking(seen, false)
    }

    fn end(mut self) {
        self.1 = true;
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if !self.1 {
            self.0.dropped.fetch_add(1, Ordering::SeqCst);
        }
        self.0.now.send_modify(|now| *now -= 1);
    }
}

impl Place {
    fn collected(&self) -> Result<Collected, ClusterError> {
        if self.name == "gone" {
            let (cluster, why) =
                (self.name.clone(), "connection refused, password=hunter2secret".to_string());
            return Err(ClusterError::Unreachable { cluster, why });
        }
        let taken_at = "2026-11-25T12:00:00Z".parse().unwrap();
        Ok(Collected { cluster: self.name.clone(), taken_at, ..Collected::default() })
    }
}

/// It ended, and said why.
pub fn ended(name: &str, words: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"namespace": "shop", "name": name, "uid": format!("uid-{name}"),
            "creationTimestamp": "2026-11-25T11:00:00Z"},
        "spec": {"restartPolicy": "Always", "containers": [{"name": "app", "image": "app:1"}]},
        "status": {"phase": "Running", "containerStatuses": [{"name": "app", "image": "app:1", "imageID": "",
            "ready": false, "restartCount": 9,
            "state": {"waiting": {"reason": "CrashLoopBackOff",
                "message": "back-off 5m0s restarting failed container=app"}},
            "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "message": words,
                "startedAt": "2026-11-25T11:58:00Z", "finishedAt": "2026-11-25T11:58:01Z"}}}]},
    })
}

fn waits(number: usize) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"namespace": "shop", "name": format!("waits-{number}"), "uid": format!("uid-{number}"),
            "creationTimestamp": "2026-11-25T11:00:00Z"},
        "spec": {"containers": [{"name": "app", "image": format!("registry.example.com/app-{number}:1")}]},
        "status": {"phase": "Pending", "containerStatuses": [{"name": "app", "ready": false, "restartCount": 0,
            "image": "", "imageID": "",
            "state": {"waiting": {"reason": "ErrImagePull", "message": format!(
                "failed to pull registry.example.com/app-{number}:1: manifest unknown: {}", "x".repeat(200))}}}]},
    })
}

impl ClusterRead for Place {
    fn name(&self) -> &str {
        &self.name
    }

    fn default_namespace(&self) -> &str {
        "shop"
    }

    async fn subject(&self, target: &Target) -> Result<Collected, ClusterError> {
        let asking = Asking::begin(&self.town.seen);
        let mut found = self.collected()?;
        match target.name.as_str() {
            "panics" => panic!("token=hunter2secret in the middle of a thought"),
            "hangs" => self.town.go_on.acquire().await.unwrap().forget(),
            _ => {}
        }
        found.push(ended("cart-0", &self.town.words));
        found.push(ended("hangs", "end"));
        let log =
            found.logs.entry(("shop".to_string(), "cart-0".to_string(), "app".to_string())).or_default();
        log.previous = Some(self.town.words.as_str().into());
        asking.end();
        Ok(found)
    }

    async fn names(&self, _pods_of: Option<&str>) -> Vec<String> {
        vec!["shop".to_string()]
    }

    async fn log(&self, _log: LogOf<'_>) -> Result<Option<Lines>, ClusterError> {
        panic!("no tool reads logs")
    }

    fn places_of(&self, _name: &str) -> Vec<String> {
        Vec::new()
    }

    fn seen_like(
        &self,
        _part: &str,
        _shows: &(dyn Fn(&str) -> bool + Sync),
        _most: usize,
    ) -> Vec<(String, String)> {
        Vec::new()
    }

    async fn failing(&self, namespace: Option<&str>) -> Result<Collected, ClusterError> {
        let mut found = self.collected()?;
        if namespace.is_none_or(|namespace| namespace == "shop") {
            found.push(ended("cart-0", &self.town.words));
            (0..self.town.waiting).for_each(|number| found.push(waits(number)));
        }
        Ok(found)
    }
}
