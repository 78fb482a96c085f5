//! The playground's failures, mended and broken by a click.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use podwhy_flow::ports::{ClusterRead, SimulatedFailure, Simulation};
use podwhy_knowledge::Lang;
use podwhy_knowledge::causes::find;
use podwhy_knowledge::text::general_page;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::asked::{Spoken, lang};
use crate::reply::Refused;
use crate::server::App;

#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    cause: String,
    failing: bool,
}

pub(crate) async fn list<C: ClusterRead>(
    State(app): State<Arc<App<C>>>,
    Query(spoken): Query<Spoken>,
) -> Result<Json<Value>, Refused> {
    let lang = lang(spoken.lang.as_deref(), app.options.lang);
    Ok(Json(shown(simulation(&app)?.as_ref(), lang)))
}

pub(crate) async fn set<C: ClusterRead>(
    State(app): State<Arc<App<C>>>,
    Query(spoken): Query<Spoken>,
    Json(wanted): Json<Wanted>,
) -> Result<Json<Value>, Refused> {
    let simulation = simulation(&app)?;
    if !simulation.set(&wanted.cause, wanted.failing) {
        return Err(Refused::because(format!("there is no failure {:?} to change here", wanted.cause)));
    }
    // what was known a moment ago is no longer so
    app.known.lock().await.clear();
    let lang = lang(spoken.lang.as_deref(), app.options.lang);
    Ok(Json(shown(simulation.as_ref(), lang)))
}

fn simulation<C>(app: &App<C>) -> Result<&Arc<dyn Simulation>, Refused> {
    app.simulation.as_ref().ok_or_else(|| Refused::because("this is no playground: start with --playground"))
}

fn shown(simulation: &dyn Simulation, lang: Lang) -> Value {
    let failures = simulation.failures();
    let scenarios: Vec<Value> = failures.iter().filter(|f| f.changes).map(|f| scenario(f, lang)).collect();
    json!({"scenarios": scenarios})
}

fn scenario(failure: &SimulatedFailure, lang: Lang) -> Value {
    let title = find(&failure.cause).map(|cause| general_page(cause, lang).0);
    json!({"cause": failure.cause, "title": title, "cluster": failure.cluster, "failing": failure.failing,
        "ask": format!("why {}:{}", failure.cluster, failure.target)})
}
