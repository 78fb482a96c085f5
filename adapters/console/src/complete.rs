//! Names that fit what is being typed.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use podwhy_flow::ask::command::WORDS;
use podwhy_flow::ports::ClusterRead;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::App;

/// Nobody waits longer for a suggestion.
const PATIENCE: Duration = Duration::from_secs(3);

/// More than this many help nobody.
const MOST: usize = 12;

#[derive(Debug, Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    text: String,
    #[serde(default)]
    source: Option<String>,
}

pub(crate) async fn complete<C: ClusterRead>(
    State(app): State<Arc<App<C>>>,
    Query(typed): Query<Typed>,
) -> Json<Value> {
    let (lead, word) = split(&typed.text);
    let mut found: Vec<(String, String)> = Vec::new();
    if lead.is_empty() {
        let words = WORDS.iter().filter(|known| !word.is_empty() && known.starts_with(word));
        found.extend(words.map(|known| (format!("{known} "), (*known).to_string())));
    }
    if lead != "explain " {
        let pods = lead != "triage ";
        let names = match typed.source.as_deref().and_then(|source| app.dumps.find(source)) {
            Some(world) => {
                let in_dump = world.pods.keys().map(|(namespace, name)| format!("{namespace}/{name}"));
                if pods { in_dump.collect() } else { world.namespaces().map(str::to_string).collect() }
            }
            None => {
                let asked = of_cluster(&app, word, typed.source.as_deref(), pods);
                tokio::time::timeout(PATIENCE, asked).await.unwrap_or_default()
            }
        };
        let lead = if lead.is_empty() { "why " } else { lead };
        let fitting = names.into_iter().filter(|name| fits(name, word) && name != word);
        found.extend(fitting.map(|name| (format!("{lead}{name}"), name)));
    }
    found.truncate(MOST);
    let candidates: Vec<Value> =
        found.into_iter().map(|(value, label)| json!({"value": value, "label": label})).collect();
    Json(json!({"candidates": candidates}))
}

/// A command's word with its blank, and what is being typed after it.
fn split(text: &str) -> (&str, &str) {
    for lead in ["why ", "fix ", "triage ", "explain "] {
        if let Some(rest) = text.strip_prefix(lead) {
            return (lead, rest);
        }
    }
    ("", text)
}

/// Names begin as they are typed, or have it within: nobody types a ReplicaSet's hash.
fn fits(name: &str, word: &str) -> bool {
    word.is_empty() || name.contains(word)
}

/// `cluster:namespace/` completes pods; before that, namespaces.
async fn of_cluster<C: ClusterRead>(
    app: &App<C>,
    word: &str,
    source: Option<&str>,
    pods: bool,
) -> Vec<String> {
    let (named, rest) = match word.rsplit_once(':') {
        Some((cluster, rest)) => (Some(cluster), rest),
        None => (None, word),
    };
    let Ok(cluster) = app.desk.cluster(named.or(source)) else { return Vec::new() };
    let prefix = named.map(|named| format!("{named}:")).unwrap_or_default();
    let shown = |names: Vec<String>| names.into_iter().map(|name| format!("{prefix}{name}")).collect();
    match rest.split_once('/') {
        Some((namespace, _)) if pods => {
            let names = cluster.names(Some(namespace)).await;
            shown(names.into_iter().map(|name| format!("{namespace}/{name}")).collect())
        }
        _ => {
            let names = cluster.names(None).await;
            shown(if pods { names.into_iter().map(|name| format!("{name}/")).collect() } else { names })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_split_at_the_command() {
        assert_eq!(split("why sh"), ("why ", "sh"));
        assert_eq!(split("fix sh"), ("fix ", "sh"));
        assert_eq!(split("wh"), ("", "wh"));
        assert_eq!(split("shop/ca"), ("", "shop/ca"));
        assert!(fits("shop/cart-0", "cart") && fits("shop/", "") && !fits("shop/", "x"));
    }
}
