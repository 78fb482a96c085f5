//! Buttons.

use podwhy_flow::chat::Content;
use serde_json::{Value, json};

use crate::body;
use crate::render::{self, State, action};
use crate::testing::discord::refusal;
use crate::testing::flow::{failing, refused, why_reply};
use crate::testing::{CHANNEL, Replica, Trouble, now, posted, press};

/// An answer of ours in the channel.
fn answer(one: &Replica) -> Value {
    let message = render::message(&why_reply(failing("OOMKilled")), State::Answer);
    let raw = posted(900, &message, now(one.discord.begun()));
    one.discord.put(CHANNEL, &raw);
    raw
}

fn shown(content: Content) -> Value {
    body::edit(&render::message(&why_reply(content), State::Answer), false, None)
}

#[tokio::test(start_paused = true)]
async fn again_asks_as_the_one_who_pressed_and_edits_the_message() {
    let one = Replica::new();
    let mut pressed = press(1, action::AGAIN, &answer(&one));
    pressed["member"]["user"]["id"] = json!("9");
    one.flow.says([failing("ImagePullBackOff")]);
    one.handle(&pressed).await;
    assert_eq!(one.discord.sent("callback"), [json!({ "type": 6 })]);
    assert_eq!(one.discord.sent("original"), [shown(failing("ImagePullBackOff"))]);
    assert_eq!(one.flow.asked(), [("9".to_string(), "why shop/cart-0".to_string())]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_leaves_the_message_as_it_is() {
    let one = Replica::new();
    let message = answer(&one);
    one.flow.says([refused("gone")]);
    one.handle(&press(1, action::AGAIN, &message)).await;
    assert!(one.discord.sent("original").is_empty());
    assert_eq!(one.discord.sent("followup")[0]["flags"], json!(64));
    one.flow.policy(|policy| policy.places.clear());
    for (id, button) in [(2, action::AGAIN), (3, action::EVIDENCE), (4, action::COMMANDS), (5, action::WATCH)]
    {
        one.handle(&press(id, button, &message)).await;
    }
    for callback in &one.discord.sent("callback")[1..] {
        assert_eq!((&callback["type"], &callback["data"]["flags"]), (&json!(4), &json!(64)));
    }
    assert_eq!(one.discord.with(|state| state.calls.len()), 6);
}

#[tokio::test(start_paused = true)]
async fn a_message_of_someone_else_is_not_trusted() {
    let one = Replica::new();
    let mut forged = answer(&one);
    forged["author"]["id"] = json!("666");
    one.handle(&press(1, action::AGAIN, &forged)).await;
    one.handle(&press(2, "buy", &answer(&one))).await;
    assert_eq!(one.discord.sent("callback"), [json!({ "type": 6 }), json!({ "type": 6 })]);
    assert_eq!(one.counted("button", "foreign"), 2);
    assert!(one.flow.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_answer_for_the_asker_does_not_go_into_a_message_for_all() {
    let one = Replica::new();
    let message = answer(&one);
    one.flow.policy(|policy| policy.places[0].private = true);
    for (id, button) in [(1, action::AGAIN), (2, action::EVIDENCE), (3, action::WATCH)] {
        one.handle(&press(id, button, &message)).await;
        assert_eq!(one.discord.original(id)["flags"], json!(64));
    }
    assert_eq!(one.discord.sent("message"), Vec::<Value>::new());
    assert!(one.discord.with(|state| state.posted.is_empty() && state.threads.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_watched_stays_so_when_asked_again() {
    let one = Replica::new();
    let since = now(one.discord.begun());
    let message = render::message(&why_reply(failing("OOMKilled")), State::Watching { since });
    one.handle(&press(1, action::AGAIN, &posted(900, &message, since))).await;
    assert_eq!(one.discord.sent("original"), [body::edit(&message, false, None)]);
}

#[tokio::test(start_paused = true)]
async fn commands_are_for_the_one_who_pressed() {
    let one = Replica::new();
    one.handle(&press(1, action::COMMANDS, &answer(&one))).await;
    assert_eq!(one.discord.sent("callback"), [json!({ "type": 5, "data": { "flags": 64 } })]);
    let commands = render::commands(&why_reply(failing("OOMKilled")));
    assert_eq!(one.discord.sent("original"), [body::edit(&commands, true, None)]);
}

#[tokio::test(start_paused = true)]
async fn evidence_goes_into_the_messages_thread() {
    let one = Replica::new();
    let message = answer(&one);
    // the thread's creation is lost on the way back, and made again
    one.discord.trouble("thread", [Trouble::IsLost]);
    one.discord.trouble("messages", [Trouble::IsLost]);
    one.handle(&press(1, action::EVIDENCE, &message)).await;
    let posts = one.discord.with(|state| state.posted.clone());
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0].0, 900);
    assert_eq!(posts[0].1["attachments"], json!([{ "id": "0", "filename": "why-shop-cart-0.txt" }]));
    assert_eq!(posts[0].1["allowed_mentions"], json!({ "parse": [] }));
    assert_eq!(one.discord.original(1)["content"], json!("<#900>"));
    // there it is posted again
    one.handle(&press(2, action::EVIDENCE, &message)).await;
    assert_eq!(one.discord.with(|state| state.posted.len()), 2);
}

#[tokio::test(start_paused = true)]
async fn where_there_can_be_no_thread_evidence_is_a_file_for_the_one_who_pressed() {
    let one = Replica::new();
    let message = answer(&one);
    let mut in_thread = press(1, action::EVIDENCE, &message);
    in_thread["channel_id"] = json!("600");
    in_thread["channel"] = json!({ "id": "600", "type": 11, "parent_id": "500" });
    let mut not_allowed = press(2, action::EVIDENCE, &message);
    not_allowed["app_permissions"] = json!("442368");
    for raw in [in_thread, not_allowed] {
        one.handle(&raw).await;
    }
    assert!(one.discord.sent("thread").is_empty());
    one.discord.trouble("thread", [Trouble::Fails(refusal(403, 50013))]);
    one.handle(&press(3, action::EVIDENCE, &message)).await;
    for id in 1..=3 {
        let wanted = json!([{ "id": "0", "filename": "why-shop-cart-0.txt" }]);
        assert_eq!(one.discord.original(id)["attachments"], wanted);
        assert_eq!(one.discord.original(id)["flags"], json!(64));
    }
    assert!(one.discord.with(|state| state.posted.is_empty()));
}
