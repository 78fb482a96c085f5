//! Everything that fails: found by the server's Tables without objects, and only that is read.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::{join_all, join4};
use futures::{StreamExt, join, stream};
use podwhy_flow::ask::collect::Collected;
use podwhy_flow::ports::ClusterError;
use podwhy_knowledge::{GapReason, Kind};
use serde_json::Value;

use crate::connect::LiveCluster;
use crate::paths;
use crate::request::Fail;
use crate::subject::{self, logs, text, with_kind};
use crate::table::{PodRow, Table};

/// Above this many namespaces one paged Table of the whole cluster costs less than a Table each.
const MAX_NAMESPACES: usize = 200;

/// At most this many requests under way.
const AT_ONCE: usize = 16;

/// Of a namespace with more suspects than this, those that never started are read in one list.
const LIST_FROM: usize = 4;

/// A list costs the server about as much for each pod in it as a tenth of a request for that pod alone.
const LIST_INSTEAD: usize = 10;

/// The pods' rows, the server's own time, and the namespaces whose rows could not be read.
#[derive(Default)]
struct Rows {
    rows: Vec<PodRow>,
    at: Option<jiff::Timestamp>,
    unread: Vec<(String, GapReason)>,
}

impl From<(Vec<PodRow>, Option<jiff::Timestamp>)> for Rows {
    fn from((rows, at): (Vec<PodRow>, Option<jiff::Timestamp>)) -> Rows {
        Rows { rows, at, unread: Vec::new() }
    }
}

/// What the first step found.
struct Found {
    /// Pods to read, by namespace; with how many pods the namespace has.
    suspects: BTreeMap<String, (Vec<String>, usize)>,
    well: usize,
    collected: Collected,
}

/// At most this many workloads without pods are asked about what refuses them.
const MAX_REFUSED: usize = 10;

impl LiveCluster {
    pub(crate) async fn find_and_read(&self, namespace: Option<&str>) -> Result<Collected, ClusterError> {
        let Found { suspects, well, mut collected } = self.find(namespace).await?;
        collected.cluster = self.name.clone();
        collected.well = well;
        collected.lean = true;
        let pods = self.read(&suspects).await;
        let namespaces: BTreeSet<String> = suspects
            .keys()
            .cloned()
            .chain(
                collected
                    .objects
                    .iter()
                    .filter(|o| is_short(o))
                    .map(|o| text(o, "/metadata/namespace").to_string()),
            )
            .collect();
        let failing: Vec<&Value> = pods.objects.iter().collect();
        let claims = claims(&failing);
        let of_classes = format!("/apis/storage.k8s.io/v1/storageclasses?limit={}", paths::PAGE);
        let waiting: BTreeSet<String> = failing
            .iter()
            .filter(|pod| !subject::has_started(pod))
            .map(|pod| text(pod, "/metadata/namespace").to_string())
            .collect();
        let secrets = self.secrets(&waiting, !waiting.is_empty());
        let (logs, events, claims, (classes, secrets)) = join4(
            self.logs(logs::wanted(&failing)),
            self.events_of(&namespaces, &suspects),
            self.read_claims(claims),
            async { join!(self.pages(&of_classes), secrets) },
        )
        .await;
        let short = collected.objects.iter().filter(|object| is_short(object)).take(MAX_REFUSED);
        let refused = join_all(short.map(|workload| self.beside_workload(workload, &events.objects)));
        let (beside, refused) = join!(self.beside_many(&failing, &logs), refused);
        for part in [pods, logs, events, claims, secrets, beside] {
            collected.merge(part);
        }
        for mut part in refused {
            // those that are well are counted already
            part.objects.retain(|object| text(object, "/kind") != "Pod");
            collected.merge(part);
        }
        self.keep(&mut collected, "StorageClass", "", "", classes);
        Ok(collected)
    }

    /// The first step of [`failing`](podwhy_flow::ports::ClusterRead::failing) alone, for measuring it: how many pods would
    /// be read.
    ///
    /// # Errors
    /// As there.
    pub async fn find_only(&self) -> Result<usize, ClusterError> {
        Ok(self.find(None).await?.suspects.values().map(|(names, _)| names.len()).sum())
    }

    async fn find(&self, namespace: Option<&str>) -> Result<Found, ClusterError> {
        let mut collected = Collected::default();
        let (rows, nodes, workloads) =
            join!(self.rows(namespace, &self.namespaces), self.nodes(), self.workloads(namespace));
        let Rows { rows, at, unread } = rows.map_err(|fail| fail.error(&self.name))?;
        collected.taken_at = at.unwrap_or(collected.taken_at);
        for (namespace, why) in unread {
            collected.unread("Pod", &namespace, "", why);
        }
        collected.merge(workloads);
        let mut sick: BTreeSet<String> = BTreeSet::new();
        match nodes {
            Ok(nodes) => {
                sick.extend(
                    nodes
                        .iter()
                        .filter(|node| !is_ready(node))
                        .map(|node| text(node, "/metadata/name").to_string()),
                );
                collected.objects.extend(nodes);
            }
            Err(fail) => self.note(&mut collected, "Node", "", "", &fail),
        }
        let heartbeats = join_all(sick.iter().take(20).map(|node| self.heartbeat(node))).await;
        heartbeats.into_iter().for_each(|heartbeat| collected.merge(heartbeat));
        let ending = self.ending(&rows).await;
        let mut suspects: BTreeMap<String, (Vec<String>, usize)> = BTreeMap::new();
        let mut well: usize = 0;
        for row in rows {
            let entry = suspects.entry(row.namespace.clone()).or_default();
            entry.1 += 1;
            if row.is_plainly_well() && !(sick.contains(&row.node) && row.status != "Completed") {
                well += 1;
            } else {
                entry.0.push(row.name);
            }
        }
        for (namespace, name) in ending {
            suspects.entry(namespace).or_default().0.push(name);
            well = well.saturating_sub(1);
        }
        suspects.retain(|_, (names, _)| !names.is_empty());
        Ok(Found { suspects, well, collected })
    }

    /// Pods that ended and are being deleted, or whose controller has its pods run for ever: a Table shows them as `Completed`, so only
    /// their metadata tells.
    async fn ending(&self, rows: &[PodRow]) -> Vec<(String, String)> {
        let done = rows.iter().filter(|row| row.status == "Completed");
        let namespaces: BTreeSet<String> = done.map(|row| row.namespace.clone()).collect();
        let asked = stream::iter(namespaces).map(|namespace| async move {
            let path = format!("{}&fieldSelector=status.phase%3DSucceeded", pods_of(&namespace));
            (namespace, self.requests.metadata_list(&path).await)
        });
        let answers: Vec<_> = asked.buffered(AT_ONCE / 2).collect().await;
        let pods = answers.into_iter().flat_map(|(namespace, list)| {
            // where it is refused or late, the row's word is all there is
            list.unwrap_or_default().into_iter().map(move |pod| (namespace.clone(), pod))
        });
        pods.filter(|(_, pod)| pod.pointer("/metadata/deletionTimestamp").is_some() || runs_for_ever(pod))
            .map(|(namespace, pod)| (namespace, text(&pod, "/metadata/name").to_string()))
            .collect()
    }

    /// Every pod as a Table row.
    async fn rows(&self, namespace: Option<&str>, rights: &[String]) -> Result<Rows, Fail> {
        if let Some(namespace) = namespace {
            return self.rows_of(namespace).await.map(Rows::from);
        }
        let namespaces = if rights.is_empty() { self.namespace_names().await } else { Ok(rights.to_vec()) };
        match namespaces {
            Ok(names) if names.len() <= MAX_NAMESPACES => {
                let tables = stream::iter(names).map(|name| async move {
                    let rows = self.rows_of(&name).await;
                    (name, rows)
                });
                let answers: Vec<_> = tables.buffered(AT_ONCE).collect().await;
                let (mut all, mut failed) = (Rows::default(), None);
                for (name, answer) in answers {
                    match answer {
                        Ok((more, time)) => {
                            all.rows.extend(more);
                            all.at = all.at.or(time);
                        }
                        Err(fail) => {
                            all.unread.extend(fail.gap().map(|why| (name, why)));
                            failed = Some(fail);
                        }
                    }
                }
                // rights in some namespaces are enough to answer for those
                match failed {
                    Some(fail) if all.at.is_none() => Err(fail),
                    _ => Ok(all),
                }
            }
            // too many, or not to be listed: the whole cluster, page by page, with the rows' own metadata
            _ => self.rows_of_all().await.map(Rows::from),
        }
    }

    pub(crate) async fn namespace_names(&self) -> Result<Vec<String>, Fail> {
        let (table, _) = self.requests.table::<Table>("/api/v1/namespaces?includeObject=None").await?;
        Ok(table.names())
    }

    async fn rows_of(&self, namespace: &str) -> Result<(Vec<PodRow>, Option<jiff::Timestamp>), Fail> {
        let path = format!("{}?includeObject=None", paths::list(Kind::Pod, namespace));
        let (table, at) = self.requests.table::<Table>(&path).await?;
        Ok((table.pods(namespace), at))
    }

    async fn rows_of_all(&self) -> Result<(Vec<PodRow>, Option<jiff::Timestamp>), Fail> {
        let path = format!("{}?includeObject=Metadata&limit={}", paths::list(Kind::Pod, ""), paths::PAGE);
        let (mut rows, mut next, mut at) = (Vec::new(), String::new(), None);
        loop {
            let (table, time) = self.requests.table::<Table>(&paths::page(&path, &next)).await?;
            at = at.or(time);
            next = table.metadata.next.clone();
            rows.extend(table.pods(""));
            if next.is_empty() {
                return Ok((rows, at));
            }
        }
    }

    /// The workloads: few beside their pods, and those that are short of pods have no pod to be found by.
    async fn workloads(&self, namespace: Option<&str>) -> Collected {
        let kinds = [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::Job, Kind::CronJob];
        let places = match namespace {
            Some(one) => vec![one.to_string()],
            None if self.namespaces.is_empty() => vec![String::new()],
            // rights in some namespaces are none to a list of all
            None => self.namespaces.clone(),
        };
        let asked: Vec<(Kind, String)> =
            places.iter().flat_map(|place| kinds.map(|kind| (kind, place.clone()))).collect();
        let answers = stream::iter(asked).map(|(kind, place)| async move {
            let path = format!("{}?limit={}", paths::list(kind, &place), paths::PAGE);
            (kind, place, self.pages(&path).await)
        });
        let mut found = Collected::default();
        for (kind, place, list) in answers.buffered(AT_ONCE).collect::<Vec<_>>().await {
            self.keep(&mut found, kind.camel(), &place, "", list);
        }
        found
    }

    /// The suspects whole. Of a namespace with several, those that never started come in one list; the rest one by one
    /// where they are few beside the others, else picked out of the namespace's list.
    async fn read(&self, suspects: &BTreeMap<String, (Vec<String>, usize)>) -> Collected {
        let several = suspects.iter().filter(|(_, (names, _))| names.len() > LIST_FROM);
        let lists = stream::iter(several.map(|(namespace, _)| namespace.clone()).collect::<Vec<_>>());
        let pending = lists.map(|namespace| async move {
            let path = format!("{}&fieldSelector=status.phase%3DPending", pods_of(&namespace));
            (namespace, self.pages_of_all(&path).await)
        });
        let mut read: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (namespace, list) in pending.buffered(AT_ONCE / 4).collect::<Vec<_>>().await {
            // what this one could not read, the requests below try again or note
            read.insert(namespace, list.unwrap_or_default());
        }
        let (mut single, mut rest) = (Vec::new(), Vec::new());
        let mut found = Collected::default();
        for (namespace, (names, all)) in suspects {
            let mut missing: BTreeSet<String> = names.iter().cloned().collect();
            let listed = read.remove(namespace);
            let few = listed.is_none();
            for pod in listed.unwrap_or_default() {
                if missing.remove(text(&pod, "/metadata/name")) {
                    found.push(lean(with_kind(pod, "Pod")));
                }
            }
            if !few && missing.len() * LIST_INSTEAD > *all {
                rest.push((namespace.clone(), missing));
            } else {
                single.extend(missing.into_iter().map(|name| (namespace.clone(), name)));
            }
        }
        let (singles, lists) = join!(self.read_single(single), self.read_lists(rest));
        found.merge(singles);
        found.merge(lists);
        found
    }

    async fn read_single(&self, wanted: Vec<(String, String)>) -> Collected {
        let asked = stream::iter(wanted).map(|(namespace, name)| async move {
            let path = paths::one(Kind::Pod, &namespace, &name);
            (namespace, name, self.requests.object(&path).await)
        });
        let mut found = Collected::default();
        for (namespace, name, answer) in asked.buffered(AT_ONCE).collect::<Vec<_>>().await {
            match answer {
                Ok((pod, _)) => found.push(lean(with_kind(pod, "Pod"))),
                // gone since it was found
                Err(Fail::NotFound) => {}
                Err(fail) => self.note(&mut found, "Pod", &namespace, &name, &fail),
            }
        }
        found
    }

    async fn read_lists(&self, wanted: Vec<(String, BTreeSet<String>)>) -> Collected {
        let asked = stream::iter(wanted).map(|(namespace, names)| async move {
            let path = format!("{}&fieldSelector=status.phase%21%3DPending", pods_of(&namespace));
            let list = self.pick(&path, &names).await;
            (namespace, list)
        });
        let mut found = Collected::default();
        for (namespace, list) in asked.buffered(AT_ONCE / 4).collect::<Vec<_>>().await {
            match list {
                Ok(pods) => {
                    found.objects.extend(pods.into_iter().map(|pod| lean(with_kind(pod, "Pod"))));
                }
                Err(fail) => self.note(&mut found, "Pod", &namespace, "", &fail),
            }
        }
        found
    }

    /// The items of a list that have one of these names.
    async fn pick(&self, path: &str, names: &BTreeSet<String>) -> Result<Vec<Value>, Fail> {
        let (mut picked, mut next) = (Vec::new(), String::new());
        loop {
            let items;
            (items, next) = self.requests.pick(&paths::page(path, &next), names).await?;
            picked.extend(items);
            if next.is_empty() {
                return Ok(picked);
            }
        }
    }

    /// The warnings of the namespaces concerned, and the kills, which are no warnings; of pods that were not read none.
    async fn events_of(
        &self,
        namespaces: &BTreeSet<String>,
        suspects: &BTreeMap<String, (Vec<String>, usize)>,
    ) -> Collected {
        let asked = stream::iter(namespaces.clone()).map(|namespace| async move {
            let (of_warnings, of_kills) =
                (paths::events(&namespace, "type=Warning"), paths::events(&namespace, "reason=Killing"));
            let (warnings, kills) = join!(self.pages_of_all(&of_warnings), self.pages_of_all(&of_kills));
            (namespace, warnings, kills)
        });
        let answers: Vec<_> = asked.buffered(AT_ONCE / 2).collect().await;
        let mut found = Collected::default();
        for (namespace, warnings, kills) in answers {
            let known: BTreeSet<&str> = suspects
                .get(&namespace)
                .map(|(names, _)| names.iter().map(String::as_str).collect())
                .unwrap_or_default();
            let wanted = |event: &Value| {
                text(event, "/involvedObject/kind") != "Pod"
                    || known.contains(text(event, "/involvedObject/name"))
            };
            for list in [warnings, kills] {
                let list = list.map(|events| events.into_iter().filter(|e| wanted(e)).map(lean).collect());
                self.keep(&mut found, "Event", &namespace, "", list);
            }
        }
        found
    }

    async fn read_claims(&self, claims: BTreeSet<(String, String)>) -> Collected {
        let asked = stream::iter(claims).map(|(namespace, name)| async move {
            let path = paths::one(Kind::PersistentVolumeClaim, &namespace, &name);
            let of_events = paths::events_about(&namespace, &name);
            let (claim, events) = join!(self.requests.object(&path), self.pages(&of_events));
            (namespace, name, claim, events)
        });
        let answers: Vec<_> = asked.buffered(AT_ONCE / 2).collect().await;
        let mut found = Collected::default();
        for (namespace, name, claim, events) in answers {
            match claim {
                Ok((claim, _)) => found.push(with_kind(claim, "PersistentVolumeClaim")),
                Err(fail) => self.note(&mut found, "PersistentVolumeClaim", &namespace, &name, &fail),
            }
            self.keep(&mut found, "Event", &namespace, &name, events);
        }
        found
    }
}

fn pods_of(namespace: &str) -> String {
    format!("{}?limit={}", paths::list(Kind::Pod, namespace), paths::PAGE)
}

/// Who wrote which field is a third of an object and never part of an answer here.
fn lean(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    object
}

fn is_ready(node: &Value) -> bool {
    let conditions = node.pointer("/status/conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().any(|c| text(c, "/type") == "Ready" && text(c, "/status") == "True")
}

/// Whether a workload has fewer ready pods than it wants: then its own events may say why.
fn is_short(object: &Value) -> bool {
    let number = |path: &str| object.pointer(path).and_then(Value::as_i64);
    match text(object, "/kind") {
        "Deployment" | "StatefulSet" => {
            number("/status/readyReplicas").unwrap_or(0) < number("/spec/replicas").unwrap_or(1)
        }
        "DaemonSet" => {
            number("/status/numberReady").unwrap_or(0) < number("/status/desiredNumberScheduled").unwrap_or(0)
        }
        "Job" => number("/status/failed").unwrap_or(0) > 0 || number("/status/active").unwrap_or(0) == 0,
        _ => false,
    }
}

/// The claims of pods that wait for a node.
fn claims(pods: &[&Value]) -> BTreeSet<(String, String)> {
    let waiting = pods.iter().filter(|pod| subject::is_unscheduled(pod));
    waiting
        .flat_map(|pod| {
            let namespace = text(pod, "/metadata/namespace");
            let volumes = pod.pointer("/spec/volumes").and_then(Value::as_array);
            volumes.into_iter().flatten().filter_map(move |volume| {
                let claim = text(volume, "/persistentVolumeClaim/claimName");
                (!claim.is_empty()).then(|| (namespace.to_string(), claim.to_string()))
            })
        })
        .take(200)
        .collect()
}

/// Whether its controller makes pods that are never done.
fn runs_for_ever(pod: &Value) -> bool {
    let mut owners = pod.pointer("/metadata/ownerReferences").and_then(Value::as_array).into_iter().flatten();
    owners.any(|owner| matches!(text(owner, "/kind"), "ReplicaSet" | "StatefulSet" | "DaemonSet"))
}
