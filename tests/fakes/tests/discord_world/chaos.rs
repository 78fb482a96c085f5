//! Calls that hang, fail, are told to wait, or whose answers are lost.

use std::time::Duration;

use podwhy_fakes::discord::{Route, Setup};
use serde_json::json;

use super::assert_good;
use super::client::{Bench, OPS, jump, setup, text};

async fn bench() -> Bench {
    Bench::start(setup()).await.unwrap()
}

#[tokio::test]
async fn a_call_that_hangs_is_not_done() {
    let bench = bench().await;
    bench.fake.hang(Route::CreateMessage);
    let hello = text("hello");
    let call = bench.post(&hello);
    let arrived = |state: &podwhy_fakes::discord::State| {
        state.requests().iter().any(|r| r.route == Some(Route::CreateMessage)).then_some(())
    };
    tokio::select! {
        answer = call => panic!("{answer:?}"),
        seen = bench.fake.wait_for("the call", arrived) => seen.unwrap(),
    }
    assert!(bench.fake.requests().iter().any(|request| request.status.is_none()));
    assert!(bench.fake.messages(OPS).is_empty());
    bench.fake.mend();
    assert_eq!(bench.post(&hello).await.unwrap().status, 200);
    assert_good(&bench);
}

#[tokio::test]
async fn calls_fail_as_often_as_they_are_told_to() {
    let bench = bench().await;
    bench.fake.fail(Route::CreateMessage, 503, 2);
    for expected in [503, 503, 200] {
        assert_eq!(bench.post(&text("hello")).await.unwrap().status, expected);
    }
    bench.fake.fail(None, 500, 1);
    assert_eq!(bench.client.get("/users/@me").await.unwrap().status, 500);
    assert_eq!(bench.fake.messages(OPS).len(), 1);
    assert_good(&bench);
}

#[tokio::test]
async fn a_lost_response_was_done() {
    let bench = bench().await;
    bench.fake.lose_response(Route::CreateMessage);
    assert!(bench.post(&text("hello")).await.is_err());
    assert_eq!(bench.fake.messages(OPS).len(), 1);
    // who was not told that it owns an interaction may ask again
    let asked = bench.ask().unwrap();
    bench.fake.lose_response(Route::Callback);
    assert!(bench.answer(&asked, &json!({"type": 5})).await.is_err());
    assert_eq!(bench.answer(&asked, &json!({"type": 5})).await.unwrap().code(), (400, 40060));
    assert_good(&bench);
}

#[tokio::test]
async fn a_nonce_that_is_forgotten_makes_a_second_message() {
    let bench = bench().await;
    let hello =
        json!({"content": "hello", "nonce": "n1", "enforce_nonce": true, "allowed_mentions": {"parse": []}});
    bench.fake.lose_response(Route::CreateMessage);
    assert!(bench.post(&hello).await.is_err());
    assert_eq!(bench.post(&hello).await.unwrap().status, 200);
    assert_eq!(bench.fake.messages(OPS).len(), 1);
    bench.fake.forget_nonces();
    assert_eq!(bench.post(&hello).await.unwrap().status, 200);
    assert_eq!(bench.fake.messages(OPS).len(), 2);
    assert_good(&bench);
}

#[tokio::test]
async fn who_is_configured_may_be_called_and_nobody_else() {
    let bench = Bench::start(Setup { callable: vec![77], ..setup() }).await.unwrap();
    let calls = |id: &str| json!({"content": "hello", "allowed_mentions": {"parse": [], "roles": [id]}});
    assert_eq!(bench.post(&calls("77")).await.unwrap().status, 200);
    assert_good(&bench);
    bench.post(&calls("78")).await.unwrap();
    assert_eq!(bench.fake.violations().len(), 1);
}

#[tokio::test]
async fn who_waits_as_told_is_served() {
    let bench = bench().await;
    bench.fake.rate_limit(Route::CreateMessage, Duration::from_secs(1), 2);
    for expected in [429, 429, 200] {
        let answer = bench.post(&text("hello")).await.unwrap();
        assert_eq!(answer.status, expected);
        if expected == 429 {
            assert_eq!((answer.header("retry-after"), answer.header("x-ratelimit-remaining")), ("1", "0"));
            jump(Duration::from_secs(1)).await;
        }
    }
    bench.fake.rate_limit_all(Duration::from_secs(2));
    let answer = bench.client.get("/users/@me").await.unwrap();
    assert_eq!((answer.status, answer.header("x-ratelimit-global")), (429, "true"));
    assert_eq!(
        answer.body,
        json!({"message": "You are being rate limited.", "retry_after": 2.0, "global": true})
    );
    let asked = bench.ask().unwrap();
    assert_eq!(
        bench.answer(&asked, &json!({"type": 5})).await.unwrap().status,
        204,
        "interactions are outside"
    );
    jump(Duration::from_secs(2)).await;
    assert_eq!(bench.client.get("/users/@me").await.unwrap().status, 200);
    assert_good(&bench);
}

#[tokio::test]
async fn the_limits_of_a_channel_are_announced_and_kept() {
    let bench = bench().await;
    for remaining in ["4", "3", "2", "1", "0"] {
        let answer = bench.post(&text("hello")).await.unwrap();
        assert_eq!((answer.status, answer.header("x-ratelimit-remaining")), (200, remaining));
        assert_eq!(
            (answer.header("x-ratelimit-limit"), answer.header("x-ratelimit-bucket")),
            ("5", "message-create")
        );
        let after: f64 = answer.header("x-ratelimit-reset-after").parse().unwrap();
        assert!((0.0..=5.0).contains(&after), "{after}");
    }
    assert_eq!(bench.post(&text("hello")).await.unwrap().status, 429);
    jump(Duration::from_secs(5)).await;
    assert_eq!(bench.post(&text("hello")).await.unwrap().status, 200);
    assert_good(&bench);
}

#[tokio::test]
async fn limits_can_be_left_off() {
    let bench = Bench::start(Setup { rate_limits: false, ..setup() }).await.unwrap();
    for _ in 0..60 {
        let answer = bench.post(&text("hello")).await.unwrap();
        assert_eq!((answer.status, answer.header("x-ratelimit-remaining")), (200, "4"));
    }
    assert_good(&bench);
}

#[tokio::test]
async fn connections_are_refused_and_taken_again() {
    let bench = bench().await;
    let (mut socket, _) = super::client::Socket::ready(&bench.fake.gateway_url()).await.unwrap();
    bench.fake.refuse_connections().await.unwrap();
    let refused = bench.client.get("/users/@me").await.unwrap_err();
    assert!(refused.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect), "{refused:?}");
    assert_eq!(socket.closed().await.unwrap(), None);
    bench.fake.accept_connections().await.unwrap();
    assert_eq!(bench.client.get("/users/@me").await.unwrap().status, 200);
    super::client::Socket::ready(&bench.fake.gateway_url()).await.unwrap();
    assert_good(&bench);
}
