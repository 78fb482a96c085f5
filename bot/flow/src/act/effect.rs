//! What a plan writes, and how it is seen afterwards whether that was done. Pure.
//!
//! Every write is for one uid and sets something to a value that the plan fixes: made twice it does what it does once, and whether it was
//! made can be read off the object.

use podwhy_knowledge::Lang;
use serde_json::{Value, json};

use super::out_of_service::{is_on, is_ready, put_on, take_off};
use super::record::{Result as Of, Spec, Target};
use super::remedy::Remedy;
use super::rollout::{digest, hindrance, put_back, template};
use crate::ports::{Access, Write};

/// Set by `kubectl rollout restart`, too.
/// <https://github.com/kubernetes/kubectl/blob/v0.37.0/pkg/polymorphichelpers/objectrestarter.go>
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// What a request is made of beside its plan: the objects as they stand.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The target.
    pub object: &'a Value,
    /// The ReplicaSet that is gone back to, where there is one.
    pub revision: Option<&'a Value>,
    /// The Remediation: its name and uid.
    pub of: (&'a str, &'a str),
}

/// The right that a plan takes, of each target.
pub fn access(spec: &Spec, target: &Target) -> Access {
    let (verb, part) = match spec.plan.remedy {
        Remedy::DeletePod => ("create", Some("eviction")),
        Remedy::DeleteFailedPods | Remedy::ForceDelete | Remedy::DeleteNode => ("delete", None),
        Remedy::RestartKubelet | Remedy::RestartRuntime | Remedy::RemoveImage => {
            return Access::to_agent(spec.plan.remedy, target);
        }
        Remedy::Uncordon
        | Remedy::RolloutRestart
        | Remedy::RollBack
        | Remedy::RemoveFinalizer
        | Remedy::TaintOutOfService
        | Remedy::UntaintOutOfService => ("patch", None),
    };
    Access::to(verb, target, part)
}

/// The request for one target, by what stands now.
///
/// # Errors
/// Why there is none, in words: what stands is not what was agreed to.
pub fn write(spec: &Spec, target: &Target, standing: &Standing<'_>) -> Result<Write, String> {
    let target = target.clone();
    match spec.plan.remedy {
        Remedy::DeletePod => Ok(Write::Evict(target)),
        // it has ended: no budget counts it, and nobody has to be waited for
        Remedy::DeleteFailedPods => Ok(Write::Delete { target, at_once: false }),
        Remedy::Uncordon => Ok(Write::Merge { target, patch: json!({"spec": {"unschedulable": false}}) }),
        Remedy::RolloutRestart => {
            untouched(standing.object)?;
            let at = spec.offered_at.to_string();
            let patch = json!({"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: at}}}}});
            Ok(Write::Merge { target, patch })
        }
        Remedy::RollBack => {
            untouched(standing.object)?;
            Ok(Write::Patch { target, steps: back(spec, standing)? })
        }
        Remedy::TaintOutOfService => {
            let steps = put_on(standing.object).ok_or("it is marked out of service already")?;
            Ok(Write::Patch { target, steps })
        }
        Remedy::UntaintOutOfService => {
            if !is_ready(standing.object) {
                return Err("it is not ready: as long as it is not back, the mark stays".to_string());
            }
            let steps = take_off(standing.object).ok_or("it is not marked out of service any more")?;
            Ok(Write::Patch { target, steps })
        }
        Remedy::ForceDelete => {
            let is_going = standing.object.pointer("/metadata/deletionTimestamp").is_some();
            if !is_going {
                return Err("it is not being deleted".to_string());
            }
            Ok(Write::Delete { target, at_once: true })
        }
        Remedy::DeleteNode => Ok(Write::Delete { target, at_once: false }),
        Remedy::RemoveFinalizer => Ok(Write::Patch { target, steps: let_go(spec, standing.object)? }),
        remedy @ (Remedy::RestartKubelet | Remedy::RestartRuntime | Remedy::RemoveImage) => {
            let (name, uid) = standing.of;
            let ticket = spec.plan.ticket.clone().ok_or("no ticket is named")?;
            let (remediation, remediation_uid) = (name.to_string(), uid.to_string());
            Ok(Write::Ticket { target, remedy, ticket, remediation, remediation_uid })
        }
    }
}

fn untouched(object: &Value) -> Result<(), String> {
    match hindrance(object) {
        None => Ok(()),
        Some(hindrance) => Err(hindrance.text(Lang::En)),
    }
}

/// To the template that was agreed to, from the one that was agreed to leave.
fn back(spec: &Spec, standing: &Standing<'_>) -> Result<Vec<Value>, String> {
    let revision = spec.plan.revision.as_ref().ok_or("no revision is named")?;
    let set = standing.revision.filter(|set| stands(&revision.replica_set, Some(set)));
    let name = &revision.replica_set.name;
    let then = set
        .and_then(template)
        .ok_or_else(|| format!("ReplicaSet {name} is gone, or is another one by now"))?;
    if digest(&then) != revision.template {
        return Err(format!("the template of ReplicaSet {name} was changed"));
    }
    let now = template(standing.object).ok_or("it has no template")?;
    if digest(&now) != revision.replaces {
        return Err("its template was changed meanwhile".to_string());
    }
    let current = standing.object.pointer("/spec/template").ok_or("it has no template")?;
    Ok(put_back(current, &then))
}

/// Takes one finalizer away, by its place as it is now: another that stands there by then is not touched.
fn let_go(spec: &Spec, object: &Value) -> Result<Vec<Value>, String> {
    let name = spec.plan.finalizer.as_ref().map(|orphaned| &orphaned.name).ok_or("no finalizer is named")?;
    let place = finalizers_of(object).position(|one| one == name);
    let place = place.ok_or_else(|| format!("finalizer {name} is not there any more"))?;
    let path = format!("/metadata/finalizers/{place}");
    Ok(vec![json!({"op": "test", "path": path, "value": name}), json!({"op": "remove", "path": path})])
}

/// What keeps an object from being deleted, in its order.
pub fn finalizers_of(object: &Value) -> impl Iterator<Item = &str> {
    let all = object.pointer("/metadata/finalizers").and_then(Value::as_array);
    // one that is no text keeps its place
    all.into_iter().flatten().map(|one| one.as_str().unwrap_or_default())
}

/// Whether the same was done to a target, by the object that has its name now.
pub fn done(spec: &Spec, target: &Target, object: Option<&Value>) -> Of {
    let text = |path: &str| object.and_then(|object| object.pointer(path)).and_then(Value::as_str);
    let is_it = text("/metadata/uid") == Some(target.uid.as_str());
    let is_done = match spec.plan.remedy {
        // nothing of it can be read off the Node: its ticket is looked for
        Remedy::RestartKubelet | Remedy::RestartRuntime | Remedy::RemoveImage => return Of::Unclear,
        Remedy::DeletePod | Remedy::DeleteFailedPods | Remedy::DeleteNode => {
            !is_it || text("/metadata/deletionTimestamp").is_some()
        }
        Remedy::ForceDelete => !is_it,
        Remedy::Uncordon => {
            let cordoned = object.and_then(|object| object.pointer("/spec/unschedulable"));
            is_it && cordoned != Some(&Value::Bool(true))
        }
        Remedy::RolloutRestart => {
            let path = format!("/spec/template/metadata/annotations/{}", RESTARTED_AT.replace('/', "~1"));
            is_it && text(&path) == Some(spec.offered_at.to_string().as_str())
        }
        Remedy::RollBack => {
            let now = object.filter(|_| is_it).and_then(template).map(|now| digest(&now));
            now.is_some() && now.as_ref() == spec.plan.revision.as_ref().map(|revision| &revision.template)
        }
        Remedy::TaintOutOfService => is_it && object.is_some_and(is_on),
        // of a node that is gone nothing is left to take away
        Remedy::UntaintOutOfService => !is_it || !object.is_some_and(is_on),
        Remedy::RemoveFinalizer => match &spec.plan.finalizer {
            None => return Of::Unclear,
            Some(orphaned) => {
                let holds = |object| finalizers_of(object).any(|one| one == orphaned.name);
                !is_it || !object.is_some_and(holds)
            }
        },
    };
    if is_done { Of::Done } else { Of::NotDone }
}

/// Whether a target is what it was when this was offered, so that there is still something to do.
pub fn stands(target: &Target, object: Option<&Value>) -> bool {
    object.and_then(|object| object.pointer("/metadata/uid")).and_then(Value::as_str)
        == Some(target.uid.as_str())
}

#[cfg(test)]
mod tests;
