//! A workload whose pods could be replaced, or go back to an earlier revision.

use std::collections::BTreeSet;

use podwhy_knowledge::changes::between;
use podwhy_knowledge::snapshot::{MAX_MEMBERS, pod_owner, pods_of};
use podwhy_knowledge::workload::Workload;
use podwhy_knowledge::{Finding, Kind, Lang, Snapshot, diagnose};
use serde_json::Value;

use super::withheld::{Why, Withheld};
use super::{Known, MOST_NAMES, Offerable, plan, pod_of};
use crate::act::record::{Caution, Revision, Said, Target, Warning};
use crate::act::remedy::{Circumstances, Remedy};
use crate::act::rollout::{digest, hindrance, template};
use crate::ask::diagnose::Diagnosed;

/// Beyond its own deadline a rollout may take this much longer to be seen, in seconds.
const MORE: u32 = 60;

/// A rollout without a deadline of its own, in seconds: the default of Deployments.
/// <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds>
const DEADLINE: u32 = 600;

/// Nothing is looked at for longer, in seconds.
const LONGEST: u32 = 3_600;

/// Puts the Deployment that a finding is about back to the newest earlier revision that is known to be good.
pub(super) fn roll_back(
    diagnosed: &Diagnosed,
    finding: &Finding,
    known: &Known,
) -> Option<Result<Offerable, Withheld>> {
    let snapshot = &diagnosed.snapshot;
    let deployment = top(snapshot).filter(|top| top.kind == Kind::Deployment)?;
    let sets = replica_sets(snapshot, deployment);
    let (newest, earlier) = sets.split_first()?;
    // an earlier revision that fails is what the newest one replaces
    if owner(snapshot, finding)? != newest.set.name {
        return None;
    }
    let remedy = Remedy::RollBack;
    let withheld = |why| Some(Err(Withheld { remedy, of: shown(deployment), why }));
    if let Some(hindrance) = hindrance(&deployment.raw) {
        return withheld(Why::Hindered(hindrance));
    }
    let previous = earlier.first()?;
    let is_good = |one: &&Numbered<'_>| one.set.ready > 0 || known.proven.contains(&one.set.uid);
    let Some(good) = earlier.iter().find(is_good) else {
        return withheld(Why::NotKnownGood(previous.set.name.clone()));
    };
    let (now, then) = (template(&deployment.raw)?, template(&good.set.raw)?);
    let changes = between(&now, &then);
    let revision = Revision {
        replica_set: target(good.set)?,
        number: good.number,
        template: digest(&then),
        replaces: digest(&now),
        changes: changes.iter().map(|one| Said { en: one.text(Lang::En), zh: one.text(Lang::Zh) }).collect(),
    };
    let stays = Warning { caution: Caution::StaysChanged, names: outside(&then) };
    let mut plan = plan(remedy, vec![target(deployment)?], vec![stays], within(deployment));
    plan.revision = Some(revision);
    Some(Ok(Offerable::new(finding, plan, Circumstances::default())))
}

/// Replaces every pod of a workload of which several have what a new pod would be without.
pub(super) fn restart(diagnosed: &Diagnosed, finding: &Finding) -> Option<Result<Offerable, Withheld>> {
    let snapshot = &diagnosed.snapshot;
    let workload = top(snapshot)
        .filter(|top| matches!(top.kind, Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet))?;
    if alike(snapshot, workload, finding) < 2 {
        return None;
    }
    if let Some(hindrance) = hindrance(&workload.raw) {
        let why = Why::Hindered(hindrance);
        return Some(Err(Withheld { remedy: Remedy::RolloutRestart, of: shown(workload), why }));
    }
    let mut warnings = Vec::new();
    if workload.kind == Kind::StatefulSet {
        warnings.push(Warning { caution: Caution::Stateful, names: vec![workload.name.clone()] });
    }
    if workload.kind != Kind::DaemonSet && workload.desired == Some(1) {
        warnings.push(Warning { caution: Caution::OnlyOne, names: Vec::new() });
    }
    let plan = plan(Remedy::RolloutRestart, vec![target(workload)?], warnings, within(workload));
    Some(Ok(Offerable::new(finding, plan, Circumstances::default())))
}

/// How many of a workload's pods have this cause, as far as so many are asked.
fn alike(snapshot: &Snapshot, workload: &Workload, finding: &Finding) -> usize {
    let pods = pods_of(&snapshot.world, workload).into_iter().take(MAX_MEMBERS);
    let pods = pods.filter_map(|(namespace, name)| Snapshot::of_pod(&snapshot.world, &namespace, &name));
    pods.filter(|pod| diagnose(pod).findings.iter().any(|one| one.cause == finding.cause)).count()
}

/// The workload that is asked about, or the one that made the pod in the end.
fn top(snapshot: &Snapshot) -> Option<&Workload> {
    snapshot.owners.last().map(AsRef::as_ref).or(snapshot.workload())
}

fn shown(workload: &Workload) -> String {
    format!("{} {}/{}", workload.kind.camel(), workload.namespace, workload.name)
}

fn target(workload: &Workload) -> Option<Target> {
    Some(Target {
        kind: workload.kind.camel().to_string(),
        namespace: workload.namespace.clone(),
        name: workload.name.clone(),
        uid: Some(workload.uid.clone()).filter(|uid| !uid.is_empty())?,
    })
}

fn within(workload: &Workload) -> u32 {
    let own = workload.raw.pointer("/spec/progressDeadlineSeconds").and_then(Value::as_u64);
    let own = own.map_or(DEADLINE, |seconds| u32::try_from(seconds).unwrap_or(LONGEST));
    own.saturating_add(MORE).min(LONGEST)
}

/// What made the pod of a finding.
fn owner(snapshot: &Snapshot, finding: &Finding) -> Option<String> {
    pod_owner(pod_of(snapshot, finding)?).map(|(_, name)| name)
}

struct Numbered<'a> {
    number: i64,
    set: &'a Workload,
}

/// A Deployment's ReplicaSets, the newest revision first.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/controller/deployment/util/deployment_util.go> (`RevisionAnnotation`)
fn replica_sets<'a>(snapshot: &'a Snapshot, deployment: &Workload) -> Vec<Numbered<'a>> {
    let owner = (Kind::Deployment.camel().to_string(), deployment.name.clone());
    let all = snapshot.world.workloads.iter();
    let own = all.filter(|((kind, namespace, _), set)| {
        *kind == Kind::ReplicaSet && *namespace == deployment.namespace && set.owner.as_ref() == Some(&owner)
    });
    let mut sets: Vec<Numbered<'_>> = own
        .filter_map(|(_, set)| {
            let number =
                set.raw.pointer("/metadata/annotations/deployment.kubernetes.io~1revision")?.as_str()?;
            Some(Numbered { number: number.parse().ok()?, set })
        })
        .collect();
    sets.sort_by_key(|one| std::cmp::Reverse(one.number));
    sets
}

/// ConfigMaps, Secrets and claims that a template names: their content is in no revision.
fn outside(template: &Value) -> Vec<String> {
    let mut names = BTreeSet::new();
    named(template, &mut names);
    names.into_iter().take(MOST_NAMES).collect()
}

fn named(value: &Value, names: &mut BTreeSet<String>) {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_string);
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                let name = match key.as_str() {
                    "configMap" | "configMapRef" | "configMapKeyRef" => {
                        text(inner, "name").map(|name| format!("ConfigMap {name}"))
                    }
                    "secret" => {
                        text(inner, "secretName").or(text(inner, "name")).map(|name| format!("Secret {name}"))
                    }
                    "secretRef" | "secretKeyRef" => text(inner, "name").map(|name| format!("Secret {name}")),
                    "persistentVolumeClaim" => {
                        text(inner, "claimName").map(|name| format!("PersistentVolumeClaim {name}"))
                    }
                    _ => None,
                };
                names.extend(name);
                named(inner, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| named(item, names)),
        _ => {}
    }
}
