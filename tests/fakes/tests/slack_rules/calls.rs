//! Wrong calls of the Web API.

use anyhow::{Result, ensure};
use podwhy_fakes::slack::{Author, Content, FakeSlack, Rule};
use serde_json::{Value, json};

use crate::slack_client::Client;
use crate::{Wrong, refused};

pub const CLIENTS: &[Wrong] = &[
    Wrong { rule: Rule::NotAuthed, does: "sends no token", run: |_, c| Box::pin(no_token(c)) },
    Wrong { rule: Rule::InvalidAuth, does: "invents a token", run: |_, c| Box::pin(invented(c)) },
    Wrong { rule: Rule::TokenRevoked, does: "uses a dead token", run: |s, c| Box::pin(dead(s, c)) },
    Wrong { rule: Rule::WrongTokenType, does: "mixes tokens up", run: |_, c| Box::pin(mixed_up(c)) },
    Wrong { rule: Rule::UnknownMethod, does: "calls what is not", run: |_, c| Box::pin(no_method(c)) },
    Wrong { rule: Rule::UnknownArgument, does: "adds an argument", run: |s, c| Box::pin(added(s, c)) },
    Wrong { rule: Rule::BadArgument, does: "leaves one out", run: |_, c| Box::pin(left_out(c)) },
    Wrong { rule: Rule::BadArgument, does: "sends a number as text", run: |_, c| Box::pin(number(c)) },
    Wrong { rule: Rule::WrongEncoding, does: "reads with JSON", run: |_, c| Box::pin(reads_json(c)) },
    Wrong { rule: Rule::WrongEncoding, does: "sends half an object", run: |_, c| Box::pin(half(c)) },
    Wrong { rule: Rule::ChannelNotFound, does: "posts nowhere", run: |_, c| Box::pin(nowhere(c)) },
    Wrong { rule: Rule::ChannelNotFound, does: "posts in secret", run: |_, c| Box::pin(secret(c)) },
    Wrong { rule: Rule::NotInChannel, does: "posts uninvited", run: |_, c| Box::pin(uninvited(c)) },
    Wrong { rule: Rule::NotInChannel, does: "posts after a kick", run: |s, c| Box::pin(kicked(s, c)) },
    Wrong { rule: Rule::MessageNotFound, does: "edits air", run: |_, c| Box::pin(air(c)) },
    Wrong { rule: Rule::MessageNotFound, does: "edits an ephemeral", run: |_, c| Box::pin(ephemeral(c)) },
    Wrong { rule: Rule::ForeignMessage, does: "edits another's", run: |s, c| Box::pin(foreign(s, c)) },
    Wrong { rule: Rule::NotAThread, does: "replies to a reply", run: |_, c| Box::pin(reply(c)) },
    Wrong { rule: Rule::NotAThread, does: "replies to an ephemeral", run: |_, c| Box::pin(shadow(c)) },
    Wrong { rule: Rule::UserNotInChannel, does: "whispers to nobody", run: |_, c| Box::pin(whisper(c)) },
    Wrong { rule: Rule::UserNotFound, does: "furnishes no home", run: |_, c| Box::pin(homeless(c)) },
    Wrong { rule: Rule::InvalidCursor, does: "makes a cursor up", run: |_, c| Box::pin(cursor(c)) },
    Wrong { rule: Rule::HashConflict, does: "publishes over another", run: |_, c| Box::pin(hash(c)) },
    Wrong { rule: Rule::UploadLength, does: "uploads too much", run: |_, c| Box::pin(upload(c)) },
    Wrong { rule: Rule::UploadMissing, does: "uploads nothing", run: |_, c| Box::pin(no_upload(c)) },
];

fn message(channel: &str) -> Value {
    json!({"channel": channel, "text": "it crashes"})
}

async fn no_token(client: Client) -> Result<()> {
    refused(&client.call_as(None, "auth.test", json!({})).await?, "not_authed")?;
    // a token in JSON is none
    refused(&client.call_as(None, "auth.test", json!({"token": "xoxb-fake"})).await?, "not_authed")
}

async fn invented(client: Client) -> Result<()> {
    refused(&client.call_as(Some("xoxb-other"), "auth.test", json!({})).await?, "invalid_auth")
}

async fn dead(slack: FakeSlack, client: Client) -> Result<()> {
    client.post("C0OPS", "still alive").await?;
    slack.chaos().revoke("xoxb-fake");
    refused(&client.call("chat.postMessage", message("C0OPS")).await?, "token_revoked")
}

async fn mixed_up(client: Client) -> Result<()> {
    let open = client.call("apps.connections.open", json!({})).await?;
    refused(&open, "not_allowed_token_type")?;
    let post = client.call_as(Some("xapp-fake"), "chat.postMessage", message("C0OPS")).await?;
    refused(&post, "not_allowed_token_type")
}

async fn no_method(client: Client) -> Result<()> {
    refused(&client.call("chat.shout", json!({})).await?, "unknown_method")
}

async fn added(slack: FakeSlack, client: Client) -> Result<()> {
    let message = json!({"channel": "C0OPS", "text": "it crashes", "allowed_mentions": "none"});
    // Slack reads over it
    client.call("chat.postMessage", message).await?.ok()?;
    ensure!(slack.messages("C0OPS").len() == 1, "it was posted");
    Ok(())
}

async fn left_out(client: Client) -> Result<()> {
    let reply = client.call("chat.update", json!({"channel": "C0OPS", "text": "x"})).await?;
    refused(&reply, "invalid_arguments")?;
    ensure!(
        reply.body["response_metadata"]["messages"][0] == "[ERROR] missing required field: ts",
        "{reply:?}"
    );
    Ok(())
}

async fn number(client: Client) -> Result<()> {
    let message = json!({"channel": "C0OPS", "text": "x", "reply_broadcast": "yes"});
    refused(&client.call("chat.postMessage", message).await?, "invalid_arguments")
}

async fn reads_json(client: Client) -> Result<()> {
    let reply = client.call("conversations.history", json!({"channel": "C0OPS"})).await?;
    refused(&reply, "invalid_arguments")
}

async fn half(client: Client) -> Result<()> {
    refused(&client.call("chat.postMessage", json!(["C0OPS"])).await?, "json_not_object")
}

async fn nowhere(client: Client) -> Result<()> {
    refused(&client.call("chat.postMessage", message("C0NONE")).await?, "channel_not_found")?;
    // names are no ids
    refused(&client.call("chat.postMessage", message("#ops")).await?, "channel_not_found")
}

async fn secret(client: Client) -> Result<()> {
    refused(&client.call("chat.postMessage", message("G0SECRET")).await?, "channel_not_found")?;
    let info = client.get("conversations.info", &[("channel", "G0SECRET")]).await?;
    refused(&info, "channel_not_found")
}

async fn uninvited(client: Client) -> Result<()> {
    refused(&client.call("chat.postMessage", message("C0QUIET")).await?, "not_in_channel")?;
    refused(&client.get("conversations.history", &[("channel", "C0QUIET")]).await?, "not_in_channel")
}

async fn kicked(slack: FakeSlack, client: Client) -> Result<()> {
    let ts = client.post("C0OPS", "looking").await?;
    slack.chaos().kick("C0OPS");
    let update = json!({"channel": "C0OPS", "ts": ts, "text": "it crashes"});
    refused(&client.call("chat.update", update).await?, "not_in_channel")
}

async fn air(client: Client) -> Result<()> {
    let update = json!({"channel": "C0OPS", "ts": "1764000000.000100", "text": "it crashes"});
    refused(&client.call("chat.update", update.clone()).await?, "message_not_found")?;
    let delete = json!({"channel": "C0OPS", "ts": "1764000000.000100"});
    refused(&client.call("chat.delete", delete).await?, "message_not_found")
}

async fn shown(client: &Client) -> Result<Value> {
    let show = json!({"channel": "C0OPS", "user": "U0ANN", "text": "for you"});
    Ok(client.call("chat.postEphemeral", show).await?.ok()?["message_ts"].clone())
}

async fn ephemeral(client: Client) -> Result<()> {
    let update = json!({"channel": "C0OPS", "ts": shown(&client).await?, "text": "it crashes"});
    refused(&client.call("chat.update", update).await?, "message_not_found")
}

async fn foreign(slack: FakeSlack, client: Client) -> Result<()> {
    let alert = Author::Integration { bot: "B0ALERTS".to_string(), name: "alertmanager".to_string() };
    let ts = slack.post("C0OPS", alert, Content::text("KubePodCrashLooping"))?.ts;
    let update = json!({"channel": "C0OPS", "ts": ts, "text": "it crashes"});
    refused(&client.call("chat.update", update).await?, "cant_update_message")?;
    let delete = client.call("chat.delete", json!({"channel": "C0OPS", "ts": ts})).await?;
    refused(&delete, "cant_delete_message")?;
    ensure!(slack.messages("C0OPS")[0].content.text == "KubePodCrashLooping", "it stands as it stood");
    Ok(())
}

async fn reply(client: Client) -> Result<()> {
    let parent = client.post("C0OPS", "a thread").await?;
    let in_thread = |ts: &Value| json!({"channel": "C0OPS", "text": "in it", "thread_ts": ts});
    let first = client.call("chat.postMessage", in_thread(&json!(parent))).await?.ok()?;
    refused(&client.call("chat.postMessage", in_thread(&first["ts"])).await?, "cannot_reply_to_message")
}

async fn shadow(client: Client) -> Result<()> {
    let message = json!({"channel": "C0OPS", "text": "in it", "thread_ts": shown(&client).await?});
    refused(&client.call("chat.postMessage", message).await?, "cannot_reply_to_message")
}

async fn whisper(client: Client) -> Result<()> {
    let show = json!({"channel": "C0OPS", "user": "U0NOBODY", "text": "for you"});
    refused(&client.call("chat.postEphemeral", show).await?, "user_not_in_channel")
}

fn home(user: &str) -> Value {
    json!({"user_id": user, "view": {"type": "home", "blocks": [{"type": "divider"}]}})
}

async fn homeless(client: Client) -> Result<()> {
    refused(&client.call("views.publish", home("U0NOBODY")).await?, "user_not_found")
}

async fn cursor(client: Client) -> Result<()> {
    let query = [("channel", "C0OPS"), ("cursor", "dXNlcjpVMEc5V0ZYTlo=")];
    refused(&client.get("conversations.history", &query).await?, "invalid_cursor")
}

async fn hash(client: Client) -> Result<()> {
    let first = client.call("views.publish", home("U0ANN")).await?.ok()?;
    client.call("views.publish", home("U0ANN")).await?.ok()?;
    let mut over = home("U0ANN");
    over["hash"] = first["view"]["hash"].clone();
    refused(&client.call("views.publish", over).await?, "hash_conflict")
}

async fn announced(client: &Client) -> Result<(String, Value)> {
    let query = [("filename", "cart-0.log"), ("length", "5")];
    let given = client.get("files.getUploadURLExternal", &query).await?.ok()?;
    Ok((given["upload_url"].as_str().unwrap_or_default().to_string(), given["file_id"].clone()))
}

async fn upload(client: Client) -> Result<()> {
    let (url, _) = announced(&client).await?;
    let reply = client.post_to(&url, "application/octet-stream", "more than five").await?;
    ensure!(reply.status == 400, "{reply:?}");
    Ok(())
}

async fn no_upload(client: Client) -> Result<()> {
    let (_, id) = announced(&client).await?;
    let complete = json!({"files": [{"id": id, "title": "cart-0"}], "channel_id": "C0OPS"});
    refused(&client.call("files.completeUploadExternal", complete).await?, "file_not_found")
}
