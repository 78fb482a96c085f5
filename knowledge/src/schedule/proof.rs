//! How the owner's template is changed.

use serde_json::{Value, json};

use crate::finding::Blame;

/// The owner as `kubectl` names it and where its pod spec stands, if a change to its template makes new pods.
pub fn template_of(owner: &Blame) -> Option<(String, &'static str)> {
    let path = match owner.kind.as_str() {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => "/spec/template/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        _ => return None,
    };
    Some((format!("{}/{}", owner.kind.to_lowercase(), owner.name), path))
}

/// A JSON patch of one field of the owner's pod spec, with the owner as `kubectl` names it. `path` is below the pod
/// spec: `/affinity/…`. `add` replaces a field that is there.
pub fn patch(owner: &Blame, path: &str, value: impl Into<Value>) -> Option<(String, String)> {
    let (name, spec) = template_of(owner)?;
    let operation = json!([{"op": "add", "path": format!("{spec}{path}"), "value": value.into()}]);
    Some((name, operation.to_string()))
}

/// A key as a segment of a JSON pointer.
pub fn segment(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
