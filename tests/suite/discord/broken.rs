//! What goes wrong: a gateway that drops, calls that hang or fail, two replicas, a process that ended.

use std::time::Duration;

use podwhy::chats::ChatOptions;
use podwhy_fakes::discord::{FakeDiscord, Route};
use podwhy_tests::chat::{Bot, RANKER, at, channel, clock};

use super::{ANN, BOB, OPS, bot, no_violations, said, setup, text, town, why};

#[tokio::test]
async fn a_dropped_gateway_is_resumed() {
    let (discord, _running) = town("").await;
    discord.drop_gateways();
    discord.wait_for("no gateway", |state| state.gateways().is_empty().then_some(())).await.ok();
    discord.wait_for_gateways(1).await.unwrap();
    discord.slash(ANN, OPS, "why", &why(RANKER)).unwrap();
    said(&discord, OPS, "oom-killed").await;
    no_violations(&discord);
}

#[tokio::test]
async fn edits_that_fail_are_made_again_and_an_answer_stands_once() {
    let (discord, _running) = town("").await;
    discord.fail(Route::EditOriginal, 502, 2);
    discord.slash(ANN, OPS, "why", &why(RANKER)).unwrap();
    said(&discord, OPS, "oom-killed").await;
    assert_eq!(discord.messages(OPS).len(), 1);
    discord.rate_limit(Route::EditOriginal, Duration::from_secs(1), 1);
    discord.slash(BOB, OPS, "why", &why(RANKER)).unwrap();
    discord
        .wait_for("both", |state| {
            let answers = state.messages(OPS).iter().filter(|m| text(m).contains("oom-killed")).count();
            (answers == 2).then_some(())
        })
        .await
        .unwrap();
    no_violations(&discord);
}

#[tokio::test]
async fn of_two_replicas_the_first_to_acknowledge_answers() {
    let discord = FakeDiscord::start(setup()).await.unwrap();
    let door = discord.open_door("second").await.unwrap();
    let _first = bot(&discord, "").await;
    let more = channel("discord", &OPS.to_string());
    let options = ChatOptions { clock: clock(), ..ChatOptions::default() };
    let second = Bot { discord: Some(at(&discord, &door)), more, options, ..Bot::default() };
    let _second = second.start().await.unwrap();
    discord.wait_for_gateways(2).await.unwrap();
    for round in 1..=5 {
        discord.slash(ANN, OPS, "why", &why(RANKER)).unwrap();
        discord
            .wait_for("an answer", |state| {
                let messages = state.messages(OPS);
                let answers = messages.iter().filter(|m| text(m).contains("oom-killed")).count();
                (answers == round).then_some(())
            })
            .await
            .unwrap();
        assert_eq!(discord.messages(OPS).len(), round);
    }
    no_violations(&discord);
}

#[tokio::test]
async fn two_hundred_questions_at_once_are_each_answered_once() {
    let mut setup = setup();
    // what Discord limits is tested above; here it is the crowd
    setup.rate_limits = false;
    let discord = FakeDiscord::start(setup).await.unwrap();
    let _running = bot(&discord, "").await;
    for _ in 0..200 {
        discord.slash(ANN, OPS, "why", &why(RANKER)).unwrap();
    }
    discord
        .wait_at_most(Duration::from_secs(120), "200 answers", |state| {
            let answers = state.messages(OPS).iter().filter(|m| text(m).contains("oom-killed")).count();
            (answers == 200).then_some(())
        })
        .await
        .unwrap();
    assert_eq!(discord.messages(OPS).len(), 200);
    assert!(discord.callbacks().iter().all(|callback| callback.latency < Duration::from_secs(3)));
    no_violations(&discord);
}

#[tokio::test]
async fn a_deleted_reply_is_replaced_once() {
    let (discord, _running) = town("").await;
    discord.hang(Route::EditOriginal);
    let asked = discord.slash(ANN, OPS, "why", &why(RANKER)).unwrap();
    let deferred = discord
        .wait_for("the deferred reply", |state| {
            state.messages(OPS).into_iter().find(|m| m.interaction == Some(asked))
        })
        .await
        .unwrap();
    discord.delete(deferred.id);
    discord.mend();
    let answer = said(&discord, OPS, "oom-killed").await;
    assert_ne!(answer.id, deferred.id);
    assert_eq!(discord.messages(OPS).len(), 1);
    no_violations(&discord);
}
