use podwhy_knowledge::Lang;
use serde_json::Value;

use super::*;
use crate::outbound::Method;
use crate::testing::{Bench, Fate, failing, healthy};

fn sweep(bench: &Bench) -> Sweep {
    Sweep { work: bench.work.clone(), channels: vec!["C1".into()], has_said: AtomicBool::new(false) }
}

/// What a process left behind.
async fn left(bench: &Bench, channel: &str, thread: Option<&str>, stage: Stage, ago: i64) -> String {
    let since = bench.slack.clock.now() - SignedDuration::from_secs(ago);
    let mark = Mark::new(stage, "U1", since, Lang::En).asks(Some("why shop/cart-0"));
    let spot = Spot { channel: channel.into(), thread: thread.map(str::to_string) };
    bench.work.outbound.post(&spot, &render::looking("looking at shop/cart-0…"), &mark).await.unwrap().ts
}

fn message(bench: &Bench, channel: &str, ts: &str) -> Value {
    bench.slack.messages(channel).into_iter().find(|message| message["ts"] == ts).unwrap()
}

fn is_interrupted(bench: &Bench, channel: &str, ts: &str) -> bool {
    let message = message(bench, channel, ts);
    let text = message.to_string();
    message["metadata"]["event_payload"]["state"] == "done"
        && text.contains("was restarted")
        && text.contains(render::action::AGAIN)
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_will_not_come_is_marked_in_channels_threads_and_direct_messages() {
    let bench = Bench::new();
    let root = left(&bench, "C1", None, Stage::Looking, 3600).await;
    let reply = left(&bench, "C1", Some(&root), Stage::Looking, 3600).await;
    let direct = left(&bench, "D1", None, Stage::Looking, 3600).await;
    let foreign = left(&bench, "C9", None, Stage::Looking, 3600).await;
    sweep(&bench).once().await;
    assert!(is_interrupted(&bench, "C1", &root) && is_interrupted(&bench, "C1", &reply));
    assert!(is_interrupted(&bench, "D1", &direct));
    assert!(!is_interrupted(&bench, "C9", &foreign), "C9 is not configured");
    assert!(bench.metrics.text().contains(r#"swept_total{outcome="interrupted"} 3"#));
}

#[tokio::test(start_paused = true)]
async fn one_that_another_replica_may_be_answering_is_left_until_it_cannot_be() {
    let bench = Bench::new();
    let answered = left(&bench, "C1", None, Stage::Looking, 5).await;
    let orphan = left(&bench, "C1", None, Stage::Looking, 5).await;
    let other = async {
        let posted = Posted { channel: "C1".into(), ts: answered.clone() };
        let mark = Mark::of(&message(&bench, "C1", &answered)).unwrap();
        let mut stop = bench.work.stop.clone();
        assert!(stop.sleep(Duration::from_secs(30)).await);
        let done = mark.becomes(Stage::Done, bench.slack.clock.now());
        bench.work.outbound.edit(&posted, &render::note("the answer"), &done).await.unwrap();
    };
    let began = bench.slack.clock.now();
    let sweep = sweep(&bench);
    tokio::join!(sweep.once(), other);
    assert!(is_interrupted(&bench, "C1", &orphan));
    assert!(message(&bench, "C1", &answered).to_string().contains("the answer"));
    assert!(bench.slack.clock.now().duration_since(began) >= SignedDuration::from_secs(170));
}

#[tokio::test(start_paused = true)]
async fn a_watch_goes_on_where_nobody_has_it() {
    let bench = Bench::new();
    let orphan = left(&bench, "C1", None, Stage::Watching, 600).await;
    bench.flow.answers([failing("still failing"), healthy()]);
    sweep(&bench).once().await;
    bench.slack.until(|slack| slack.messages("C1").len() == 2).await;
    let watched = message(&bench, "C1", &orphan);
    assert_eq!(watched["metadata"]["event_payload"]["state"], "done");
    assert!(bench.slack.messages("C1")[1].to_string().contains("Well again, after 1"));
    assert_eq!(bench.flow.asked.lock().unwrap()[0].asker.person, "U1");
}

#[tokio::test(start_paused = true)]
async fn of_two_replicas_one_watches() {
    let bench = Bench::new();
    let other = Bench::beside(bench.slack.clone(), bench.flow.clone(), bench.claims.clone());
    left(&bench, "C1", None, Stage::Watching, 600).await;
    bench.flow.answers([failing("still failing"), healthy()]);
    let (one, two) = (sweep(&bench), sweep(&other));
    tokio::join!(one.once(), two.once());
    bench.slack.until(|slack| slack.messages("C1").len() == 2).await;
    let mut stop = bench.work.stop.clone();
    assert!(stop.sleep(Duration::from_secs(600)).await);
    assert_eq!(bench.slack.messages("C1").len(), 2, "its end is told once");
}

#[tokio::test(start_paused = true)]
async fn a_watch_whose_replica_ends_during_the_sweep_is_taken_up() {
    let bench = Bench::new();
    let other = Bench::beside(bench.slack.clone(), bench.flow.clone(), bench.claims.clone());
    bench.flow.answers([failing("failing")]);
    left(&bench, "C1", None, Stage::Watching, 60).await;
    sweep(&other).once().await;
    assert!(other.metrics.text().contains("podwhy_slack_watches 1"));
    let ends = async {
        let mut stop = bench.work.stop.clone();
        assert!(stop.sleep(Duration::from_secs(20)).await);
        other.stopper.stop();
    };
    let sweep = sweep(&bench);
    tokio::join!(sweep.once(), ends);
    assert!(bench.metrics.text().contains("podwhy_slack_watches 1"));
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_read_is_left() {
    let bench = Bench::new();
    let missing = || Fate::Fails(CallError::of_word("missing_scope"));
    bench.slack.fate(Method::Conversations, [missing()]);
    bench.slack.fate(Method::History, [missing()]);
    let left = left(&bench, "C1", None, Stage::Looking, 3600).await;
    sweep(&bench).once().await;
    assert!(!is_interrupted(&bench, "C1", &left));
    assert!(bench.metrics.text().contains(r#"swept_total{outcome="unread"} 2"#));
    sweep(&bench).once().await;
    assert!(is_interrupted(&bench, "C1", &left));
}

#[tokio::test(start_paused = true)]
async fn what_others_wrote_is_not_touched() {
    let bench = Bench::new();
    let mark = Mark::new(Stage::Looking, "U1", Timestamp::UNIX_EPOCH, Lang::En);
    let forged = serde_json::json!({"ts": "1.1", "user": "U9", "bot_id": "B9", "metadata": mark.metadata()});
    assert_eq!(sweep(&bench).own("C1", &forged), None);
    let own = serde_json::json!({"ts": "1.1", "bot_id": "B1", "metadata": mark.metadata()});
    assert!(sweep(&bench).own("C1", &own).is_some());
}
