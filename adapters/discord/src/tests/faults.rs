//! What goes wrong on the way to an answer.

use std::sync::Arc;
use std::time::Duration;

use podwhy_flow::words;
use podwhy_knowledge::Lang;
use serde_json::json;

use super::shows;
use crate::body;
use crate::render::{self, State};
use crate::rest::Fail;
use crate::testing::discord::refusal;
use crate::testing::flow::{Gets, failing, refused, why_reply};
use crate::testing::{Fake, Replica, Trouble, why};

#[tokio::test(start_paused = true)]
async fn a_deleted_message_is_replaced_once() {
    let one = Replica::new();
    let gone = || Trouble::Fails(refusal(404, 10008));
    one.discord.trouble("original", [gone(), gone()]);
    one.discord.trouble("followup", [gone()]);
    one.handle(&why(1)).await;
    assert_eq!(one.discord.sent("original").len(), 2);
    let wanted = body::new(&render::message(&why_reply(failing("OOMKilled")), State::Answer), false, None);
    assert_eq!(one.discord.sent("followup"), [wanted]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_shown_through_outages_and_once() {
    let one = Replica::new();
    let lost = [Fail::Unknown, Fail::NotSent, Fail::Unknown, refusal(429, 0)].map(Trouble::Fails);
    one.discord.trouble("original", lost);
    one.discord.trouble("original", [Trouble::Hangs, Trouble::IsLost]);
    one.handle(&why(1)).await;
    let answer = render::message(&why_reply(failing("OOMKilled")), State::Answer);
    assert!(shows(&one.discord.original(1), &answer));
    assert!(one.discord.sent("followup").is_empty());
    assert_eq!(one.flow.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn looking_never_comes_after_the_answer() {
    let one = Replica::new();
    // the first edit hangs until its timeout, and Discord might still take it
    one.discord.trouble("original", [Trouble::Hangs]);
    one.handle(&why(1)).await;
    let sent = one.discord.sent("original");
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[1], sent[2]);
}

#[tokio::test(start_paused = true)]
async fn what_discord_does_not_take_is_told() {
    let one = Replica::new();
    one.discord.trouble("original", [Trouble::IsLost, Trouble::Fails(refusal(400, 50035))]);
    one.handle(&why(77)).await;
    let fault = format!("{} 77", words::FAULT.of(Lang::En));
    assert!(shows(&one.discord.original(77), &render::note(&fault)));
}

#[tokio::test(start_paused = true)]
async fn too_many_questions_are_told_so() {
    let one = Replica::over(&Arc::new(Fake::default()), |options| {
        (options.parallel, options.waiting) = (1, 1);
    });
    one.flow.script([Gets::After(Duration::from_secs(5), failing("slow"))]);
    let (first, second, third) = (why(1), why(2), why(3));
    tokio::join!(one.handle(&first), one.handle(&second), one.handle(&third));
    let types: Vec<_> = one.discord.sent("callback").iter().map(|sent| sent["type"].clone()).collect();
    assert_eq!(types, [json!(5), json!(5), json!(4)]);
    assert_eq!(one.counted("command", "busy"), 1);
    assert_eq!(one.counted("command", "answered"), 2);
    one.handle(&why(4)).await;
    assert_eq!(one.counted("command", "answered"), 3);
}

#[tokio::test(start_paused = true)]
async fn a_flow_that_panics_or_hangs_ends_as_a_fault() {
    let one = Replica::new();
    one.flow.script([Gets::Panic, Gets::After(Duration::from_secs(3600), failing("never"))]);
    let fault = |id: &str| why_reply(podwhy_flow::chat::Content::Fault(id.to_string()));
    one.handle(&why(1)).await;
    assert!(shows(&one.discord.original(1), &render::message(&fault("1"), State::Answer)));
    one.handle(&why(2)).await;
    assert!(shows(&one.discord.original(2), &render::message(&fault("2"), State::Answer)));
}

#[tokio::test(start_paused = true)]
async fn who_waits_too_long_is_told_that_podwhy_is_busy() {
    let one = Replica::over(&Arc::new(Fake::default()), |options| {
        options.parallel = 1;
        options.timeouts.answer = Duration::from_secs(10);
    });
    one.flow.script([Gets::After(Duration::from_secs(9), failing("slow"))]);
    let (first, second) = (why(1), why(2));
    one.flow.script([Gets::After(Duration::from_secs(3600), failing("never"))]);
    tokio::join!(one.handle(&first), one.handle(&second));
    let busy = why_reply(refused(words::BUSY.of(Lang::En)));
    let told = one.discord.with(|state| state.followups.clone());
    assert!(shows(&told[0], &render::message(&busy, State::Answer)));
    assert!(one.discord.with(|state| state.originals.len() == 1), "for the one who asked alone");
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_when_podwhy_is_stopped_says_so() {
    let one = Replica::new();
    one.flow.script([Gets::After(Duration::from_secs(50), failing("never"))]);
    let question = why(1);
    tokio::join!(one.handle(&question), async {
        // the question is looked into
        tokio::task::yield_now().await;
        one.app.life.end();
        one.app.life.give_up();
    });
    let reply = why_reply(refused(words::INTERRUPTED.of(Lang::En)));
    assert!(shows(&one.discord.original(1), &render::message(&reply, State::Interrupted)));
    one.app.all_answered().await;
}
