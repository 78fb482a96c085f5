//! Strategic merge patch: maps are merged, lists are merged by the key their Go types name, every other list is replaced.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apimachinery/pkg/util/strategicpatch/patch.go>
//!
//! # When not
//! Of the directives `$patch`, `$retainKeys`, `$deleteFromPrimitiveList` are kept to. `$setElementOrder` is read over: what is
//! new in a list stands at its end. Another one is refused.

use serde_json::{Map, Value};

use crate::api::Failure;

/// Lists that are merged, and the key of their items; where two keys are possible, the first that the items have.
/// A node's taints are none of them: `kubectl taint` sends the whole list.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/api/core/v1/types.go> (`patchMergeKey`)
const MERGED: &[(&str, &[&str])] = &[
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("volumes", &["name"]),
    ("env", &["name"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
    ("ports", &["containerPort", "port"]),
    ("imagePullSecrets", &["name"]),
    ("hostAliases", &["ip"]),
    ("schedulingGates", &["name"]),
    ("topologySpreadConstraints", &["topologyKey"]),
    ("conditions", &["type"]),
    ("addresses", &["type"]),
    ("ownerReferences", &["uid"]),
];

/// Lists of plain values that are united.
const UNITED: &[&str] = &["finalizers"];

const DELETES_FROM: &str = "$deleteFromPrimitiveList/";

/// Merges a patch into an object.
///
/// # Errors
/// 400 for a directive that is none, 422 for an item without its key.
pub(super) fn merge(object: &mut Value, patch: &Value) -> Result<(), Failure> {
    let Some(patch) = patch.as_object() else { return Ok(()) };
    match patch.get("$patch").and_then(Value::as_str) {
        None | Some("merge") => {}
        Some("replace") => {
            *object = Value::Object(plain(patch));
            return Ok(());
        }
        Some("delete") => {
            *object = Value::Object(Map::new());
            return Ok(());
        }
        Some(other) => return Err(unknown(other)),
    }
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    let Some(fields) = object.as_object_mut() else { return Ok(()) };
    if let Some(kept) = patch.get("$retainKeys").and_then(Value::as_array) {
        fields.retain(|name, _| kept.iter().any(|kept| kept == name));
    }
    for (name, value) in patch {
        if let Some(list) = name.strip_prefix(DELETES_FROM) {
            let gone = value.as_array().cloned().unwrap_or_default();
            if let Some(list) = fields.get_mut(list).and_then(Value::as_array_mut) {
                list.retain(|item| !gone.contains(item));
            }
        } else if name == "$patch" || name == "$retainKeys" || name.starts_with("$setElementOrder/") {
        } else if name.starts_with('$') {
            return Err(unknown(name));
        } else if value.is_null() {
            fields.remove(name);
        } else {
            field(fields, name, value)?;
        }
    }
    Ok(())
}

fn field(fields: &mut Map<String, Value>, name: &str, value: &Value) -> Result<(), Failure> {
    let known = fields.entry(name).or_insert(Value::Null);
    match value {
        Value::Object(_) => merge(known, value),
        Value::Array(items) => {
            if let Some(key) = key_of(name, items) {
                return merge_list(known, items, key);
            }
            if UNITED.contains(&name)
                && let Some(known) = known.as_array_mut()
            {
                let new: Vec<Value> = items.iter().filter(|item| !known.contains(item)).cloned().collect();
                known.extend(new);
                return Ok(());
            }
            *known = value.clone();
            Ok(())
        }
        other => {
            *known = other.clone();
            Ok(())
        }
    }
}

fn key_of(name: &str, items: &[Value]) -> Option<&'static str> {
    let (_, keys) = MERGED.iter().find(|(list, _)| *list == name)?;
    let used = keys.iter().find(|key| items.iter().any(|item| item.get(**key).is_some()));
    used.or(keys.first()).copied()
}

fn merge_list(known: &mut Value, items: &[Value], key: &str) -> Result<(), Failure> {
    if items.iter().any(|item| item.get(key).is_none() && item["$patch"] == "replace") {
        *known = items.iter().filter(|item| item.get("$patch").is_none()).cloned().collect();
        return Ok(());
    }
    let mut merged = known.as_array().cloned().unwrap_or_default();
    for item in items {
        let Some(wanted) = item.get(key) else {
            return Err(Failure::invalid("the server rejected our request due to an error in our request"));
        };
        let at = merged.iter().position(|known| known.get(key) == Some(wanted));
        match (at, item["$patch"] == "delete") {
            (Some(at), true) => drop(merged.remove(at)),
            (None, true) => {}
            (Some(at), false) => merge(&mut merged[at], item)?,
            (None, false) => {
                let mut new = Value::Null;
                merge(&mut new, item)?;
                merged.push(new);
            }
        }
    }
    *known = Value::Array(merged);
    Ok(())
}

fn plain(patch: &Map<String, Value>) -> Map<String, Value> {
    patch.iter().filter(|(name, _)| !name.starts_with('$')).map(|(n, v)| (n.clone(), v.clone())).collect()
}

fn unknown(directive: &str) -> Failure {
    Failure::bad_request(format!("the playground knows no directive {directive} of a strategic merge patch"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_kubectl_sends_is_merged_as_on_a_real_server() {
        let node =
            json!({"spec": {"taints": [{"key": "a", "effect": "NoSchedule"}], "podCIDR": "10.0.0.0/24"}});
        let pods = json!({"spec": {"containers": [{"name": "app", "image": "a:1", "env": [{"name": "X", "value": "1"}]},
            {"name": "side", "image": "s:1"}]}});
        for (what, before, patch, wanted) in [
            (
                "cordon",
                &node,
                json!({"spec": {"unschedulable": true}}),
                json!({"spec": {"taints": [{"key": "a", "effect": "NoSchedule"}], "podCIDR": "10.0.0.0/24", "unschedulable": true}}),
            ),
            (
                "uncordon",
                &json!({"spec": {"unschedulable": true}}),
                json!({"spec": {"unschedulable": null}}),
                json!({"spec": {}}),
            ),
            (
                "taint",
                &node,
                json!({"spec": {"taints": [{"key": "b", "effect": "NoExecute"}]}}),
                json!({"spec": {"taints": [{"key": "b", "effect": "NoExecute"}], "podCIDR": "10.0.0.0/24"}}),
            ),
            (
                "set image",
                &pods,
                json!({"spec": {"$setElementOrder/containers": [{"name": "app"}, {"name": "side"}], "containers": [{"name": "side", "image": "s:2"}]}}),
                json!({"spec": {"containers": [{"name": "app", "image": "a:1", "env": [{"name": "X", "value": "1"}]}, {"name": "side", "image": "s:2"}]}}),
            ),
            (
                "drop one",
                &pods,
                json!({"spec": {"containers": [{"name": "app", "$patch": "delete"}]}}),
                json!({"spec": {"containers": [{"name": "side", "image": "s:1"}]}}),
            ),
            (
                "finalizers",
                &json!({"finalizers": ["a", "b"]}),
                json!({"$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["c"]}),
                json!({"finalizers": ["b", "c"]}),
            ),
            (
                "retain",
                &json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {}}}),
                json!({"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}),
                json!({"strategy": {"type": "Recreate"}}),
            ),
        ] {
            let mut object = before.clone();
            merge(&mut object, &patch).unwrap();
            assert_eq!(object, wanted, "{what}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let mut object = json!({"spec": {}});
        assert_eq!(merge(&mut object, &json!({"spec": {"$what": 1}})).unwrap_err().code, 400);
        assert_eq!(
            merge(&mut object, &json!({"spec": {"containers": [{"image": "a"}]}})).unwrap_err().code,
            422
        );
    }
}
