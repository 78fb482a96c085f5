use podwhy_flow::chat::{Asker, Platform};
use podwhy_knowledge::Lang;
use serde_json::Value;

use super::*;
use crate::inbound::Place;
use crate::mark::Mark;
use crate::outbound::{CallError, Method, Posted, ResponseUrl, Spot};
use crate::testing::{Bench, Fate, failing, refused};

/// A message of before, and a click on it.
async fn clicked(bench: &Bench, action: Action, channel: &str) -> Click {
    let mark = Mark::new(Stage::Done, "U1", bench.slack.clock.now(), Lang::En).asks(Some("why shop/cart-0"));
    let spot = Spot { channel: channel.into(), thread: None };
    let posted = bench.work.outbound.post(&spot, &render::note("before"), &mark).await.unwrap();
    click(action, posted, mark, "U2")
}

pub(crate) fn click(action: Action, posted: Posted, mark: Mark, person: &str) -> Click {
    let respond = ResponseUrl::received("https://hooks.slack.com/actions/T1/1/x").map(Arc::new);
    let place = Place {
        channel: posted.channel.clone(),
        thread: Some(posted.ts.clone()),
        is_thread: false,
        person: person.into(),
        is_direct: false,
        respond,
    };
    let asker = Asker {
        platform: Platform::Slack,
        channel: Some(posted.channel.clone()),
        person: person.into(),
        groups: Vec::new(),
    };
    let message = Some(Clicked { posted, is_ephemeral: false, mark: Some(mark) });
    Click { key: "k".into(), asker, action, line: "why shop/cart-0".into(), place, message }
}

fn responses(bench: &Bench) -> Vec<Value> {
    bench.slack.calls(Method::Respond).into_iter().map(|call| call.body).collect()
}

#[tokio::test(start_paused = true)]
async fn ask_again_edits_the_message_for_the_one_who_clicked() {
    let bench = Bench::new();
    bench.flow.answers([failing("still out of memory")]);
    let click = clicked(&bench, Action::Again, "C1").await;
    bench.work.click(click).await;
    let messages = bench.slack.messages("C1");
    assert!(messages.len() == 1 && messages[0].to_string().contains("still out of memory"));
    assert_eq!(bench.flow.asked.lock().unwrap()[0].asker.person, "U2");
}

#[tokio::test(start_paused = true)]
async fn what_the_clicker_may_not_ask_is_refused_to_them_alone() {
    let bench = Bench::new();
    for action in [Action::Again, Action::Evidence, Action::Commands, Action::Watch] {
        let mut click = clicked(&bench, action, "C1").await;
        click.asker.channel = Some("CX".into());
        bench.work.click(click).await;
    }
    assert!(bench.flow.asked.lock().unwrap().is_empty());
    bench.flow.answers([refused("you may not read shop")]);
    for action in [Action::Again, Action::Evidence, Action::Commands, Action::Watch] {
        let click = clicked(&bench, action, "C1").await;
        bench.work.click(click).await;
    }
    assert!(bench.slack.messages("C1").iter().all(|message| message.to_string().contains("before")));
    let told = responses(&bench);
    assert_eq!(told.len(), 8);
    assert!(
        told.iter().all(|body| body["response_type"] == "ephemeral" && body["replace_original"] == false)
    );
    assert!(bench.slack.uploads().is_empty());
}

#[tokio::test(start_paused = true)]
async fn all_evidence_is_a_file_in_the_thread() {
    let bench = Bench::new();
    bench.flow.answers([failing("cart-0 is out of memory")]);
    let click = clicked(&bench, Action::Evidence, "C1").await;
    let ts = click.place.thread.clone();
    bench.work.click(click).await;
    assert!(bench.slack.uploads()[0].contains("cart-0 is out of memory"));
    assert_eq!(bench.slack.calls(Method::CompleteUpload)[0].body["thread_ts"].as_str(), ts.as_deref());
    assert!(responses(&bench).is_empty());
}

#[tokio::test(start_paused = true)]
async fn evidence_that_cannot_be_a_file_is_whispered() {
    let bench = Bench::new();
    bench.flow.answers([failing("cart-0 is out of memory")]);
    bench.slack.fate(Method::CompleteUpload, [Fate::Fails(CallError::of_word("not_in_channel"))]);
    let click = clicked(&bench, Action::Evidence, "C1").await;
    bench.work.click(click).await;
    let told = responses(&bench);
    assert!(told[0].to_string().contains("out of memory") && told[0]["response_type"] == "ephemeral");
}

#[tokio::test(start_paused = true)]
async fn on_an_ephemeral_message_everything_stays_ephemeral() {
    let bench = Bench::new();
    bench.flow.answers([failing("cart-0 is out of memory")]);
    for action in [Action::Again, Action::Evidence, Action::Commands, Action::Watch] {
        let mut click = clicked(&bench, action, "C1").await;
        click.message.as_mut().unwrap().is_ephemeral = true;
        bench.work.click(click).await;
    }
    let told = responses(&bench);
    assert_eq!(told.len(), 4);
    assert!(told.iter().all(|body| body["response_type"] == "ephemeral"));
    assert_eq!(told[0]["replace_original"], true);
    assert!(told[1..].iter().all(|body| body["replace_original"] == false));
    assert!(bench.slack.uploads().is_empty() && bench.slack.calls(Method::Update).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_message_where_the_bot_is_no_member_is_replaced_by_the_clicks_url() {
    let bench = Bench::new();
    bench.flow.answers([failing("still out of memory")]);
    bench.slack.fate(Method::Update, [Fate::Fails(CallError::of_word("channel_not_found"))]);
    let click = clicked(&bench, Action::Again, "C1").await;
    bench.work.click(click).await;
    let told = responses(&bench);
    assert!(told[0]["replace_original"] == true && told[0]["response_type"] == "in_channel");
}

#[tokio::test(start_paused = true)]
async fn asked_again_at_home_it_is_answered_in_the_direct_message() {
    let bench = Bench::new();
    bench.flow.answers([failing("cart-0 is out of memory")]);
    let mut click = clicked(&bench, Action::Again, "C1").await;
    click.message = None;
    click.asker = Asker { channel: None, person: "U1".into(), ..click.asker };
    click.place = Place { channel: "U1".into(), thread: None, is_direct: true, respond: None, ..click.place };
    bench.work.click(click).await;
    assert!(bench.slack.messages("U1")[0].to_string().contains("out of memory"));
}
