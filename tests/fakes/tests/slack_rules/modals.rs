//! Clients that open modals as Slack does not let them.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use podwhy_fakes::slack::{FakeSlack, Rule};
use serde_json::{Value, json};

use crate::slack_client::{Client, SOON, skip};
use crate::{Wrong, refused};

pub const CLIENTS: &[Wrong] = &[
    Wrong { rule: Rule::Trigger, does: "makes a trigger up", run: |_, c| Box::pin(made_up(c)) },
    Wrong { rule: Rule::Trigger, does: "opens after 4 s", run: |s, c| Box::pin(late(s, c)) },
    Wrong { rule: Rule::Trigger, does: "opens two", run: |s, c| Box::pin(twice(s, c)) },
    Wrong { rule: Rule::TooLong, does: "has a long title", run: |s, c| Box::pin(long(s, c, "title", 25)) },
    Wrong { rule: Rule::TooLong, does: "has a long button", run: |s, c| Box::pin(long(s, c, "submit", 25)) },
    Wrong { rule: Rule::TooLong, does: "has a long way out", run: |s, c| Box::pin(long(s, c, "close", 25)) },
    Wrong {
        rule: Rule::TooLong,
        does: "has a long id",
        run: |s, c| Box::pin(long(s, c, "callback_id", 256)),
    },
    Wrong {
        rule: Rule::TooLong,
        does: "carries too much",
        run: |s, c| Box::pin(long(s, c, "private_metadata", 3001)),
    },
    Wrong { rule: Rule::MissingKey, does: "has no title", run: |s, c| Box::pin(without(s, c, "title")) },
    Wrong {
        rule: Rule::MissingKey,
        does: "cannot be sent off",
        run: |s, c| Box::pin(without(s, c, "submit")),
    },
    Wrong { rule: Rule::UnknownKey, does: "has a footer", run: |s, c| Box::pin(footer(s, c)) },
];

fn word(text: &str) -> Value {
    json!({"type": "plain_text", "text": text})
}

fn view() -> Value {
    json!({"type": "modal", "title": word("Approve this?"), "submit": word("Approve"), "close": word("Cancel"),
        "blocks": [{"type": "input", "block_id": "name", "label": word("Name"),
            "element": {"type": "plain_text_input", "action_id": "name", "max_length": 253}}]})
}

/// A command's trigger, which opens as a click's does.
async fn trigger(slack: &FakeSlack, client: &Client) -> Result<String> {
    let mut socket = client.socket().await?;
    let asked = slack.slash("U0ANN", "C0OPS", "approve")?;
    let envelope = socket.take().await?;
    slack.acked(&asked, SOON).await?;
    Ok(envelope["payload"]["trigger_id"].as_str().context("a trigger")?.to_string())
}

async fn open(client: &Client, trigger: &str, view: Value) -> Result<crate::slack_client::Reply> {
    client.call("views.open", json!({"trigger_id": trigger, "view": view})).await
}

async fn made_up(client: Client) -> Result<()> {
    refused(&open(&client, "1.2.x", view()).await?, "invalid_trigger_id")
}

async fn late(slack: FakeSlack, client: Client) -> Result<()> {
    let trigger = trigger(&slack, &client).await?;
    skip(Duration::from_secs(4)).await;
    refused(&open(&client, &trigger, view()).await?, "expired_trigger_id")?;
    ensure!(slack.modals("U0ANN").is_empty(), "nothing is opened");
    Ok(())
}

async fn twice(slack: FakeSlack, client: Client) -> Result<()> {
    let trigger = trigger(&slack, &client).await?;
    open(&client, &trigger, view()).await?.ok()?;
    refused(&open(&client, &trigger, view()).await?, "exchanged_trigger_id")
}

async fn long(slack: FakeSlack, client: Client, key: &str, length: usize) -> Result<()> {
    let trigger = trigger(&slack, &client).await?;
    let text = "x".repeat(length);
    let mut view = view();
    view[key] = if matches!(key, "title" | "submit" | "close") { word(&text) } else { json!(text) };
    refused(&open(&client, &trigger, view).await?, "invalid_arguments")
}

async fn without(slack: FakeSlack, client: Client, key: &str) -> Result<()> {
    let trigger = trigger(&slack, &client).await?;
    let mut view = view();
    view.as_object_mut().context("a view")?.remove(key);
    refused(&open(&client, &trigger, view).await?, "invalid_arguments")
}

async fn footer(slack: FakeSlack, client: Client) -> Result<()> {
    let trigger = trigger(&slack, &client).await?;
    let mut view = view();
    view["footer"] = word("x");
    refused(&open(&client, &trigger, view).await?, "invalid_arguments")
}
