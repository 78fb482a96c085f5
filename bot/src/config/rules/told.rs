//! What must hold of thresholds, annotations and digests.

use std::time::Duration;

use ::config::{Value, ValueKind};
use podwhy_flow::incident::due::{MOST_RESTARTS, SKEW};

use super::super::annotations::NamedChannel;
use super::super::check::{nearest, origin_of};
use super::super::problem::{Place, Problem, Rank};
use super::super::threshold::{OfCause, Threshold};
use super::super::thresholds::Thresholds;
use super::chat::areas;
use super::{get, list, text};

pub(super) fn check(merged: &Value, clusters: &[Option<&str>], at: &Place, problems: &mut Vec<Problem>) {
    if let Some(table) = get(merged, "thresholds") {
        let here = at.key("thresholds", origin_of(table));
        thresholds(table, &here, problems);
        for (index, of) in list(get(table, "namespaces")).enumerate() {
            let here = here.key("namespaces", of.origin()).item(index);
            thresholds(of, &here, problems);
            places(of, clusters, &here, problems);
        }
    }
    for (index, table) in list(get(merged, "annotations")).enumerate() {
        let here = at.key("annotations", table.origin()).item(index);
        places(table, clusters, &here, problems);
        annotations(merged, table, &here, problems);
    }
    for (index, digest) in list(get(merged, "digests")).enumerate() {
        let here = at.key("digests", digest.origin()).item(index);
        places(digest, clusters, &here, problems);
        if let Some(app) = text(digest, "app").filter(|app| get(merged, app).is_none()) {
            let message = format!("there is no section [{app}], so nothing can be told here");
            problems.push(here.key("app", None).problem(Rank::Rule, message));
        }
        if get(digest, "at").is_some() && list(get(digest, "at")).next().is_none() {
            let message = "it names no time, so it is never posted";
            problems.push(here.key("at", None).problem(Rank::Rule, message));
        }
    }
}

/// Namespaces that there can be, and at least one.
fn places(table: &Value, clusters: &[Option<&str>], here: &Place, problems: &mut Vec<Problem>) {
    if areas(table, "of", clusters, here, problems).is_empty() && list(get(table, "of")).next().is_none() {
        let message = "it names no namespace; write [\"*\"] for all";
        problems.push(here.key("of", None).problem(Rank::Rule, message));
    }
}

const SHORT: &str = "a cluster's clock may be off by a minute: write 1m or longer";

fn thresholds(table: &Value, here: &Place, problems: &mut Vec<Problem>) {
    let skew = SKEW.unsigned_abs();
    let short = |long: Duration| long < skew;
    let lasting = Thresholds::default().named().map(|(name, _)| name);
    for name in lasting.into_iter().chain(["restarts_within"]) {
        let Some(Ok(Threshold(long))) = text(table, name).map(str::parse) else { continue };
        if short(long) {
            problems.push(here.key(name, None).problem(Rank::Rule, SHORT));
        }
    }
    if let Some(ValueKind::I64(restarts)) = get(table, "restarts").map(|value| &value.kind)
        && !usize::try_from(*restarts).is_ok_and(|restarts| (1..=MOST_RESTARTS).contains(&restarts))
    {
        let message = format!("write a number from 1 to {MOST_RESTARTS}");
        problems.push(here.key("restarts", None).problem(Rank::Rule, message));
    }
    for (index, item) in list(get(table, "causes")).enumerate() {
        let ValueKind::String(text) = &item.kind else { continue };
        let Ok(of) = text.parse::<OfCause>() else { continue };
        let known = || podwhy_knowledge::causes::catalogue().map(|cause| cause.id);
        let message = if !known().any(|id| id == of.cause) {
            let hint = nearest(&of.cause, known()).map(|meant| format!("; did you mean {meant:?}?"));
            format!("there is no cause {:?}{}", of.cause, hint.unwrap_or_default())
        } else if short(of.long.0) {
            SHORT.to_string()
        } else {
            continue;
        };
        problems.push(here.key("causes", item.origin()).item(index).problem(Rank::Rule, message));
    }
}

fn annotations(merged: &Value, table: &Value, here: &Place, problems: &mut Vec<Problem>) {
    let mut names: Vec<String> = Vec::new();
    for (index, item) in list(get(table, "channels")).enumerate() {
        let ValueKind::String(text) = &item.kind else { continue };
        let Ok(channel) = text.parse::<NamedChannel>() else { continue };
        let place = here.key("channels", item.origin()).item(index);
        let app = if text.contains("slack:") { "slack" } else { "discord" };
        if get(merged, app).is_none() {
            let message = format!("there is no section [{app}], so nothing can be told here");
            problems.push(place.problem(Rank::Rule, message));
        }
        let name = channel.name.unwrap_or(channel.id);
        if names.contains(&name) {
            problems.push(place.problem(Rank::Rule, format!("{name:?} is another channel already")));
        }
        names.push(name);
    }
    for (index, item) in list(get(table, "runbook_hosts")).enumerate() {
        let ValueKind::String(host) = &item.kind else { continue };
        if !is_host(host) {
            let message = "write a host as it stands in a URL, as wiki.example.com";
            problems.push(here.key("runbook_hosts", None).item(index).problem(Rank::Rule, message));
        }
    }
    let none = |key| list(get(table, key)).next().is_none();
    let mutes = matches!(get(table, "mute").map(|value| &value.kind), Some(ValueKind::Boolean(true)));
    if none("channels") && none("runbook_hosts") && !mutes {
        let message = "it allows nothing: write channels, runbook_hosts or mute = true";
        problems.push(here.problem(Rank::Rule, message));
    }
}

fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !label.is_empty() && label.chars().all(fits)
    };
    host.split('.').all(is_label)
}
