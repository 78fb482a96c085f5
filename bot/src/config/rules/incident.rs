//! What must hold of routes, incidents and Alertmanager.

use std::time::Duration;

use ::config::{Value, ValueKind};

use super::super::check::{nearest, origin_of};
use super::super::formats::parse_duration;
use super::super::problem::{Place, Problem, Rank};
use super::chat::areas;
use super::{get, list, text};

pub(super) fn check(merged: &Value, clusters: &[Option<&str>], at: &Place, problems: &mut Vec<Problem>) {
    for (index, route) in list(get(merged, "routes")).enumerate() {
        let here = at.key("routes", route.origin()).item(index);
        let app = text(route, "app");
        if let Some(app) = app.filter(|app| get(merged, app).is_none()) {
            let message = format!("there is no section [{app}], so nothing can be told here");
            problems.push(here.key("app", None).problem(Rank::Rule, message));
        }
        if areas(route, "of", clusters, &here, problems).is_empty() && list(get(route, "of")).next().is_none()
        {
            let message = "it names no namespace; write [\"*\"] for all";
            problems.push(here.key("of", None).problem(Rank::Rule, message));
        }
        words(route, &here, problems);
        if let (Some(app), Some(mention)) = (app, text(route, "mention"))
            && !is_mention(app, mention)
        {
            let message = "write whom to call as the app does: <!subteam^ID>, <@ID>, <!here> or <!channel> in Slack, <@&ID> or <@ID> in Discord";
            problems.push(here.key("mention", None).problem(Rank::Rule, message));
        }
    }
    settle(merged, at, problems);
    hosts(merged, at, problems);
    alertmanager(merged, clusters, at, problems);
}

/// Causes that there are, labels with a value.
pub(super) fn words(route: &Value, here: &Place, problems: &mut Vec<Problem>) {
    let known = || podwhy_knowledge::causes::catalogue().map(|cause| cause.id);
    for (index, cause) in list(get(route, "causes")).enumerate() {
        let ValueKind::String(id) = &cause.kind else { continue };
        if known().any(|known| known == id) {
            continue;
        }
        let hint = nearest(id, known()).map(|meant| format!("; did you mean {meant:?}?")).unwrap_or_default();
        let message = format!("there is no cause {id:?}{hint}");
        problems.push(here.key("causes", cause.origin()).item(index).problem(Rank::Rule, message));
    }
    for (index, label) in list(get(route, "labels")).enumerate() {
        let ValueKind::String(label) = &label.kind else { continue };
        if label.split_once('=').is_none_or(|(name, _)| name.is_empty()) {
            let message = "write LABEL=VALUE";
            problems.push(here.key("labels", None).item(index).problem(Rank::Rule, message));
        }
    }
}

/// What is written here is sent as it stands, so it must be nothing else.
fn is_mention(app: &str, text: &str) -> bool {
    let Some(inner) = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) else { return false };
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_number = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    match app {
        "slack" => {
            let person = inner.strip_prefix('@').or_else(|| inner.strip_prefix("!subteam^"));
            matches!(inner, "!here" | "!channel") || person.is_some_and(is_id)
        }
        _ => inner.strip_prefix("@&").or_else(|| inner.strip_prefix('@')).is_some_and(is_number),
    }
}

/// The kubelet starts a container that crashes again after five minutes at most: what has not failed for that long may still
/// wait for its next crash. <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy>
const LONGEST_BACKOFF: Duration = Duration::from_secs(5 * 60);

fn settle(merged: &Value, at: &Place, problems: &mut Vec<Problem>) {
    let Some(incidents) = get(merged, "incidents") else { return };
    let Some(settle) = text(incidents, "settle").and_then(parse_duration) else { return };
    if settle <= LONGEST_BACKOFF {
        let here = at.key("incidents", origin_of(incidents)).key("settle", None);
        let message =
            "a container that crashes may be well for 5 minutes between two crashes: write a longer time";
        problems.push(here.problem(Rank::Rule, message));
    }
}

fn hosts(merged: &Value, at: &Place, problems: &mut Vec<Problem>) {
    let Some(incidents) = get(merged, "incidents") else { return };
    let here = at.key("incidents", origin_of(incidents));
    for (index, host) in list(get(incidents, "runbook_hosts")).enumerate() {
        let ValueKind::String(name) = &host.kind else { continue };
        if !is_host(name) {
            let message =
                "write a host alone, as runbooks.example.com or *.example.com, with :PORT if it is not 443";
            problems.push(here.key("runbook_hosts", host.origin()).item(index).problem(Rank::Rule, message));
        }
    }
}

/// `*.` alone, or before a single label, would list half of the web.
fn is_host(text: &str) -> bool {
    let (name, port) = text.rsplit_once(':').unwrap_or((text, "443"));
    let (name, labels) = name.strip_prefix("*.").map_or((name, 1), |parent| (parent, 2));
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let all: Vec<&str> = name.split('.').collect();
    all.len() >= labels && all.into_iter().all(is_label) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

fn alertmanager(merged: &Value, clusters: &[Option<&str>], at: &Place, problems: &mut Vec<Problem>) {
    let Some(section) = get(merged, "alertmanager") else { return };
    let here = at.key("alertmanager", origin_of(section));
    let there = |key: &str| get(section, key).is_some();
    match (there("bearer_token"), there("user"), there("password")) {
        (true, false, false) | (false, true, true) => {}
        (false, false, false) if there("client_ca") => {}
        (false, false, false) => {
            let message =
                "write bearer_token, or user and password, or client_ca: alerts of anybody are not taken";
            problems.push(here.problem(Rank::Rule, message));
        }
        (true, _, _) => {
            problems.push(here.problem(Rank::Rule, "leave out either bearer_token, or user and password"))
        }
        (false, true, false) => problems.push(here.problem(Rank::Rule, "user needs a password")),
        (false, false, true) => problems.push(here.problem(Rank::Rule, "password needs a user")),
    }
    listener(section, &here, problems);
    if let Some(named) = text(section, "cluster")
        && !clusters.is_empty()
        && !clusters.contains(&Some(named))
        && !clusters.contains(&None)
    {
        let hint = nearest(named, clusters.iter().copied().flatten());
        let hint = hint.map(|meant| format!("; did you mean {meant:?}?")).unwrap_or_default();
        let message = format!("no cluster in clusters is named {named:?}{hint}");
        problems.push(here.key("cluster", None).problem(Rank::Rule, message));
    }
}

/// An own listener is encrypted, and what makes it so belongs to it.
fn listener(section: &Value, here: &Place, problems: &mut Vec<Problem>) {
    let there = |key: &str| get(section, key).is_some();
    let mut problem = |key: &str, message: &str| {
        problems.push(here.key(key, None).problem(Rank::Rule, message));
    };
    for key in ["tls_cert", "tls_key"] {
        match (there("listen"), there(key)) {
            (true, false) => problem(key, "an own listener needs it: alerts are taken there over TLS"),
            (false, true) => problem(key, "it is for alertmanager.listen, which is not set"),
            _ => {}
        }
    }
    if there("client_ca") && !there("listen") {
        problem("client_ca", "it is for alertmanager.listen, which is not set");
    }
    if there("client_names") && !there("client_ca") {
        problem("client_names", "names of certificates are believed only with client_ca");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_host_and_nothing_else() {
        for text in ["runbooks.example.com", "*.example.com", "localhost", "a.b:8443", "10.0.0.1"] {
            assert!(is_host(text), "{text}");
        }
        for text in
            ["https://a.b", "a.b/c", "", "*", "*.", "*.com", "a..b", "a b", "a.b:", "a.b:x", "a.b:0", "a@b.c"]
        {
            assert!(!is_host(text), "{text}");
        }
    }

    #[test]
    fn a_mention_is_one_and_nothing_else() {
        for text in ["<!subteam^S0123>", "<@U0123>", "<!here>", "<!channel>"] {
            assert!(is_mention("slack", text), "{text}");
        }
        for text in ["@here", "<@U1> hello", "<!everyone|x>", "<https://x|y>", "<@>", "", "<@U1><@U2>"] {
            assert!(!is_mention("slack", text), "{text}");
        }
        assert!(is_mention("discord", "<@&1234>") && is_mention("discord", "<@1234>"));
        assert!(!is_mention("discord", "@everyone") && !is_mention("discord", "<@&x>"));
    }
}
