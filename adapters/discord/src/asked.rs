//! What was filled in → a question.

use podwhy_flow::ask::command::{Command, command};
use podwhy_flow::ask::order::Order;
use podwhy_flow::chat::Ask;

use crate::commands::option;
use crate::received::Filled;

/// A slash command. What cannot be read is passed on as it was typed: the flow says what is wrong with it.
pub(crate) fn ask(sub: &str, options: &Filled) -> Ask {
    let line =
        |name: &str| format!("{sub} {}", options.text(name).unwrap_or_default()).trim_end().to_string();
    let cluster = options.text(option::CLUSTER);
    match sub {
        "why" | "events" | "node" => asked(&line(option::TARGET), cluster),
        "triage" => match (options.text(option::NAMESPACE), cluster) {
            (None, Some(cluster)) => asked(&format!("triage {cluster}:"), None),
            _ => asked(&line(option::NAMESPACE), cluster),
        },
        "logs" => match asked(&line(option::TARGET), cluster) {
            Ask::Command(Command::Logs { target, container, previous }) => {
                let container = options.text(option::CONTAINER).map(str::to_string).or(container);
                Ask::Command(Command::Logs {
                    target,
                    container,
                    previous: previous || options.is_on(option::PREVIOUS),
                })
            }
            other => other,
        },
        "explain" => match options.text(option::TEXT) {
            Some(text) => Ask::Command(Command::Explain(text.to_string())),
            None => Ask::Line("explain".to_string()),
        },
        "ack" | "mute" | "unmute" | "mutes" | "approvals" | "history" | "freeze" | "unfreeze" => {
            asked(&ordered(sub, options), None)
        }
        "fix" => match asked(&format!("why {}", options.text(option::TARGET).unwrap_or_default()), cluster) {
            Ask::Command(Command::Why(target)) => Ask::Command(Command::Incident(Order::Fix(target))),
            _ => Ask::Line(ordered(sub, options)),
        },
        // an earlier podwhy's command, which Discord still shows
        _ => Ask::Command(Command::Help),
    }
}

/// A line about incidents, of all that was filled in.
fn ordered(sub: &str, options: &Filled) -> String {
    let namespace = options.text(option::NAMESPACE);
    let (of_namespace, namespace) = match namespace.and_then(|namespace| namespace.rsplit_once(':')) {
        Some((cluster, namespace)) => (Some(cluster), Some(namespace)),
        None => (None, namespace),
    };
    let parts = [
        options.text(option::TARGET).map(str::to_string),
        options.text(option::CAUSE).map(|cause| format!("cause={cause}")),
        namespace.map(|namespace| format!("-n {namespace}")),
        options.text(option::CLUSTER).or(of_namespace).map(|cluster| format!("cluster={cluster}")),
        options.text(option::FOR).map(|lasts| format!("for {lasts}")),
    ];
    std::iter::once(sub.to_string()).chain(parts.into_iter().flatten()).collect::<Vec<_>>().join(" ")
}

/// A line with the cluster that was named beside it. Where the line names another, both stand in it: the flow refuses that.
fn asked(line: &str, cluster: Option<&str>) -> Ask {
    let Ok(read) = command(line) else { return Ask::Line(line.to_string()) };
    let Some(named) = cluster else { return Ask::Command(read) };
    if read.cluster().is_some_and(|own| own != named) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        return Ask::Line(format!("{word} {named}:{}", rest.trim()));
    }
    let named = Some(named.to_string());
    Ask::Command(match read {
        Command::Triage { namespace, .. } => Command::Triage { cluster: named, namespace },
        other => match other.target().cloned() {
            Some(mut target) => {
                target.cluster = named;
                other.about(target)
            }
            None => other,
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tokio::time::Instant;

    use super::*;
    use crate::received::{Received, What};

    /// As Discord sends it.
    fn filled(sub: &str, options: &[(&str, serde_json::Value)]) -> Ask {
        let options: Vec<_> =
            options.iter().map(|(name, value)| json!({ "type": 3, "name": name, "value": value })).collect();
        let raw = json!({ "id": "1", "application_id": "42", "token": "t", "type": 2, "channel_id": "5",
            "user": { "id": "7" },
            "data": { "type": 1, "name": "pod", "options": [{ "type": 1, "name": sub, "options": options }] } });
        let Some(Received { what: What::Slash { sub, options, .. }, .. }) =
            Received::read(&raw, Instant::now())
        else {
            panic!("not read")
        };
        ask(&sub, &options)
    }

    fn shown(ask: Ask) -> String {
        match ask {
            Ask::Command(command) => command.to_string(),
            Ask::Line(line) => format!("as typed: {line}"),
            Ask::Message(text) => format!("message: {text}"),
        }
    }

    #[test]
    fn what_is_filled_in_is_one_command() {
        let (shop, prod) = (json!("shop/cart-0"), json!("prod"));
        for (sub, options, wanted) in [
            ("why", vec![("target", shop.clone())], "why shop/cart-0"),
            ("why", vec![("target", json!("  deploy web "))], "why deploy/web"),
            ("why", vec![("target", shop.clone()), ("cluster", prod.clone())], "why prod:shop/cart-0"),
            ("why", vec![("target", json!("prod:shop/a")), ("cluster", prod.clone())], "why prod:shop/a"),
            (
                "why",
                vec![("target", json!("eu:shop/a")), ("cluster", prod.clone())],
                "as typed: why prod:eu:shop/a",
            ),
            ("why", vec![("target", json!("a/b/c/d"))], "as typed: why a/b/c/d"),
            ("triage", vec![], "triage"),
            ("triage", vec![("cluster", prod.clone())], "triage prod:"),
            ("triage", vec![("namespace", json!("shop")), ("cluster", prod)], "triage prod:shop"),
            (
                "logs",
                vec![("target", shop.clone()), ("container", json!("app")), ("previous", json!(true))],
                "logs shop/cart-0 -c app --previous",
            ),
            ("events", vec![("target", shop)], "events shop/cart-0"),
            ("explain", vec![("text", json!("Back-off pulling image"))], "explain Back-off pulling image"),
            ("node", vec![("target", json!("wrk-07"))], "why node/wrk-07"),
            ("ack", vec![], "ack"),
            ("ack", vec![("target", json!("shop/cart"))], "ack shop/cart"),
            ("mute", vec![("target", json!("shop/cart")), ("for", json!("2h"))], "mute shop/cart 2h"),
            (
                "mute",
                vec![
                    ("cause", json!("oom-killed")),
                    ("namespace", json!("prod:shop")),
                    ("for", json!("24h")),
                ],
                "mute oom-killed prod:ns/shop 24h",
            ),
            (
                "mute",
                vec![("cause", json!("oom-killed")), ("cluster", json!("prod"))],
                "mute oom-killed prod: 1h",
            ),
            ("mute", vec![("cause", json!("nonsense"))], "as typed: mute cause=nonsense"),
            ("unmute", vec![("namespace", json!("shop"))], "unmute ns/shop"),
            ("mutes", vec![], "mutes"),
            ("fix", vec![("target", json!("shop/cart-0"))], "fix shop/cart-0"),
            ("approvals", vec![], "approvals"),
            ("freeze", vec![("for", json!("2h"))], "freeze 2h"),
            ("unfreeze", vec![], "unfreeze"),
            ("help", vec![], "help"),
            ("gone", vec![], "help"),
        ] {
            assert_eq!(shown(filled(sub, &options)).trim_end(), wanted);
        }
    }
}
