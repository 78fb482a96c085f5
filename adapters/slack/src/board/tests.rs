use std::time::Duration;

use podwhy_flow::incident::{Button, Card, Tone};
use podwhy_knowledge::Lang;
use tokio::time::Instant;

use super::*;
use crate::mark::Mark;
use crate::outbound::{CallError, Method};
use crate::testing::{Bench, Fate, own};

fn card(title: &str) -> Body {
    Body::Card(Card {
        lang: Lang::En,
        tone: Tone::Failing,
        title: title.to_string(),
        summary: "Container cart was killed".to_string(),
        lines: Vec::new(),
        members: vec!["shop/cart-0".to_string()],
        members_beyond: 0,
        links: Vec::new(),
        mention: None,
        buttons: vec![Button::Take, Button::Mute],
        incident: "inc-1".to_string(),
    })
}

fn note(text: &str) -> Body {
    Body::Note(Lang::En, text.to_string())
}

fn place(thread: Option<&str>) -> Place {
    Place { channel: "C1".into(), thread: thread.map(str::to_string), id: "inc-1-parent".into() }
}

fn board(bench: &Bench) -> Incidents {
    Incidents { outbound: Arc::clone(&bench.work.outbound), own: Arc::new(OnceLock::from(own())) }
}

#[tokio::test(start_paused = true)]
async fn a_message_is_posted_edited_found_and_taken_away() {
    let bench = Bench::new();
    let (board, began) = (board(&bench), bench.slack.clock.now());
    let place = place(None);
    let ts = board.post(&place, &card("oom-killed")).await.unwrap();
    let posted = &bench.slack.messages("C1")[0];
    let wanted = json!({"event_type": "podwhy_incident", "event_payload": {"id": "inc-1-parent", "incident": "inc-1"}});
    assert_eq!((posted["ts"].as_str(), &posted["metadata"]), (Some(ts.as_str()), &wanted));
    assert_eq!(Mark::of(posted), None, "the sweep leaves it alone");
    board.edit(&place, &ts, &card("oom-killed, 3 pods")).await.unwrap();
    let edited = &bench.slack.messages("C1")[0];
    assert!(edited.to_string().contains("3 pods"));
    assert_eq!(edited["metadata"], wanted);
    assert_eq!(board.find(&place, began).await, Ok(vec![ts.clone()]));
    let link = format!("https://example.slack.com/archives/C1/p{}", ts.replace('.', ""));
    assert_eq!(board.link(&place, &ts), Some(link));
    board.remove(&place, &ts).await.unwrap();
    board.remove(&place, &ts).await.unwrap();
    assert_eq!(board.find(&place, began).await, Ok(Vec::new()));
    assert_eq!(board.edit(&place, &ts, &card("gone")).await, Err(BoardError::Gone));
}

#[tokio::test(start_paused = true)]
async fn an_unclear_outcome_is_told_and_not_tried_again() {
    for (fate, stands) in [
        (Fate::DoneBut(CallError::Unreachable { sent: true }), 1),
        (Fate::DoneBut(CallError::Failed("http_503".into())), 1),
        (Fate::Fails(CallError::Failed("http_503".into())), 0),
        (Fate::Hangs, 0),
    ] {
        let bench = Bench::new();
        bench.slack.fate(Method::PostMessage, [fate]);
        let posted = board(&bench).post(&place(None), &card("x")).await;
        assert!(matches!(posted, Err(BoardError::Unclear(_))), "{posted:?}");
        assert_eq!(bench.slack.calls(Method::PostMessage).len(), 1);
        assert_eq!(bench.slack.messages("C1").len(), stands);
    }
}

#[tokio::test(start_paused = true)]
async fn what_slack_did_not_do_is_waited_for() {
    let bench = Bench::new();
    let limited = Fate::Fails(CallError::Limited(Duration::from_secs(30)));
    let away = Fate::Fails(CallError::Unreachable { sent: false });
    bench.slack.fate(Method::PostMessage, [limited, away]);
    let began = Instant::now();
    board(&bench).post(&place(None), &card("x")).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(30));
    assert_eq!(bench.slack.messages("C1").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn doubles_are_found_the_oldest_first_and_what_is_late_is_found_later() {
    let bench = Bench::new();
    let (board, place) = (board(&bench), place(None));
    let began = bench.slack.clock.now();
    bench.slack.fate(Method::PostMessage, [Fate::DoneBut(CallError::TimedOut)]);
    bench.slack.shows_late(20);
    assert!(board.post(&place, &card("x")).await.is_err());
    assert_eq!(board.find(&place, began).await, Ok(Vec::new()));
    let second = board.post(&place, &card("x")).await.unwrap();
    tokio::time::advance(Duration::from_secs(30)).await;
    let found = board.find(&place, began).await.unwrap();
    assert_eq!((found.len(), found.last()), (2, Some(&second)));
    assert!(found[0] < found[1]);
}

#[tokio::test(start_paused = true)]
async fn only_ones_own_messages_of_this_id_are_found_in_channel_and_thread() {
    let bench = Bench::new();
    let (board, began) = (board(&bench), bench.slack.clock.now());
    let parent = board.post(&place(None), &card("x")).await.unwrap();
    let in_thread = Place { id: "inc-1-answer".into(), ..place(Some(&parent)) };
    let answer = board.post(&in_thread, &note("it crashes")).await.unwrap();
    board.post(&Place { id: "inc-2-parent".into(), ..place(None) }, &card("y")).await.unwrap();
    assert_eq!(board.find(&place(None), began).await, Ok(vec![parent.clone()]));
    assert_eq!(board.find(&in_thread, began).await, Ok(vec![answer.clone()]));
    let forged = json!({"ok": true, "messages": bench.slack.messages("C1").into_iter().map(|mut message| {
        message["user"] = json!("U666");
        message
    }).collect::<Vec<_>>()});
    bench.slack.answers(Method::History, [forged]);
    assert_eq!(board.find(&place(None), began).await, Ok(Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_looked_through_is_not_known() {
    let bench = Bench::new();
    let began = bench.slack.clock.now();
    let nobody = Incidents { own: Arc::default(), ..board(&bench) };
    assert!(matches!(nobody.find(&place(None), began).await, Err(BoardError::Later(_))));
    let page = json!({"ok": true, "messages": [], "response_metadata": {"next_cursor": "more"}});
    bench.slack.answers(Method::History, vec![page; MOST_PAGES]);
    assert!(matches!(board(&bench).find(&place(None), began).await, Err(BoardError::Later(_))));
    bench.slack.fate(Method::History, [Fate::Fails(CallError::of_word("missing_scope"))]);
    assert!(matches!(board(&bench).find(&place(None), began).await, Err(BoardError::Refused(_))));
}

#[tokio::test(start_paused = true)]
async fn blocks_that_are_refused_become_text_with_the_same_mark() {
    let bench = Bench::new();
    bench.slack.fate(Method::PostMessage, [Fate::Fails(CallError::of_word("invalid_blocks"))]);
    board(&bench).post(&place(None), &card("oom-killed")).await.unwrap();
    let posted = &bench.slack.messages("C1")[0];
    assert_eq!(posted["blocks"], json!([]));
    assert!(posted["text"].as_str().unwrap().contains("oom-killed"));
    assert_eq!(posted["metadata"]["event_payload"]["id"], "inc-1-parent");
}
