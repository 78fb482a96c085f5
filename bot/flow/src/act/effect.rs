//! What a plan writes, and how it is seen afterwards whether that was done. Pure.
//!
//! Every write is for one uid and sets something to a value that the plan fixes: made twice it does what it does once, and whether it was
//! made can be read off the object.

use serde_json::{Value, json};

use super::record::{Result as Of, Spec, Target};
use super::remedy::Remedy;
use crate::ports::Write;

/// Set by `kubectl rollout restart`, too.
/// <https://github.com/kubernetes/kubectl/blob/v0.37.0/pkg/polymorphichelpers/objectrestarter.go>
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// The request for one target; `None` for what is not done by a request of this kind.
pub fn write(spec: &Spec, target: &Target) -> Option<Write> {
    let target = target.clone();
    match spec.plan.remedy {
        Remedy::DeletePod => Some(Write::Evict(target)),
        // it has ended: no budget counts it, and nobody has to be waited for
        Remedy::DeleteFailedPods => Some(Write::Delete { target, at_once: false }),
        Remedy::Uncordon => Some(Write::Merge { target, patch: json!({"spec": {"unschedulable": false}}) }),
        Remedy::RolloutRestart => {
            let at = spec.offered_at.to_string();
            let patch = json!({"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: at}}}}});
            Some(Write::Merge { target, patch })
        }
        Remedy::RollBack
        | Remedy::RemoveFinalizer
        | Remedy::TaintOutOfService
        | Remedy::UntaintOutOfService
        | Remedy::ForceDelete
        | Remedy::DeleteNode => None,
    }
}

/// Whether the same was done to a target, by the object that has its name now.
pub fn done(spec: &Spec, target: &Target, object: Option<&Value>) -> Of {
    let text = |path: &str| object.and_then(|object| object.pointer(path)).and_then(Value::as_str);
    let is_it = text("/metadata/uid") == Some(target.uid.as_str());
    let is_done = match spec.plan.remedy {
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
        Remedy::RollBack
        | Remedy::RemoveFinalizer
        | Remedy::TaintOutOfService
        | Remedy::UntaintOutOfService => {
            return Of::Unclear;
        }
    };
    if is_done { Of::Done } else { Of::NotDone }
}

/// Whether a target is what it was when this was offered, so that there is still something to do.
pub fn stands(target: &Target, object: Option<&Value>) -> bool {
    object.and_then(|object| object.pointer("/metadata/uid")).and_then(Value::as_str)
        == Some(target.uid.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::machine::testing::remediation;
    use super::*;

    fn spec(remedy: Remedy) -> (Spec, Target) {
        let mut spec = remediation().spec;
        spec.plan.remedy = remedy;
        let target = spec.plan.targets[0].clone();
        (spec, target)
    }

    fn object(uid: &str, more: Value) -> Value {
        let mut object = json!({"metadata": {"uid": uid}});
        json_merge(&mut object, &more);
        object
    }

    fn json_merge(into: &mut Value, from: &Value) {
        match (into, from) {
            (Value::Object(into), Value::Object(from)) => {
                for (key, value) in from {
                    json_merge(into.entry(key.clone()).or_insert(Value::Null), value);
                }
            }
            (into, from) => *into = from.clone(),
        }
    }

    #[test]
    fn what_went_or_goes_is_done_and_what_stands_is_not() {
        for remedy in [Remedy::DeletePod, Remedy::DeleteFailedPods, Remedy::DeleteNode] {
            let (spec, target) = spec(remedy);
            assert_eq!(done(&spec, &target, None), Of::Done);
            assert_eq!(done(&spec, &target, Some(&object("another", json!({})))), Of::Done);
            let going =
                object(&target.uid, json!({"metadata": {"deletionTimestamp": "2026-11-26T10:00:00Z"}}));
            assert_eq!(done(&spec, &target, Some(&going)), Of::Done);
            assert_eq!(done(&spec, &target, Some(&object(&target.uid, json!({})))), Of::NotDone);
        }
    }

    #[test]
    fn what_was_set_is_read_off_the_object_of_this_uid_only() {
        let (of_node, node) = spec(Remedy::Uncordon);
        let cordoned = object(&node.uid, json!({"spec": {"unschedulable": true}}));
        assert_eq!(done(&of_node, &node, Some(&cordoned)), Of::NotDone);
        assert_eq!(done(&of_node, &node, Some(&object(&node.uid, json!({"spec": {}})))), Of::Done);
        assert_eq!(done(&of_node, &node, Some(&object("another", json!({"spec": {}})))), Of::NotDone);
        assert_eq!(done(&of_node, &node, None), Of::NotDone);
        let (of_web, web) = spec(Remedy::RolloutRestart);
        let restarted = |at: &str| {
            let annotations = json!({RESTARTED_AT: at});
            object(&web.uid, json!({"spec": {"template": {"metadata": {"annotations": annotations}}}}))
        };
        assert_eq!(done(&of_web, &web, Some(&restarted(&of_web.offered_at.to_string()))), Of::Done);
        assert_eq!(done(&of_web, &web, Some(&restarted("2020-01-01T00:00:00Z"))), Of::NotDone);
    }

    #[test]
    fn what_has_no_request_is_never_said_to_be_done() {
        for remedy in Remedy::ALL {
            let (spec, target) = spec(remedy);
            if write(&spec, &target).is_none() && !matches!(remedy, Remedy::ForceDelete | Remedy::DeleteNode)
            {
                assert_eq!(done(&spec, &target, None), Of::Unclear, "{remedy:?}");
            }
        }
    }
}
