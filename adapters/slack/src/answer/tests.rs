use std::sync::atomic::Ordering;

use podwhy_flow::chat::{Ask, Asker, Platform, Question};
use serde_json::Value;
use tokio::time::Instant;

use super::*;
use crate::front::Front;
use crate::inbound::{Asked, Place, Taken};
use crate::outbound::{CallError, Method, ResponseUrl};
use crate::testing::{Bench, Fate, failing, healthy, logs, refused};

const NO_MEMBER: &str = "not_in_channel";

/// `/pod …` in a channel.
fn command(channel: &str, line: &str, key: &str) -> Taken {
    let respond = ResponseUrl::received("https://hooks.slack.com/commands/T1/1/x").map(Arc::new);
    asked(channel, line, key, Place { respond, ..place(channel, None) })
}

/// `@podwhy …` in a thread.
fn mention(channel: &str, line: &str, key: &str) -> Taken {
    asked(channel, line, key, place(channel, Some("1600000000.000001")))
}

fn asked(channel: &str, line: &str, key: &str, place: Place) -> Taken {
    let of_channel = Some(channel.to_string()).filter(|_| !place.is_direct);
    let asker =
        Asker { platform: Platform::Slack, channel: of_channel, person: "U1".into(), groups: Vec::new() };
    let question = Question { asker, ask: Ask::Line(line.into()), thread: None };
    Taken::Question(Asked { key: key.into(), question, place })
}

fn place(channel: &str, thread: Option<&str>) -> Place {
    Place {
        channel: channel.into(),
        thread: thread.map(str::to_string),
        is_thread: true,
        person: "U1".into(),
        is_direct: channel.starts_with('D'),
        respond: None,
    }
}

async fn answer(bench: &Bench, taken: Taken) {
    let (front, _queue) = Front::new(bench.work.own.clone(), "/pod".into(), 4, bench.metrics.clone());
    bench.work.clone().handle(front.seated(taken)).await;
}

fn all_text(message: &Value) -> String {
    message.to_string()
}

#[tokio::test(start_paused = true)]
async fn looking_at_becomes_the_answer() {
    let bench = Bench::new();
    bench.flow.answers([failing("cart-0 is out of memory")]);
    bench.flow.takes(Duration::from_secs(3));
    let began = Instant::now();
    let answered = answer(&bench, mention("C1", "why shop/cart-0", "k1"));
    let looking = async {
        bench.slack.until(|slack| !slack.messages("C1").is_empty()).await;
        (bench.slack.messages("C1").remove(0), began.elapsed())
    };
    let ((), (looking, after)) = tokio::join!(answered, looking);
    assert!(after < Duration::from_millis(10) && all_text(&looking).contains("looking at shop/cart-0"));
    assert_eq!(looking["metadata"]["event_payload"]["state"], "looking");
    assert_eq!(looking["thread_ts"], "1600000000.000001");
    let messages = bench.slack.messages("C1");
    assert_eq!(messages.len(), 1);
    assert!(all_text(&messages[0]).contains("cart-0 is out of memory"));
    assert_eq!(messages[0]["metadata"]["event_payload"]["state"], "done");
    assert_eq!(messages[0]["metadata"]["event_payload"]["line"], "why shop/cart-0");
    assert!(bench.metrics.text().contains(r#"questions_total{outcome="answered"} 1"#));
}

#[tokio::test(start_paused = true)]
async fn a_delivery_that_comes_again_is_answered_once() {
    let bench = Bench::new();
    let other = Bench::beside(bench.slack.clone(), bench.flow.clone(), bench.claims.clone());
    bench.flow.answers([failing("x")]);
    let again = || mention("C1", "why shop/cart-0", "k1");
    tokio::join!(answer(&bench, again()), answer(&other, again()), answer(&bench, again()));
    assert_eq!(bench.slack.messages("C1").len(), 1);
    assert_eq!(bench.flow.asked.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_question_that_cannot_be_claimed_is_not_answered_and_says_so_to_one() {
    let bench = Bench::new();
    bench.claims.fails.store(true, Ordering::SeqCst);
    answer(&bench, mention("C1", "why shop/cart-0", "k1")).await;
    assert!(bench.slack.messages("C1").is_empty());
    let told = bench.slack.calls(Method::PostEphemeral);
    assert_eq!((told.len(), &told[0].body["user"]), (1, &Value::from("U1")));
    assert!(!all_text(&told[0].body).contains("lease store"));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_for_the_one_who_asked() {
    let bench = Bench::new();
    answer(&bench, mention("CX", "why shop/cart-0", "k1")).await;
    answer(&bench, command("CX", "why shop/cart-0", "k2")).await;
    assert!(bench.slack.messages("CX").is_empty());
    assert_eq!(bench.slack.calls(Method::PostEphemeral).len(), 1);
    let told = bench.slack.calls(Method::Respond);
    assert_eq!(told[0].body["response_type"], "ephemeral");
    assert_eq!(told[0].body["replace_original"], false);
}

#[tokio::test(start_paused = true)]
async fn what_the_cluster_refuses_does_not_stay_for_everyone() {
    let bench = Bench::new();
    bench.flow.answers([refused("you may not read shop")]);
    answer(&bench, mention("C1", "why shop/cart-0", "k1")).await;
    assert!(bench.slack.messages("C1").is_empty());
    let told = bench.slack.calls(Method::PostEphemeral);
    assert!(all_text(&told[0].body).contains("you may not read shop"));
}

#[tokio::test(start_paused = true)]
async fn where_answers_are_private_nothing_is_posted() {
    let bench = Bench::new();
    bench.flow.answers([failing("cart-0 is out of memory")]);
    bench.flow.takes(Duration::from_secs(5));
    answer(&bench, command("CP", "why shop/cart-0", "k1")).await;
    answer(&bench, mention("CP", "why shop/cart-0", "k2")).await;
    assert!(bench.slack.messages("CP").is_empty());
    let told = bench.slack.calls(Method::Respond);
    assert!(all_text(&told[0].body).contains("looking at") && all_text(&told[1].body).contains("memory"));
    assert!(told.iter().all(|call| call.body["response_type"] == "ephemeral"));
    assert!(all_text(&bench.slack.calls(Method::PostEphemeral)[0].body).contains("memory"));
}

#[tokio::test(start_paused = true)]
async fn where_the_bot_is_no_member_the_response_url_answers_and_asks_to_be_invited() {
    let bench = Bench::new();
    bench.flow.answers([failing("cart-0 is out of memory")]);
    bench.slack.fate(Method::PostMessage, [Fate::Fails(CallError::of_word(NO_MEMBER))]);
    answer(&bench, command("C1", "why shop/cart-0", "k1")).await;
    let told = bench.slack.calls(Method::Respond);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].body["response_type"], "in_channel");
    let text = all_text(&told[0].body);
    assert!(text.contains("memory") && text.contains("invite it"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn two_peoples_direct_message_stays_between_podwhy_and_the_one_who_asked() {
    let bench = Bench::new();
    bench.flow.answers([failing("cart-0 is out of memory")]);
    bench.slack.fate(Method::PostMessage, [Fate::Fails(CallError::of_word("channel_not_found"))]);
    answer(&bench, command("D7", "why shop/cart-0", "k1")).await;
    let told = bench.slack.calls(Method::Respond);
    assert_eq!((told.len(), &told[0].body["response_type"]), (1, &Value::from("ephemeral")));
}

#[tokio::test(start_paused = true)]
async fn a_looking_message_that_is_deleted_is_replaced_once() {
    let bench = Bench::new();
    bench.flow.answers([failing("cart-0 is out of memory")]);
    bench.flow.takes(Duration::from_secs(2));
    let deleted = async {
        bench.slack.until(|slack| !slack.messages("C1").is_empty()).await;
        let ts = bench.slack.messages("C1")[0]["ts"].as_str().unwrap().to_string();
        bench.slack.delete("C1", &ts);
    };
    tokio::join!(answer(&bench, mention("C1", "why shop/cart-0", "k1")), deleted);
    let messages = bench.slack.messages("C1");
    assert_eq!(messages.len(), 1);
    assert!(all_text(&messages[0]).contains("memory"));
    assert_eq!(bench.slack.calls(Method::Update).len(), 1);
    assert_eq!(bench.slack.calls(Method::PostMessage).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_fault_is_told_with_an_id_and_the_next_question_is_answered() {
    let bench = Bench::new();
    answer(&bench, mention("C1", "why shop/cart-0", "k1")).await;
    let told = all_text(&bench.slack.messages("C1")[0]);
    assert!(told.contains("failed to answer"), "{told}");
    answer(&bench, mention("C1", "explain panic-on-intake", "k2")).await;
    assert!(all_text(&bench.slack.calls(Method::PostEphemeral)[0].body).contains("failed to answer"));
    bench.flow.answers([healthy()]);
    answer(&bench, mention("C1", "why shop/cart-0", "k3")).await;
    assert!(all_text(&bench.slack.messages("C1")[1]).contains("is well"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_comes_is_given_up() {
    let bench = Bench::new();
    bench.flow.answers([healthy()]);
    bench.flow.takes(Duration::from_secs(3600));
    answer(&bench, mention("C1", "why shop/cart-0", "k1")).await;
    assert!(all_text(&bench.slack.messages("C1")[0]).contains("failed to answer"));
}

#[tokio::test(start_paused = true)]
async fn long_logs_come_as_a_file_below_the_answer() {
    let bench = Bench::new();
    bench.flow.answers([logs(2000)]);
    answer(&bench, mention("C1", "logs shop/cart-0", "k1")).await;
    assert!(bench.slack.uploads()[0].contains("line 1999"));
    let shared = &bench.slack.calls(Method::CompleteUpload)[0].body;
    assert_eq!(
        (shared["channel_id"].as_str(), shared["thread_ts"].as_str()),
        (Some("C1"), Some("1600000000.000001"))
    );
    bench.flow.answers([logs(3)]);
    answer(&bench, mention("C1", "logs shop/cart-0", "k2")).await;
    assert_eq!(bench.slack.uploads().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_edit_that_fails_for_good_goes_by_the_response_url() {
    let bench = Bench::new();
    bench.flow.answers([failing("cart-0 is out of memory")]);
    bench.slack.fate(Method::Update, [Fate::Fails(CallError::Refused("cant_update_message".into()))]);
    answer(&bench, command("C1", "why shop/cart-0", "k1")).await;
    assert!(all_text(&bench.slack.calls(Method::Respond)[0].body).contains("memory"));
}

#[tokio::test(start_paused = true)]
async fn an_edit_that_may_have_been_made_is_not_shown_a_second_time() {
    let bench = Bench::new();
    bench.flow.answers([failing("cart-0 is out of memory")]);
    bench.slack.fate(Method::Update, vec![Fate::Fails(CallError::TimedOut); 4]);
    answer(&bench, command("C1", "why shop/cart-0", "k1")).await;
    assert_eq!(bench.slack.calls(Method::Update).len(), 4);
    assert!(bench.slack.calls(Method::Respond).is_empty());
}

#[tokio::test(start_paused = true)]
async fn in_a_direct_message_everything_is_a_message() {
    let bench = Bench::new();
    bench.flow.answers([failing("cart-0 is out of memory")]);
    let direct = |line, key| asked("D1", line, key, place("D1", None));
    answer(&bench, direct("why shop/cart-0", "k1")).await;
    answer(&bench, direct("whi shop/cart-0", "k2")).await;
    let messages = bench.slack.messages("D1");
    assert!(all_text(&messages[0]).contains("memory") && all_text(&messages[1]).contains("did you mean"));
    assert!(bench.slack.calls(Method::PostEphemeral).is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_is_one_too_many_is_told_so() {
    let bench = Bench::new();
    let (front, _queue) = Front::new(bench.work.own.clone(), "/pod".into(), 4, bench.metrics.clone());
    let mut queued = front.seated(command("C1", "why shop/cart-0", "k1"));
    queued.is_refused = true;
    bench.work.clone().handle(queued).await;
    assert!(all_text(&bench.slack.calls(Method::Respond)[0].body).contains("too many questions"));
    assert!(bench.flow.asked.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn home_is_shown_to_who_opened_it() {
    let bench = Bench::new();
    bench.flow.answers([failing("cart-0 is out of memory")]);
    let asker =
        || Asker { platform: Platform::Slack, channel: None, person: "U1".into(), groups: Vec::new() };
    answer(&bench, Taken::Home(asker())).await;
    answer(&bench, Taken::Home(asker())).await;
    let shown = bench.slack.calls(Method::PublishView);
    assert_eq!((shown.len(), &shown[0].body["view"]["type"]), (1, &Value::from("home")));
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_in_is_answered_after_the_end_and_nothing_more_is_taken_in() {
    let bench = Bench::new();
    bench.flow.answers([healthy()]);
    bench.flow.takes(Duration::from_secs(2));
    let (front, queue) = Front::new(bench.work.own.clone(), "/pod".into(), 9, bench.metrics.clone());
    let stop = bench.work.stop.clone();
    let answering = tokio::spawn(answer_all(bench.work.clone(), queue, stop));
    for key in ["k1", "k2", "k3"] {
        assert_eq!(front.queue(mention("C1", "why shop/cart-0", key)), "taken");
    }
    bench.stopper.stop();
    answering.await.unwrap();
    assert_eq!(bench.slack.messages("C1").len(), 3);
    assert!(bench.slack.messages("C1").iter().all(|message| all_text(message).contains("is well")));
    assert_eq!(front.queue(mention("C1", "why shop/cart-0", "k4")), "stopping");
}
