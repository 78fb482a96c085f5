//! "Watch until well".

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use podwhy_flow::chat::watching::LONGEST;
use podwhy_flow::words;
use podwhy_knowledge::Lang;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::render::{self, Marked, State, action};
use crate::rest::Fail;
use crate::testing::discord::refusal;
use crate::testing::flow::{failing, healthy, refused, why_reply};
use crate::testing::{CHANNEL, Fake, Replica, Trouble, me, now, posted, press};

fn answer(one: &Replica) -> Value {
    put(one, State::Answer, now(one.discord.begun()))
}

fn put(one: &Replica, state: State, written: Timestamp) -> Value {
    let message = render::message(&why_reply(failing("OOMKilled")), state);
    let raw = posted(900, &message, written);
    one.discord.put(CHANNEL, &raw);
    raw
}

fn marked(one: &Replica) -> Option<Marked> {
    render::state_of(&one.discord.message(CHANNEL, 900))
}

#[tokio::test(start_paused = true)]
async fn a_message_is_kept_current_until_it_is_well_for_a_while() {
    let one = Replica::new();
    let pressed = press(1, action::WATCH, &answer(&one));
    one.flow.says([failing("OOMKilled"), failing("CrashLoopBackOff"), healthy()]);
    one.handle(&pressed).await;
    assert_eq!(one.discord.sent("callback"), [json!({ "type": 6 })]);
    assert_eq!(marked(&one), Some(Marked::Done));
    let posts = one.discord.with(|state| state.posted.clone());
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0].1["content"], json!(render::note(&words::well_after(1, Lang::En)).content));
    assert_eq!(posts[0].1["message_reference"]["message_id"], json!("900"));
    assert_eq!(posts[0].1["enforce_nonce"], json!(true));
    assert!(posts[0].1["nonce"].as_str().unwrap().len() <= 25);
    assert!(one.flow.asked().len() >= 6);
}

#[tokio::test(start_paused = true)]
async fn it_ends_in_time_and_is_written_often_enough_to_be_seen_alive() {
    let one = Replica::new();
    let pressed = press(1, action::WATCH, &answer(&one));
    let ended = async {
        one.handle(&pressed).await;
        now(one.discord.begun())
    };
    let alive = async {
        for _ in 0..200 {
            sleep(Duration::from_secs(30)).await;
            assert!(!crate::watch::is_stale(&one.discord.message(CHANNEL, 900), now(one.discord.begun())));
        }
    };
    let (ended, ()) = tokio::join!(ended, alive);
    let took = ended.duration_since(now(one.discord.begun())).abs();
    assert!(took < LONGEST);
    assert_eq!(marked(&one), Some(Marked::Done));
    let ended = render::note(words::WATCH_ENDED.of(Lang::En)).content;
    assert_eq!(one.discord.with(|state| state.posted[0].1["content"].clone()), json!(ended));
}

#[tokio::test(start_paused = true)]
async fn a_second_click_changes_nothing() {
    let one = Replica::new();
    let message = answer(&one);
    let (first, second) = (press(1, action::WATCH, &message), press(2, action::WATCH, &message));
    let later = async {
        sleep(Duration::from_secs(20)).await;
        let before = one.discord.sent("message").len();
        one.handle(&press(3, action::WATCH, &one.discord.message(CHANNEL, 900))).await;
        assert_eq!(one.discord.sent("message").len(), before);
        one.flow.says([healthy()]);
    };
    tokio::join!(one.handle(&first), one.handle(&second), later);
    assert_eq!(one.discord.sent("callback"), vec![json!({ "type": 6 }); 3]);
    assert_eq!(one.discord.with(|state| state.posted.len()), 1);
}

#[tokio::test(start_paused = true)]
async fn where_the_bot_is_no_member_it_asks_to_be_invited() {
    for (status, code) in [(403, 50001), (403, 50013), (404, 10003), (404, 10008)] {
        let one = Replica::new();
        let pressed = press(1, action::WATCH, &answer(&one));
        one.discord.trouble("message", [Trouble::Fails(refusal(status, code))]);
        one.handle(&pressed).await;
        let invite = why_reply(refused(words::INVITE.of(Lang::En)));
        let wanted = render::message(&podwhy_flow::chat::Reply { line: None, ..invite }, State::Answer);
        let sent = one.discord.sent("followup");
        assert_eq!((sent.len(), &sent[0]["flags"]), (1, &json!(64)));
        assert_eq!(sent[0]["embeds"], json!(wanted.embeds));
        assert_eq!(one.flow.asked().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_watched_is_told() {
    let one = Replica::new();
    let pressed = press(1, action::WATCH, &answer(&one));
    one.flow.says([refused("no such pod")]);
    one.handle(&pressed).await;
    assert_eq!(one.discord.sent("followup").len(), 1);
    assert!(one.discord.sent("message").is_empty());
}

#[tokio::test(start_paused = true)]
async fn only_so_many_are_watched() {
    let one = Replica::over(&Arc::new(Fake::default()), |options| options.watches = 0);
    one.handle(&press(1, action::WATCH, &answer(&one))).await;
    let sent = one.discord.sent("callback");
    assert_eq!((&sent[0]["type"], &sent[0]["data"]["flags"]), (&json!(4), &json!(64)));
    assert_eq!(one.counted("button", "busy"), 1);
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_through_outages_and_ends_with_the_message() {
    let one = Replica::new();
    let pressed = press(1, action::WATCH, &answer(&one));
    let outage = async {
        sleep(Duration::from_secs(20)).await;
        one.discord.trouble("message", vec![Trouble::Fails(Fail::Unknown); 3]);
        sleep(Duration::from_secs(300)).await;
        assert!(matches!(marked(&one), Some(Marked::Watching { .. })));
        assert!(!crate::watch::is_stale(&one.discord.message(CHANNEL, 900), now(one.discord.begun())));
        one.discord.with(|state| state.messages.clear());
    };
    tokio::join!(one.handle(&pressed), outage);
    assert!(one.discord.with(|state| state.posted.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn who_may_no_longer_ask_is_shown_nothing_new() {
    let one = Replica::new();
    let pressed = press(1, action::WATCH, &answer(&one));
    let revoked = async {
        sleep(Duration::from_secs(20)).await;
        one.flow.policy(|policy| policy.places.clear());
    };
    tokio::join!(one.handle(&pressed), revoked);
    assert_eq!(marked(&one), Some(Marked::Done));
    assert_eq!(one.flow.asked().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn it_survives_a_restart_and_one_replica_takes_it_up() {
    let discord = Arc::new(Fake::default());
    let (one, two) = (Replica::over(&discord, |_| {}), Replica::over(&discord, |_| {}));
    let since = now(discord.begun());
    put(&one, State::Watching { since }, since);
    sleep(Duration::from_secs(60)).await;
    one.flow.says([healthy()]);
    two.flow.says([healthy()]);
    let me = me();
    tokio::join!(crate::sweep::sweep(&one.app, &me), crate::sweep::sweep(&two.app, &me));
    sleep(Duration::from_secs(200)).await;
    assert_eq!(marked(&one), Some(Marked::Done));
    assert!(one.flow.asked().is_empty() != two.flow.asked().is_empty());
    assert_eq!(discord.with(|state| state.posted.len()), 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_kept_alive_is_left_to_its_keeper() {
    let discord = Arc::new(Fake::default());
    let (one, two) = (Replica::over(&discord, |_| {}), Replica::over(&discord, |_| {}));
    let pressed = press(1, action::WATCH, &answer(&one));
    let me = me();
    let watched = timeout(Duration::from_secs(400), one.handle(&pressed));
    let (ended, ()) = tokio::join!(watched, crate::sweep::sweep(&two.app, &me));
    assert!(ended.is_err());
    assert!(two.flow.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn at_the_end_only_those_say_so_that_nobody_would_find_again() {
    for (channels, wanted) in [(vec![CHANNEL.to_string()], false), (Vec::new(), true)] {
        let one = Replica::over(&Arc::new(Fake::default()), |options| options.channels = channels);
        let pressed = press(1, action::WATCH, &answer(&one));
        let stop = async {
            sleep(Duration::from_secs(20)).await;
            one.app.life.end();
            one.app.watches.all_ended().await;
        };
        tokio::join!(one.handle(&pressed), stop);
        assert_eq!(marked(&one) == Some(Marked::Done), wanted);
    }
}
