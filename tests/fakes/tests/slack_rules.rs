//! Every rule of the fake is shown by a client that breaks it: nothing else is held against that client, and where Slack
//! answers with an error, it gets that one.

#[path = "slack_rules/acks.rs"]
mod acks;
#[path = "slack_rules/blocks.rs"]
mod blocks;
#[path = "slack_rules/calls.rs"]
mod calls;
#[path = "slack_rules/content.rs"]
mod content;
#[path = "slack_rules/late.rs"]
mod late;
#[path = "slack_rules/modals.rs"]
mod modals;
mod slack_client;

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use futures::future::BoxFuture;
use podwhy_fakes::slack::{FakeSlack, Rule};
use slack_client::{Client, Reply, started};

/// A wrong client: the rule it breaks, what it does.
struct Wrong {
    rule: Rule,
    does: &'static str,
    run: fn(FakeSlack, Client) -> BoxFuture<'static, Result<()>>,
}

/// Runs each against a fake of its own.
async fn all_refused(clients: &[Wrong]) -> Result<()> {
    for Wrong { rule, does, run } in clients {
        let (slack, client) = started().await?;
        run(slack.clone(), client).await.with_context(|| does.to_string())?;
        let violations = slack.violations();
        let broken: BTreeSet<Rule> = violations.iter().map(|violation| violation.rule).collect();
        ensure!(broken == BTreeSet::from([*rule]), "{does}: broke {violations:#?}");
    }
    Ok(())
}

/// The answer is this error of Slack's.
fn refused(reply: &Reply, error: &str) -> Result<()> {
    ensure!(reply.error() == error, "wanted {error}, got {reply:?}");
    Ok(())
}

#[tokio::test]
async fn acknowledgements() -> Result<()> {
    all_refused(acks::CLIENTS).await
}

#[tokio::test]
async fn calls() -> Result<()> {
    all_refused(calls::CLIENTS).await
}

#[tokio::test]
async fn content_of_messages() -> Result<()> {
    all_refused(content::CLIENTS).await
}

#[tokio::test]
async fn too_early_and_too_late() -> Result<()> {
    all_refused(late::CLIENTS).await
}

#[tokio::test]
async fn dialogs() -> Result<()> {
    all_refused(modals::CLIENTS).await
}

#[tokio::test]
async fn block_kit() -> Result<()> {
    blocks::all_refused().await
}

#[test]
fn every_rule_is_shown() {
    let tables = [acks::CLIENTS, calls::CLIENTS, content::CLIENTS, late::CLIENTS, modals::CLIENTS];
    let clients = tables.into_iter().flatten().map(|wrong| wrong.rule);
    let shown: BTreeSet<Rule> = clients.chain(blocks::wrong().into_iter().map(|(rule, ..)| rule)).collect();
    let all: BTreeSet<Rule> = Rule::ALL.iter().copied().collect();
    assert_eq!(shown, all);
}
