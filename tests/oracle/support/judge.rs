//! One cluster through the real scheduler and through podwhy, pod by pod.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, bail};
use podwhy_knowledge::Snapshot;
use podwhy_knowledge::schedule::change::Change;
use podwhy_knowledge::schedule::filters::Filters;
use podwhy_knowledge::schedule::fix::search;
use podwhy_knowledge::schedule::message::parse;
use podwhy_knowledge::schedule::scene::Scene;
use podwhy_knowledge::schedule::wanted::Wanted;
use podwhy_knowledge::schedule::{Class, evaluate};
use podwhy_knowledge::world::World;
use serde_json::{Value, json};

use crate::api::Api;
use crate::apply::{apply, changed_pod, smaller};
use crate::generate::Cluster;

/// Informers are late by a little: an answer that is not the expected one is asked for again so often.
const TRIES: usize = 6;

/// How it went.
#[derive(Clone, Debug, Default)]
pub struct Score {
    /// Pods the scheduler left Pending.
    pub pending: usize,
    /// Pods it placed.
    pub placed: usize,
    /// Changes after which the pod was placed, by kind.
    pub proven: BTreeMap<&'static str, usize>,
    /// Changes one step smaller, after which it was not.
    pub smaller: usize,
    /// How often each reason was given.
    pub reasons: BTreeMap<String, usize>,
    /// Pods given to the scheduler, those with changes and the repeated ones among them.
    pub asked: usize,
    /// What went wrong.
    pub wrong: Vec<String>,
}

/// What the scheduler did with a pod.
#[derive(Debug)]
enum Verdict {
    Placed(String),
    Refused(Value, String),
}

/// Puts the cluster's pods before the scheduler, one at a time, until so many were left Pending.
///
/// # Errors
/// When the API server refuses or does not answer; a disagreement is no error but stands in the score.
pub fn judge(api: &Api, cluster: &Cluster, score: &mut Score, enough: usize) -> anyhow::Result<()> {
    let mut made = Vec::new();
    for (list, object) in &cluster.objects {
        made.push(create(api, list, object)?);
    }
    for pod in &cluster.bound {
        made.push(create(api, &list_of(pod), pod)?);
    }
    let judged = settle(api, cluster).and_then(|world| {
        for pod in &cluster.waiting {
            if score.pending >= enough {
                break;
            }
            Judge { api, world: &world, score }.one(pod).with_context(|| text(pod, "/metadata/name"))?;
        }
        Ok(())
    });
    for path in made.iter().rev() {
        drop(api.merge(path, &json!({"metadata": {"finalizers": null}})));
        api.delete(path)?;
    }
    judged
}

fn create(api: &Api, list: &str, object: &Value) -> anyhow::Result<String> {
    api.create(list, object)?;
    Ok(format!("{list}/{}", text(object, "/metadata/name")))
}

fn list_of(pod: &Value) -> String {
    format!("/api/v1/namespaces/{}/pods", text(pod, "/metadata/namespace"))
}

fn text(object: &Value, path: &str) -> String {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default().to_string()
}

/// Pods of Jobs finish, those with a finalizer begin to go; then the world is read.
fn settle(api: &Api, cluster: &Cluster) -> anyhow::Result<World> {
    for pod in &cluster.bound {
        let (list, name) = (list_of(pod), text(pod, "/metadata/name"));
        let now = api.get(&format!("{list}/{name}"))?;
        if pod.pointer("/metadata/finalizers").is_some() {
            api.delete(&format!("{list}/{name}"))?;
        }
        let ends = text(pod, "/metadata/ownerReferences/0/kind") == "Job";
        let phase = if ends { "Succeeded" } else { "Running" };
        if pod.pointer("/metadata/finalizers").is_none() && text(&now, "/status/phase") != phase {
            let version = text(&now, "/metadata/resourceVersion");
            api.watch(&list, &name, &version, |pod| (text(pod, "/status/phase") == phase).then_some(()))?;
        }
    }
    read(api)
}

const LISTS: [&str; 7] = [
    "/api/v1/nodes",
    "/api/v1/pods",
    "/api/v1/namespaces",
    "/api/v1/persistentvolumes",
    "/api/v1/persistentvolumeclaims",
    "/apis/storage.k8s.io/v1/storageclasses",
    "/apis/storage.k8s.io/v1/csinodes",
];

fn read(api: &Api) -> anyhow::Result<World> {
    let mut world = World::default();
    world.live = true;
    for list in LISTS {
        let answer = api.get(list)?;
        let (version, kind) = (text(&answer, "/apiVersion"), text(&answer, "/kind"));
        for item in answer["items"].as_array().into_iter().flatten() {
            let mut item = item.clone();
            item["apiVersion"] = json!(version);
            item["kind"] = json!(kind.trim_end_matches("List"));
            world.add(item)?;
        }
    }
    world.finish(None);
    Ok(world)
}

struct Judge<'a> {
    api: &'a Api,
    world: &'a World,
    score: &'a mut Score,
}

impl Judge<'_> {
    fn one(&mut self, pod: &Value) -> anyhow::Result<()> {
        let mut wrong = String::new();
        for _ in 0..TRIES {
            match self.ask(pod)? {
                Verdict::Placed(node) => match self.placed(pod, &node)? {
                    None => {
                        self.score.placed += 1;
                        return Ok(());
                    }
                    Some(error) => wrong = error,
                },
                Verdict::Refused(pending, message) => match self.refused(&pending, &message)? {
                    Ok((counts, changes)) => {
                        self.score.pending += 1;
                        for (class, count) in counts {
                            *self.score.reasons.entry(class.cause_id().to_string()).or_default() += count;
                        }
                        return changes.iter().try_for_each(|changes| self.prove(pod, changes));
                    }
                    Err(error) => wrong = error,
                },
            }
        }
        self.score.wrong.push(format!("{wrong}\n---\n{pod}"));
        Ok(())
    }

    /// Gives the pod to the scheduler and takes it away again once it has spoken.
    fn ask(&mut self, pod: &Value) -> anyhow::Result<Verdict> {
        let list = list_of(pod);
        // never the same name twice: the scheduler may still be busy with the pod before
        self.score.asked += 1;
        let mut pod = pod.clone();
        pod["metadata"]["name"] = json!(format!("{}-{}", text(&pod, "/metadata/name"), self.score.asked));
        let made = self.api.create(&list, &pod)?;
        let (name, version) = (text(&made, "/metadata/name"), text(&made, "/metadata/resourceVersion"));
        let verdict = self.api.watch(&list, &name, &version, |pod| {
            let conditions = pod.pointer("/status/conditions")?.as_array()?;
            let scheduled = conditions.iter().find(|c| c["type"] == "PodScheduled")?;
            Some(match scheduled["status"].as_str()? {
                "True" => Verdict::Placed(text(pod, "/spec/nodeName")),
                _ => {
                    let mut whole = pod.clone();
                    whole["apiVersion"] = json!("v1");
                    whole["kind"] = json!("Pod");
                    Verdict::Refused(whole, text(scheduled, "/message"))
                }
            })
        });
        self.api.delete(&format!("{list}/{name}"))?;
        verdict
    }

    fn placed(&self, pod: &Value, node: &str) -> anyhow::Result<Option<String>> {
        let scene = Scene::of(self.world);
        // as the API server would have made it: terms merged, overhead set, priorities given
        let mut defaulted = self.api.request_dry(&list_of(pod), pod)?;
        defaulted["spec"]["nodeName"] = Value::Null;
        let wanted = Wanted::of(&serde_json::from_value(defaulted)?);
        let failing = Filters::of(&scene, &wanted).failing(node);
        Ok((!failing.is_empty()).then(|| format!("placed on {node}, podwhy refuses it for {failing:?}")))
    }

    #[allow(clippy::type_complexity, reason = "read once, above")]
    fn refused(
        &self,
        pending: &Value,
        message: &str,
    ) -> anyhow::Result<Result<(BTreeMap<Class, usize>, Vec<Vec<Change>>), String>> {
        let mut world = self.world.clone();
        world.add(pending.clone())?;
        world.finish(None);
        let world = Arc::new(world);
        let (namespace, name) = (text(pending, "/metadata/namespace"), text(pending, "/metadata/name"));
        let snapshot = Snapshot::of_pod(&world, &namespace, &name).context("the pod just added")?;
        let Some(table) = evaluate(&snapshot) else {
            return Ok(Err(format!("podwhy cannot read {message:?}")));
        };
        let mut said: BTreeMap<Class, usize> = BTreeMap::new();
        for (class, count) in &parse(message).context("read a moment ago")?.counts {
            *said.entry(class.clone()).or_default() += count;
        }
        let counts = table.counts();
        let fitting: Vec<&str> =
            table.rows.iter().filter(|row| row.failing.is_empty()).map(|row| row.node.as_str()).collect();
        if !fitting.is_empty() || said != counts {
            return Ok(Err(format!("it says {message:?}; podwhy counts {counts:?}, fitting {fitting:?}")));
        }
        let pod = snapshot.pod().context("a pod")?;
        // places are those of the world without the pod
        let fixes = search(&Scene::of(self.world), &Wanted::of(pod), &table.rows);
        let pair = fixes.pair.map(|(one, other)| vec![one, other]);
        let changes = fixes.single.into_iter().map(|change| vec![change]).chain(pair).collect();
        Ok(Ok((counts, changes)))
    }

    /// One change, or two that are enough together only.
    fn prove(&mut self, pod: &Value, changes: &[Change]) -> anyhow::Result<()> {
        if self.settles(pod, changes, true)? {
            let kind = if let [change] = changes { kind(change) } else { "two changes" };
            *self.score.proven.entry(kind).or_default() += 1;
        } else {
            self.score.wrong.push(format!("not enough: {changes:?}\n---\n{pod}"));
        }
        for less in lesser(changes) {
            if self.settles(pod, &less, false)? {
                self.score.smaller += 1;
            } else {
                self.score.wrong.push(format!("less is enough: {less:?} of {changes:?}\n---\n{pod}"));
            }
        }
        Ok(())
    }

    /// Whether the pod is placed, or is not, with the changes done.
    fn settles(&mut self, pod: &Value, changes: &[Change], placed: bool) -> anyhow::Result<bool> {
        let undo =
            changes.iter().map(|change| apply(self.api, change)).collect::<anyhow::Result<Vec<_>>>()?;
        let changed = changes.iter().fold(pod.clone(), |pod, change| changed_pod(change, &pod));
        let mut settled = false;
        for _ in 0..TRIES {
            settled = matches!(self.ask(&changed)?, Verdict::Placed(_)) == placed;
            if settled {
                break;
            }
        }
        undo.into_iter().rev().try_for_each(|undo| undo.undo(self.api))?;
        Ok(settled)
    }
}

/// The changes with one of them a step smaller, or left out where there are two.
fn lesser(changes: &[Change]) -> Vec<Vec<Change>> {
    match changes {
        [change] => smaller(change).into_iter().map(|less| vec![less]).collect(),
        _ => changes.iter().map(|change| vec![change.clone()]).collect(),
    }
}

fn kind(change: &Change) -> &'static str {
    match change {
        Change::LowerRequest { .. } => "lower request",
        Change::LabelNode { .. } => "label node",
        Change::Tolerate { .. } => "tolerate",
        Change::Uncordon { .. } => "uncordon",
        Change::MovePods { .. } => "move pods",
    }
}

impl Score {
    /// Fails when anything was wrong, with all of it.
    ///
    /// # Errors
    /// The disagreements.
    pub fn right(&self) -> anyhow::Result<()> {
        if self.wrong.is_empty() {
            return Ok(());
        }
        bail!("{} disagreements:\n{}", self.wrong.len(), self.wrong.join("\n\n"))
    }
}
