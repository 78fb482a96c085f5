//! What people do reaches the bot, with all that it needs.

use anyhow::{Context, Result, ensure};
use podwhy_fakes::slack::{Author, Content, FakeSlack, Stranger};
use serde_json::{Value, json};

use crate::slack_client::{Client, SOON, Socket, started};
use crate::{answer, faultless};

/// A socket that has swallowed the events of the bot's own message, and the message's `ts`.
async fn posted(client: &Client, message: Value) -> Result<(Socket, String)> {
    let mut socket = client.socket().await?;
    let posted = client.call("chat.postMessage", message).await?.ok()?;
    let own = socket.take().await?;
    let event = &own["payload"]["event"];
    // the bot hears itself, and must know that it does
    ensure!(event["bot_id"] == "B0PODWHY" && event["ts"] == posted["ts"], "{own}");
    Ok((socket, event["ts"].as_str().context("a ts")?.to_string()))
}

#[tokio::test]
async fn a_command_is_answered_with_its_acknowledgement() -> Result<()> {
    let (slack, client) = started().await?;
    let mut socket = client.socket().await?;
    let asked = slack.slash("U0ANN", "G0SECRET", "why shop/cart-0")?;
    let envelope = socket.next().await?;
    ensure!(envelope["payload"]["text"] == "why shop/cart-0", "{envelope}");
    ensure!(envelope["payload"]["channel_name"] == "privategroup", "{envelope}");
    socket
        .ack_with(&envelope, json!({"text": "looking at shop/cart-0…", "response_type": "ephemeral"}))
        .await?;
    let acks = slack.acked(&asked, SOON).await?;
    ensure!(acks.len() == 1 && acks[0].payload.is_some(), "{acks:?}");
    let shown = slack.ephemerals("U0ANN").pop().context("shown")?;
    ensure!(shown.content.text == "looking at shop/cart-0…" && shown.channel == "G0SECRET", "{shown:?}");
    // and later at the address, for all: the bot need not be a member
    let url = envelope["payload"]["response_url"].as_str().context("an address")?;
    let reply = client.respond(url, json!({"text": "it crashes", "response_type": "in_channel"})).await?;
    ensure!(reply.status == 200 && reply.body == "ok", "{reply:?}");
    ensure!(slack.messages("G0SECRET")[0].author == Author::Bot, "said in the channel");
    faultless(&slack)
}

#[tokio::test]
async fn a_mention_comes_twice_with_one_ts() -> Result<()> {
    let (slack, client) = started().await?;
    let mut socket = client.socket().await?;
    let parent = slack.say("U0BOB", "C0OPS", None, "cart is down")?;
    socket.take().await?;
    let thread = parent.ts.as_deref();
    let sent = slack.mention("U0ANN", "C0OPS", thread, "why shop/cart-0")?;
    let (first, second) = (socket.take().await?, socket.take().await?);
    let event = |envelope: &Value| envelope["payload"]["event"].clone();
    ensure!(
        event(&first)["type"] == "app_mention" && event(&second)["type"] == "message",
        "{first} {second}"
    );
    ensure!(event(&first)["ts"] == event(&second)["ts"], "{first} {second}");
    ensure!(event(&first)["text"] == "<@U0PODWHY> why shop/cart-0", "{first}");
    ensure!(event(&first)["thread_ts"].as_str() == thread, "{first}");
    ensure!(first["payload"]["event_id"] != second["payload"]["event_id"], "{first} {second}");
    slack.acked(&sent, SOON).await?;
    ensure!(
        slack.mention("U0ANN", "C0QUIET", None, "help").is_err(),
        "where it is no member it hears nothing"
    );
    faultless(&slack)
}

#[tokio::test]
async fn a_direct_message_is_an_im() -> Result<()> {
    let (slack, client) = started().await?;
    let mut socket = client.socket().await?;
    slack.direct("U0ANN", "why shop/cart-0")?;
    let event = socket.take().await?["payload"]["event"].clone();
    ensure!(event["channel_type"] == "im" && event["channel"] == "D0ANN", "{event}");
    faultless(&slack)
}

#[tokio::test]
async fn a_click_carries_the_message() -> Result<()> {
    let (slack, client) = started().await?;
    let mut message = answer("C0OPS");
    message["metadata"] = json!({"event_type": "podwhy", "event_payload": {"target": "shop/cart-0"}});
    let (mut socket, ts) = posted(&client, message).await?;
    slack.click("U0BOB", "C0OPS", &ts, "again")?;
    let payload = socket.take().await?["payload"].clone();
    let action = &payload["actions"][0];
    ensure!(action["value"] == "why shop/cart-0", "{payload}");
    ensure!(action["block_id"] == payload["message"]["blocks"][1]["block_id"], "{payload}");
    ensure!(payload["message"]["metadata"]["event_payload"]["target"] == "shop/cart-0", "{payload}");
    ensure!(payload["container"]["is_ephemeral"] == false, "{payload}");
    let url = payload["response_url"].as_str().context("an address")?;
    let over = json!({"text": "well again", "replace_original": true});
    ensure!(client.respond(url, over).await?.status == 200, "replaced");
    ensure!(slack.messages("C0OPS")[0].content.text == "well again", "{:?}", slack.messages("C0OPS"));
    ensure!(slack.click("U0BOB", "C0OPS", &ts, "again").is_err(), "the button is gone");
    faultless(&slack)
}

#[tokio::test]
async fn a_click_on_an_ephemeral_carries_none() -> Result<()> {
    let (slack, client) = started().await?;
    let mut socket = client.socket().await?;
    let mut message = answer("C0OPS");
    message["user"] = json!("U0ANN");
    client.call("chat.postEphemeral", message).await?.ok()?;
    let shown = slack.ephemerals("U0ANN").pop().context("shown")?;
    ensure!(slack.click("U0BOB", "C0OPS", &shown.ts, "again").is_err(), "nobody else can see it");
    slack.click("U0ANN", "C0OPS", &shown.ts, "again")?;
    let payload = socket.take().await?["payload"].clone();
    ensure!(payload["container"]["is_ephemeral"] == true && payload.get("message").is_none(), "{payload}");
    let url = payload["response_url"].as_str().context("an address")?;
    client.respond(url, json!({"text": "well again", "replace_original": true})).await?;
    ensure!(slack.ephemerals("U0ANN")[0].content.text == "well again", "{:?}", slack.ephemerals("U0ANN"));
    client.respond(url, json!({"delete_original": true})).await?;
    ensure!(slack.ephemerals("U0ANN").is_empty(), "deleted");
    faultless(&slack)
}

#[tokio::test]
async fn a_menu_is_chosen_from() -> Result<()> {
    let (slack, client) = started().await?;
    let options = json!([{"text": {"type": "plain_text", "text": "prod"}, "value": "prod"},
        {"text": {"type": "plain_text", "text": "staging"}, "value": "staging"}]);
    let message = json!({"channel": "C0OPS", "text": "which cluster?", "blocks": [{"type": "section",
        "text": {"type": "mrkdwn", "text": "which cluster?"},
        "accessory": {"type": "static_select", "action_id": "cluster", "options": options}}]});
    let (mut socket, ts) = posted(&client, message).await?;
    slack.choose("U0ANN", "C0OPS", &ts, "cluster", "staging")?;
    let payload = socket.take().await?["payload"].clone();
    ensure!(payload["actions"][0]["selected_option"]["value"] == "staging", "{payload}");
    ensure!(slack.choose("U0ANN", "C0OPS", &ts, "cluster", "dev").is_err(), "no such option");
    faultless(&slack)
}

#[tokio::test]
async fn a_shortcut_carries_anyones_message() -> Result<()> {
    let (slack, client) = started().await?;
    let alerts = Author::Integration { bot: "B0ALERTS".to_string(), name: "alertmanager".to_string() };
    let attachments = vec![json!({"title": "KubePodCrashLooping", "text": "pod shop/cart-0"})];
    let sent = slack.post("C0OPS", alerts, Content { attachments, ..Content::default() })?;
    let mut socket = client.socket().await?;
    slack.shortcut("U0ANN", "C0OPS", sent.ts.as_deref().context("a ts")?, "why")?;
    let mut envelope = socket.take().await?;
    while envelope["type"] != "interactive" {
        envelope = socket.take().await?;
    }
    let payload = &envelope["payload"];
    ensure!(payload["type"] == "message_action" && payload["callback_id"] == "why", "{payload}");
    ensure!(payload["message"]["attachments"][0]["text"] == "pod shop/cart-0", "{payload}");
    ensure!(payload["message_ts"] == payload["message"]["ts"], "{payload}");
    faultless(&slack)
}

#[tokio::test]
async fn a_home_is_published_and_clicked() -> Result<()> {
    let (slack, client) = started().await?;
    let mut socket = client.socket().await?;
    slack.home_opened("U0ANN")?;
    let event = socket.take().await?["payload"]["event"].clone();
    ensure!(event["type"] == "app_home_opened" && event.get("view").is_none(), "{event}");
    let blocks = answer("")["blocks"].clone();
    let publish = json!({"user_id": "U0ANN", "view": {"type": "home", "blocks": blocks}});
    client.call("views.publish", publish).await?.ok()?;
    let home = slack.home("U0ANN").context("a home")?;
    ensure!(home.blocks.len() == 2 && home.published == 1, "{home:?}");
    slack.click_home("U0ANN", "again")?;
    let payload = socket.take().await?["payload"].clone();
    ensure!(payload["container"]["type"] == "view" && payload["view"]["id"] == home.id, "{payload}");
    slack.home_opened("U0ANN")?;
    let event = socket.take().await?["payload"]["event"].clone();
    ensure!(event["view"]["hash"] == home.hash, "{event}");
    faultless(&slack)
}

#[tokio::test]
async fn strangers_are_told_by_their_teams() -> Result<()> {
    let (slack, client) = started().await?;
    let (mut socket, ts) = posted(&client, answer("C0OPS")).await?;
    let guest: FakeSlack = slack.stranger(Stranger::Connect("T0OTHER".to_string()));
    guest.mention("U9GUEST", "C0OPS", None, "why shop/cart-0")?;
    let payload = socket.take().await?["payload"].clone();
    ensure!(payload["team_id"] == "T0ACME" && payload["is_ext_shared_channel"] == true, "{payload}");
    ensure!(payload["event"]["user_team"] == "T0OTHER", "{payload}");
    socket.take().await?;
    guest.click("U9GUEST", "C0OPS", &ts, "again")?;
    let payload = socket.take().await?["payload"].clone();
    ensure!(payload["user"]["team_id"] == "T0OTHER" && payload["team"]["id"] == "T0ACME", "{payload}");
    let elsewhere = slack.stranger(Stranger::Workspace("T0ELSE".to_string()));
    elsewhere.slash("U9OTHER", "C0OPS", "why shop/cart-0")?;
    let payload = socket.take().await?["payload"].clone();
    ensure!(payload["team_id"] == "T0ELSE", "{payload}");
    ensure!(slack.slash("U9OTHER", "C0OPS", "help").is_err(), "nobody else is let through");
    faultless(&slack)
}
