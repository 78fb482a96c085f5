//! `pods/eviction`: a deletion that asks the pod's disruption budget first.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/registry/core/pod/storage/eviction.go>
//!
//! # When not
//! No controller counts healthy pods: a budget's status is what its case or test says, less what was evicted since.

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::api::{Asked, Failure, Fate, Key, Query, find, now_in_seconds, text};
use crate::change::delete::{DeleteOptions, check, run};
use crate::change::dry;
use crate::life::Life;
use crate::selector::selects;

/// More confirmations than this are not waited for.
const MAX_DISRUPTED: usize = 2000;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Eviction {
    api_version: String,
    kind: String,
    metadata: Value,
    delete_options: Option<DeleteOptions>,
}

/// Evicts a pod.
///
/// # Errors
/// 429 where its budget allows none, 500 where it has two budgets, and those of a deletion.
pub(crate) fn evict(
    life: &Arc<Life>,
    asked: &Asked,
    query: &Query,
    body: &[u8],
) -> Result<Response, Failure> {
    let eviction: Eviction =
        serde_json::from_slice(body).map_err(|error| Failure::no_object(body, &error))?;
    let kind = (eviction.api_version.as_str(), eviction.kind.as_str());
    // what is left out is what the path means
    if !matches!(kind, ("policy/v1" | "policy/v1beta1" | "", "Eviction" | "")) {
        return Err(Failure::bad_request("the API version or the kind does not fit the URL"));
    }
    if text(&eviction.metadata, "/name") != asked.name {
        return Err(Failure::bad_request("name in URL does not match name in Eviction object"));
    }
    let mut options = options(eviction.delete_options.unwrap_or_default(), query)?;
    let dry = dry::is_all(&options.dry_run, "DeleteOptions")?;
    let key = Key::new(asked.resource, &asked.namespace, &asked.name);
    let pod = life.store.get(&key).ok_or_else(|| Failure::not_found(asked.resource, &asked.name))?;
    if !is_beyond_budgets(&pod) {
        ask_budget(life, &pod, dry)?;
    }
    let asked = Asked { sub: String::new(), ..asked.clone() };
    if !dry {
        mark(life, &key, &asked, &options)?;
        // marked, the pod has another version than the one that was asked for
        options.forget_version();
    }
    run(life, &asked, &options)?;
    let done =
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok((StatusCode::CREATED, Json(done)).into_response())
}

/// The dry run of the query is the deletion's too, unless they contradict each other.
fn options(mut options: DeleteOptions, query: &Query) -> Result<DeleteOptions, Failure> {
    let named: Vec<String> =
        query.get("dryRun").filter(|value| !value.is_empty()).cloned().into_iter().collect();
    dry::is_all(&named, "CreateOptions")?;
    if options.dry_run.is_empty() {
        options.dry_run = named;
    }
    Ok(options)
}

/// A pod that ended, has not begun or already goes disrupts nothing (`canIgnorePDB`).
fn is_beyond_budgets(pod: &Value) -> bool {
    matches!(text(pod, "/status/phase"), "Succeeded" | "Failed" | "Pending")
        || pod.pointer("/metadata/deletionTimestamp").is_some()
}

fn ask_budget(life: &Life, pod: &Value, dry: bool) -> Result<(), Failure> {
    let Some(budgets) = find("policy", "v1", "poddisruptionbudgets") else { return Ok(()) };
    let (known, _) = life.store.list(budgets, text(pod, "/metadata/namespace"));
    let own: Vec<&Arc<Value>> =
        known.iter().filter(|budget| selects(&budget["spec"]["selector"], pod)).collect();
    let budget = match own.as_slice() {
        [] => return Ok(()),
        [budget] => budget,
        _ => {
            return Err(Failure::bare(
                500,
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
            ));
        }
    };
    if !is_ready(pod) && lets_unhealthy_go(budget) {
        return Ok(());
    }
    let Some(key) = Key::of(budget) else { return Ok(()) };
    let name = text(pod, "/metadata/name");
    dry::update(&life.store, &key, dry, |budget| {
        check_and_decrement(budget, name)?;
        Ok::<Fate, Failure>(Fate::Stays)
    })?;
    Ok(())
}

/// An unhealthy pod is not counted: whether it is guarded all the same is the budget's policy.
fn lets_unhealthy_go(budget: &Value) -> bool {
    if text(budget, "/spec/unhealthyPodEvictionPolicy") == "AlwaysAllow" {
        return true;
    }
    let (current, desired) = (number(budget, "currentHealthy"), number(budget, "desiredHealthy"));
    current >= desired && desired > 0
}

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/registry/core/pod/storage/eviction.go> (`checkAndDecrement`)
fn check_and_decrement(budget: &mut Value, pod: &str) -> Result<(), Failure> {
    let name = text(budget, "/metadata/name").to_string();
    let generation = budget.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or(0);
    if number(budget, "observedGeneration") < generation {
        let cause = format!("The disruption budget {name} is still being processed by the server.");
        return Err(Failure::over_budget(&cause, 10));
    }
    let allowed = number(budget, "disruptionsAllowed");
    let refused = |why: &str| Err(Failure::forbidden_of("poddisruptionbudget", "policy", &name, why));
    if allowed < 0 {
        return refused("pdb disruptions allowed is negative");
    }
    let disrupted = budget.pointer("/status/disruptedPods").and_then(Value::as_object).map_or(0, Map::len);
    if disrupted > MAX_DISRUPTED {
        return refused("DisruptedPods map too big - too many evictions not confirmed by PDB controller");
    }
    if allowed == 0 {
        let (desired, current) = (number(budget, "desiredHealthy"), number(budget, "currentHealthy"));
        let cause =
            format!("The disruption budget {name} needs {desired} healthy pods and has {current} currently");
        return Err(Failure::over_budget(&cause, 0));
    }
    budget["status"]["disruptionsAllowed"] = json!(allowed - 1);
    budget["status"]["disruptedPods"][pod] = json!(now_in_seconds());
    Ok(())
}

/// The pod says why it goes, if it is the one that is meant.
fn mark(life: &Life, key: &Key, asked: &Asked, options: &DeleteOptions) -> Result<(), Failure> {
    let marked = life.store.update(key, |pod| {
        check(options, pod, asked)?;
        let why = json!({"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI",
            "message": "Eviction API: evicting", "lastTransitionTime": now_in_seconds()});
        let mut conditions = pod["status"]["conditions"].as_array().cloned().unwrap_or_default();
        conditions.retain(|condition| condition["type"] != "DisruptionTarget");
        conditions.push(why);
        pod["status"]["conditions"] = json!(conditions);
        Ok::<Fate, Failure>(Fate::Stays)
    })?;
    marked.map(|_| ()).ok_or_else(|| Failure::not_found(asked.resource, &asked.name))
}

fn number(budget: &Value, field: &str) -> i64 {
    budget["status"][field].as_i64().unwrap_or(0)
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().any(|c| c["type"] == "Ready" && c["status"] == "True")
}
