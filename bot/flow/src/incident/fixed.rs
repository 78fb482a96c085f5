//! What was seen to have changed when all was well again: facts, not causes, and no words in any language.

use std::collections::{BTreeMap, BTreeSet};

use podwhy_knowledge::redact::clean_name;
use podwhy_knowledge::{Kind, World, node_state};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::look::Scope;
use super::record::{Blamed, Incident, Status};
use crate::ask::makers::makers;

/// No more facts are told of one incident, and no more workloads of it are remembered.
pub const MOST_FACTS: usize = 3;

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum How {
    /// It is what failed all along: the incident goes on as that one.
    SameAs,
    /// Its pods are made from another revision than those that failed.
    RolledOut,
    /// It is wanted no more: it was scaled to 0.
    ScaledToZero,
    /// Its work is done.
    Completed,
    /// It does not exist any more.
    Removed,
    /// It is a node, and Ready.
    NodeReady,
}

/// A fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fixed {
    /// What happened.
    pub how: How,
    /// To what.
    pub object: Blamed,
    /// The revision it has now; of the same incident, its cause.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
}

/// A workload as it was when it failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Revision {
    /// Which.
    pub object: Blamed,
    /// Its revision.
    pub revision: String,
}

/// How an object that is looked at stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stand {
    /// Of a workload, what its pods are made from.
    pub revision: String,
    /// Whether it is wanted to have no pod.
    pub is_zero: bool,
    /// Whether its work is done.
    pub is_complete: bool,
    /// Of a node, whether it is Ready.
    pub is_ready: bool,
}

/// The workloads and nodes of a look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// How each stands.
    pub objects: BTreeMap<Blamed, Stand>,
    /// The kinds of which all were read: of these, what is not listed is not there.
    pub kinds: BTreeSet<String>,
}

impl Standing {
    /// Those of a world.
    pub fn of(world: &World) -> Standing {
        let mut standing = Standing::default();
        for ((kind, namespace, name), workload) in &world.workloads {
            let object = Blamed {
                kind: kind.camel().to_string(),
                namespace: Some(clean_name(namespace)),
                name: clean_name(name),
            };
            // a Job is not wanted to have pods once it is done
            let is_zero = workload.desired == Some(0) && *kind != Kind::Job;
            let revision = revision(*kind, &workload.raw).unwrap_or_default();
            let stand = Stand { revision, is_zero, is_complete: workload.complete, is_ready: false };
            standing.objects.insert(object, stand);
        }
        for (name, node) in &world.nodes {
            let object = Blamed { kind: "Node".to_string(), namespace: None, name: clean_name(name) };
            let is_ready = node_state::ready(node).is_some_and(|(status, _)| status == "True");
            standing.objects.insert(object, Stand { is_ready, ..Stand::default() });
        }
        let is_read = |kind: &str| !world.unread.keys().any(|(of, _, name)| of == kind && name.is_empty());
        let listed =
            [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::Job, Kind::CronJob, Kind::Node];
        let kinds = listed.into_iter().map(Kind::camel).filter(|kind| is_read(kind));
        // a world in which nothing was read proves nothing
        let has_any = |kind: &&str| standing.objects.keys().any(|object| object.kind == *kind);
        standing.kinds = kinds.filter(has_any).map(str::to_string).collect();
        standing
    }
}

/// By which it is known that a workload makes other pods than before:
/// <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#checking-rollout-history-of-a-deployment>,
/// <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/stateful-set-v1/#StatefulSetStatus>. A DaemonSet's
/// generation also changes with what is not in its template; nothing better stands on the object.
fn revision(kind: Kind, raw: &serde_json::Value) -> Option<String> {
    let text = |path: &str| raw.pointer(path).and_then(serde_json::Value::as_str).map(clean_name);
    match kind {
        Kind::Deployment => text("/metadata/annotations/deployment.kubernetes.io~1revision"),
        Kind::StatefulSet => text("/status/updateRevision"),
        Kind::DaemonSet => raw.pointer("/metadata/generation").map(ToString::to_string),
        _ => None,
    }
}

impl Status {
    /// The workloads an incident is about: the one at fault, else those its members' names speak of.
    fn workloads<'s>(&self, standing: &'s Standing) -> Vec<(&'s Blamed, &'s Stand)> {
        if let Some(own) = standing.objects.get_key_value(&self.root_cause.blame) {
            return vec![own];
        }
        let mut found: Vec<(&Blamed, &Stand)> = Vec::new();
        for member in self.members.iter().filter(|member| member.kind == "Pod").take(20) {
            let made_by = makers(&member.name).into_iter().find_map(|(kind, name)| {
                let namespace = Some(member.namespace.clone());
                standing.objects.get_key_value(&Blamed { kind: kind.camel().to_string(), namespace, name })
            });
            found.extend(made_by.filter(|(object, _)| !found.iter().any(|(known, _)| known == object)));
            if found.len() >= MOST_FACTS {
                break;
            }
        }
        found
    }

    /// Remembers how the workloads of what fails stand, once.
    pub(super) fn note_revisions(&mut self, standing: &Standing) {
        if self.failing == 0 || !self.revisions.is_empty() {
            return;
        }
        let known = self.workloads(standing).into_iter().filter(|(_, stand)| !stand.revision.is_empty());
        self.revisions = known
            .map(|(object, stand)| Revision { object: object.clone(), revision: stand.revision.clone() })
            .collect();
    }
}

impl Incident {
    /// What is seen to be otherwise now than when it failed.
    pub(super) fn facts(&self, standing: &Standing, scope: &Scope) -> Vec<Fixed> {
        let status = &self.status;
        let blame = &status.root_cause.blame;
        let fact =
            |how: How, object: &Blamed, by: &str| Fixed { how, object: object.clone(), by: by.to_string() };
        let holds =
            |object: &Blamed| object.namespace.as_ref().is_none_or(|namespace| scope.holds(namespace));
        let mut facts = Vec::new();
        if standing.kinds.contains(&blame.kind) && !standing.objects.contains_key(blame) && holds(blame) {
            facts.push(fact(How::Removed, blame, ""));
        }
        for (object, stand) in status.workloads(standing) {
            let before = status.revisions.iter().find(|known| known.object == *object);
            let is_new = before.is_some_and(|before| before.revision != stand.revision);
            facts.extend(match stand {
                Stand { is_ready: true, .. } => Some(fact(How::NodeReady, object, "")),
                Stand { is_zero: true, .. } => Some(fact(How::ScaledToZero, object, "")),
                Stand { is_complete: true, .. } => Some(fact(How::Completed, object, "")),
                _ if is_new => Some(fact(How::RolledOut, object, &stand.revision)),
                _ => None,
            });
        }
        facts.truncate(MOST_FACTS);
        facts
    }
}

#[cfg(test)]
mod tests;
