//! What goes wrong: sockets that drop or go mute, an API that hangs, refuses or loses its answers, crowds.

use std::collections::BTreeSet;
use std::time::Duration;

use podwhy::chats::ChatOptions;
use podwhy_fakes::slack::message::Message;
use podwhy_fakes::slack::{Author, Content, FakeSlack};
use podwhy_tests::chat::{Bot, RANKER, SOON, channel, clock, pass};
use podwhy_tests::http::send;
use serde_json::json;

use super::{no_violations, said, town};

/// Long enough for all that is retried.
const LATE: Duration = Duration::from_secs(120);

fn own(messages: &[Message]) -> Vec<&Message> {
    messages.iter().filter(|message| message.author == Author::Bot).collect()
}

async fn ready(running: &podwhy::Running) -> (u16, String) {
    let answer = send(running.address().unwrap(), "GET", "/readyz", &[], b"").await.unwrap();
    (answer.status, answer.body)
}

#[tokio::test]
async fn dropped_sockets_and_disconnects_lose_nothing() {
    let (slack, running) = town("").await;
    assert_eq!(ready(&running).await.0, 200);
    for reason in ["warning", "refresh_requested", "too_many_websockets"] {
        let opened = slack.read(|state| state.sockets_opened());
        slack.chaos().disconnect(reason);
        slack
            .wait_for(SOON, |state| (state.sockets_opened() > opened && state.sockets() >= 1).then_some(()))
            .await
            .unwrap();
    }
    slack.chaos().drop_sockets();
    slack.wait_for(LATE, |state| (state.sockets() >= 2).then_some(())).await.unwrap();
    slack.slash("U0ANN", "C0OPS", &format!("why {RANKER}")).unwrap();
    said(&slack, "C0OPS", "oom-killed").await;
    assert_eq!(own(&slack.messages("C0OPS")).len(), 1);
    no_violations(&slack);
}

#[tokio::test]
async fn an_open_that_hangs_ends_by_itself_and_shows_in_readiness() {
    let (slack, running) = town("").await;
    slack.chaos().hang_open();
    slack.chaos().drop_sockets();
    slack.wait_for(SOON, |state| (state.sockets() == 0).then_some(())).await.unwrap();
    let (status, why) = ready(&running).await;
    assert_eq!(status, 503, "{why}");
    assert!(why.contains("slack"), "{why}");
    // the timeout passes; the next try is answered
    slack.chaos().release("apps.connections.open");
    for _ in 0..8 {
        pass(Duration::from_secs(15)).await;
        if slack.wait_for(Duration::from_secs(1), |state| (state.sockets() >= 1).then_some(())).await.is_ok()
        {
            break;
        }
    }
    slack.slash("U0ANN", "C0OPS", &format!("why {RANKER}")).unwrap();
    said(&slack, "C0OPS", "oom-killed").await;
    assert_eq!(ready(&running).await.0, 200);
}

#[tokio::test]
async fn a_socket_that_goes_mute_is_noticed() {
    let (slack, _running) = town("").await;
    let opened = slack.read(|state| state.sockets_opened());
    slack.chaos().die_silently();
    for _ in 0..10 {
        pass(Duration::from_secs(6)).await;
        let again = slack
            .wait_for(Duration::from_secs(1), |state| (state.sockets_opened() >= opened + 2).then_some(()));
        if again.await.is_ok() {
            break;
        }
    }
    slack.slash("U0ANN", "C0OPS", &format!("why {RANKER}")).unwrap();
    said(&slack, "C0OPS", "oom-killed").await;
}

#[tokio::test]
async fn an_answer_that_is_lost_is_not_given_twice() {
    let (slack, _running) = town("").await;
    slack.chaos().lose_response("chat.postMessage");
    slack.slash("U0ANN", "C0OPS", &format!("why {RANKER}")).unwrap();
    // the call's own timeout, and the look for what was posted
    for _ in 0..6 {
        slack
            .wait_for(Duration::from_secs(1), |state| {
                state.messages("C0OPS").iter().any(|m| m.everything().contains("oom-killed")).then_some(())
            })
            .await
            .ok();
        pass(Duration::from_secs(6)).await;
    }
    said(&slack, "C0OPS", "oom-killed").await;
    assert_eq!(own(&slack.messages("C0OPS")).len(), 1);
}

#[tokio::test]
async fn storms_of_429_and_5xx_delay_and_lose_nothing() {
    let (slack, _running) = town("").await;
    slack.chaos().rate_limit("chat.postMessage", 1, 2);
    slack.chaos().fail("chat.update", 503, 2);
    slack.slash("U0ANN", "C0OPS", &format!("why {RANKER}")).unwrap();
    slack
        .wait_for(LATE, |state| {
            state.messages("C0OPS").iter().any(|m| m.everything().contains("oom-killed")).then_some(())
        })
        .await
        .unwrap();
    assert_eq!(own(&slack.messages("C0OPS")).len(), 1);
    no_violations(&slack);
}

#[tokio::test]
async fn two_hundred_questions_at_once_are_each_answered_once() {
    let channels: Vec<String> = (0..40).map(|number| format!("C0LOAD{number}")).collect();
    let of_slack =
        |id: &String| podwhy_fakes::slack::Channel::public(id, &id.to_lowercase()).with(&["U0ANN"]).joined();
    let slack =
        FakeSlack::start(super::with_channels(channels.iter().map(of_slack).collect())).await.unwrap();
    let more: String = channels.iter().map(|id| channel("slack", id)).collect();
    let _running = Bot { slack: Some(&slack), more, ..Bot::default() }.start().await.unwrap();
    slack.wait_for(SOON, |state| (state.sockets() >= 2).then_some(())).await.unwrap();
    for round in 0..5 {
        for id in &channels {
            slack.slash("U0ANN", id, &format!("why {RANKER}")).unwrap();
        }
        assert!(round < 5);
    }
    slack
        .wait_for(LATE, |state| {
            let answered = |id: &String| {
                let messages = state.messages(id);
                messages.iter().filter(|m| m.everything().contains("oom-killed")).count() == 5
            };
            channels.iter().all(answered).then_some(())
        })
        .await
        .unwrap();
    for id in &channels {
        assert_eq!(slack.messages(id).len(), 5, "one message for each question in {id}");
    }
    let acknowledged: BTreeSet<usize> = slack.acks().iter().map(|ack| ack.delivery).collect();
    assert_eq!(acknowledged.len(), 200);
    assert!(slack.acks().iter().all(|ack| ack.after < Duration::from_secs(3)));
    no_violations(&slack);
}

#[tokio::test]
async fn what_a_process_left_unanswered_is_marked_when_the_next_one_starts() {
    let since = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(20);
    let left = Content {
        text: "looking at playground:catalogue/x…".into(),
        metadata: Some(json!({"event_type": "podwhy_question", "event_payload": {"state": "looking",
            "line": format!("why playground:{RANKER}"), "asker": "U0ANN", "since": since.to_string(),
            "lang": "en", "id": "an-earlier-process"}})),
        ..Content::default()
    };
    let mut setup = super::subscribed();
    setup.channels[0] = setup.channels[0].clone().said(Author::Bot, left);
    let slack = FakeSlack::start(setup).await.unwrap();
    let options = ChatOptions { clock: clock(), ..ChatOptions::default() };
    let bot = Bot { slack: Some(&slack), more: channel("slack", "C0OPS"), options, ..Bot::default() };
    let _running = bot.start().await.unwrap();
    let marked = said(&slack, "C0OPS", "podwhy was restarted before it could answer").await;
    // and is asked again by a click
    slack.click("U0BOB", "C0OPS", &marked.ts, "podwhy_again").unwrap();
    said(&slack, "C0OPS", "oom-killed").await;
    no_violations(&slack);
}
