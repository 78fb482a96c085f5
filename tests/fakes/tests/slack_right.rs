//! A right client is let through: what it sends is kept and told back, what people do reaches it, and nothing is held
//! against it, whatever goes wrong.

#[path = "slack_right/blocks.rs"]
mod blocks;
#[path = "slack_right/chaos.rs"]
mod chaos;
#[path = "slack_right/http.rs"]
mod http_mode;
#[path = "slack_right/messages.rs"]
mod messages;
#[path = "slack_right/modals.rs"]
mod modals;
#[path = "slack_right/people.rs"]
mod people;
#[path = "slack_right/reading.rs"]
mod reading;
mod slack_client;
#[path = "slack_right/sockets.rs"]
mod sockets;

use anyhow::{Result, ensure};
use podwhy_fakes::slack::FakeSlack;
use serde_json::{Value, json};

/// Nothing was held against the client.
fn faultless(slack: &FakeSlack) -> Result<()> {
    let violations = slack.violations();
    ensure!(violations.is_empty(), "{violations:#?}");
    Ok(())
}

/// An answer with a button.
fn answer(channel: &str) -> Value {
    json!({"channel": channel, "text": "shop/cart-0 crashes", "blocks": [
        {"type": "section", "text": {"type": "mrkdwn", "text": "*shop/cart-0* crashes"}},
        {"type": "actions", "elements": [{"type": "button", "action_id": "again", "value": "why shop/cart-0",
            "text": {"type": "plain_text", "text": "Ask again"}}]}]})
}
