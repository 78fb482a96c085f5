use podwhy_knowledge::Lang;
use serde_json::Value;

use super::*;
use crate::answer::click::tests::click;
use crate::inbound::Action;
use crate::outbound::Method;
use crate::testing::{Bench, Fate, failing, healthy};

async fn shown(bench: &Bench, text: &str) -> (Posted, Mark) {
    let mark = Mark::new(Stage::Done, "U1", bench.slack.clock.now(), Lang::En).asks(Some("why shop/cart-0"));
    let spot = Spot { channel: "C1".into(), thread: None };
    let posted = bench.work.outbound.post(&spot, &render::note(text), &mark).await.unwrap();
    (posted, mark)
}

async fn watch(bench: &Bench, posted: &Posted, mark: &Mark) -> &'static str {
    bench.work.click(click(Action::Watch, posted.clone(), mark.clone(), "U2")).await
}

fn message(bench: &Bench, posted: &Posted) -> Value {
    bench.slack.messages("C1").into_iter().find(|message| message["ts"] == posted.ts.as_str()).unwrap()
}

fn state(bench: &Bench, posted: &Posted) -> String {
    message(bench, posted)["metadata"]["event_payload"]["state"].as_str().unwrap().to_string()
}

fn replies(bench: &Bench, posted: &Posted) -> Vec<Value> {
    let all = bench.slack.messages("C1");
    all.into_iter().filter(|message| message["thread_ts"] == posted.ts.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_message_is_kept_current_and_its_end_is_told_in_the_thread() {
    let bench = Bench::new();
    let (posted, mark) = shown(&bench, "before").await;
    bench.flow.answers([failing("crash 1"), failing("crash 1"), failing("crash 2"), healthy()]);
    watch(&bench, &posted, &mark).await;
    assert_eq!(state(&bench, &posted), "watching");
    bench.slack.until(|_| message(&bench, &posted).to_string().contains("crash 2")).await;
    bench.slack.until(|_| !replies(&bench, &posted).is_empty()).await;
    assert_eq!(state(&bench, &posted), "done");
    let told = replies(&bench, &posted);
    assert!(told.len() == 1 && told[0].to_string().contains("Well again"), "{told:?}");
    // shown: crash 1, crash 2, well, over
    assert_eq!(bench.slack.calls(Method::Update).len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_second_click_changes_nothing_on_this_replica_or_another() {
    let bench = Bench::new();
    let other = Bench::beside(bench.slack.clone(), bench.flow.clone(), bench.claims.clone());
    let (posted, mark) = shown(&bench, "before").await;
    bench.flow.answers([failing("crash")]);
    assert_eq!(watch(&bench, &posted, &mark).await, "answered");
    assert_eq!(watch(&bench, &posted, &mark).await, "watched-already");
    assert_eq!(watch(&other, &posted, &mark).await, "watched-already");
    assert_eq!(bench.slack.calls(Method::Update).len(), 1);
    assert!(bench.slack.calls(Method::Respond).is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_well_already_is_shown_and_not_watched() {
    let bench = Bench::new();
    let (posted, mark) = shown(&bench, "before").await;
    bench.flow.answers([healthy()]);
    watch(&bench, &posted, &mark).await;
    assert!(message(&bench, &posted).to_string().contains("is well"));
    assert_eq!(state(&bench, &posted), "done");
    assert!(bench.metrics.text().contains("podwhy_slack_watches 0"));
}

#[tokio::test(start_paused = true)]
async fn no_more_are_watched_than_may_be() {
    let bench = Bench::new();
    bench.flow.answers([failing("crash")]);
    for _ in 0..3 {
        let (posted, mark) = shown(&bench, "before").await;
        watch(&bench, &posted, &mark).await;
    }
    let told = bench.slack.calls(Method::Respond);
    assert!(told.len() == 1 && told[0].body.to_string().contains("as much as it can"));
    assert!(bench.metrics.text().contains("podwhy_slack_watches 2"));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_taken_away_is_watched_no_longer() {
    let bench = Bench::new();
    let (posted, mark) = shown(&bench, "before").await;
    bench.flow.answers([failing("crash 1"), failing("crash 2")]);
    watch(&bench, &posted, &mark).await;
    bench.slack.delete("C1", &posted.ts);
    bench.slack.until(|slack| slack.calls(Method::Update).len() == 2).await;
    // the ended watch leaves room: this one begins
    let (posted, mark) = shown(&bench, "before").await;
    assert_eq!(watch(&bench, &posted, &mark).await, "answered");
    let (posted, mark) = shown(&bench, "before").await;
    assert_eq!(watch(&bench, &posted, &mark).await, "answered");
}

#[tokio::test(start_paused = true)]
async fn where_the_bot_is_no_member_it_asks_to_be_invited() {
    let bench = Bench::new();
    let (posted, mark) = shown(&bench, "before").await;
    bench.flow.answers([failing("crash")]);
    bench.slack.fate(Method::Update, [Fate::Fails(CallError::of_word("not_in_channel"))]);
    watch(&bench, &posted, &mark).await;
    assert!(bench.slack.calls(Method::Respond)[0].body.to_string().contains("invite it"));
    assert!(bench.metrics.text().contains("podwhy_slack_watches 0"));
}

#[tokio::test(start_paused = true)]
async fn what_is_never_well_ends_after_two_hours_with_the_last_answer() {
    let bench = Bench::new();
    let (posted, mark) = shown(&bench, "before").await;
    bench.flow.answers([failing("crash")]);
    watch(&bench, &posted, &mark).await;
    let began = bench.slack.clock.now();
    bench.slack.until(|_| !replies(&bench, &posted).is_empty()).await;
    let took = bench.slack.clock.now().duration_since(began);
    assert!((120..=121).contains(&took.as_mins()), "{took:?}");
    let text = message(&bench, &posted).to_string();
    assert!(text.contains("crash") && text.contains("No longer watched"));
    assert!(replies(&bench, &posted)[0].to_string().contains("No longer watched"));
}

#[tokio::test(start_paused = true)]
async fn a_watch_ends_when_another_replica_has_the_lease() {
    let bench = Bench::new();
    let (posted, mark) = shown(&bench, "before").await;
    bench.flow.answers([failing("crash")]);
    watch(&bench, &posted, &mark).await;
    for ahead in 1..5 {
        let lease = number(bench.slack.clock.now()) + ahead;
        assert_eq!(bench.work.lease(&posted, lease).await, Lease::Own(lease));
    }
    let mut stop = bench.work.stop.clone();
    assert!(stop.sleep(LEASE * 2).await);
    assert!(bench.metrics.text().contains("podwhy_slack_watches 0"));
    assert_eq!(state(&bench, &posted), "watching", "it is the other's to end");
}

#[tokio::test(start_paused = true)]
async fn while_nobody_can_be_asked_for_the_lease_nothing_is_shown_and_then_it_goes_on() {
    let bench = Bench::new();
    let (posted, mark) = shown(&bench, "before").await;
    bench.flow.answers([failing("crash 1"), failing("crash 2")]);
    watch(&bench, &posted, &mark).await;
    bench.claims.fails.store(true, std::sync::atomic::Ordering::SeqCst);
    let mut stop = bench.work.stop.clone();
    // the lease it has lasts for a look or two
    assert!(stop.sleep(LEASE * 5).await);
    let before = bench.flow.asked.lock().unwrap().len();
    assert!(stop.sleep(LEASE * 5).await);
    assert_eq!(bench.flow.asked.lock().unwrap().len(), before);
    bench.claims.fails.store(false, std::sync::atomic::Ordering::SeqCst);
    assert!(stop.sleep(LEASE * 2).await);
    assert!(bench.flow.asked.lock().unwrap().len() > before);
}
