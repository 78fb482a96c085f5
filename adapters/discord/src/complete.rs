//! Completions while someone types.

use podwhy_flow::chat::Asker;
use tokio::time::timeout;

use crate::app::App;
use crate::claim::Respond;
use crate::commands::option;
use crate::received::{Filled, Received};
use crate::rest::Rest;

/// The most that Discord shows, and the longest it takes, in characters:
/// <https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-option-choice-structure>
const MOST: usize = 25;
const LONGEST: usize = 100;

/// The completions that are looked through for namespaces.
const LOOKED_THROUGH: usize = 500;

/// Answers with what can be typed next; with nothing where it takes too long, or may not be told.
pub(crate) async fn complete(app: &App, rest: Rest, received: &Received, options: &Filled, focused: &str) {
    let choices = if app.answers_in(received) {
        let asker = received.asker();
        let found = choices(app, &asker, options, focused);
        timeout(app.timeouts.complete, found).await.unwrap_or_default()
    } else {
        Vec::new()
    };
    if app.claim(&rest, received, &Respond::Choices(choices)).await {
        app.metrics.took(received.kind(), "answered");
    }
}

async fn choices(app: &App, asker: &Asker, options: &Filled, focused: &str) -> Vec<String> {
    let typed = options.text(focused).unwrap_or_default();
    if focused == option::CAUSE {
        return causes(typed);
    }
    let typed = match options.text(option::CLUSTER) {
        Some(cluster) if !typed.contains(':') => format!("{cluster}:{typed}"),
        _ => typed.to_string(),
    };
    if focused == option::NAMESPACE {
        // pods come between them
        let found = app.ports.answering.complete(asker, &typed, LOOKED_THROUGH).await;
        return fitting(found.into_iter().filter_map(namespace).collect());
    }
    fitting(app.ports.answering.complete(asker, &typed, MOST).await)
}

/// Causes that have what is typed in their name, those first that begin so.
fn causes(typed: &str) -> Vec<String> {
    let typed = typed.to_lowercase();
    let mut found: Vec<&str> = podwhy_flow::ask::order::causes().filter(|id| id.contains(&typed)).collect();
    found.sort_by_key(|id| (!id.starts_with(&typed), *id));
    fitting(found.into_iter().map(str::to_string).collect())
}

/// `shop/` → `shop`; what lies in a namespace is none.
fn namespace(found: String) -> Option<String> {
    let name = found.strip_suffix('/').unwrap_or(&found);
    (!name.contains('/')).then(|| name.to_string())
}

/// Names that are too long are left out: cut ones would ask about something else.
fn fitting(mut found: Vec<String>) -> Vec<String> {
    found.retain(|name| (1..=LONGEST).contains(&name.chars().count()));
    found.dedup();
    found.truncate(MOST);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_fits_is_offered() {
        let long = "a".repeat(101);
        let just = "名".repeat(100);
        let found = vec!["shop/".to_string(), "shop/".to_string(), long, String::new(), just.clone()];
        assert_eq!(fitting(found), ["shop/", just.as_str()]);
        assert_eq!(fitting((0..40).map(|n| format!("pod-{n}")).collect()).len(), 25);
    }

    #[test]
    fn causes_are_offered_by_what_is_typed() {
        assert_eq!(causes("OOM")[0], "oom-killed");
        assert_eq!(causes("").len(), 25);
        assert!(causes("no such cause").is_empty());
    }

    #[test]
    fn a_namespace_is_offered_without_what_lies_in_it() {
        assert_eq!(namespace("shop/".to_string()).as_deref(), Some("shop"));
        assert_eq!(namespace("prod:shop".to_string()).as_deref(), Some("prod:shop"));
        assert_eq!(namespace("shop/cart-0".to_string()), None);
    }
}
