//! The fake's payloads have the shapes that were captured from Slack: the same keys, with values of the same types.
//!
//! The captured ones are other people's and stand beside the repository: `PODWHY_SHARED` names the folder.

mod slack_client;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use podwhy_fakes::slack::blocks::{Surface, check};
use podwhy_fakes::slack::{FakeSlack, Mode};
use serde_json::{Map, Value, json};
use slack_client::bot::{Answers, Bot};
use slack_client::{Client, Socket, started};

/// Parts of workspaces in an Enterprise Grid, which the fake's is not; and what `authorizations` has replaced.
const NOT_HERE: &[&str] = &["enterprise_id", "enterprise_name", "authed_users"];

/// Compared as they are, and not looked into: what they hold is the bot's or the person's, not Slack's.
const OPAQUE: &[&str] = &["blocks", "values", "selected_option", "elements"];

/// The captured payloads by name, or nothing where they are not at hand.
fn captured() -> Result<Option<BTreeMap<String, Value>>> {
    let Some(shared) = std::env::var_os("PODWHY_SHARED") else {
        let required = std::env::var("PODWHY_REQUIRE_CORPUS").is_ok_and(|value| value == "1");
        ensure!(!required, "PODWHY_SHARED is not set");
        println!("left out: the captured payloads of Slack (PODWHY_SHARED is not set)");
        return Ok(None);
    };
    let mut payloads = BTreeMap::new();
    for file in std::fs::read_dir(PathBuf::from(shared).join("payloads"))? {
        let path = file?.path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some(name) = name.strip_prefix("slack_") {
            let whole: Value = serde_json::from_slice(&std::fs::read(&path)?)?;
            payloads.insert(name.to_string(), whole["payload"].clone());
        }
    }
    Ok(Some(payloads))
}

/// What the captured payload has and ours has not, or of another type; and what ours has besides, unless it is expected.
fn differences(captured: &Value, ours: &Value, more: &[&str], at: &str) -> Vec<String> {
    match (captured, ours) {
        // what is null in one workspace is something in another
        (Value::Null, _) | (_, Value::Null) => Vec::new(),
        (Value::Object(captured), Value::Object(ours)) => {
            let missing = captured.iter().filter(|(key, _)| !NOT_HERE.contains(&key.as_str()));
            let inner = missing.flat_map(|(key, value)| match ours.get(key) {
                None => vec![format!("{at}/{key} is missing")],
                Some(_) if OPAQUE.contains(&key.as_str()) => Vec::new(),
                Some(own) => differences(value, own, more, &format!("{at}/{key}")),
            });
            let besides =
                ours.keys().filter(|key| !captured.contains_key(*key) && !more.contains(&key.as_str()));
            inner.chain(besides.map(|key| format!("{at}/{key} is not in the captured one"))).collect()
        }
        (Value::Array(captured), Value::Array(ours)) => match (captured.first(), ours.first()) {
            (Some(captured), Some(ours)) => differences(captured, ours, more, &format!("{at}/0")),
            _ => Vec::new(),
        },
        _ if std::mem::discriminant(captured) == std::mem::discriminant(ours) => Vec::new(),
        _ => vec![format!("{at}: {captured} and {ours}")],
    }
}

#[test]
fn differences_are_found() {
    let captured = json!({"id": "x", "user": {"team_id": "T"}, "list": [{"n": 1}]});
    let same = json!({"id": "y", "user": {"team_id": "U"}, "list": [{"n": 2}, {}], "state": {}});
    assert_eq!(differences(&captured, &same, &["state"], ""), Vec::<String>::new());
    assert_eq!(differences(&captured, &same, &[], "").len(), 1);
    let other = json!({"id": 7, "user": {}, "list": [{"n": "1"}]});
    assert_eq!(differences(&captured, &other, &[], "").len(), 3);
}

fn compare(captured: &BTreeMap<String, Value>, name: &str, ours: &Value, more: &[&str]) -> Result<()> {
    let wanted = captured.get(name).with_context(|| format!("no captured {name}"))?;
    let found = differences(wanted, ours, more, "");
    ensure!(found.is_empty(), "{name}: {found:#?}\nours: {ours:#}");
    Ok(())
}

async fn of_type(socket: &mut Socket, kind: &str) -> Result<Value> {
    loop {
        let envelope = socket.take().await?;
        if envelope["type"] == kind {
            return Ok(envelope);
        }
    }
}

/// Something to click for one person alone, and for all on App Home.
async fn furnish(client: &Client, slack: &FakeSlack) -> Result<String> {
    let blocks = json!([{"type": "actions", "elements": [{"type": "button", "action_id": "again",
        "value": "why shop/cart-0", "text": {"type": "plain_text", "text": "Ask again"}}]}]);
    let shown = json!({"channel": "C0OPS", "user": "U0ANN", "text": "it crashes", "blocks": blocks});
    client.call("chat.postEphemeral", shown).await?.ok()?;
    let home = json!({"user_id": "U0ANN", "view": {"type": "home", "blocks": blocks}});
    client.call("views.publish", home).await?.ok()?;
    Ok(slack.ephemerals("U0ANN").pop().context("shown")?.ts)
}

#[tokio::test]
async fn over_sockets() -> Result<()> {
    let Some(captured) = captured()? else { return Ok(()) };
    let (slack, client) = started().await?;
    let mut socket = Socket::open(&client.socket_url().await?).await?;
    compare(&captured, "socket_hello", &socket.next().await?, &[])?;
    let ephemeral = furnish(&client, &slack).await?;

    slack.slash("U0ANN", "C0OPS", "help")?;
    let envelope = socket.take().await?;
    compare(&captured, "socket_slash_commands", &envelope, &["is_enterprise_install"])?;

    let mention = slack.mention("U0ANN", "C0OPS", None, "help")?;
    compare(&captured, "socket_events_api_app_mention", &socket.take().await?, &[])?;
    // a person's message has its rich text, which the captured one was shortened by
    compare(&captured, "socket_events_api_message", &socket.take().await?, &["blocks"])?;

    slack.shortcut("U0ANN", "C0OPS", mention.ts.as_deref().context("a ts")?, "why")?;
    let more = ["channel", "message", "message_ts", "response_url", "name"];
    compare(&captured, "socket_interactive_shortcut", &of_type(&mut socket, "interactive").await?, &more)?;

    slack.click_home("U0ANN", "again")?;
    let mut envelope = of_type(&mut socket, "interactive").await?;
    // the captured one is of a menu
    let action = envelope["payload"]["actions"][0].as_object_mut().context("an action")?;
    action.insert("selected_option".to_string(), json!({}));
    let more = ["text", "value"];
    compare(&captured, "socket_interactive_block_actions_view", &envelope, &more)?;

    slack.click("U0ANN", "C0OPS", &ephemeral, "again")?;
    let envelope = of_type(&mut socket, "interactive").await?;
    let more = ["state", "enterprise", "is_enterprise_install"];
    compare(&captured, "block_actions_button_message", &envelope["payload"], &more)?;

    let trigger = envelope["payload"]["trigger_id"].clone();
    let blocks = json!([{"type": "input", "block_id": "hspI", "label": {"type": "plain_text", "text": "Label"},
        "element": {"type": "plain_text_input", "action_id": "maBWU"}}]);
    let word = |text: &str| json!({"type": "plain_text", "text": text});
    let view = json!({"type": "modal", "title": word("My App"), "submit": word("Submit"),
        "close": word("Cancel"), "callback_id": "view-id", "private_metadata": "x", "blocks": blocks});
    client.call("views.open", json!({"trigger_id": trigger, "view": view})).await?.ok()?;
    slack.submit_modal("U0ANN", &slack.modals("U0ANN")[0].id, &[("hspI", "test")])?;
    let envelope = of_type(&mut socket, "interactive").await?;
    let more = ["enterprise", "is_enterprise_install", "emoji"];
    compare(&captured, "view_submission", &envelope["payload"], &more)?;
    let values = |payload: &Value| payload["view"]["state"]["values"].clone();
    ensure!(values(&envelope["payload"]) == values(&captured["view_submission"]), "{envelope}");

    slack.chaos().disconnect("warning");
    compare(&captured, "socket_disconnect_warning", &socket.next().await?, &[])?;
    slack.chaos().disconnect("too_many_websockets");
    compare(&captured, "socket_disconnect", &socket.next().await?, &[])
}

#[tokio::test]
async fn over_http() -> Result<()> {
    let Some(captured) = captured()? else { return Ok(()) };
    let (slack, _) = started().await?;
    let mut bot = Bot::start(Answers::Always("")).await?;
    slack.set_mode(Mode::http(&bot.url));
    slack.mention("U0ANN", "C0OPS", None, "help")?;
    let mut event: Value = serde_json::from_str(&bot.next().await?.body)?;
    if event["event"]["type"] != "app_mention" {
        // both are on their way at once
        event = serde_json::from_str(&bot.next().await?.body)?;
    }
    let more = ["authorizations", "is_ext_shared_channel", "event_context", "blocks"];
    compare(&captured, "events_api_app_mention_http", &event, &more)?;

    slack.slash("U0ANN", "C0OPS", "help")?;
    let command = bot.next_at("/slack/commands").await?;
    let wanted = &captured["slash_command_http_form"];
    for header in wanted["headers"].as_object().context("headers")?.keys() {
        ensure!(command.headers.contains_key(header), "no {header}");
    }
    let fields = |body: &str| -> Map<String, Value> {
        url::form_urlencoded::parse(body.as_bytes())
            .map(|(key, value)| (key.into_owned(), json!(value)))
            .collect()
    };
    let (wanted, ours) = (fields(wanted["raw_body"].as_str().unwrap_or_default()), fields(&command.body));
    let more = ["api_app_id", "is_enterprise_install"];
    let found = differences(&Value::Object(wanted), &Value::Object(ours), &more, "");
    ensure!(found.is_empty(), "{found:#?}");
    Ok(())
}

/// Both forms of an acknowledgement that were captured are taken.
#[tokio::test]
async fn captured_acknowledgements_are_taken() -> Result<()> {
    let Some(captured) = captured()? else { return Ok(()) };
    let (slack, client) = started().await?;
    let mut socket = client.socket().await?;
    for ack in captured["socket_ack"].as_array().context("acknowledgements")? {
        let asked = slack.slash("U0ANN", "C0OPS", "help")?;
        let mut ack = ack.clone();
        ack["envelope_id"] = socket.next().await?["envelope_id"].clone();
        socket.send(tokio_tungstenite::tungstenite::Message::text(ack.to_string())).await?;
        slack.acked(&asked, slack_client::SOON).await?;
    }
    ensure!(slack.violations().is_empty(), "{:?}", slack.violations());
    Ok(())
}

/// Blocks that were captured from Slack, and so are right, are taken.
#[test]
fn captured_blocks_are_taken() -> Result<()> {
    let Some(captured) = captured()? else { return Ok(()) };
    let mention = &captured["socket_events_api_app_mention"]["payload"]["event"]["blocks"];
    assert_eq!(check(mention, Surface::Message, "/blocks"), []);
    let view = &captured["socket_interactive_block_actions_view"]["payload"]["view"]["blocks"];
    assert_eq!(check(view, Surface::Home, "/view/blocks"), []);
    Ok(())
}

/// Every captured payload is compared above.
#[test]
fn all_captured_payloads_are_known() -> Result<()> {
    let Some(captured) = captured()? else { return Ok(()) };
    let names: Vec<&str> = captured.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "block_actions_button_message",
            "events_api_app_mention_http",
            "slash_command_http_form",
            "socket_ack",
            "socket_disconnect",
            "socket_disconnect_warning",
            "socket_events_api_app_mention",
            "socket_events_api_message",
            "socket_hello",
            "socket_interactive_block_actions_view",
            "socket_interactive_shortcut",
            "socket_slash_commands",
            "view_submission",
        ]
    );
    Ok(())
}
