//! What goes wrong on demand, and what a test sees of it.

use std::time::Duration;

use anyhow::{Result, ensure};
use podwhy_fakes::slack::Rule;
use serde_json::json;

use crate::faultless;
use crate::slack_client::{SOON, skip, started, stays_unanswered};

#[tokio::test]
async fn a_method_hangs_until_it_is_released() -> Result<()> {
    let (slack, client) = started().await?;
    slack.chaos().hang("chat.postMessage");
    ensure!(stays_unanswered(&client, client.post("C0OPS", "one")).await?, "it was answered");
    ensure!(slack.messages("C0OPS").is_empty(), "nothing was done");
    let posts: Vec<_> = slack.requests().into_iter().filter(|r| r.method == "chat.postMessage").collect();
    ensure!(posts.len() == 1 && posts[0].answer.is_none(), "{posts:?}");
    slack.chaos().release("chat.postMessage");
    client.post("C0OPS", "two").await?;
    slack.chaos().hang_open();
    ensure!(stays_unanswered(&client, client.socket_url()).await?, "a socket can be opened");
    faultless(&slack)
}

#[tokio::test]
async fn a_method_fails_so_many_times() -> Result<()> {
    let (slack, client) = started().await?;
    slack.chaos().fail("chat.postMessage", 503, 2);
    let message = json!({"channel": "C0OPS", "text": "one"});
    for _ in 0..2 {
        let reply = client.call("chat.postMessage", message.clone()).await?;
        ensure!(reply.status == 503, "{reply:?}");
    }
    client.call("chat.postMessage", message).await?.ok()?;
    ensure!(slack.messages("C0OPS").len() == 1, "{:?}", slack.messages("C0OPS"));
    faultless(&slack)
}

#[tokio::test]
async fn a_lost_answer_was_done() -> Result<()> {
    let (slack, client) = started().await?;
    slack.chaos().lose_response("chat.postMessage");
    ensure!(stays_unanswered(&client, client.post("C0OPS", "one")).await?, "it was answered");
    ensure!(slack.messages("C0OPS").len() == 1, "but it was done");
    client.post("C0OPS", "two").await?;
    faultless(&slack)
}

#[tokio::test]
async fn a_call_is_done_and_its_connection_cut() -> Result<()> {
    let (slack, client) = started().await?;
    slack.chaos().cut("chat.postMessage", 1);
    ensure!(client.post("C0OPS", "one").await.is_err(), "it was answered");
    ensure!(slack.messages("C0OPS").len() == 1, "but it was done");
    let cut = slack.requests().into_iter().find(|request| request.method == "chat.postMessage");
    ensure!(cut.is_some_and(|request| request.answer.is_none()), "no answer");
    client.post("C0OPS", "two").await?;
    faultless(&slack)
}

#[tokio::test]
async fn a_message_is_read_later_than_it_stands() -> Result<()> {
    let (slack, client) = started().await?;
    let parent = client.post("C0OPS", "one").await?;
    let reply = json!({"channel": "C0OPS", "text": "two", "thread_ts": parent});
    client.call("chat.postMessage", reply).await?.ok()?;
    slack.chaos().show_late(Duration::from_secs(30));
    let read = async |method: &str| {
        let query = [("channel", "C0OPS"), ("ts", parent.as_str())];
        let query = if method.ends_with("history") { &query[..1] } else { &query[..] };
        anyhow::Ok(client.get(method, query).await?.ok()?["messages"].as_array().map_or(0, Vec::len))
    };
    ensure!(
        read("conversations.history").await? == 0 && read("conversations.replies").await? == 0,
        "at once"
    );
    ensure!(slack.messages("C0OPS").len() == 2, "people see them");
    skip(Duration::from_secs(31)).await;
    ensure!(read("conversations.history").await? == 1 && read("conversations.replies").await? == 2, "later");
    faultless(&slack)
}

#[tokio::test]
async fn a_storm_of_limits_passes() -> Result<()> {
    let (slack, client) = started().await?;
    slack.chaos().rate_limit("chat.update", 2, 3);
    let ts = client.post("C0OPS", "looking").await?;
    let update = json!({"channel": "C0OPS", "ts": ts, "text": "it crashes"});
    for _ in 0..3 {
        let reply = client.call("chat.update", update.clone()).await?;
        ensure!(reply.status == 429 && reply.retry_after == Some(2), "{reply:?}");
        skip(Duration::from_secs(2)).await;
    }
    client.call("chat.update", update).await?.ok()?;
    faultless(&slack)
}

/// A call that was on its way when another was refused is refused, but not held against the client.
#[tokio::test]
async fn calls_at_once_are_no_fault() -> Result<()> {
    let (slack, client) = started().await?;
    slack.chaos().rate_limit("conversations.info", 5, 1);
    let query = [("channel", "C0OPS")];
    let both =
        tokio::join!(client.get("conversations.info", &query), client.get("conversations.info", &query));
    ensure!(both.0?.status == 429 && both.1?.status == 429, "both are refused");
    faultless(&slack)
}

#[tokio::test]
async fn response_urls_and_uploads_can_fail_too() -> Result<()> {
    let (slack, client) = started().await?;
    let mut socket = client.socket().await?;
    slack.slash("U0ANN", "C0QUIET", "help")?;
    let envelope = socket.take().await?;
    let url = envelope["payload"]["response_url"].as_str().unwrap_or_default().to_string();
    slack.chaos().fail("response_url", 500, 1);
    ensure!(client.respond(&url, json!({"text": "help"})).await?.status == 500, "failed");
    for _ in 0..5 {
        ensure!(client.respond(&url, json!({"text": "help"})).await?.status == 200, "that was no use of it");
    }
    slack.chaos().fail("upload", 502, 1);
    let nowhere = format!("{}/upload/F0", slack.base_url());
    ensure!(client.post_to(&nowhere, "application/octet-stream", "x").await?.status == 502, "failed");
    faultless(&slack)
}

#[tokio::test]
async fn a_test_that_waits_in_vain_is_told_why() -> Result<()> {
    let (slack, client) = started().await?;
    client.call("chat.postMessage", json!({"channel": "C0NONE", "text": "one"})).await?;
    let waiting = slack.wait_for(SOON, |state| (state.sockets() == 7).then_some(()));
    let (never, ()) = tokio::join!(waiting, skip(SOON));
    let said = never.err().map(|error| error.to_string()).unwrap_or_default();
    ensure!(said.contains("chat.postMessage 200 channel_not_found"), "{said}");
    ensure!(said.contains("ChannelNotFound"), "{said}");
    ensure!(slack.violations_except(&[Rule::ChannelNotFound]).is_empty(), "expected ones can be left out");
    Ok(())
}

#[tokio::test]
async fn waiting_ends_with_the_change_it_waits_for() -> Result<()> {
    let (slack, client) = started().await?;
    let answered = slack.wait_for(SOON, |state| state.messages("C0OPS").first().map(|m| m.ts.clone()));
    let (found, posted) = tokio::join!(answered, client.post("C0OPS", "here"));
    ensure!(found? == posted?, "the same message");
    faultless(&slack)
}
