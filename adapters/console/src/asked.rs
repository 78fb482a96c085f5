//! The page's first request, and every question after it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use podwhy_flow::ask::command::command;
use podwhy_flow::ask::desk::answer_from;
use podwhy_flow::ports::ClusterRead;
use podwhy_knowledge::Lang;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::reply::{Refused, Reply};
use crate::server::App;

/// What the page needs to know before anything is asked.
pub(crate) async fn state<C: ClusterRead>(State(app): State<Arc<App<C>>>) -> Json<Value> {
    let clusters: Vec<&str> = app.desk.clusters().iter().map(C::name).collect();
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "lang": app.options.lang.to_string(),
        "playground": app.simulation.is_some(),
        "default_cluster": clusters.first(),
        "clusters": clusters,
        "kubeconfig": app.options.kubeconfig,
    }))
}

/// A line, in the language of the page, to a cluster or to a dump.
#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    text: String,
    #[serde(default)]
    lang: Option<String>,
    #[serde(default)]
    source: Option<String>,
}

pub(crate) async fn ask<C: ClusterRead>(
    State(app): State<Arc<App<C>>>,
    Json(question): Json<Question>,
) -> Result<Json<Reply>, Refused> {
    let lang = lang(question.lang.as_deref(), app.options.lang);
    let command = command(&question.text)?;
    let source = question.source.as_deref().filter(|source| !source.is_empty());
    if let Some(world) = source.and_then(|source| app.dumps.find(source)) {
        return Ok(Json(Reply::of(&answer_from(&world, &command, lang)?, lang)));
    }
    let asked = app.desk.answer(&command, source, lang);
    let answer = tokio::time::timeout(app.options.patience, asked)
        .await
        .map_err(|_| Refused::because(too_late(app.options.patience, lang)))?;
    Ok(Json(Reply::of(&answer?, lang)))
}

/// The language of the page.
#[derive(Debug, Deserialize)]
pub(crate) struct Spoken {
    #[serde(default)]
    pub(crate) lang: Option<String>,
}

/// The language a page asks for.
pub(crate) fn lang(asked: Option<&str>, default: Lang) -> Lang {
    asked.and_then(|lang| lang.parse().ok()).unwrap_or(default)
}

pub(crate) fn too_late(patience: std::time::Duration, lang: Lang) -> String {
    let seconds = patience.as_secs();
    match lang {
        Lang::En => {
            format!("the cluster did not answer within {seconds} s; ask again, or raise timeouts.total")
        }
        Lang::Zh => format!("集群在 {seconds} 秒内没有回答；请重试，或调大 timeouts.total"),
    }
}
