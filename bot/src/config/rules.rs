//! What must hold between keys. Asked of the values, not of the settings, so that a problem elsewhere hides none here;
//! what has the wrong type is skipped, as that is told already.

mod approvals;
mod chat;
mod chat_groups;
mod incident;
mod names;
mod outgoing;
mod remediation;
mod told;

use std::collections::BTreeSet;

use ::config::{Map, Value, ValueKind};

use super::check::nearest;
use super::formats::parse_duration;
use super::problem::{Place, Problem, Rank};

pub(super) fn check(merged: &Value, problems: &mut Vec<Problem>) {
    let at = Place::root("configuration");
    let mut names = Vec::new();
    let clusters = get(merged, "clusters");
    for (index, cluster) in list(clusters).enumerate() {
        let here = at.key("clusters", cluster.origin()).item(index);
        if let Some(name) = text(cluster, "name") {
            if let Some(first) = names.iter().position(|known| *known == Some(name)) {
                let message = format!("clusters[{first}] is named {name:?} as well");
                problems.push(here.key("name", None).problem(Rank::Rule, message));
            }
            names.push(Some(name));
        } else {
            names.push(None);
        }
        connection(cluster, &here, problems);
        namespaces(cluster, &here, problems);
    }
    default_cluster(merged, &names, &at, problems);
    chat::check(merged, &names, &at, problems);
    chat_groups::check(merged, &at, problems);
    incident::check(merged, &names, &at, problems);
    outgoing::check(merged, &names, &at, problems);
    remediation::check(merged, &names, &at, problems);
    told::check(merged, &names, &at, problems);
    timeouts(merged, &at, problems);
}

fn connection(cluster: &Value, here: &Place, problems: &mut Vec<Problem>) {
    if !matches!(get(cluster, "in_cluster").map(|v| &v.kind), Some(ValueKind::Boolean(true))) {
        return;
    }
    for key in ["context", "kubeconfig"] {
        if get(cluster, key).is_some() {
            let message =
                format!("with in_cluster = true no kubeconfig is read; leave out {key} or in_cluster");
            problems.push(here.key(key, None).problem(Rank::Rule, message));
        }
    }
}

fn namespaces(cluster: &Value, here: &Place, problems: &mut Vec<Problem>) {
    let Some(ValueKind::Array(items)) = get(cluster, "namespaces").map(|value| &value.kind) else { return };
    if items.is_empty() {
        let message = "the list is empty; leave it out when the identity has rights in every namespace";
        problems.push(here.key("namespaces", None).problem(Rank::Rule, message));
        return;
    }
    let Some(default) = text(cluster, "namespace") else { return };
    if !items.iter().any(|item| matches!(&item.kind, ValueKind::String(name) if name == default)) {
        let message = format!("{default:?} is not among {}.namespaces", here.key);
        problems.push(here.key("namespace", None).problem(Rank::Rule, message));
    }
}

fn default_cluster(merged: &Value, names: &[Option<&str>], at: &Place, problems: &mut Vec<Problem>) {
    // a cluster without a readable name may be the one that is meant
    let readable = get(merged, "clusters").is_none_or(|v| matches!(v.kind, ValueKind::Array(_)));
    let (Some(wanted), true) = (text(merged, "default_cluster"), readable) else { return };
    if names.contains(&None) || names.contains(&Some(wanted)) {
        return;
    }
    let known: BTreeSet<&str> = names.iter().copied().flatten().collect();
    let hint = match nearest(wanted, known.iter().copied()) {
        Some(meant) => format!("; did you mean {meant:?}?"),
        None if names.is_empty() => ": clusters is empty".to_string(),
        None => format!("; they are {}", known.into_iter().collect::<Vec<_>>().join(", ")),
    };
    let origin = get(merged, "default_cluster").and_then(Value::origin);
    let message = format!("no cluster in clusters is named {wanted:?}{hint}");
    problems.push(at.key("default_cluster", origin).problem(Rank::Rule, message));
}

fn timeouts(merged: &Value, at: &Place, problems: &mut Vec<Problem>) {
    let Some(timeouts) = get(merged, "timeouts") else { return };
    let (Some(request), Some(total)) = (text(timeouts, "request"), text(timeouts, "total")) else { return };
    let (Some(shortest), Some(longest)) = (parse_duration(request), parse_duration(total)) else { return };
    if longest < shortest {
        // whichever was set is the one to mend, and the default is nobody's mistake
        let origin = |key| get(timeouts, key).and_then(Value::origin);
        let message = format!("{total} in all is shorter than timeouts.request, {request} for one request");
        let origin = origin("total").or_else(|| origin("request"));
        problems.push(at.key("timeouts", None).key("total", origin).problem(Rank::Rule, message));
    }
}

fn map(value: &Value) -> Option<&Map<String, Value>> {
    match &value.kind {
        ValueKind::Table(map) => Some(map),
        _ => None,
    }
}

fn get<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    map(value)?.get(key).filter(|below| below.kind != ValueKind::Nil)
}

/// A text that is there; that an empty one is wrong is told already.
fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    match &get(value, key)?.kind {
        ValueKind::String(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let items = match value.map(|value| &value.kind) {
        Some(ValueKind::Array(items)) => items.as_slice(),
        _ => &[],
    };
    items.iter()
}
