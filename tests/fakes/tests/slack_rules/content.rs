//! Messages that say too much, too little, or to too many.

use anyhow::{Result, ensure};
use podwhy_fakes::slack::Rule;
use serde_json::{Value, json};

use crate::slack_client::Client;
use crate::{Wrong, refused};

pub const CLIENTS: &[Wrong] = &[
    Wrong { rule: Rule::NoText, does: "says nothing", run: |_, c| Box::pin(nothing(c)) },
    Wrong { rule: Rule::NoFallbackText, does: "says blocks alone", run: |_, c| Box::pin(blocks_alone(c)) },
    Wrong { rule: Rule::TextTooLong, does: "says 40,001 characters", run: |_, c| Box::pin(long(c)) },
    Wrong { rule: Rule::TextTooLong, does: "edits to 4,001 bytes", run: |_, c| Box::pin(long_edit(c)) },
    Wrong { rule: Rule::Broadcast, does: "calls the channel", run: |_, c| Box::pin(calls(c)) },
    Wrong { rule: Rule::Metadata, does: "nests metadata", run: |_, c| Box::pin(metadata(c)) },
    Wrong { rule: Rule::Attachments, does: "attaches a body", run: |_, c| Box::pin(attachment(c)) },
    Wrong { rule: Rule::BlocksTooLong, does: "posts a book", run: |_, c| Box::pin(book(c)) },
];

async fn say(client: &Client, more: Value) -> Result<crate::Reply> {
    let mut message = json!({"channel": "C0OPS"});
    if let (Some(message), Value::Object(more)) = (message.as_object_mut(), more) {
        message.extend(more);
    }
    client.call("chat.postMessage", message).await
}

async fn nothing(client: Client) -> Result<()> {
    refused(&say(&client, json!({})).await?, "no_text")?;
    refused(&say(&client, json!({"text": " ", "blocks": []})).await?, "no_text")
}

async fn blocks_alone(client: Client) -> Result<()> {
    say(&client, json!({"blocks": [{"type": "divider"}]})).await?.ok()?;
    Ok(())
}

async fn long(client: Client) -> Result<()> {
    say(&client, json!({"text": "x".repeat(40_000)})).await?.ok()?;
    refused(&say(&client, json!({"text": "x".repeat(40_001)})).await?, "msg_too_long")
}

async fn long_edit(client: Client) -> Result<()> {
    let ts = client.post("C0OPS", "looking").await?;
    // counted in bytes: these are two each
    let edit = |text: String| json!({"channel": "C0OPS", "ts": ts, "text": text});
    client.call("chat.update", edit("é".repeat(2000))).await?.ok()?;
    refused(&client.call("chat.update", edit("é".repeat(2000) + "x")).await?, "msg_too_long")
}

async fn calls(client: Client) -> Result<()> {
    say(&client, json!({"text": "<!channel> it crashes"})).await?.ok()?;
    let section = json!([{"type": "section", "text": {"type": "mrkdwn", "text": "log: <!here>"}}]);
    say(&client, json!({"text": "it crashes", "blocks": section})).await?.ok()?;
    let rich = json!([{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
        {"type": "broadcast", "range": "everyone"}]}]}]);
    say(&client, json!({"text": "it crashes", "blocks": rich})).await?.ok()?;
    Ok(())
}

async fn metadata(client: Client) -> Result<()> {
    let nested = json!({"event_type": "answer", "event_payload": {"target": {"name": "cart-0"}}});
    refused(&say(&client, json!({"text": "x", "metadata": nested})).await?, "invalid_metadata_format")?;
    let untyped = json!({"event_payload": {}});
    refused(&say(&client, json!({"text": "x", "metadata": untyped})).await?, "invalid_metadata_format")
}

async fn attachment(client: Client) -> Result<()> {
    let unknown = json!([{"body": "it crashes"}]);
    refused(&say(&client, json!({"text": "x", "attachments": unknown})).await?, "invalid_attachments")?;
    let many = vec![json!({"text": "x"}); 101];
    refused(&say(&client, json!({"text": "x", "attachments": many})).await?, "too_many_attachments")
}

/// Each section keeps its limit, and so does their number.
async fn book(client: Client) -> Result<()> {
    let page =
        |length: usize| json!({"type": "section", "text": {"type": "mrkdwn", "text": "x".repeat(length)}});
    let pages = |length: usize| json!({"text": "a book", "blocks": vec![page(length); 5]});
    say(&client, pages(2540)).await?.ok()?;
    let reply = say(&client, pages(2541)).await?;
    ensure!(reply.status == 200, "{reply:?}");
    refused(&reply, "msg_blocks_too_long")
}
