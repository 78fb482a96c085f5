//! Reading channels.

use anyhow::{Result, ensure};
use podwhy_fakes::slack::{Author, Channel, Content, Setup, User};
use serde_json::json;

use crate::faultless;
use crate::slack_client::{started, with};

fn texts(page: &serde_json::Value) -> Vec<&str> {
    page["messages"].as_array().into_iter().flatten().filter_map(|message| message["text"].as_str()).collect()
}

#[tokio::test]
async fn history_comes_newest_first_and_in_pages() -> Result<()> {
    let alerts = Author::Integration { bot: "B0ALERTS".to_string(), name: "alertmanager".to_string() };
    let ann = Author::Person("U0ANN".to_string());
    let old = Channel::public("C0OLD", "old").with(&["U0ANN"]).joined();
    let old = old.said(alerts, Content::text("first")).said(ann, Content::text("second"));
    let (slack, client) = with(Setup { channels: vec![old], ..Setup::default() }).await?;
    let third = client.post("C0OLD", "third").await?;
    let page = client.get("conversations.history", &[("channel", "C0OLD"), ("limit", "2")]).await?.ok()?;
    ensure!(texts(&page) == ["third", "second"] && page["has_more"] == true, "{page}");
    let cursor = page["response_metadata"]["next_cursor"].as_str().unwrap_or_default();
    let query = [("channel", "C0OLD"), ("limit", "2"), ("cursor", cursor)];
    let page = client.get("conversations.history", &query).await?.ok()?;
    ensure!(texts(&page) == ["first"] && page["has_more"] == false, "{page}");
    ensure!(page["messages"][0]["subtype"] == "bot_message", "{page}");
    let range = |inclusive| [("channel", "C0OLD"), ("oldest", third.as_str()), ("inclusive", inclusive)];
    let after = client.get("conversations.history", &range("false")).await?.ok()?;
    ensure!(texts(&after).is_empty(), "{after}");
    let from = client.get("conversations.history", &range("true")).await?.ok()?;
    ensure!(texts(&from) == ["third"], "{from}");
    faultless(&slack)
}

#[tokio::test]
async fn a_user_group_is_told_by_its_id() -> Result<()> {
    let user_groups = [("S0ONCALL".to_string(), vec!["U0ANN".to_string()])].into();
    let (slack, client) = with(Setup { user_groups, ..Setup::default() }).await?;
    let told = client.get("usergroups.users.list", &[("usergroup", "S0ONCALL")]).await?.ok()?;
    ensure!(told["users"] == json!(["U0ANN"]), "{told}");
    faultless(&slack)?;
    let gone = client.get("usergroups.users.list", &[("usergroup", "S0GONE")]).await?;
    ensure!(gone.error() == "no_such_subteam" && slack.violations().len() == 1, "{}", gone.body);
    Ok(())
}

#[tokio::test]
async fn metadata_comes_when_it_is_asked_for() -> Result<()> {
    let (slack, client) = started().await?;
    let metadata = json!({"event_type": "podwhy", "event_payload": {"target": "shop/cart-0"}});
    let message = json!({"channel": "C0OPS", "text": "it crashes", "metadata": metadata});
    client.call("chat.postMessage", message).await?.ok()?;
    let plain = client.get("conversations.history", &[("channel", "C0OPS")]).await?.ok()?;
    ensure!(plain["messages"][0].get("metadata").is_none(), "{plain}");
    let query = [("channel", "C0OPS"), ("include_all_metadata", "true")];
    let full = client.get("conversations.history", &query).await?.ok()?;
    ensure!(full["messages"][0]["metadata"] == metadata, "{full}");
    faultless(&slack)
}

#[tokio::test]
async fn threads_are_read_apart() -> Result<()> {
    let (_slack, client) = started().await?;
    let parent = client.post("C0OPS", "a thread").await?;
    for text in ["one", "two"] {
        let reply = json!({"channel": "C0OPS", "text": text, "thread_ts": parent});
        client.call("chat.postMessage", reply).await?.ok()?;
    }
    let shown = json!({"channel": "C0OPS", "text": "three", "thread_ts": parent, "reply_broadcast": true});
    client.call("chat.postMessage", shown).await?.ok()?;
    let history = client.get("conversations.history", &[("channel", "C0OPS")]).await?.ok()?;
    ensure!(texts(&history) == ["three", "a thread"], "{history}");
    ensure!(history["messages"][1]["reply_count"] == 3, "{history}");
    let query = [("channel", "C0OPS"), ("ts", parent.as_str())];
    let replies = client.get("conversations.replies", &query).await?.ok()?;
    ensure!(texts(&replies) == ["a thread", "one", "two", "three"], "{replies}");
    let none = client.get("conversations.replies", &[("channel", "C0OPS"), ("ts", "1.000001")]).await?;
    ensure!(none.error() == "thread_not_found", "{none:?}");
    Ok(())
}

#[tokio::test]
async fn channels_say_what_they_are() -> Result<()> {
    let guest = User::new("U0GUEST", "guest").of("T0OTHER");
    let shared = Channel::public("C0SHARED", "shared").with(&["U0ANN", "U0GUEST"]).joined();
    let mut setup = Setup::default();
    setup.users.push(guest);
    setup.channels.push(shared);
    let (slack, client) = with(setup).await?;
    let info = client.get("conversations.info", &[("channel", "C0QUIET")]).await?.ok()?;
    ensure!(info["channel"]["is_member"] == false && info["channel"]["is_ext_shared"] == false, "{info}");
    let query = [("channel", "C0SHARED"), ("include_num_members", "true")];
    let info = client.get("conversations.info", &query).await?.ok()?;
    ensure!(info["channel"]["is_ext_shared"] == true && info["channel"]["num_members"] == 3, "{info}");
    let types = [("types", "public_channel,private_channel,im"), ("limit", "1")];
    let mine = client.get("users.conversations", &types).await?.ok()?;
    ensure!(mine["channels"][0]["id"] == "C0OPS", "{mine}");
    let cursor = mine["response_metadata"]["next_cursor"].as_str().unwrap_or_default();
    let next = client.get("users.conversations", &[("cursor", cursor)]).await?.ok()?;
    ensure!(next["channels"][0]["id"] == "C0SHARED", "{next}");
    ensure!(next["response_metadata"]["next_cursor"] == "", "{next}");
    let me = client.call("auth.test", json!({})).await?.ok()?;
    ensure!(me["user_id"] == "U0PODWHY" && me["team_id"] == "T0ACME", "{me}");
    faultless(&slack)
}
