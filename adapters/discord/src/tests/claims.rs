//! Several replicas, and acknowledgements of which nobody knows what became.

use std::sync::Arc;

use serde_json::json;

use crate::rest::Fail;
use crate::testing::discord::refusal;
use crate::testing::{Fake, Replica, Trouble, slash, why};

fn two() -> (Replica, Replica) {
    let discord = Arc::new(Fake::default());
    (Replica::over(&discord, |_| {}), Replica::over(&discord, |_| {}))
}

#[tokio::test(start_paused = true)]
async fn of_two_replicas_one_answers() {
    let (one, two) = two();
    for id in 1..=20 {
        let question = why(id);
        tokio::join!(one.handle(&question), two.handle(&question));
    }
    assert_eq!(one.flow.asked().len() + two.flow.asked().len(), 20);
    assert_eq!(one.counted("command", "other-replica") + two.counted("command", "other-replica"), 20);
    assert_eq!(one.discord.sent("original").len(), 40);
}

#[tokio::test(start_paused = true)]
async fn what_is_too_old_is_left_alone() {
    let one = Replica::new();
    one.discord.trouble("callback", [Trouble::Fails(refusal(404, 10062))]);
    one.handle(&why(1)).await;
    assert_eq!(one.counted("command", "too-late"), 1);
    assert!(one.flow.asked().is_empty());
    assert_eq!(one.discord.with(|state| state.calls.len()), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_is_sent_again_in_time() {
    let one = Replica::new();
    one.discord.trouble("callback", [Fail::NotSent, Fail::NotSent].map(Trouble::Fails));
    one.handle(&why(1)).await;
    assert_eq!(one.counted("command", "answered"), 1);
    one.discord.trouble("callback", vec![Trouble::Fails(Fail::NotSent); 100]);
    let before = one.discord.begun().elapsed();
    one.handle(&why(2)).await;
    assert!((one.discord.begun().elapsed() - before).as_millis() <= 3000);
    assert_eq!(one.counted("command", "unknown"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_deferral_that_was_taken_unseen_is_answered() {
    let one = Replica::new();
    one.discord.trouble("callback", [Trouble::IsLost]);
    one.handle(&why(1)).await;
    assert_eq!(one.discord.sent("callback").len(), 1);
    assert_eq!(one.counted("command", "answered"), 1);
    assert_eq!(one.discord.original(1)["flags"], json!(0));
}

#[tokio::test(start_paused = true)]
async fn a_deferral_that_was_not_taken_is_left_alone() {
    let one = Replica::new();
    one.discord.trouble("callback", [Trouble::Hangs]);
    one.handle(&why(1)).await;
    assert_eq!(one.counted("command", "unknown"), 1);
    assert!(one.flow.asked().is_empty());
    assert_eq!(one.discord.with(|state| state.writes), 0);
}

#[tokio::test(start_paused = true)]
async fn a_replica_that_does_not_know_leaves_it_to_the_one_that_does() {
    let (one, two) = two();
    // the first hangs, the second claims and writes "looking at…", then the first reads what stands there
    one.discord.trouble("callback", [Trouble::Hangs]);
    let question = why(1);
    tokio::join!(one.handle(&question), two.handle(&question));
    assert_eq!((one.flow.asked().len(), two.flow.asked().len()), (0, 1));
    assert_eq!(one.counted("command", "unknown"), 1);
}

#[tokio::test(start_paused = true)]
async fn of_two_replicas_that_do_not_know_one_answers() {
    let (one, two) = two();
    one.discord.trouble("callback", [Trouble::IsLost, Trouble::Fails(Fail::Unknown)]);
    // the one that reads first is slow to write "looking at…", so that the other reads the same
    one.discord.trouble("original", [Trouble::Works, Trouble::Hangs]);
    let question = why(1);
    tokio::join!(one.handle(&question), two.handle(&question));
    assert_eq!(one.flow.asked().len() + two.flow.asked().len(), 1);
    assert_eq!(one.discord.original(1)["flags"], json!(0));
}

#[tokio::test(start_paused = true)]
async fn a_whole_answer_is_never_sent_twice() {
    let one = Replica::new();
    one.discord.trouble("callback", [Trouble::IsLost]);
    one.handle(&slash(1, "help", &json!([]))).await;
    assert_eq!(one.discord.with(|state| state.calls.len()), 1);
    assert_eq!(one.counted("command", "unknown"), 1);
}

#[tokio::test(start_paused = true)]
async fn no_token_is_shown() {
    let call = crate::rest::Call::get(crate::rest::To::Original(crate::rest::Token::new(
        crate::id::Id::from(42),
        "s3cret",
    )));
    assert!(!format!("{call:?}").contains("s3cret"));
}
