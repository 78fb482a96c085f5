//! From a command to its answer.

use std::sync::Arc;
use std::time::Duration;

use podwhy_flow::words;
use podwhy_knowledge::Lang;
use serde_json::json;

use super::shows;
use crate::body;
use crate::render::{self, State};
use crate::testing::flow::{failing, logs, why_reply};
use crate::testing::{Fake, Replica, interaction, slash, why};

#[tokio::test(start_paused = true)]
async fn a_question_is_acknowledged_then_looked_at_then_answered() {
    let one = Replica::new();
    one.handle(&why(1)).await;
    let names: Vec<_> = one.discord.with(|state| state.calls.iter().map(|(name, ..)| *name).collect());
    assert_eq!(names, ["callback", "original", "original"]);
    assert_eq!(one.discord.sent("callback"), [json!({ "type": 5 })]);
    let looking = render::looking("looking at shop/cart-0…", Some("why shop/cart-0"));
    assert_eq!(one.discord.sent("original")[0], body::edit(&looking, false, None));
    let answer = render::message(&why_reply(failing("OOMKilled")), State::Answer);
    assert!(shows(&one.discord.original(1), &answer));
    assert_eq!(one.flow.asked(), [("7".to_string(), "why shop/cart-0".to_string())]);
    assert_eq!(one.counted("command", "answered"), 1);
}

#[tokio::test(start_paused = true)]
async fn what_needs_no_cluster_is_answered_at_once_for_the_asker() {
    let one = Replica::new();
    one.handle(&slash(1, "help", &json!([]))).await;
    one.handle(&slash(2, "why", &json!([{ "type": 3, "name": "target", "value": "a/b/c/d" }]))).await;
    let mut elsewhere = why(3);
    elsewhere["channel_id"] = json!("999");
    one.handle(&elsewhere).await;
    for callback in one.discord.sent("callback") {
        assert_eq!((&callback["type"], &callback["data"]["flags"]), (&json!(4), &json!(64)));
        assert_eq!(callback["data"]["allowed_mentions"], json!({ "parse": [] }));
    }
    assert_eq!(one.discord.with(|state| state.calls.len()), 3);
    assert!(one.flow.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_thread_has_the_rules_of_its_channel_and_a_direct_message_has_its_own() {
    let one = Replica::new();
    let mut thread = why(1);
    thread["channel_id"] = json!("600");
    thread["channel"] = json!({ "id": "600", "type": 11, "parent_id": "500" });
    one.handle(&thread).await;
    let mut direct = why(2);
    let raw = direct.as_object_mut().unwrap();
    raw.retain(|key, _| !["guild_id", "member"].contains(&key.as_str()));
    raw.insert("user".to_string(), json!({ "id": "8" }));
    one.handle(&direct).await;
    let mut group = direct.clone();
    (group["id"], group["token"], group["context"]) = (json!("3"), json!("T3"), json!(2));
    one.handle(&group).await;
    let types: Vec<_> = one.discord.sent("callback").iter().map(|sent| sent["type"].clone()).collect();
    assert_eq!(types, [json!(5), json!(5), json!(4)]);
    assert_eq!(one.counted("command", "elsewhere"), 1);
}

#[tokio::test(start_paused = true)]
async fn other_servers_than_the_configured_are_refused() {
    let one = Replica::over(&Arc::new(Fake::default()), |options| options.guilds = vec!["2".to_string()]);
    one.handle(&why(1)).await;
    let sent = one.discord.sent("callback");
    assert_eq!((&sent[0]["type"], &sent[0]["data"]["flags"]), (&json!(4), &json!(64)));
    assert_eq!(one.counted("command", "elsewhere"), 1);
    assert!(one.flow.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn answers_of_a_private_channel_are_for_the_asker() {
    let one = Replica::new();
    one.flow.policy(|policy| policy.places[0].private = true);
    one.handle(&why(1)).await;
    assert_eq!(one.discord.sent("callback"), [json!({ "type": 5, "data": { "flags": 64 } })]);
    assert_eq!(one.discord.original(1)["flags"], json!(64));
}

#[tokio::test(start_paused = true)]
async fn a_message_is_asked_about_by_what_it_says() {
    let one = Replica::new();
    let alert = json!({ "content": "", "embeds": [{ "title": "KubePodCrashLooping" }] });
    let data = json!({ "type": 3, "name": "Why is this failing?", "target_id": "9",
        "resolved": { "messages": { "9": alert } } });
    one.handle(&interaction(1, 2, data)).await;
    assert_eq!(one.discord.sent("callback"), [json!({ "type": 5 })]);
    let looking = render::looking(&words::looking(None, Lang::En), None);
    assert_eq!(one.discord.sent("original")[0], body::edit(&looking, false, None));
    assert_eq!(one.counted("message", "answered"), 1);
}

#[tokio::test(start_paused = true)]
async fn logs_that_are_cut_come_with_a_file() {
    let one = Replica::new();
    one.flow.says([logs(&"a line of a log\n".repeat(2000))]);
    one.handle(&slash(1, "logs", &json!([{ "type": 3, "name": "target", "value": "shop/cart-0" }]))).await;
    one.flow.says([logs("short")]);
    one.handle(&slash(2, "logs", &json!([{ "type": 3, "name": "target", "value": "shop/cart-0" }]))).await;
    let files: Vec<_> =
        one.discord.with(|state| state.calls.iter().filter_map(|(_, _, file)| file.clone()).collect());
    assert_eq!(files, ["logs-shop-cart-0.txt"]);
    assert_eq!(
        one.discord.original(1)["attachments"],
        json!([{ "id": "0", "filename": "logs-shop-cart-0.txt" }])
    );
    assert_eq!(one.discord.original(2)["attachments"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn completions_come_in_time_or_not_at_all() {
    let one = Replica::new();
    *one.flow.completions.lock().unwrap() = vec!["shop/".to_string(), "shop/cart-0".to_string()];
    let typing = |id, name: &str| {
        let option = json!({ "type": 3, "name": name, "value": "sh", "focused": true });
        let sub = json!({ "type": 1, "name": "why", "options": [option] });
        interaction(id, 4, json!({ "type": 1, "name": "pod", "options": [sub] }))
    };
    one.handle(&typing(1, "target")).await;
    one.handle(&typing(2, "namespace")).await;
    *one.flow.completes_after.lock().unwrap() = Duration::from_secs(2);
    one.handle(&typing(3, "target")).await;
    let names: Vec<_> =
        one.discord.sent("callback").iter().map(|sent| sent["data"]["choices"].clone()).collect();
    let shop = json!({ "name": "shop/", "value": "shop/" });
    assert_eq!(names[0], json!([shop, { "name": "shop/cart-0", "value": "shop/cart-0" }]));
    assert_eq!(names[1], json!([{ "name": "shop", "value": "shop" }]));
    assert_eq!(names[2], json!([]));
}
