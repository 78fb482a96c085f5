//! Wrong clients of Socket Mode, and wrong bots of HTTP mode.

use std::time::Duration;

use anyhow::{Result, ensure};
use podwhy_fakes::slack::{FakeSlack, Forgery, Mode, Rule};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::Wrong;
use crate::slack_client::bot::{Answers, Bot};
use crate::slack_client::{Client, SOON, Socket, skip};

pub const CLIENTS: &[Wrong] = &[
    Wrong { rule: Rule::AckLate, does: "acknowledges after 3.1 s", run: |s, c| Box::pin(late(s, c)) },
    Wrong { rule: Rule::AckLate, does: "never answers HTTP", run: |s, _| Box::pin(silent(s)) },
    Wrong { rule: Rule::AckUnknown, does: "acknowledges nothing", run: |s, c| Box::pin(unknown(s, c)) },
    Wrong { rule: Rule::AckTwice, does: "acknowledges twice", run: |s, c| Box::pin(twice(s, c)) },
    Wrong { rule: Rule::AckPayload, does: "answers a mention", run: |s, c| Box::pin(payload(s, c)) },
    Wrong { rule: Rule::AckPayload, does: "answers a click over HTTP", run: |s, c| Box::pin(body(s, c)) },
    Wrong { rule: Rule::AckShape, does: "sends a message", run: |s, c| Box::pin(chatter(s, c)) },
    Wrong { rule: Rule::AckShape, does: "sends bytes", run: |s, c| Box::pin(bytes(s, c)) },
    Wrong { rule: Rule::AckShape, does: "adds a key", run: |s, c| Box::pin(key(s, c)) },
    Wrong { rule: Rule::HttpStatus, does: "answers 500", run: |s, _| Box::pin(status(s)) },
    Wrong { rule: Rule::ForgeryAccepted, does: "checks no signature", run: |s, _| Box::pin(trusting(s)) },
    Wrong { rule: Rule::Challenge, does: "does not know challenges", run: |s, _| Box::pin(challenge(s)) },
    Wrong { rule: Rule::Ticket, does: "uses a ticket twice", run: |s, c| Box::pin(ticket(s, c)) },
    Wrong { rule: Rule::TooManySockets, does: "opens 11 sockets", run: |s, c| Box::pin(eleven(s, c)) },
];

async fn late(slack: FakeSlack, client: Client) -> Result<()> {
    let mut socket = client.socket().await?;
    let asked = slack.slash("U0ANN", "C0OPS", "why shop/cart-0")?;
    let envelope = socket.next().await?;
    skip(Duration::from_millis(3100)).await;
    // it is sent again, then acknowledged too late
    let again = socket.next().await?;
    ensure!(again["retry_attempt"] == 1 && again["payload"] == envelope["payload"], "{again}");
    socket.ack(&envelope).await?;
    let acks = slack.acked(&asked, SOON).await?;
    ensure!(acks[0].after >= Duration::from_millis(3100), "{acks:?}");
    Ok(())
}

async fn silent(slack: FakeSlack) -> Result<()> {
    let mut bot = Bot::start(Answers::Never).await?;
    slack.set_mode(Mode::http(&bot.url));
    slack.slash("U0ANN", "C0OPS", "help")?;
    bot.next().await?;
    skip(Duration::from_millis(3100)).await;
    let again = bot.next().await?;
    ensure!(again.headers["x-slack-retry-num"] == "1", "{again:?}");
    ensure!(again.headers["x-slack-retry-reason"] == "http_timeout", "{again:?}");
    Ok(())
}

/// Waits for a violation: what a client sends on a socket is not answered.
async fn noticed(slack: &FakeSlack) -> Result<()> {
    slack.wait_for(SOON, |state| (!state.violations().is_empty()).then_some(())).await
}

async fn unknown(slack: FakeSlack, client: Client) -> Result<()> {
    let mut socket = client.socket().await?;
    socket.ack(&json!({"envelope_id": "1d3c79ab-0ffb-41f3-a080-d19e85f53649"})).await?;
    noticed(&slack).await
}

async fn twice(slack: FakeSlack, client: Client) -> Result<()> {
    let mut socket = client.socket().await?;
    slack.slash("U0ANN", "C0OPS", "help")?;
    let envelope = socket.take().await?;
    socket.ack(&envelope).await?;
    noticed(&slack).await
}

async fn payload(slack: FakeSlack, client: Client) -> Result<()> {
    let mut socket = client.socket().await?;
    slack.mention("U0ANN", "C0OPS", None, "help")?;
    let envelope = socket.next().await?;
    ensure!(envelope["accepts_response_payload"] == false, "{envelope}");
    socket.ack_with(&envelope, json!({"text": "here it is"})).await?;
    noticed(&slack).await
}

async fn body(slack: FakeSlack, client: Client) -> Result<()> {
    let bot = Bot::start(Answers::Always("clicked")).await?;
    let button = json!([{"type": "actions", "elements": [
        {"type": "button", "action_id": "again", "text": {"type": "plain_text", "text": "Ask again"}}]}]);
    let message = json!({"channel": "C0OPS", "text": "it crashes", "blocks": button});
    let posted = client.call("chat.postMessage", message).await?.ok()?;
    // the bot's own message is an event too, which may be answered
    slack.set_mode(Mode::http(&bot.url));
    slack.click("U0ANN", "C0OPS", posted["ts"].as_str().unwrap_or_default(), "again")?;
    noticed(&slack).await
}

async fn chatter(slack: FakeSlack, client: Client) -> Result<()> {
    let mut socket = client.socket().await?;
    socket.send(Message::text(json!({"type": "message", "text": "hello"}).to_string())).await?;
    noticed(&slack).await
}

async fn bytes(slack: FakeSlack, client: Client) -> Result<()> {
    let mut socket = client.socket().await?;
    socket.send(Message::binary(vec![0x00, 0x9f])).await?;
    noticed(&slack).await
}

async fn key(slack: FakeSlack, client: Client) -> Result<()> {
    let mut socket = client.socket().await?;
    slack.slash("U0ANN", "C0OPS", "help")?;
    let envelope = socket.next().await?;
    let ack = json!({"envelope_id": envelope["envelope_id"], "type": "slash_commands"});
    socket.send(Message::text(ack.to_string())).await?;
    noticed(&slack).await
}

async fn status(slack: FakeSlack) -> Result<()> {
    let mut bot = Bot::start(Answers::Fails(1)).await?;
    slack.set_mode(Mode::http(&bot.url));
    slack.direct("U0ANN", "help")?;
    bot.next().await?;
    let again = bot.next().await?;
    ensure!(again.headers["x-slack-retry-reason"] == "http_error", "{again:?}");
    noticed(&slack).await
}

async fn trusting(slack: FakeSlack) -> Result<()> {
    let bot = Bot::start(Answers::Always("")).await?;
    slack.set_mode(Mode::http(&bot.url));
    for forgery in Forgery::ALL {
        ensure!(slack.forge(forgery, "U0ANN", "C0OPS", "help").await? == 200, "{forgery:?}");
    }
    ensure!(slack.violations().len() == Forgery::ALL.len(), "each is noticed");
    Ok(())
}

async fn challenge(slack: FakeSlack) -> Result<()> {
    let bot = Bot::start(Answers::Always("ok")).await?;
    slack.set_mode(Mode::http(&bot.url));
    slack.verify_url().await
}

async fn ticket(slack: FakeSlack, client: Client) -> Result<()> {
    let url = client.socket_url().await?;
    let first = Socket::open(&url).await?;
    ensure!(Socket::open(&url).await.is_err(), "a second socket was opened");
    drop(first);
    noticed(&slack).await
}

async fn eleven(_: FakeSlack, client: Client) -> Result<()> {
    let mut open = Vec::new();
    for _ in 0..10 {
        open.push(client.socket().await?);
    }
    let mut eleventh = Socket::open(&client.socket_url().await?).await?;
    let refusal = eleventh.next().await?;
    ensure!(refusal["reason"] == "too_many_websockets", "{refusal}");
    ensure!(refusal["num_connections"] == 10, "{refusal}");
    Ok(())
}
