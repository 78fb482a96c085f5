//! An incident as the API server has it.

use podwhy_flow::incident::record::{Spec, Status};
use podwhy_flow::incident::{Incident, Phase, Severity};
use serde_json::{Value, json};

use crate::resource::{GROUP, Stored, VERSION, words};

/// Reads one. A present status that cannot be read is never replaced by a first one: it says which messages stand.
pub(super) fn incident(object: Value) -> Result<Incident, String> {
    let mut stored = Stored::<Spec>::read(object)?;
    let status = stored.status()?.unwrap_or_else(|| first(&stored.spec));
    let (name, version) = (stored.metadata.name, stored.metadata.resource_version);
    Ok(Incident { name, version, spec: stored.spec, status })
}

/// What is known of an Incident whose maker died before it wrote a status: that it was opened.
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
