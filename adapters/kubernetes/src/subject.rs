//! The waves for one subject: the subject with its events, what hangs on it, and what hangs on that.

pub(crate) mod around;
pub(crate) mod beside;
pub(crate) mod logs;
mod neighbours;
mod objects;

pub(crate) use around::{has_started, is_unscheduled};

use std::collections::{BTreeMap, BTreeSet};

use futures::future::{join, join_all};
use futures::join;
use podwhy_flow::ask::collect::Collected;
use podwhy_flow::ask::told::Lines;
use podwhy_flow::ports::{ClusterError, ClusterRead, LogOf};
use podwhy_knowledge::{Kind, Target};
use serde::Deserialize;
use serde_json::Value;

use crate::annotations;
use crate::connect::LiveCluster;
use crate::paths;
use crate::request::Fail;
use crate::table::{ListMeta, Table};

/// A list, or a page of one.
#[derive(Deserialize)]
pub(crate) struct List {
    #[serde(default)]
    pub(crate) metadata: ListMeta,
    #[serde(default)]
    pub(crate) items: Option<Vec<Value>>,
}

/// At most this many pages of one list: 10,000 objects.
const MAX_PAGES: usize = 20;

impl ClusterRead for LiveCluster {
    fn name(&self) -> &str {
        &self.name
    }

    fn default_namespace(&self) -> &str {
        &self.namespace
    }

    async fn subject(&self, target: &Target) -> Result<Collected, ClusterError> {
        let namespace = target.namespace.clone().unwrap_or_else(|| self.namespace.clone());
        let mut found = Collected { cluster: self.name.clone(), ..Collected::default() };
        match target.kind {
            Some(kind) if kind.is_workload() => {
                let read = self.first_of(&[kind], &namespace, &target.name, &mut found).await?;
                match read {
                    Some(workload) => self.around_workload(kind, &workload, &namespace, &mut found).await,
                    None => self.names(&namespace, &mut found).await,
                }
            }
            Some(Kind::Pod) | None => self.pod_else_workload(target, &namespace, &mut found).await?,
            Some(kind) => self.around_object(kind, &namespace, &target.name, &mut found).await?,
        }
        self.date(&mut found);
        Ok(found)
    }

    async fn log(&self, log: LogOf<'_>) -> Result<Option<Lines>, ClusterError> {
        // one more tells whether there were earlier ones
        let path = paths::last_lines(log.namespace, log.pod, log.container, log.previous, log.lines + 1);
        match self.requests.text(&path).await {
            Ok(text) => Ok(Some(last_lines(&text, log.lines))),
            // 400 "previous terminated container … not found", "container … is waiting to start"
            Err(Fail::NotFound | Fail::Bad(_)) => Ok(None),
            Err(fail) => Err(fail.error(&self.name)),
        }
    }

    fn places_of(&self, name: &str) -> Vec<String> {
        self.names.places_of(name)
    }

    fn seen_like(
        &self,
        part: &str,
        shows: &(dyn Fn(&str) -> bool + Sync),
        most: usize,
    ) -> Vec<(String, String)> {
        self.names.like(part, shows, most)
    }

    async fn names(&self, pods_of: Option<&str>) -> Vec<String> {
        let namespace = pods_of.map(|named| if named.is_empty() { self.namespace.as_str() } else { named });
        if let Some(watched) = self.names.of(namespace) {
            return watched;
        }
        if pods_of.is_none() && !self.namespaces.is_empty() {
            return self.namespaces.clone();
        }
        let path = match pods_of {
            None => "/api/v1/namespaces".to_string(),
            Some("") => paths::list(Kind::Pod, &self.namespace),
            Some(namespace) => paths::list(Kind::Pod, namespace),
        };
        let listed =
            self.requests.table::<Table>(&format!("{path}?includeObject=None&limit={}", paths::PAGE)).await;
        listed.map(|(table, _)| table.names()).unwrap_or_default()
    }

    async fn failing(&self, namespace: Option<&str>) -> Result<Collected, ClusterError> {
        let mut found = self.find_and_read(namespace).await?;
        self.date(&mut found);
        Ok(found)
    }

    async fn annotations(
        &self,
        namespaces: &BTreeSet<String>,
        prefix: &str,
    ) -> Result<BTreeMap<String, BTreeMap<String, String>>, ClusterError> {
        annotations::read(&self.requests, &self.name, namespaces, prefix).await
    }
}

impl LiveCluster {
    async fn pod_else_workload(
        &self,
        target: &Target,
        namespace: &str,
        found: &mut Collected,
    ) -> Result<(), ClusterError> {
        self.requests.metrics.wave();
        let (pod, events) = join(
            self.requests.object(&paths::one(Kind::Pod, namespace, &target.name)),
            self.pages(&paths::events_about(namespace, &target.name)),
        )
        .await;
        match pod {
            Ok((pod, at)) => {
                found.taken_at = at.unwrap_or(found.taken_at);
                self.keep(found, "Event", namespace, &target.name, events);
                self.around_pods(vec![with_kind(pod, "Pod")], found).await;
            }
            Err(Fail::NotFound) => {
                found.absent("Pod", namespace, &target.name);
                let kinds: &[Kind] = if target.kind.is_none() { &Kind::WORKLOADS } else { &[] };
                match self.first_of(kinds, namespace, &target.name, found).await? {
                    Some(workload) => {
                        let kind = kind_of(&workload).unwrap_or(Kind::Deployment);
                        self.around_workload(kind, &workload, namespace, found).await;
                    }
                    None => self.names(namespace, found).await,
                }
            }
            Err(fail) => return Err(fail.error(&self.name)),
        }
        Ok(())
    }

    /// The first of these kinds that has an object of the name; all are asked at once.
    async fn first_of(
        &self,
        kinds: &[Kind],
        namespace: &str,
        name: &str,
        found: &mut Collected,
    ) -> Result<Option<Value>, ClusterError> {
        let asked = kinds.iter().map(|kind| async move {
            (*kind, self.requests.object(&paths::one(*kind, namespace, name)).await)
        });
        let mut first = None;
        for (kind, answer) in join_all(asked).await {
            match answer {
                Ok((object, at)) => {
                    found.taken_at = at.unwrap_or(found.taken_at);
                    first = first.or(Some(with_kind(object, kind.camel())));
                }
                Err(Fail::NotFound) => found.absent(kind.camel(), namespace, name),
                Err(fail) if kinds.len() == 1 => return Err(fail.error(&self.name)),
                Err(fail) => self.note(found, kind.camel(), namespace, name, &fail),
            }
        }
        Ok(first)
    }

    /// The names that do exist, for a subject that does not: what people mistype.
    async fn names(&self, namespace: &str, found: &mut Collected) {
        let kinds =
            [Kind::Pod, Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::Job, Kind::CronJob];
        self.names_of(&kinds, namespace, found).await;
    }

    /// The names that exist of these kinds, and of the namespaces.
    async fn names_of(&self, kinds: &[Kind], namespace: &str, found: &mut Collected) {
        let asked = kinds.iter().map(|kind| async move {
            let path = format!("{}?includeObject=None", paths::list(*kind, namespace));
            (*kind, self.requests.table::<Table>(&path).await)
        });
        let namespaces = self.requests.table::<Table>("/api/v1/namespaces?includeObject=None");
        let (lists, namespaces) = join(join_all(asked), namespaces).await;
        for (kind, list) in lists {
            for name in list.map(|(table, _)| table.names()).unwrap_or_default() {
                found.push(named(kind, namespace, &name));
            }
        }
        for name in namespaces.map(|(table, _)| table.names()).unwrap_or_default() {
            found.push(named(Kind::Namespace, "", &name));
        }
    }

    /// The pages of a list, [`MAX_PAGES`] at most.
    pub(crate) async fn pages(&self, path: &str) -> Result<Vec<Value>, Fail> {
        self.some_pages(path, MAX_PAGES).await
    }

    /// Every page of a list.
    pub(crate) async fn pages_of_all(&self, path: &str) -> Result<Vec<Value>, Fail> {
        self.some_pages(path, usize::MAX).await
    }

    async fn some_pages(&self, path: &str, most: usize) -> Result<Vec<Value>, Fail> {
        let mut items = Vec::new();
        let mut next = String::new();
        for _ in 0..most {
            let page: List = self.requests.json(&paths::page(path, &next)).await?;
            items.extend(page.items.unwrap_or_default());
            next = page.metadata.next;
            if next.is_empty() {
                break;
            }
        }
        Ok(items)
    }

    /// Takes a list in, or notes why it could not be read.
    pub(crate) fn keep(
        &self,
        found: &mut Collected,
        kind: &str,
        namespace: &str,
        name: &str,
        list: Result<Vec<Value>, Fail>,
    ) {
        match list {
            Ok(items) => found.objects.extend(items.into_iter().map(|item| with_kind(item, kind))),
            Err(fail) => self.note(found, kind, namespace, name, &fail),
        }
    }

    /// Notes why an object could not be read: a gap, or that it does not exist.
    pub(crate) fn note(&self, found: &mut Collected, kind: &str, namespace: &str, name: &str, fail: &Fail) {
        match fail.gap() {
            Some(why) => found.unread(kind, namespace, name, why),
            None => found.absent(kind, namespace, name),
        }
    }

    /// The server's own time; this machine's only where no answer carried one.
    fn date(&self, found: &mut Collected) {
        if found.taken_at == jiff::Timestamp::UNIX_EPOCH {
            found.taken_at = jiff::Timestamp::now();
        }
    }

    async fn around_workload(&self, kind: Kind, workload: &Value, namespace: &str, found: &mut Collected) {
        found.push(workload.clone());
        let selector = selector_of(workload);
        let owned = |kind: Kind| {
            let path = format!("{}?limit={}", paths::list(kind, namespace), paths::PAGE);
            if selector.is_empty() {
                path
            } else {
                format!("{path}&labelSelector={}", paths::escape(&selector))
            }
        };
        let (of_pods, of_sets, of_jobs) = (owned(Kind::Pod), owned(Kind::ReplicaSet), owned(Kind::Job));
        let of_events = paths::events(namespace, "");
        let only_if = |wanted: bool, path: String| async move {
            if wanted { self.pages(&path).await } else { Ok(Vec::new()) }
        };
        let (pods, sets, jobs, events) = join!(
            self.pages(&of_pods),
            only_if(kind == Kind::Deployment, of_sets),
            only_if(kind == Kind::CronJob, of_jobs),
            self.pages(&of_events),
        );
        self.keep(found, "ReplicaSet", namespace, "", sets);
        self.keep(found, "Job", namespace, "", jobs);
        let refused = self.beside_workload(workload, events.as_deref().unwrap_or_default()).await;
        found.merge(refused);
        self.keep(found, "Event", namespace, "", events);
        let pods = match pods {
            Ok(pods) => pods.into_iter().map(|pod| with_kind(pod, "Pod")).collect(),
            Err(fail) => {
                self.note(found, "Pod", namespace, "", &fail);
                Vec::new()
            }
        };
        if kind == Kind::DaemonSet && pods.is_empty() {
            // which nodes it leaves out, and why, only they tell
            let nodes = self.nodes().await;
            self.keep(found, "Node", "", "", nodes);
        }
        self.around_pods(pods, found).await;
    }
}

/// `app=cart,tier in (a,b)`; empty when the workload has none (a CronJob).
fn selector_of(workload: &Value) -> String {
    let labels = workload.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
    let mut parts: Vec<String> =
        labels.into_iter().flatten().filter_map(|(k, v)| Some(format!("{k}={}", v.as_str()?))).collect();
    let expressions = workload.pointer("/spec/selector/matchExpressions").and_then(Value::as_array);
    for expression in expressions.into_iter().flatten() {
        let key = text(expression, "/key");
        let values: Vec<&str> = expression
            .get("values")
            .and_then(Value::as_array)
            .map(|values| values.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        parts.push(match text(expression, "/operator") {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "Exists" => key.to_string(),
            _ => format!("!{key}"),
        });
    }
    parts.join(",")
}

pub(crate) fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// Items of a list do not say their kind.
pub(crate) fn with_kind(mut object: Value, kind: &str) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.entry("kind").or_insert_with(|| kind.into());
        let group = match Kind::from_camel(kind) {
            Some(Kind::Job | Kind::CronJob) => "batch/v1",
            Some(kind) if kind.is_workload() => "apps/v1",
            _ if kind == "StorageClass" => "storage.k8s.io/v1",
            _ if kind == "Lease" => "coordination.k8s.io/v1",
            _ => "v1",
        };
        fields.entry("apiVersion").or_insert_with(|| group.into());
    }
    object
}

fn named(kind: Kind, namespace: &str, name: &str) -> Value {
    let object = serde_json::json!({"metadata": {"name": name, "namespace": namespace}});
    with_kind(object, kind.camel())
}

fn kind_of(object: &Value) -> Option<Kind> {
    Kind::from_camel(text(object, "/kind"))
}

fn last_lines(text: &str, most: usize) -> Lines {
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(most);
    Lines { text: lines[from..].join("\n"), cut: from > 0 }
}
