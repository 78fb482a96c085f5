//! What is done at the start.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use podwhy_flow::words;
use podwhy_knowledge::Lang;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::body;
use crate::commands::commands;
use crate::gateway::health::Health;
use crate::id::Id;
use crate::metrics::Metrics;
use crate::register::register;
use crate::render::{self, State};
use crate::sweep::sweep;
use crate::testing::discord::refusal;
use crate::testing::flow::{failing, refused, why_reply};
use crate::testing::{CHANNEL, Fake, Replica, Trouble, me, now, posted};

fn looking(id: u64, written: Timestamp) -> Value {
    posted(id, &render::looking("looking at shop/cart-0…", Some("why shop/cart-0")), written)
}

fn ago(one: &Replica, seconds: i64) -> Timestamp {
    now(one.discord.begun()) - SignedDuration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn what_was_interrupted_is_marked_and_can_be_asked_again() {
    let one = Replica::new();
    one.discord.put(CHANNEL, &looking(900, ago(&one, 91)));
    one.discord.with(|state| {
        state.active = json!([{ "id": "600", "parent_id": "500" }, { "id": "601", "parent_id": "501" }]);
    });
    one.discord.put(600, &looking(902, ago(&one, 300)));
    one.discord.put(601, &looking(903, ago(&one, 300)));
    sweep(&one.app, &me()).await;
    let reply = why_reply(refused(words::INTERRUPTED.of(Lang::En)));
    let wanted = body::edit(&render::message(&reply, State::Interrupted), false, None);
    for (channel, id) in [(CHANNEL, 900), (600, 902)] {
        let message = one.discord.message(channel, id);
        assert_eq!((&message["embeds"], &message["components"]), (&wanted["embeds"], &wanted["components"]));
        assert_eq!(render::line_of(&message).as_deref(), Some("why shop/cart-0"));
    }
    assert_eq!(one.discord.sent("message").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_may_be_anothers_work_is_left_until_it_is_old() {
    let one = Replica::new();
    one.discord.put(CHANNEL, &looking(900, ago(&one, 5)));
    let answered = posted(901, &render::message(&why_reply(failing("x")), State::Answer), ago(&one, 900));
    one.discord.put(CHANNEL, &answered);
    let mut foreign = looking(902, ago(&one, 900));
    foreign["author"]["id"] = json!("666");
    one.discord.put(CHANNEL, &foreign);
    let me = me();
    let checked = async {
        sleep(Duration::from_secs(1)).await;
        assert!(one.discord.sent("message").is_empty());
    };
    tokio::join!(sweep(&one.app, &me), checked);
    assert_eq!(one.discord.sent("message").len(), 1);
    assert_eq!(one.discord.message(CHANNEL, 901), answered);
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_cannot_be_read_stops_nothing() {
    let one = Replica::over(&Arc::new(Fake::default()), |options| {
        options.channels = vec!["499".to_string(), CHANNEL.to_string()];
    });
    one.discord.put(CHANNEL, &looking(900, ago(&one, 300)));
    one.discord.trouble("threads", [Trouble::Fails(refusal(403, 50001))]);
    one.discord.trouble("messages", [Trouble::Fails(refusal(403, 50001))]);
    sweep(&one.app, &me()).await;
    assert_eq!(one.discord.sent("message").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn commands_are_written_where_they_differ() {
    let one = Replica::new();
    let health = Health::new(Metrics::default());
    health.gateway(Ok(()));
    register(&one.app, &me(), &health).await;
    register(&one.app, &me(), &health).await;
    assert_eq!(one.discord.with(|state| state.writes), 1);
    assert_eq!(one.discord.with(|state| state.commands[&None].clone()), commands("pod", false));
    assert_eq!(health.ready(), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn commands_of_servers_take_the_place_of_those_for_all() {
    let discord = Arc::new(Fake::default());
    let all = Replica::over(&discord, |_| {});
    register(&all.app, &me(), &Health::new(Metrics::default())).await;
    let some = Replica::over(&discord, |options| options.guilds = vec!["1".to_string()]);
    register(&some.app, &me(), &Health::new(Metrics::default())).await;
    assert_eq!(discord.with(|state| state.commands[&None].clone()), json!([]));
    assert_eq!(discord.with(|state| state.commands[&Some(Id::from(1).get())].clone()), commands("pod", true));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_registered_is_told_and_tried_again() {
    let one = Replica::new();
    let health = Health::new(Metrics::default());
    health.gateway(Ok(()));
    one.discord.trouble(
        "commands",
        [Trouble::Fails(refusal(403, 50001)), Trouble::Fails(refusal(403, 50001)), Trouble::Hangs],
    );
    let me = me();
    let told = async {
        sleep(Duration::from_secs(1)).await;
        assert!(health.ready().unwrap_err().contains("50001"));
    };
    tokio::join!(register(&one.app, &me, &health), told);
    assert_eq!(health.ready(), Ok(()));
}
