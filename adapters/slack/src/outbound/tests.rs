use std::sync::Arc;
use std::time::Duration;

use podwhy_knowledge::Lang;
use serde_json::Value;
use tokio::time::Instant;

use super::*;
use crate::mark::{Mark, Stage};
use crate::render::{self, Message};
use crate::testing::{Bench, Fate};

fn spot(channel: &str) -> Spot {
    Spot { channel: channel.into(), thread: None }
}

fn mark(bench: &Bench) -> Mark {
    Mark::new(Stage::Looking, "U1", bench.slack.clock.now(), Lang::En)
}

fn limited(seconds: u64) -> Fate {
    Fate::Fails(CallError::Limited(Duration::from_secs(seconds)))
}

async fn post(bench: &Bench, channel: &str, text: &str) -> Result<Posted, CallError> {
    bench.work.outbound.post(&spot(channel), &render::note(text), &mark(bench)).await
}

#[tokio::test(start_paused = true)]
async fn a_429_is_waited_for_and_delays_no_other_channel() {
    let bench = Bench::new();
    bench.slack.fate(Method::PostMessage, [limited(7)]);
    let began = Instant::now();
    let limited = async {
        post(&bench, "C1", "a").await.unwrap();
        began.elapsed()
    };
    let other = async {
        bench.slack.until(|slack| !slack.calls(Method::PostMessage).is_empty()).await;
        post(&bench, "C2", "b").await.unwrap();
        began.elapsed()
    };
    let (limited, other) = tokio::join!(limited, other);
    assert!((7..9).contains(&limited.as_secs()) && other < Duration::from_secs(1), "{limited:?} {other:?}");
    assert_eq!(bench.slack.messages("C1").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_method_that_is_limited_loses_nothing_however_many_wait() {
    let bench = Bench::new();
    let mut posted = Vec::new();
    for _ in 0..60 {
        posted.push(post(&bench, "C1", "looking").await.unwrap());
    }
    // two calls of three are refused: more in all than one call is ever made
    let fates = (0..60).flat_map(|_| [limited(2), limited(1), Fate::Passes]);
    bench.slack.fate(Method::Update, fates);
    let edits = posted.iter().map(|posted| async {
        bench.work.outbound.edit(posted, &render::note("the answer"), &mark(&bench)).await
    });
    let results = futures::future::join_all(edits).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert!(bench.slack.messages("C1").iter().all(|message| message.to_string().contains("the answer")));
}

#[tokio::test(start_paused = true)]
async fn a_429_without_end_is_given_up() {
    let bench = Bench::new();
    bench.slack.fate(Method::PostMessage, (0..50).map(|_| limited(1)));
    assert!(matches!(post(&bench, "C1", "a").await, Err(CallError::Limited(_))));
    assert_eq!(bench.slack.calls(Method::PostMessage).len() as u32, MOST_LIMITED + 1);
    let eternity = Fate::Fails(CallError::Limited(Duration::from_secs(3600)));
    bench.slack.fate(Method::PostEphemeral, [eternity]);
    let began = Instant::now();
    let whispered = bench.work.outbound.whisper(&spot("C1"), "U1", &render::note("a")).await;
    assert!(whispered.is_err() && began.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn what_was_posted_though_slack_said_otherwise_is_found_and_not_posted_again() {
    for error in [CallError::TimedOut, CallError::Failed("http_503".into())] {
        let bench = Bench::new();
        bench.slack.fate(Method::PostMessage, [Fate::DoneBut(error)]);
        let posted = post(&bench, "C1", "a").await.unwrap();
        let messages = bench.slack.messages("C1");
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0]["ts"].as_str(), Some(posted.ts.as_str()));
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_not_posted_is_posted_again_three_times_at_most() {
    let bench = Bench::new();
    bench.slack.fate(Method::PostMessage, vec![Fate::Hangs; 2]);
    post(&bench, "C1", "a").await.unwrap();
    assert_eq!(bench.slack.messages("C1").len(), 1);
    bench.slack.fate(Method::PostMessage, vec![Fate::Fails(CallError::Garbled); 9]);
    assert_eq!(post(&bench, "C2", "a").await, Err(CallError::Garbled));
    let calls = bench.slack.calls(Method::PostMessage);
    assert_eq!(calls.iter().filter(|call| call.body["channel"] == "C2").count(), 3);
}

#[tokio::test(start_paused = true)]
async fn where_it_cannot_be_looked_up_nothing_is_posted_again() {
    let bench = Bench::new();
    bench.slack.fate(Method::PostMessage, [Fate::Fails(CallError::TimedOut)]);
    bench.slack.fate(Method::History, [Fate::Fails(CallError::of_word("missing_scope"))]);
    assert_eq!(post(&bench, "C1", "a").await, Err(CallError::TimedOut));
    assert_eq!(bench.slack.calls(Method::PostMessage).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_slack_that_was_not_reached_at_all_is_simply_asked_again() {
    let bench = Bench::new();
    bench.slack.fate(Method::PostMessage, vec![Fate::Fails(CallError::Unreachable { sent: false }); 2]);
    post(&bench, "C1", "a").await.unwrap();
    assert!(bench.slack.calls(Method::History).is_empty());
    assert_eq!(bench.slack.messages("C1").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn edits_of_one_message_come_to_the_newest() {
    let bench = Bench::new();
    let posted = post(&bench, "C1", "first").await.unwrap();
    // the first edit waits for Slack; those that come meanwhile are one
    bench.slack.fate(Method::Update, [limited(30)]);
    let edit = async |number: u32| {
        let message = render::note(&format!("edit {number}"));
        bench.work.outbound.edit(&posted, &message, &mark(&bench)).await.unwrap();
    };
    tokio::join!(edit(1), edit(2), edit(3), edit(4));
    let calls = bench.slack.calls(Method::Update);
    assert_eq!(calls.len(), 2, "one that was limited, and the newest");
    assert!(calls[1].at - calls[0].at >= Duration::from_secs(30));
    assert!(bench.slack.messages("C1")[0].to_string().contains("edit 4"));
}

#[tokio::test(start_paused = true)]
async fn a_shape_that_slack_refuses_is_shown_as_text() {
    let bench = Bench::new();
    let refusal = || Fate::Fails(CallError::of_word("invalid_blocks"));
    bench.slack.fate(Method::PostMessage, [refusal()]);
    bench.slack.fate(Method::Update, [refusal()]);
    let posted = post(&bench, "C1", "first").await.unwrap();
    let long = Message { text: "é".repeat(9000), blocks: render::note("x").blocks };
    bench.work.outbound.edit(&posted, &long, &mark(&bench)).await.unwrap();
    let message = &bench.slack.messages("C1")[0];
    assert_eq!(message["blocks"], serde_json::json!([]));
    let text = message["text"].as_str().map(str::len).unwrap_or_default();
    assert!((3000..4000).contains(&text), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_shows_in_readiness_until_it_is_taken() {
    let bench = Bench::new();
    bench.health.known();
    bench.slack.fate(Method::PostMessage, [Fate::Fails(CallError::of_word("token_revoked"))]);
    assert!(post(&bench, "C1", "a").await.is_err());
    assert!(bench.health.ready().unwrap_err().contains("token_revoked"));
    bench.work.outbound.identity().await.unwrap();
    assert_eq!(bench.health.ready(), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn every_call_has_an_end() {
    let bench = Bench::new();
    bench.slack.fate(Method::AuthTest, [Fate::Hangs]);
    let began = Instant::now();
    assert_eq!(bench.work.outbound.identity().await, Err(CallError::TimedOut));
    assert_eq!(began.elapsed().as_secs(), 10);
    let text = bench.metrics.text();
    assert!(text.contains(r#"requests_total{method="auth.test",outcome="timed-out"} 1"#), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_crowded_channel_is_read_page_by_page_and_then_left() {
    let bench = Bench::new();
    let page = |cursor: Value| serde_json::json!({"ok": true, "messages": [{"ts": "1.1"}], "response_metadata": {"next_cursor": cursor}});
    let found = bench.work.outbound.find(&spot("C1"), "id", bench.slack.clock.now()).await;
    assert_eq!(found, Ok(None));
    bench.slack.answers(Method::History, (0..20).map(|_| page(Value::from("more"))));
    let found = bench.work.outbound.find(&spot("C1"), "id", bench.slack.clock.now()).await;
    assert_eq!(found, Err(CallError::Crowded));
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_in_no_errors_text() {
    let errors = [
        CallError::TimedOut,
        CallError::Unreachable { sent: true },
        CallError::Failed("http_500".into()),
        CallError::of_word("xoxb-1-secret https://hooks.slack.com/x"),
    ];
    let text: String = errors.iter().map(ToString::to_string).collect();
    assert!(!text.contains("://") && !text.contains("xoxb-"), "{text}");
    let transport: Arc<dyn Transport> = Bench::new().slack;
    assert_eq!(format!("{transport:?}"), "FakeSlack");
}
