//! What must hold of the chats.

use ::config::{Value, ValueKind};

use super::super::area::Area;
use super::super::check::{nearest, origin_of};
use super::super::problem::{Place, Problem, Rank};
use super::{get, list, text};

pub(super) fn check(merged: &Value, clusters: &[Option<&str>], at: &Place, problems: &mut Vec<Problem>) {
    slack(merged, at, problems);
    channels(merged, clusters, at, problems);
    for (index, direct) in list(get(merged, "direct")).enumerate() {
        let here = at.key("direct", direct.origin()).item(index);
        areas(direct, "read", clusters, &here, problems);
        if ["slack", "discord", "groups"].iter().all(|who| list(get(direct, who)).next().is_none()) {
            problems.push(here.problem(Rank::Rule, "it names nobody: write slack, discord or groups"));
        }
    }
    if let Some(read) = get(merged, "read") {
        areas(read, "no_logs", clusters, &at.key("read", origin_of(read)), problems);
    }
    for (index, person) in list(get(merged, "people")).enumerate() {
        if text(person, "slack").is_none() && text(person, "discord").is_none() {
            let here = at.key("people", person.origin()).item(index);
            problems.push(here.problem(Rank::Rule, "it has no id in any chat: write slack or discord"));
        }
    }
}

fn slack(merged: &Value, at: &Place, problems: &mut Vec<Problem>) {
    let Some(slack) = get(merged, "slack") else { return };
    let here = at.key("slack", origin_of(slack));
    let there = |key| get(slack, key).is_some();
    match (there("app_token"), there("signing_secret")) {
        (false, false) => problems.push(here.problem(
            Rank::Rule,
            "write app_token for Socket Mode, or signing_secret where Slack sends its requests over HTTP",
        )),
        (true, true) => problems.push(
            here.key("signing_secret", None)
                .problem(Rank::Rule, "with app_token Slack sends nothing over HTTP; leave out one of them"),
        ),
        _ => {}
    }
    if text(slack, "command").is_some_and(|command| !command.starts_with('/')) {
        problems.push(here.key("command", None).problem(Rank::Rule, "a slash command begins with /"));
    }
}

fn channels(merged: &Value, clusters: &[Option<&str>], at: &Place, problems: &mut Vec<Problem>) {
    let mut seen: Vec<(Option<&str>, Option<&str>)> = Vec::new();
    for (index, channel) in list(get(merged, "channels")).enumerate() {
        let here = at.key("channels", channel.origin()).item(index);
        let id = (text(channel, "app"), text(channel, "id"));
        if let (Some(_), Some(first)) = (id.1, seen.iter().position(|known| *known == id)) {
            let message = format!("channels[{first}] is the same channel");
            problems.push(here.key("id", None).problem(Rank::Rule, message));
        }
        seen.push(id);
        // a section that is missing leaves a channel mute
        if let Some(app) = id.0.filter(|app| get(merged, app).is_none()) {
            let message = format!("there is no section [{app}], so this channel is never heard");
            problems.push(here.key("app", None).problem(Rank::Rule, message));
        }
        let read = areas(channel, "read", clusters, &here, problems);
        default_of(channel, &read, &here, problems);
    }
}

/// The default cluster and namespace must be among what may be read.
fn default_of(channel: &Value, read: &[Area], here: &Place, problems: &mut Vec<Problem>) {
    if let Some(cluster) = text(channel, "cluster")
        && !read.iter().any(|area| area.cluster.as_deref().is_none_or(|own| own == cluster))
    {
        let message = format!("{cluster:?} is not among {}.read", here.key);
        problems.push(here.key("cluster", None).problem(Rank::Rule, message));
    }
    if let Some(namespace) = text(channel, "namespace")
        && !read.iter().any(|area| area.namespace.as_deref().is_none_or(|own| own == namespace))
    {
        let message = format!("{namespace:?} is not among {}.read", here.key);
        problems.push(here.key("namespace", None).problem(Rank::Rule, message));
    }
}

/// The readable areas of a list; each must name one of the clusters, where there are several.
pub(super) fn areas(
    table: &Value,
    key: &str,
    clusters: &[Option<&str>],
    here: &Place,
    problems: &mut Vec<Problem>,
) -> Vec<Area> {
    let mut read = Vec::new();
    let known: Vec<&str> = clusters.iter().copied().flatten().collect();
    for (index, item) in list(get(table, key)).enumerate() {
        let ValueKind::String(text) = &item.kind else { continue };
        let Ok(area) = text.parse::<Area>() else { continue };
        let place = here.key(key, item.origin()).item(index);
        match &area.cluster {
            None if clusters.len() > 1 => {
                let message = format!(
                    "several clusters could be meant: write {}:{text}",
                    known.first().copied().unwrap_or("CLUSTER")
                );
                problems.push(place.problem(Rank::Rule, message));
            }
            Some(named)
                if !clusters.is_empty() && !clusters.contains(&Some(named)) && !clusters.contains(&None) =>
            {
                let hint = nearest(named, known.iter().copied());
                let hint = hint.map(|meant| format!("; did you mean {meant:?}?")).unwrap_or_default();
                let message = format!("no cluster in clusters is named {named:?}{hint}");
                problems.push(place.problem(Rank::Rule, message));
            }
            _ => {}
        }
        read.push(area);
    }
    read
}
