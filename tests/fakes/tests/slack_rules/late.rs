//! Clients that come too early or too late.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use podwhy_fakes::slack::{FakeSlack, Rule};
use serde_json::{Value, json};

use crate::slack_client::{Client, SOON, Socket, skip};
use crate::{Wrong, refused};

pub const CLIENTS: &[Wrong] = &[
    Wrong { rule: Rule::UnknownUrl, does: "makes an address up", run: |s, c| Box::pin(unknown(s, c)) },
    Wrong { rule: Rule::ExpiredUrl, does: "answers after 31 minutes", run: |s, c| Box::pin(expired(s, c)) },
    Wrong { rule: Rule::UsedUrl, does: "answers six times", run: |s, c| Box::pin(used(s, c)) },
    Wrong { rule: Rule::NothingToReplace, does: "replaces a command", run: |s, c| Box::pin(nothing(s, c)) },
    Wrong { rule: Rule::ReplaceUnsaid, does: "leaves replacing open", run: |s, c| Box::pin(unsaid(s, c)) },
    Wrong { rule: Rule::BeforeRetryAfter, does: "posts too early", run: |s, c| Box::pin(early(s, c)) },
    Wrong { rule: Rule::BeforeRetryAfter, does: "reads too early", run: |s, c| Box::pin(reads(s, c)) },
];

/// Somebody asks; the payload's address.
async fn asked(slack: &FakeSlack, client: &Client) -> Result<(Socket, String)> {
    let mut socket = client.socket().await?;
    let asked = slack.slash("U0ANN", "C0QUIET", "why shop/cart-0")?;
    let envelope = socket.take().await?;
    slack.acked(&asked, SOON).await?;
    let url = envelope["payload"]["response_url"].as_str().context("a response_url")?.to_string();
    Ok((socket, url))
}

fn answer() -> Value {
    json!({"text": "it crashes"})
}

async fn unknown(slack: FakeSlack, client: Client) -> Result<()> {
    let url = format!("{}/response/T0ACME/0", slack.base_url());
    let reply = client.respond(&url, answer()).await?;
    ensure!(reply.status == 404, "{reply:?}");
    Ok(())
}

async fn expired(slack: FakeSlack, client: Client) -> Result<()> {
    let (_socket, url) = asked(&slack, &client).await?;
    skip(Duration::from_secs(29 * 60)).await;
    ensure!(client.respond(&url, answer()).await?.status == 200, "29 minutes are in time");
    skip(Duration::from_secs(2 * 60)).await;
    let reply = client.respond(&url, answer()).await?;
    ensure!(reply.status == 404, "{reply:?}");
    refused(&reply, "expired_url")
}

async fn used(slack: FakeSlack, client: Client) -> Result<()> {
    let (_socket, url) = asked(&slack, &client).await?;
    for _ in 0..5 {
        ensure!(client.respond(&url, answer()).await?.status == 200, "five times are allowed");
    }
    let reply = client.respond(&url, answer()).await?;
    ensure!(reply.status == 404, "{reply:?}");
    refused(&reply, "used_url")?;
    ensure!(slack.ephemerals("U0ANN").len() == 5, "the sixth is not shown");
    Ok(())
}

async fn nothing(slack: FakeSlack, client: Client) -> Result<()> {
    let (_socket, url) = asked(&slack, &client).await?;
    client.respond(&url, json!({"text": "looking at shop/cart-0…"})).await?;
    client.respond(&url, json!({"text": "it crashes", "replace_original": true})).await?;
    // it appears beside the first, as in Slack
    ensure!(slack.ephemerals("U0ANN").len() == 2, "{:?}", slack.ephemerals("U0ANN"));
    Ok(())
}

async fn unsaid(slack: FakeSlack, client: Client) -> Result<()> {
    let button = json!([{"type": "actions", "elements": [
        {"type": "button", "action_id": "again", "text": {"type": "plain_text", "text": "Ask again"}}]}]);
    let message = json!({"channel": "C0OPS", "text": "it crashes", "blocks": button});
    let posted = client.call("chat.postMessage", message).await?.ok()?;
    let mut socket = client.socket().await?;
    slack.click("U0ANN", "C0OPS", posted["ts"].as_str().unwrap_or_default(), "again")?;
    let mut envelope = socket.take().await?;
    // the bot's own message comes to it as an event, as soon as there is a socket
    while envelope["type"] != "interactive" {
        envelope = socket.take().await?;
    }
    let url = envelope["payload"]["response_url"].as_str().context("a response_url")?;
    ensure!(client.respond(url, answer()).await?.status == 200, "it is taken");
    Ok(())
}

async fn early(slack: FakeSlack, client: Client) -> Result<()> {
    slack.chaos().rate_limit("chat.postMessage", 30, 1);
    let message = |channel: &str| json!({"channel": channel, "text": "it crashes"});
    let reply = client.call("chat.postMessage", message("C0OPS")).await?;
    ensure!(reply.status == 429 && reply.retry_after == Some(30), "{reply:?}");
    // another channel is another matter
    client.call("chat.postMessage", message("U0BOB")).await?.ok()?;
    skip(Duration::from_secs(29)).await;
    let reply = client.call("chat.postMessage", message("C0OPS")).await?;
    ensure!(reply.status == 429 && reply.retry_after == Some(1), "{reply:?}");
    skip(Duration::from_secs(1)).await;
    client.call("chat.postMessage", message("C0OPS")).await?.ok()?;
    Ok(())
}

async fn reads(slack: FakeSlack, client: Client) -> Result<()> {
    slack.chaos().rate_limit("conversations.history", 60, 1);
    let query = [("channel", "C0OPS")];
    ensure!(client.get("conversations.history", &query).await?.status == 429, "limited");
    skip(Duration::from_secs(59)).await;
    ensure!(client.get("conversations.history", &query).await?.status == 429, "still limited");
    Ok(())
}
