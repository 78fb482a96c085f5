//! HTTP mode: signed requests, and forged ones.

use anyhow::{Result, ensure};
use podwhy_fakes::slack::{Forgery, Mode, Setup};
use serde_json::{Value, json};

use crate::slack_client::bot::{Answers, Bot};
use crate::slack_client::{SOON, started, with};
use crate::{answer, faultless};

/// The fields of a form.
fn form(body: &str) -> std::collections::BTreeMap<String, String> {
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

#[tokio::test]
async fn each_kind_goes_to_its_address() -> Result<()> {
    let setup = Setup { signing_secret: "sekret".to_string(), ..Setup::default() };
    let (slack, client) = with(setup).await?;
    // the bot hears of its own message as soon as it can be reached
    let posted = client.call("chat.postMessage", answer("C0OPS")).await?.ok()?;
    let mut bot = Bot::start(Answers::Signed("sekret")).await?;
    slack.set_mode(Mode::http(&bot.url));
    let asked = slack.slash("U0ANN", "C0OPS", "why shop/cart-0")?;
    let command = bot.next_at("/slack/commands").await?;
    ensure!(form(&command.body)["text"] == "why shop/cart-0", "{command:?}");
    slack.acked(&asked, SOON).await?;
    let clicked = slack.click("U0ANN", "C0OPS", posted["ts"].as_str().unwrap_or_default(), "again")?;
    let click = bot.next_at("/slack/interactions").await?;
    let payload: Value = serde_json::from_str(&form(&click.body)["payload"])?;
    ensure!(payload["type"] == "block_actions", "{click:?}");
    slack.acked(&clicked, SOON).await?;
    let said = slack.direct("U0ANN", "help")?;
    let mut texts = Vec::new();
    while !texts.contains(&json!("help")) {
        let event = bot.next_at("/slack/events").await?;
        texts.push(serde_json::from_str::<Value>(&event.body)?["event"]["text"].clone());
    }
    slack.acked(&said, SOON).await?;
    faultless(&slack)
}

#[tokio::test]
async fn forgeries_are_refused() -> Result<()> {
    let (slack, _) = started().await?;
    let bot = Bot::start(Answers::Signed("fake-signing-secret")).await?;
    slack.set_mode(Mode::http(&bot.url));
    for forgery in Forgery::ALL {
        let status = slack.forge(forgery, "U0ANN", "C0OPS", "why shop/cart-0").await?;
        ensure!(status == 401, "{forgery:?}: {status}");
    }
    faultless(&slack)
}

#[tokio::test]
async fn a_command_is_answered_with_its_response() -> Result<()> {
    let (slack, _) = started().await?;
    let bot = Bot::start(Answers::Always(r#"{"text": "looking", "response_type": "ephemeral"}"#)).await?;
    slack.set_mode(Mode::http(&bot.url));
    let asked = slack.slash("U0ANN", "C0QUIET", "why shop/cart-0")?;
    let acks = slack.acked(&asked, SOON).await?;
    ensure!(acks[0].payload == Some(json!({"text": "looking", "response_type": "ephemeral"})), "{acks:?}");
    ensure!(slack.ephemerals("U0ANN")[0].content.text == "looking", "{:?}", slack.ephemerals("U0ANN"));
    faultless(&slack)
}

#[tokio::test]
async fn the_address_is_verified() -> Result<()> {
    let (slack, _) = started().await?;
    let challenge = r#"{"challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}"#;
    let bot = Bot::start(Answers::Always(challenge)).await?;
    ensure!(slack.verify_url().await.is_err(), "only in HTTP mode");
    slack.set_mode(Mode::http(&bot.url));
    slack.verify_url().await?;
    faultless(&slack)
}
