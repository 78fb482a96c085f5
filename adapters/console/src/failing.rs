//! What fails now, in every cluster: the list beside the chat.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use podwhy_flow::answer::{GroupAnswer, TriageAnswer};
use podwhy_flow::ask::desk::AskError;
use podwhy_flow::ports::ClusterRead;
use podwhy_flow::words::{self, cluster_prefix};
use podwhy_knowledge::redact::redact;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::asked::{Spoken, lang};
use crate::server::App;

/// Several pages that look at once cost the clusters one look.
const FRESH: Duration = Duration::from_secs(5);

/// The last look, by language.
pub(crate) type Known = Mutex<HashMap<&'static str, (Instant, Value)>>;

pub(crate) async fn failing<C: ClusterRead>(
    State(app): State<Arc<App<C>>>,
    Query(spoken): Query<Spoken>,
) -> Json<Value> {
    let lang = lang(spoken.lang.as_deref(), app.options.lang);
    let mut known = app.known.lock().await;
    if let Some((at, value)) = known.get(lang.pick("en", "zh"))
        && at.elapsed() < FRESH
    {
        return Json(value.clone());
    }
    let looked = tokio::time::timeout(app.options.patience, app.desk.failing(lang)).await;
    let clusters: Vec<Value> = match looked {
        Ok(clusters) => clusters.into_iter().map(|(name, found)| cluster(&name, found)).collect(),
        Err(_) => {
            let late = words::too_late(app.options.patience, lang);
            app.desk.clusters().iter().map(|cluster| broken(cluster.name(), &late)).collect()
        }
    };
    let value = json!({"clusters": clusters});
    known.insert(lang.pick("en", "zh"), (Instant::now(), value.clone()));
    Json(value)
}

fn cluster(name: &str, found: Result<TriageAnswer, AskError>) -> Value {
    match found {
        Ok(triage) => {
            let groups: Vec<Value> = triage.groups.iter().map(|g| group(name, g)).collect();
            json!({"name": name, "error": null, "failing": triage.failing, "expected": triage.expected,
                "healthy": triage.healthy, "groups": groups})
        }
        Err(error) => broken(name, &redact(&error.to_string())),
    }
}

fn broken(name: &str, why: &str) -> Value {
    json!({"name": name, "error": why, "failing": 0, "expected": 0, "healthy": 0, "groups": []})
}

fn group(cluster: &str, group: &GroupAnswer) -> Value {
    let prefix = cluster_prefix(cluster);
    let pods = group.pods.iter().map(|pod| {
        let label = format!("{}/{}", pod.namespace, pod.name);
        json!({"ask": format!("why {prefix}{label}"), "label": label})
    });
    let workloads = group.workloads.iter().filter(|_| group.pods.is_empty()).map(|workload| {
        let typed = workload.typed();
        json!({"ask": format!("why {prefix}{typed}"), "label": typed})
    });
    json!({"cause": group.cause, "confidence": group.confidence, "summary": group.summary,
        "verdict": if group.cause == "unknown" { "unknown" } else { "failing" },
        "count": group.count, "pods": pods.chain(workloads).collect::<Vec<_>>()})
}
