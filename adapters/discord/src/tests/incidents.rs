//! The buttons below incidents.

use podwhy_flow::chat::{Asker, Platform};
use podwhy_flow::incident::Button;
use podwhy_flow::ports::Click;
use serde_json::{Value, json};

use crate::render::{self, action};
use crate::testing::{CHANNEL, Replica, now, posted, press};

fn pressed(one: &Replica, id: u64, button: Button) -> Value {
    let message = posted(900, &render::note("oom-killed"), now(one.discord.begun()));
    let mut raw = press(id, &action::incident(button, "inc-1"), &message);
    raw["member"]["nick"] = json!("Ann\u{202e}");
    raw
}

/// What the one who pressed is told, and nobody else.
fn told(one: &Replica, id: u64) -> String {
    let original = one.discord.original(id);
    assert_eq!(original["flags"], json!(64));
    format!("{}{}", original["content"], original["embeds"])
}

#[tokio::test(start_paused = true)]
async fn what_was_done_and_why_not_is_told_to_the_one_who_pressed() {
    let one = Replica::new();
    for (id, button) in [(1, Button::Take), (2, Button::Mute), (3, Button::Right)] {
        one.handle(&pressed(&one, id, button)).await;
    }
    for callback in one.discord.sent("callback") {
        assert_eq!(callback, json!({ "type": 5, "data": { "flags": 64 } }));
    }
    assert!(told(&one, 1).contains("is on it") && !told(&one, 1).contains('\u{202e}'));
    assert!(told(&one, 2).contains("you may not mute"));
    assert!(told(&one, 3).contains("60 s"));
    let clicks = one.incidents.clicks.lock().unwrap().clone();
    let asker = Asker {
        platform: Platform::Discord,
        channel: Some(CHANNEL.to_string()),
        person: "7".into(),
        groups: Vec::new(),
    };
    let shown_name = clicks[0].shown_name.clone();
    assert_eq!(
        clicks[0],
        Click {
            button: Button::Take,
            incident: "inc-1".into(),
            asker,
            shown_name,
            typed: None,
            attests: None
        }
    );
    assert!(one.discord.sent("message").is_empty() && one.flow.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_file_hangs_on_what_only_the_one_who_pressed_sees() {
    let one = Replica::new();
    one.handle(&pressed(&one, 1, Button::Wrong)).await;
    assert!(told(&one, 1).contains("counted as wrong"));
    let attached = &one.discord.original(1)["attachments"];
    assert_eq!(attached[0]["filename"], json!("podwhy-inc-1.yaml"), "{attached}");
}

#[tokio::test(start_paused = true)]
async fn elsewhere_and_on_messages_of_others_nothing_is_done() {
    let one = Replica::new();
    let mut elsewhere = pressed(&one, 1, Button::Take);
    elsewhere["channel_id"] = json!("501");
    let mut direct = pressed(&one, 2, Button::Take);
    direct["guild_id"] = Value::Null;
    let mut forged = pressed(&one, 3, Button::Take);
    forged["message"]["author"]["id"] = json!("666");
    for raw in [elsewhere, direct, forged] {
        one.handle(&raw).await;
    }
    assert!(one.incidents.clicks.lock().unwrap().is_empty());
    assert_eq!((one.counted("button", "elsewhere"), one.counted("button", "foreign")), (2, 1));
    // in a thread of the channel it is done
    let mut thread = pressed(&one, 4, Button::Take);
    thread["channel_id"] = json!("600");
    thread["channel"] = json!({ "id": "600", "type": 11, "parent_id": CHANNEL.to_string() });
    one.handle(&thread).await;
    assert_eq!(one.incidents.clicks.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_click_that_two_replicas_get_is_done_once() {
    let one = Replica::new();
    let other = Replica::over(&one.discord, |_| {});
    let click = pressed(&one, 1, Button::Take);
    tokio::join!(one.handle(&click), other.handle(&click));
    let done = [&one, &other].map(|replica| replica.incidents.clicks.lock().unwrap().len());
    assert_eq!(done.iter().sum::<usize>(), 1);
}

#[tokio::test(start_paused = true)]
async fn where_no_incidents_are_kept_it_is_said() {
    let one = Replica::without_incidents();
    one.handle(&pressed(&one, 1, Button::Take)).await;
    let callback = &one.discord.sent("callback")[0];
    assert_eq!((&callback["type"], &callback["data"]["flags"]), (&json!(4), &json!(64)));
    assert!(callback.to_string().contains("no incidents"));
}
