//! What can be done by a button on the playground, as whom the reader chooses; nothing of it where a cluster is real.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use podwhy_flow::act::words;
use podwhy_flow::answer::RemediationAnswer;
use podwhy_flow::ask::command::Command;
use podwhy_flow::ask::order::{Order, OrderError};
use podwhy_flow::ports::{ClusterRead, Press, Workbench};
use podwhy_knowledge::{Lang, Target};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::asked::lang;
use crate::dump;
use crate::render::acting::{Fix, card, item, sentence};
use crate::reply::{Refused, Reply};
use crate::server::App;

/// Who is acted as where the page names nobody: the first of them.
fn by<'a>(bench: &'a dyn Workbench, chosen: Option<&'a str>) -> &'a str {
    let first = || bench.people().first().map(|person| person.name.as_str());
    chosen.filter(|chosen| !chosen.is_empty()).or_else(first).unwrap_or_default()
}

/// What stands below an answer to `why`.
pub(crate) async fn below<C: ClusterRead>(
    app: &App<C>,
    command: &Command,
    source: Option<&str>,
    lang: Lang,
) -> Fix {
    let Command::Why(target) = command else { return Fix::Nothing };
    let Some(bench) = app.bench.as_deref() else { return Fix::Elsewhere };
    let Ok(target) = whole(app, target, source) else { return Fix::Nothing };
    let looked = tokio::time::timeout(app.options.patience, bench.found(&target, lang)).await;
    let people = bench.people().to_vec();
    Fix::Found { found: looked.unwrap_or_default(), target: target.to_string(), people }
}

/// The target with the cluster that is meant.
fn whole<C: ClusterRead>(app: &App<C>, target: &Target, source: Option<&str>) -> Result<Target, Refused> {
    let cluster = app.desk.cluster(target.cluster.as_deref().or(source))?;
    Ok(Target { cluster: Some(cluster.name().to_string()), ..target.clone() })
}

/// Obeys what is typed.
pub(crate) async fn order<C: ClusterRead>(
    app: &App<C>,
    order: &Order,
    source: Option<&str>,
    chosen: Option<&str>,
    lang: Lang,
) -> Result<Reply, Refused> {
    if !order.acts() {
        return Err(Refused::because(OrderError::Elsewhere.told(lang)));
    }
    let bench = app.bench.as_deref().ok_or_else(|| Refused::because(words::NO_BUTTONS.of(lang)))?;
    let by = by(bench, chosen);
    match order {
        Order::Fix(target) => {
            if source.is_some_and(|source| source.starts_with(dump::PREFIX)) && target.cluster.is_none() {
                return Err(Refused::because(words::NOTHING_TO_OFFER.of(lang)));
            }
            let target = whole(app, target, source)?;
            let offered = in_time(app, lang, bench.offer(&target, None, by, lang)).await?;
            Ok(cards(bench, lang.pick("Offered", "已提出"), &offered, lang))
        }
        Order::Approvals => {
            let waiting = in_time(app, lang, bench.list(true, lang)).await?;
            if waiting.is_empty() {
                return Ok(said(words::NOTHING_WAITS.of(lang)));
            }
            Ok(cards(bench, lang.pick("Waits for somebody to agree", "等待同意"), &waiting, lang))
        }
        Order::History => {
            let done = in_time(app, lang, bench.list(false, lang)).await?;
            if done.is_empty() {
                return Ok(said(words::NOTHING_DONE.of(lang)));
            }
            Ok(cards(
                bench,
                lang.pick("What was done, the latest first", "已执行的操作（最近的在前）"),
                &done,
                lang,
            ))
        }
        Order::Freeze(lasts) => Ok(said(&in_time(app, lang, bench.freeze(Some(*lasts), by, lang)).await?)),
        Order::Unfreeze => Ok(said(&in_time(app, lang, bench.freeze(None, by, lang)).await?)),
        Order::Ack(_) | Order::Mute(..) | Order::Unmute(_) | Order::Mutes => {
            Err(Refused::because(OrderError::Elsewhere.told(lang)))
        }
    }
}

fn cards(bench: &dyn Workbench, title: &str, all: &[RemediationAnswer], lang: Lang) -> Reply {
    let line = |one: &RemediationAnswer| format!("• {}: {}", one.title, one.stands);
    let text = all.iter().map(line).collect::<Vec<_>>().join("\n");
    Reply { html: card(title, all, bench.people(), lang), text: format!("{title}\n{text}"), once: true }
}

fn said(text: &str) -> Reply {
    Reply { html: sentence(text), text: text.to_string(), once: true }
}

/// Nobody waits longer than for an answer.
async fn in_time<C, T>(
    app: &App<C>,
    lang: Lang,
    work: impl Future<Output = Result<T, String>>,
) -> Result<T, Refused> {
    let done = tokio::time::timeout(app.options.patience, work).await;
    let late = |_| Refused::because(podwhy_flow::words::too_late(app.options.patience, lang));
    done.map_err(late)?.map_err(Refused::because)
}

fn bench<C>(app: &App<C>) -> Result<&dyn Workbench, Refused> {
    app.bench.as_deref().ok_or_else(|| Refused::because(words::NO_BUTTONS.of(app.options.lang)))
}

/// Which cards the page shows.
#[derive(Debug, Deserialize)]
pub(crate) struct Shown {
    names: String,
    #[serde(default)]
    lang: Option<String>,
}

/// No page shows more that goes on.
const MOST: usize = 40;

/// How they stand by now.
pub(crate) async fn list<C: ClusterRead>(
    State(app): State<Arc<App<C>>>,
    Query(shown): Query<Shown>,
) -> Result<Json<Value>, Refused> {
    let (bench, lang) = (bench(&app)?, lang(shown.lang.as_deref(), app.options.lang));
    let mut cards: BTreeMap<&str, Value> = BTreeMap::new();
    for name in shown.names.split(',').filter(|name| !name.is_empty()).take(MOST) {
        if let Some(one) = in_time(&app, lang, bench.one(name, lang)).await? {
            cards.insert(name, told(&one, lang));
        }
    }
    Ok(Json(json!({"cards": cards})))
}

/// Something that could be done is to be offered.
#[derive(Debug, Deserialize)]
pub(crate) struct Offering {
    target: String,
    key: String,
    #[serde(rename = "as")]
    by: String,
    #[serde(default)]
    lang: Option<String>,
}

pub(crate) async fn offer<C: ClusterRead>(
    State(app): State<Arc<App<C>>>,
    Json(wanted): Json<Offering>,
) -> Result<Json<Value>, Refused> {
    let (bench, lang) = (bench(&app)?, lang(wanted.lang.as_deref(), app.options.lang));
    let target: Target = wanted
        .target
        .parse()
        .map_err(|error| Refused::because(podwhy_flow::UserError::Target(error).told(lang)))?;
    let target = whole(&app, &target, None)?;
    let offered = in_time(&app, lang, bench.offer(&target, Some(&wanted.key), &wanted.by, lang)).await?;
    let first = offered.first().ok_or_else(|| Refused::because(words::NO_OFFER.of(lang)))?;
    Ok(Json(told(first, lang)))
}

/// A button of an offer.
#[derive(Debug, Deserialize)]
pub(crate) struct Pressed {
    name: String,
    agree: bool,
    #[serde(default)]
    typed: Option<String>,
    #[serde(rename = "as")]
    by: String,
    #[serde(default)]
    lang: Option<String>,
}

pub(crate) async fn press<C: ClusterRead>(
    State(app): State<Arc<App<C>>>,
    Json(pressed): Json<Pressed>,
) -> Result<Json<Value>, Refused> {
    let (bench, lang) = (bench(&app)?, lang(pressed.lang.as_deref(), app.options.lang));
    let press = if pressed.agree { Press::Agree(pressed.typed.as_deref()) } else { Press::Decline };
    let one = in_time(&app, lang, bench.pressed(&pressed.name, press, &pressed.by, lang)).await?;
    Ok(Json(told(&one, lang)))
}

fn told(one: &RemediationAnswer, lang: Lang) -> Value {
    json!({"name": one.name, "live": !one.is_over(), "html": item(one, None, lang)})
}
