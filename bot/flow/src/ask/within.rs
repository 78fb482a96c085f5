//! As far as one question reaches: which namespaces its answer may name, and whether logs are read.

use std::collections::BTreeSet;

use podwhy_knowledge::GapReason;
use podwhy_knowledge::resolve::ResolveError;
use serde_json::Value;

use super::collect::Collected;

/// The namespaces of one cluster that an answer may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visible {
    /// All.
    All,
    /// These.
    Only(BTreeSet<String>),
}

impl Visible {
    /// Whether a namespace is one of them.
    pub fn shows(&self, namespace: &str) -> bool {
        match self {
            Visible::All => true,
            Visible::Only(known) => known.contains(namespace),
        }
    }
}

/// As far as one question reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Within {
    /// The namespaces it may name.
    pub visible: Visible,
    /// Whether lines of logs may be shown; else none is looked at.
    pub logs: bool,
}

impl Within {
    /// All there is: for one who asks with their own rights.
    pub const ALL: Within = Within { visible: Visible::All, logs: true };

    /// Of what was read around a node, only what may be named: its pods are of many namespaces.
    pub fn limit_node(&self, collected: &mut Collected) {
        let of = |object: &Value, field: &str| {
            object.pointer(field).and_then(Value::as_str).unwrap_or_default().to_string()
        };
        collected.objects.retain(|object| {
            let namespace = of(object, "/metadata/namespace");
            let of_node = of(object, "/involvedObject/kind") == "Node" || of(object, "/kind") == "Lease";
            namespace.is_empty() || of_node || self.visible.shows(&namespace)
        });
        collected.logs.retain(|(namespace, ..), _| self.visible.shows(namespace));
    }

    /// Takes out what must not be looked at. What stays unread is a gap, as where the cluster refuses it.
    pub fn limit(&self, collected: &mut Collected) {
        if self.logs {
            return;
        }
        collected.logs.clear();
        let pods =
            collected.objects.iter().filter(|object| object.get("kind").is_some_and(|kind| kind == "Pod"));
        let text = |object: &Value, field: &str| {
            object.pointer(field).and_then(Value::as_str).unwrap_or_default().to_string()
        };
        let names: Vec<(String, String)> =
            pods.map(|pod| (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"))).collect();
        for (namespace, name) in names {
            collected.unread("Log", &namespace, &name, GapReason::Forbidden);
        }
        collected.objects.iter_mut().for_each(without_last_words);
    }
}

/// With `terminationMessagePolicy: FallbackToLogsOnError` the message a container ended with is the end of its log:
/// <https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/#customizing-the-termination-message>.
/// What the runtime itself says of a container that never started stays.
fn without_last_words(object: &mut Value) {
    for list in ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"] {
        let statuses = object.pointer_mut(&format!("/status/{list}")).and_then(Value::as_array_mut);
        for status in statuses.into_iter().flatten() {
            for at in ["/state/terminated", "/lastState/terminated"] {
                let Some(end) = status.pointer_mut(at).and_then(Value::as_object_mut) else { continue };
                let reason = end.get("reason").and_then(Value::as_str).unwrap_or_default();
                if !matches!(reason, "StartError" | "ContainerCannotRun" | "ContainerStatusUnknown") {
                    end.remove("message");
                }
            }
        }
    }
}

/// Leaves out the names one may not see.
pub fn only_visible(error: ResolveError, visible: &Visible) -> ResolveError {
    let shown = |name: &String| visible.shows(name.split('/').next().unwrap_or_default());
    match error {
        ResolveError::NotFound { what, nearest } => {
            ResolveError::NotFound { what, nearest: nearest.into_iter().filter(shown).collect() }
        }
        ResolveError::Ambiguous { name, candidates } => {
            ResolveError::Ambiguous { name, candidates: candidates.into_iter().filter(shown).collect() }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_end_of_a_log_goes_wherever_it_stands() {
        let end = |reason: &str| json!({"terminated": {"reason": reason, "exitCode": 1, "message": "secret words"}});
        let pod = json!({"kind": "Pod", "metadata": {"namespace": "shop", "name": "cart-0"}, "status": {
            "initContainerStatuses": [{"name": "a", "state": end("Error")}],
            "containerStatuses": [{"name": "b", "lastState": end("OOMKilled"), "state": end("StartError")}]}});
        let mut collected = Collected { objects: vec![pod], ..Collected::default() };
        Within { visible: Visible::All, logs: false }.limit(&mut collected);
        let left = collected.objects[0].to_string();
        assert_eq!(left.matches("secret words").count(), 1, "the runtime's own words stay: {left}");
        assert!(left.contains("OOMKilled") && collected.unread.len() == 1);
    }
}
