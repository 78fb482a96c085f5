//! Interactions as they come.

use std::sync::Arc;

use podwhy_flow::incident::Button;
use podwhy_flow::ports::Attests;
use podwhy_knowledge::Lang;
use serde_json::{Value, json};
use serenity::all::Interaction;

use super::{net, options, ports};
use crate::render::{self, action};
use crate::testing::{CHANNEL, Pressed, dialog, press, submit, why};
use crate::{Discord, Ports};

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

/// What is typed comes through whether serenity can read the dialog or not.
#[tokio::test]
async fn a_dialog_is_opened_and_what_is_typed_is_handed_on() {
    let mut net = net().await;
    let mut options = options(&net);
    options.channels = vec![CHANNEL.to_string()];
    let incidents = Arc::new(Pressed::default());
    let bot =
        Discord::start(options, Ports { incidents: Some(Arc::clone(&incidents) as _), ..ports() }).await;
    let socket = net.connected().await;
    let mut pressed = real(press(8, &action::incident(Button::Attest, "inc-1"), &message()));
    pressed["data"]["id"] = json!(2);
    socket.interaction(&pressed);
    let asked = net.asked("POST", "/interactions/8/T8/callback").await;
    let opened: Value = serde_json::from_str(&asked.body).unwrap();
    let form = Button::Attest.form().unwrap();
    assert_eq!(opened, json!({ "type": 9, "data": render::dialog(form, "inc-1", Lang::En) }));

    let sent = |id, dialog, typed| real(submit(id, dialog, typed, &message()));
    let (name, word) = (dialog(Button::ApproveTyped), dialog(Button::Attest));
    let mut all = vec![
        sent(9, &name, &[("name", "cart_v2")]),
        sent(10, &word, &[("how", "BMC\nsays off"), ("minutes_ago", "3")]),
    ];
    for read in &all {
        assert!(matches!(serde_json::from_value(read.clone()), Ok(Interaction::Modal(_))));
    }
    for mut newer in [
        sent(11, &name, &[("name", "cart_v3")]),
        sent(12, &word, &[("how", "console"), ("minutes_ago", "0")]),
    ] {
        newer["entitlements"] = json!("of another shape");
        assert!(serde_json::from_value::<Interaction>(newer.clone()).is_err());
        all.push(newer);
    }
    for (id, raw) in (9..).zip(all) {
        socket.interaction(&raw);
        let asked = net.asked("POST", &format!("/interactions/{id}/T{id}/callback")).await;
        assert_eq!(asked.body, json!({ "type": 5, "data": { "flags": 64 } }).to_string());
        net.asked("PATCH", &format!("/webhooks/42/T{id}/messages/@original")).await;
    }
    let typed: Vec<_> = incidents
        .clicks
        .lock()
        .unwrap()
        .iter()
        .map(|click| (click.typed.clone(), click.attests.clone()))
        .collect();
    let name = |name: &str| (Some(name.to_string()), None);
    let word =
        |how: &str, ago: &str| (None, Some(Attests { how: how.to_string(), minutes_ago: ago.to_string() }));
    assert_eq!(typed, [name("cart_v2"), word("BMC\nsays off", "3"), name("cart_v3"), word("console", "0")]);
    drop(bot);
}

/// A card as Discord gives it with what is done on it.
fn message() -> Value {
    json!({
        "id": "900", "channel_id": CHANNEL.to_string(), "application_id": "42", "content": "", "type": 0, "flags": 0,
        "author": { "id": "10", "username": "podwhy", "discriminator": "0", "global_name": null, "avatar": null, "bot": true },
        "embeds": [{ "type": "rich", "title": "rollback" }], "components": [], "attachments": [], "mentions": [],
        "mention_roles": [], "mention_everyone": false, "pinned": false, "tts": false,
        "timestamp": "2026-11-23T19:05:06.991000+00:00", "edited_timestamp": null,
    })
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
