use std::sync::Arc;

use podwhy_flow::chat::{Asker, Platform};
use podwhy_flow::incident::Button;
use podwhy_flow::ports::Click;
use serde_json::Value;

use super::*;
use crate::inbound::{Place, Taken};
use crate::outbound::{CallError, Method, ResponseUrl};
use crate::testing::{Bench, Fate};

fn pressed(button: Button, channel: &str) -> Pressed {
    let respond = ResponseUrl::received("https://hooks.slack.com/actions/T1/1/x").map(Arc::new);
    let place = Place {
        channel: channel.into(),
        thread: Some("5.5".into()),
        is_thread: false,
        person: "U2".into(),
        is_direct: false,
        respond,
    };
    let asker = Asker {
        platform: Platform::Slack,
        channel: Some(channel.into()),
        person: "U2".into(),
        groups: Vec::new(),
    };
    let (incident, shown_name) = ("inc-1".into(), "ann".into());
    let click = Click { button, incident, asker, shown_name, typed: None, attests: None };
    Pressed { key: format!("{button:?}{channel}"), click, place }
}

/// What the one who pressed was told, and nobody else.
fn told(bench: &Bench) -> Vec<String> {
    let told: Vec<Value> = bench.slack.calls(Method::Respond).into_iter().map(|call| call.body).collect();
    assert!(
        told.iter().all(|body| body["response_type"] == "ephemeral" && body["replace_original"] == false)
    );
    assert!(
        bench.slack.calls(Method::PostMessage).is_empty() && bench.slack.calls(Method::Update).is_empty()
    );
    told.iter().map(|body| body["text"].as_str().unwrap().to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn what_was_done_and_why_not_is_told_to_the_one_who_pressed() {
    let bench = Bench::new();
    assert_eq!(bench.work.incident(&pressed(Button::Take, "C1")).await, "done");
    assert_eq!(bench.work.incident(&pressed(Button::Mute, "C1")).await, "refused");
    assert_eq!(told(&bench), ["ann is on it", "you may not mute"]);
    let clicks = bench.incidents.clicks.lock().unwrap().clone();
    assert_eq!(clicks[0], pressed(Button::Take, "C1").click);
}

#[tokio::test(start_paused = true)]
async fn a_file_is_sent_to_the_one_who_pressed_and_to_nobody_else() {
    let bench = Bench::new();
    bench.slack.answers(Method::PostMessage, [serde_json::json!({"ok": true, "channel": "D2", "ts": "9.9"})]);
    assert_eq!(bench.work.incident(&pressed(Button::Wrong, "C1")).await, "done");
    let posted = &bench.slack.calls(Method::PostMessage)[0].body;
    assert_eq!(posted["channel"], "U2");
    let shared = &bench.slack.calls(Method::CompleteUpload)[0].body;
    assert_eq!(
        (shared["channel_id"].as_str(), shared["files"][0]["title"].as_str()),
        (Some("D2"), Some("podwhy-inc-1.yaml"))
    );
    assert_eq!(bench.slack.uploads(), ["kind: List\n"]);
    let told = bench.slack.calls(Method::Respond)[0].body["text"].as_str().unwrap().to_string();
    assert!(told.starts_with("counted as wrong") && told.contains("direct messages"), "{told}");
    // where it cannot be sent it is said
    bench.slack.fate(Method::CompleteUpload, [Fate::Fails(CallError::of_word("not_in_channel"))]);
    assert_eq!(bench.work.incident(&pressed(Button::Wrong, "C1")).await, "done");
    let told = bench.slack.calls(Method::Respond)[1].body["text"].as_str().unwrap().to_string();
    assert!(told.contains("could not be sent"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever() {
    let bench = Bench::new();
    assert_eq!(bench.work.incident(&pressed(Button::Right, "C1")).await, "too-late");
    assert!(told(&bench)[0].contains("60 s"));
}

#[tokio::test(start_paused = true)]
async fn in_a_channel_that_is_not_configured_nothing_is_done() {
    let bench = Bench::new();
    assert_eq!(bench.work.incident(&pressed(Button::Take, "C9")).await, "elsewhere");
    assert_eq!(told(&bench).len(), 1);
    assert!(bench.incidents.clicks.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn where_no_incidents_are_kept_it_is_said() {
    let mut bench = Bench::new();
    Arc::get_mut(&mut bench.work).unwrap().incidents = None;
    assert_eq!(bench.work.incident(&pressed(Button::Take, "C1")).await, "no-incidents");
    assert!(told(&bench)[0].contains("no incidents"));
}

#[tokio::test(start_paused = true)]
async fn a_click_that_comes_twice_is_done_once() {
    let bench = Bench::new();
    let (front, queue) =
        crate::front::Front::new(crate::testing::own(), "/pod".into(), 9, bench.metrics.clone());
    for _ in 0..2 {
        front.queue(Taken::Incident(pressed(Button::Take, "C1")));
    }
    drop(front);
    let (_stopper, stop) = crate::stop::stopper();
    crate::answer::answer_all(Arc::clone(&bench.work), queue, stop).await;
    assert_eq!(bench.incidents.clicks.lock().unwrap().len(), 1);
}
