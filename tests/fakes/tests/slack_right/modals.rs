//! A click opens a modal, and what is typed into it comes back.

use anyhow::{Context, Result, ensure};
use podwhy_fakes::slack::FakeSlack;
use serde_json::{Value, json};

use crate::faultless;
use crate::slack_client::{Client, SOON, Socket, started};

fn word(text: &str) -> Value {
    json!({"type": "plain_text", "text": text})
}

/// A modal with one input, opened by a command of Ann's.
async fn opened(slack: &FakeSlack, client: &Client, socket: &mut Socket) -> Result<Value> {
    let blocks = json!([{"type": "section", "text": word("back to v12")},
        {"type": "input", "block_id": "name", "label": word("Name"),
            "element": {"type": "plain_text_input", "action_id": "name", "max_length": 4}}]);
    opened_with(slack, client, socket, blocks).await
}

async fn opened_with(
    slack: &FakeSlack,
    client: &Client,
    socket: &mut Socket,
    blocks: Value,
) -> Result<Value> {
    slack.slash("U0ANN", "C0OPS", "approve")?;
    let trigger = socket.take().await?["payload"]["trigger_id"].clone();
    let view = json!({"type": "modal", "callback_id": "approve", "private_metadata": "carried",
        "title": word(&"t".repeat(24)), "submit": word(&"s".repeat(24)), "close": word("Cancel"),
        "blocks": blocks});
    let answer = client.call("views.open", json!({"trigger_id": trigger, "view": view})).await?.ok()?;
    Ok(answer["view"].clone())
}

#[tokio::test]
async fn what_is_typed_comes_back_with_what_the_modal_carries() -> Result<()> {
    let (slack, client) = started().await?;
    let mut socket = client.socket().await?;
    let view = opened(&slack, &client, &mut socket).await?;
    let id = view["id"].as_str().context("an id")?;
    ensure!(slack.modals("U0ANN")[0].id == id && slack.modals("U0BOB").is_empty(), "{view}");
    // Slack's own client lets nobody send these off
    for (person, values) in [
        ("U0ANN", vec![]),
        ("U0ANN", vec![("name", "")]),
        ("U0ANN", vec![("name", "longer")]),
        ("U0ANN", vec![("name", "cart"), ("other", "x")]),
        ("U0BOB", vec![("name", "cart")]),
    ] {
        ensure!(slack.submit_modal(person, id, &values).is_err(), "{person} {values:?}");
    }
    let sent = slack.submit_modal("U0ANN", id, &[("name", "cart")])?;
    let envelope = socket.take().await?;
    let payload = &envelope["payload"];
    ensure!(envelope["type"] == "interactive" && payload["type"] == "view_submission", "{envelope}");
    ensure!(payload["view"]["state"]["values"]["name"]["name"]["value"] == "cart", "{payload}");
    ensure!(
        payload["view"]["private_metadata"] == "carried" && payload["user"]["id"] == "U0ANN",
        "{payload}"
    );
    ensure!(payload.get("response_url").is_none() && payload.get("channel").is_none(), "{payload}");
    slack.acked(&sent, SOON).await?;
    ensure!(slack.submit_modal("U0ANN", id, &[("name", "cart")]).is_err(), "it is closed");
    faultless(&slack)
}

#[tokio::test]
async fn several_inputs_come_back_each_by_its_block() -> Result<()> {
    let (slack, client) = started().await?;
    let mut socket = client.socket().await?;
    let element = json!({"type": "plain_text_input", "action_id": "a", "multiline": true, "min_length": 3,
        "placeholder": word("BMC, console")});
    let blocks = json!([{"type": "input", "block_id": "how", "label": word("How"), "element": element},
        {"type": "input", "block_id": "minutes", "label": word("When"),
            "element": {"type": "plain_text_input", "action_id": "b", "initial_value": "0"}},
        {"type": "context", "elements": [word("Only what you saw yourself.")]}]);
    let view = opened_with(&slack, &client, &mut socket, blocks).await?;
    let id = view["id"].as_str().context("an id")?;
    for values in [vec![("minutes", "3")], vec![("how", "ab")], vec![("how", "BMC"), ("minutes", "")]] {
        ensure!(slack.submit_modal("U0ANN", id, &values).is_err(), "{values:?}");
    }
    // sent off twice, before anything is acknowledged: what stood in an input, and what was typed over it
    slack.submit_modal("U0ANN", id, &[("how", "BMC\noff")])?;
    slack.submit_modal("U0ANN", id, &[("minutes", "3"), ("how", "BMC\noff")])?;
    for minutes in ["0", "3"] {
        let state = socket.take().await?["payload"]["view"]["state"]["values"].clone();
        ensure!(state["how"]["a"]["value"] == "BMC\noff", "{state}");
        ensure!(state["minutes"]["b"]["value"] == minutes, "{state}");
        ensure!(state.as_object().is_some_and(|inputs| inputs.len() == 2), "{state}");
    }
    faultless(&slack)
}

#[tokio::test]
async fn a_bot_that_was_sent_a_click_twice_may_try_twice() -> Result<()> {
    let (slack, client) = started().await?;
    let mut socket = client.socket().await?;
    let asked = slack.slash("U0ANN", "C0OPS", "approve")?;
    let trigger = socket.take().await?["payload"]["trigger_id"].clone();
    ensure!(slack.redeliver(asked.numbers[0]), "it is sent again");
    socket.take().await?;
    let view =
        json!({"type": "modal", "title": word("x"), "blocks": [{"type": "section", "text": word("x")}]});
    let open = json!({"trigger_id": trigger, "view": view});
    client.call("views.open", open.clone()).await?.ok()?;
    let again = client.call("views.open", open).await?;
    ensure!(again.error() == "exchanged_trigger_id", "{again:?}");
    ensure!(slack.modals("U0ANN").len() == 1, "one is opened");
    faultless(&slack)
}
