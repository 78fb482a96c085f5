//! A remediation as the API server has it.

use podwhy_flow::act::record::{Remediation, Spec};
use serde_json::{Value, json};

use crate::resource::{GROUP, Stored, VERSION, words};

/// Reads one. Without a status, whose writing its maker did not live to see, it is offered, and nobody agreed.
pub(super) fn remediation(object: Value) -> Result<Remediation, String> {
    let mut stored = Stored::<Spec>::read(object)?;
    let status = stored.status()?.unwrap_or_default();
    let metadata = stored.metadata;
    Ok(Remediation {
        name: metadata.name,
        uid: metadata.uid,
        version: metadata.resource_version,
        spec: stored.spec,
        status,
    })
}

/// What is POSTed. An owner that is gone would have it collected at once:
/// <https://kubernetes.io/docs/concepts/architecture/garbage-collection/#owners-dependents>
pub(super) fn without_status(
    new: &Remediation,
    namespace: &str,
    owner: Option<String>,
) -> Result<Value, String> {
    let api_version = format!("{GROUP}/{VERSION}");
    let mut object = json!({
        "apiVersion": api_version,
        "kind": "Remediation",
        "metadata": {"name": new.name, "namespace": namespace},
        "spec": serde_json::to_value(&new.spec).map_err(words)?,
    });
    if let (Some(incident), Some(uid)) = (&new.spec.incident, owner) {
        object["metadata"]["ownerReferences"] =
            json!([{"apiVersion": api_version, "kind": "Incident", "name": incident, "uid": uid}]);
    }
    Ok(object)
}

/// What is PUT: only the status of it is taken, and only at this version of the object with this uid.
pub(super) fn with_status(changed: &Remediation, namespace: &str) -> Result<Value, String> {
    if changed.version.is_empty() || changed.uid.is_empty() {
        // without them the server would overwrite whatever there is
        return Err("it has no version or no uid".to_string());
    }
    let mut object = without_status(changed, namespace, None)?;
    let mut status = serde_json::to_value(&changed.status).map_err(words)?;
    status["conditions"] = json!([condition(changed)]);
    object["metadata"]["resourceVersion"] = json!(changed.version);
    object["metadata"]["uid"] = json!(changed.uid);
    object["status"] = status;
    Ok(object)
}

/// For `kubectl wait --for=condition=Finished`: whether it has ended, and how. Nobody reads it back.
fn condition(changed: &Remediation) -> Value {
    let (spec, status) = (&changed.spec, &changed.status);
    let is_over = status.phase.is_over();
    let ended_at = status.history.last().filter(|_| is_over).map(|step| step.at);
    json!({
        "type": "Finished",
        "status": if is_over { "True" } else { "False" },
        "reason": status.phase.as_str(),
        "lastTransitionTime": ended_at.unwrap_or(spec.offered_at),
    })
}
