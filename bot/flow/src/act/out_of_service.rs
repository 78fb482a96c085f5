//! The out-of-service taint: what is written, and what is read of it. Pure.
//! <https://kubernetes.io/docs/reference/labels-annotations-taints/#node-kubernetes-io-out-of-service>

use serde_json::{Value, json};

/// Its key.
pub const KEY: &str = "node.kubernetes.io/out-of-service";

fn taints(node: &Value) -> &[Value] {
    node.pointer("/spec/taints").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn place(node: &Value) -> Option<usize> {
    taints(node).iter().position(|taint| taint["key"] == KEY)
}

/// Whether a node has it.
pub fn is_on(node: &Value) -> bool {
    place(node).is_some()
}

/// Whether a node's kubelet says that it is ready.
pub fn is_ready(node: &Value) -> bool {
    let conditions = node.pointer("/status/conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().any(|one| one["type"] == "Ready" && one["status"] == "True")
}

/// Puts it on a node that has the taints it has now; `None` where it is on already.
pub fn put_on(node: &Value) -> Option<Vec<Value>> {
    if is_on(node) {
        return None;
    }
    let taint = json!({"key": KEY, "value": "nodeshutdown", "effect": "NoExecute"});
    if taints(node).is_empty() {
        // nobody else may have begun a list meanwhile
        let version = node.pointer("/metadata/resourceVersion")?;
        return Some(vec![
            json!({"op": "test", "path": "/metadata/resourceVersion", "value": version}),
            json!({"op": "add", "path": "/spec/taints", "value": [taint]}),
        ]);
    }
    Some(vec![json!({"op": "add", "path": "/spec/taints/-", "value": taint})])
}

/// Takes it off; `None` where it is not on.
pub fn take_off(node: &Value) -> Option<Vec<Value>> {
    let place = place(node)?;
    let path = format!("/spec/taints/{place}");
    Some(vec![
        json!({"op": "test", "path": path, "value": taints(node).get(place)?}),
        json!({"op": "remove", "path": path}),
    ])
}

/// Whether a pod tolerates it, and for ever.
/// <https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/>
pub fn tolerates(pod: &Value) -> bool {
    let tolerations = pod.pointer("/spec/tolerations").and_then(Value::as_array);
    tolerations.into_iter().flatten().any(|one| {
        let text = |key: &str| one[key].as_str().unwrap_or_default();
        let exists = text("operator") == "Exists";
        let is_key = (text("key").is_empty() && exists) || text("key") == KEY;
        let is_value = exists || text("value") == "nodeshutdown";
        let is_effect = matches!(text("effect"), "" | "NoExecute");
        is_key && is_value && is_effect && one["tolerationSeconds"].is_null()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_added_to_what_is_there_and_taken_from_its_place() {
        let unreachable = json!({"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"});
        let own = json!({"key": KEY, "value": "nodeshutdown", "effect": "NoExecute"});
        let node = json!({"metadata": {"resourceVersion": "7"}, "spec": {"taints": [unreachable]}});
        let added = json!({"op": "add", "path": "/spec/taints/-", "value": own});
        assert_eq!(put_on(&node), Some(vec![added]));
        assert_eq!((take_off(&node), is_on(&node)), (None, false));
        let tainted = json!({"spec": {"taints": [unreachable, own]}});
        let path = "/spec/taints/1";
        let off =
            vec![json!({"op": "test", "path": path, "value": own}), json!({"op": "remove", "path": path})];
        assert_eq!((put_on(&tainted), take_off(&tainted)), (None, Some(off)));
        let bare = json!({"metadata": {"resourceVersion": "7"}, "spec": {}});
        assert_eq!(put_on(&bare).unwrap()[0]["value"], "7", "of a list that is not there only this version");
    }

    #[test]
    fn who_tolerates_it_for_ever_stays() {
        let of = |toleration: Value| tolerates(&json!({"spec": {"tolerations": [toleration]}}));
        assert!(of(json!({"operator": "Exists"})));
        assert!(of(json!({"operator": "Exists", "effect": "NoExecute"})));
        assert!(of(json!({"key": KEY, "operator": "Exists"})));
        assert!(of(json!({"key": KEY, "operator": "Equal", "value": "nodeshutdown", "effect": "NoExecute"})));
        for toleration in [
            json!({"operator": "Exists", "effect": "NoSchedule"}),
            json!({"key": KEY, "value": "other"}),
            json!({"key": "node.kubernetes.io/unreachable", "operator": "Exists"}),
            json!({"key": KEY, "operator": "Exists", "tolerationSeconds": 300}),
        ] {
            assert!(!of(toleration.clone()), "{toleration}");
        }
        assert!(!tolerates(&json!({"spec": {}})));
    }
}
