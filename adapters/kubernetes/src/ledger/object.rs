//! An incident as the API server has it.

use podwhy_flow::incident::record::{Spec, Status};
use podwhy_flow::incident::{Incident, Phase, Severity};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{GROUP, VERSION};

/// The parts that are read; what a newer podwhy added is passed over.
#[derive(Deserialize)]
struct Stored {
    metadata: Metadata,
    spec: Spec,
    #[serde(default)]
    status: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    #[serde(default)]
    resource_version: String,
}

/// Reads one.
pub(super) fn incident(object: Value) -> Result<Incident, String> {
    let stored: Stored = serde_json::from_value(object).map_err(words)?;
    let status = match stored.status.filter(|status| !is_nothing(status)) {
        Some(status) => serde_json::from_value(status).map_err(words)?,
        None => first(&stored.spec),
    };
    Ok(Incident {
        name: stored.metadata.name,
        version: stored.metadata.resource_version,
        spec: stored.spec,
        status,
    })
}

fn is_nothing(status: &Value) -> bool {
    status.is_null() || status.as_object().is_some_and(serde_json::Map::is_empty)
}

/// What is known of an Incident whose maker died before it wrote a status: that it was opened. A present status that cannot
/// be read is never replaced by this: it says which messages stand.
fn first(spec: &Spec) -> Status {
    let cause = &spec.root_cause;
    let summary = format!("{}: {} {}", cause.cause, cause.blame.kind, cause.blame.name);
    Status { summary, severity: Severity::default(), ..Status::new(cause.clone(), spec.opened_at) }
}

/// What is POSTed.
pub(super) fn without_status(incident: &Incident, namespace: &str) -> Result<Value, String> {
    Ok(json!({
        "apiVersion": format!("{GROUP}/{VERSION}"),
        "kind": "Incident",
        "metadata": {"name": incident.name, "namespace": namespace},
        "spec": serde_json::to_value(&incident.spec).map_err(words)?,
    }))
}

/// What is PUT: only the status of it is taken, and only at this version.
pub(super) fn with_status(incident: &Incident, namespace: &str) -> Result<Value, String> {
    if incident.version.is_empty() {
        // without a version the server would overwrite whatever there is
        return Err("it has no version".to_string());
    }
    let mut object = without_status(incident, namespace)?;
    let mut status = serde_json::to_value(&incident.status).map_err(words)?;
    status["conditions"] = json!([condition(incident)]);
    object["metadata"]["resourceVersion"] = json!(incident.version);
    object["status"] = status;
    Ok(object)
}

/// For `kubectl wait --for=condition=Resolved`: the phase, as Kubernetes' tools know it. Nobody reads it back.
fn condition(incident: &Incident) -> Value {
    let status = &incident.status;
    let (is_resolved, reason) = match status.phase {
        Phase::Open => ("False", "StillFailing"),
        Phase::Resolved => ("True", "AllWell"),
    };
    let mut condition = json!({"type": "Resolved", "status": is_resolved, "reason": reason});
    // of one that came back it is not known since when it is open again
    let since = status.resolved_at.or((status.reopened == 0).then_some(incident.spec.opened_at));
    if let Some(since) = since {
        condition["lastTransitionTime"] = json!(since);
    }
    condition
}

/// Its name, for a log.
pub(super) fn name(object: &Value) -> String {
    text(object, "/metadata/name")
}

/// The version the server gave it.
pub(super) fn version(object: &Value) -> String {
    text(object, "/metadata/resourceVersion")
}

fn text(object: &Value, pointer: &str) -> String {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_string()
}

/// The error may quote what a stranger wrote.
fn words(error: serde_json::Error) -> String {
    podwhy_knowledge::redact::redact(&error.to_string()).chars().take(300).collect()
}
