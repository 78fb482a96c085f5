//! Interactions as they come.

use serde_json::{Value, json};

use super::{net, options, ports};
use crate::Discord;
use crate::testing::why;

#[tokio::test]
async fn what_serenity_cannot_read_is_answered_all_the_same() {
    let mut net = net().await;
    let bot = Discord::start(options(&net), ports()).await.unwrap();
    let socket = net.connected().await;
    // the member's user lacks what serenity wants, and fields of a later Discord are there
    let mut raw = why(5);
    raw["authorizing_integration_owners"] = json!({ "9": { "new": true } });
    raw["data"]["options"][0]["options"][0]["type"] = json!(3);
    raw["new"] = json!([1]);
    socket.interaction(&json!({ "id": "1" }));
    socket.interaction(&raw);
    let asked = net.asked("POST", "/interactions/5/T5/callback").await;
    assert_eq!(asked.body, json!({ "type": 5 }).to_string());
    drop(bot);
}

#[tokio::test]
async fn what_real_dispatches_hold_is_read_the_same_way() {
    let mut net = net().await;
    let mut options = options(&net);
    options.channels = vec!["500".to_string()];
    let bot = Discord::start(options, ports()).await.unwrap();
    let socket = net.connected().await;
    socket.interaction(&real(why(6)));
    net.asked("POST", "/interactions/6/T6/callback").await;
    net.asked("PATCH", "/webhooks/42/T6/messages/@original").await;
    let focused = json!([{ "type": 3, "name": "target", "value": "sh", "focused": true }]);
    let mut typing = crate::testing::slash(7, "why", &focused);
    typing["type"] = json!(4);
    socket.interaction(&real(typing));
    let asked = net.asked("POST", "/interactions/7/T7/callback").await;
    assert_eq!(asked.body, json!({ "type": 8, "data": { "choices": [] } }).to_string());
    drop(bot);
}

/// With everything that serenity wants of an interaction.
fn real(mut raw: Value) -> Value {
    raw["member"] = json!({ "user": { "id": "7", "username": "op", "discriminator": "0", "global_name": "Op", "avatar": null },
        "roles": [], "joined_at": "2025-02-28T14:56:24.701000+00:00", "deaf": false, "mute": false, "flags": 0,
        "permissions": "9007199254740991" });
    raw["guild_locale"] = json!("en-US");
    raw["entitlements"] = json!([]);
    raw["authorizing_integration_owners"] = json!({ "0": "1" });
    raw["attachment_size_limit"] = json!(10_485_760);
    raw["app_permissions"] = json!("8");
    raw["version"] = json!(1);
    raw["data"]["id"] = json!("55");
    raw
}
