//! The page's first request, and every question after it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use podwhy_flow::ask::command::{Command, command};
use podwhy_flow::ask::desk::{Answer, answer_from};
use podwhy_flow::ports::ClusterRead;
use podwhy_flow::words;
use podwhy_knowledge::{Lang, World};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::acting;
use crate::dump;
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
    /// Whom the reader acts as, where something is to be done.
    #[serde(default, rename = "as")]
    by: Option<String>,
}

pub(crate) async fn ask<C: ClusterRead>(
    State(app): State<Arc<App<C>>>,
    Json(question): Json<Question>,
) -> Result<Json<Reply>, Refused> {
    let lang = lang(question.lang.as_deref(), app.options.lang);
    let command = command(&question.text)?;
    let source = question.source.as_deref().filter(|source| !source.is_empty());
    if let Command::Incident(order) = &command {
        return acting::order(&app, order, source, question.by.as_deref(), lang).await.map(Json);
    }
    // a command that names a cluster means it, whatever is chosen beside the input
    let dump =
        source.filter(|_| command.cluster().is_none()).filter(|source| source.starts_with(dump::PREFIX));
    if let Some(dump) = dump {
        let gone = "this dump is no longer held: drop it again";
        let world = app.dumps.find(dump).ok_or_else(|| Refused::because(gone))?;
        return Ok(Json(from_dump(world, command, lang).await?));
    }
    let source = source.filter(|source| !source.starts_with(dump::PREFIX));
    let asked = app.desk.answer(&command, source, lang);
    let answer = tokio::time::timeout(app.options.patience, asked)
        .await
        .map_err(|_| Refused::because(words::too_late(app.options.patience, lang)))?;
    let mut answer = answer?;
    reach(&mut answer, &app.options.kubectl);
    let fix = acting::below(&app, &command, source, lang).await;
    Ok(Json(Reply::with_fix(&answer, &fix, lang)))
}

/// A command that is pasted must not ask another cluster than the answer is about.
fn reach(answer: &mut Answer, kubectl: &BTreeMap<String, String>) {
    let Answer::Why(why) = answer else { return };
    let cluster = why.target.as_ref().map(|target| target.cluster.as_str()).unwrap_or_default();
    let Some(flags) = kubectl.get(cluster) else { return };
    let remedies = why.findings.iter_mut().flat_map(|finding| finding.remedies.iter_mut());
    for command in remedies.filter_map(|remedy| remedy.command.as_mut()) {
        let lines = command.lines().map(|line| match line.strip_prefix("kubectl ") {
            Some(rest) => format!("kubectl {flags} {rest}"),
            None => line.to_string(),
        });
        *command = lines.collect::<Vec<_>>().join("\n");
    }
}

/// A large dump is diagnosed for seconds: other questions are answered meanwhile.
pub(crate) async fn from_dump(world: Arc<World>, command: Command, lang: Lang) -> Result<Reply, Refused> {
    let diagnosed = tokio::task::spawn_blocking(move || {
        answer_from(&world, &command, lang).map(|answer| Reply::of(&answer, lang))
    });
    let reply =
        diagnosed.await.map_err(|error| Refused::because(format!("the dump could not be asked: {error}")))?;
    Ok(reply?)
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
