//! Messages: posted, threaded, edited, deleted, with files.

use anyhow::{Context, Result, ensure};
use podwhy_fakes::slack::{Limits, Rate, Setup};
use serde_json::{Value, json};
use std::time::Duration;

use crate::slack_client::{skip, started, with};
use crate::{answer, faultless};

#[tokio::test]
async fn stored_as_slack_stores_them() -> Result<()> {
    let (slack, client) = started().await?;
    let posted = client.call("chat.postMessage", answer("C0OPS")).await?.ok()?;
    let message = &posted["message"];
    ensure!(message["bot_id"] == "B0PODWHY" && message["app_id"] == "A0PODWHY", "{message}");
    // what was left out is filled in
    ensure!(message["blocks"][0]["block_id"].is_string(), "{message}");
    ensure!(message["blocks"][0]["text"]["verbatim"] == false, "{message}");
    ensure!(message["blocks"][1]["elements"][0]["text"]["emoji"] == true, "{message}");
    let stored = &slack.messages("C0OPS")[0];
    ensure!(posted["ts"] == stored.ts && stored.everything().contains("Ask again"), "{stored:?}");
    faultless(&slack)
}

#[tokio::test]
async fn an_update_keeps_what_it_does_not_name() -> Result<()> {
    let (slack, client) = started().await?;
    let mut first = answer("C0OPS");
    first["metadata"] =
        json!({"event_type": "podwhy", "event_payload": {"target": "shop/cart-0", "round": 1}});
    let ts = client.call("chat.postMessage", first).await?.ok()?["ts"].clone();
    let update = |more: Value| {
        let mut update = json!({"channel": "C0OPS", "ts": ts});
        more.as_object().into_iter().flatten().for_each(|(key, value)| update[key] = value.clone());
        client.call("chat.update", update)
    };
    let now = || slack.messages("C0OPS").remove(0).content;
    // a text alone removes the blocks; metadata stays
    update(json!({"text": "well again"})).await?.ok()?;
    ensure!(now().text == "well again" && now().blocks.is_empty() && now().metadata.is_some(), "{:?}", now());
    update(json!({"text": "well again", "blocks": [{"type": "divider"}], "metadata": {}})).await?.ok()?;
    ensure!(now().blocks.len() == 1 && now().metadata.is_none(), "{:?}", now());
    let edits = slack.messages("C0OPS").remove(0).edits;
    ensure!(edits.len() == 2 && edits[0].text == "shop/cart-0 crashes", "{edits:?}");
    client.call("chat.delete", json!({"channel": "C0OPS", "ts": ts})).await?.ok()?;
    ensure!(slack.messages("C0OPS").is_empty(), "it was deleted");
    ensure!(slack.read(|state| state.deleted("C0OPS").len()) == 1, "and is remembered");
    faultless(&slack)
}

#[tokio::test]
async fn a_form_says_the_same_as_json() -> Result<()> {
    let (slack, client) = started().await?;
    let blocks = json!([{"type": "divider"}]).to_string();
    let fields = [
        ("channel", "C0OPS"),
        ("text", "it crashes"),
        ("blocks", blocks.as_str()),
        ("unfurl_links", "false"),
    ];
    client.form("chat.postMessage", &fields).await?.ok()?;
    ensure!(slack.messages("C0OPS")[0].content.blocks.len() == 1, "{:?}", slack.messages("C0OPS"));
    faultless(&slack)
}

#[tokio::test]
async fn a_person_is_written_to_by_id() -> Result<()> {
    let (slack, client) = started().await?;
    let posted = client.call("chat.postMessage", json!({"channel": "U0ANN", "text": "hello"})).await?.ok()?;
    ensure!(posted["channel"] == slack.direct_channel("U0ANN"), "{posted}");
    faultless(&slack)
}

#[tokio::test]
async fn a_file_is_announced_uploaded_and_shared() -> Result<()> {
    let (slack, client) = started().await?;
    let parent = client.post("C0OPS", "shop/cart-0 crashes").await?;
    let query = [("filename", "cart-0.log"), ("length", "12")];
    let given = client.get("files.getUploadURLExternal", &query).await?.ok()?;
    let url = given["upload_url"].as_str().context("an address")?;
    let uploaded = client.post_to(url, "application/octet-stream", "panic: boom\n").await?;
    ensure!(uploaded.status == 200 && uploaded.body == "OK - 12", "{uploaded:?}");
    let complete = json!({"files": [{"id": given["file_id"], "title": "cart-0, last lines"}],
        "channel_id": "C0OPS", "thread_ts": parent, "initial_comment": "the last lines"});
    client.call("files.completeUploadExternal", complete).await?.ok()?;
    let file = slack.files("C0OPS").pop().context("a file")?;
    ensure!(file.text() == "panic: boom\n" && file.thread.as_ref() == Some(&parent), "{file:?}");
    let message = slack.messages("C0OPS").pop().context("a message")?;
    ensure!(message.files == [file.id] && message.is_reply(), "it stands in the thread");
    ensure!(message.content.text == "the last lines", "{message:?}");
    faultless(&slack)
}

#[tokio::test]
async fn posts_are_limited_for_each_channel() -> Result<()> {
    let limits = Limits { posts: Some(Rate { burst: 2, every: Duration::from_secs(1) }), ..Limits::tiers() };
    let (slack, client) = with(Setup { limits, ..Setup::default() }).await?;
    let message = json!({"channel": "C0OPS", "text": "one more"});
    for _ in 0..2 {
        client.call("chat.postMessage", message.clone()).await?.ok()?;
    }
    let refused = client.call("chat.postMessage", message.clone()).await?;
    ensure!(refused.status == 429 && refused.retry_after == Some(1), "{refused:?}");
    ensure!(refused.error() == "ratelimited", "{refused:?}");
    client.post("U0BOB", "another channel").await?;
    skip(Duration::from_secs(1)).await;
    client.call("chat.postMessage", message).await?.ok()?;
    let statuses: Vec<u16> =
        slack.requests().iter().filter_map(|r| Some(r.answer.as_ref()?.status)).collect();
    ensure!(statuses == [200, 200, 429, 200, 200], "{statuses:?}");
    faultless(&slack)
}
