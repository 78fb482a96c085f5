//! The whole bot in a strict fake of Discord, over a playground: what people see, and that every question is answered once.

mod broken;
mod buttons;
mod twin;

use std::time::Duration;

use podwhy::Running;
use podwhy::chats::ChatOptions;
use podwhy_fakes::discord::{FakeDiscord, GuildSetup, Message, Permissions, Setup, UserSetup};
use podwhy_tests::chat::{Bot, DISCORD_TOKEN, RANKER, at, channel, clock};
use serde_json::{Value, json};

pub const APPLICATION: u64 = 1_234_567_890_123_456_789;
pub const GUILD: u64 = 290_926_798_629_997_250;
pub const OPS: u64 = 290_926_798_629_997_251;
/// Not configured.
pub const ELSEWHERE: u64 = 290_926_798_629_997_252;
pub const ANN: u64 = 80_351_110_224_678_912;
pub const BOB: u64 = 80_351_110_224_678_913;
const ALERTS: u64 = 80_351_110_224_678_914;

pub fn setup() -> Setup {
    let guild = GuildSetup::new(GUILD, "Acme").channel(OPS, "ops", Permissions::ALL).channel(
        ELSEWHERE,
        "elsewhere",
        Permissions::ALL,
    );
    Setup::new(DISCORD_TOKEN, APPLICATION)
        .guild(guild)
        .user(UserSetup::new(ANN, "ann"))
        .user(UserSetup::new(BOB, "bob"))
        .user(UserSetup::bot(ALERTS, "alerts"))
}

/// A Discord and the bot in it, which may read everything in `ops`.
pub async fn town(more: &str) -> (FakeDiscord, Running) {
    let discord = FakeDiscord::start(setup()).await.unwrap();
    let running = bot(&discord, more).await;
    (discord, running)
}

pub async fn bot(discord: &FakeDiscord, more: &str) -> Running {
    let more = format!("{}{more}", channel("discord", &OPS.to_string()));
    let options = ChatOptions { clock: clock(), ..ChatOptions::default() };
    let bot = Bot { discord: Some(at(discord, discord.door())), more, options, ..Bot::default() };
    let running = bot.start().await.unwrap();
    discord.wait_for_gateways(1).await.unwrap();
    discord
        .wait_for("its commands", |state| (state.registered_commands(None).len() == 2).then_some(()))
        .await
        .unwrap();
    running
}

pub fn why(target: &str) -> Vec<(&'static str, Value)> {
    vec![("target", json!(target))]
}

/// All that a person reads of it.
pub fn text(message: &Message) -> String {
    let said = &message.said;
    let parts = serde_json::to_string(&json!([said.embeds, said.components])).unwrap();
    format!("{}\n{}", said.content, parts.replace("\\n", "\n"))
}

/// The message in a channel that says this, once it stands there.
pub async fn said(discord: &FakeDiscord, channel: u64, what: &str) -> Message {
    discord
        .wait_for(what, |state| {
            state.messages(channel).into_iter().find(|message| text(message).contains(what))
        })
        .await
        .unwrap()
}

pub async fn whispered(discord: &FakeDiscord, user: u64, what: &str) -> Message {
    discord
        .wait_for(what, |state| {
            state.ephemerals(user).into_iter().find(|message| text(message).contains(what))
        })
        .await
        .unwrap()
}

pub fn no_violations(discord: &FakeDiscord) {
    assert_eq!(discord.violations(), []);
}

#[tokio::test]
async fn a_question_is_deferred_looked_into_and_answered_in_place() {
    let (discord, _running) = town("").await;
    let asked = discord.slash(ANN, OPS, "why", &why(RANKER)).unwrap();
    let answer = said(&discord, OPS, "oom-killed").await;
    assert_eq!(answer.interaction, Some(asked));
    let before: Vec<String> = answer.history.iter().map(|said| format!("{said:?}")).collect();
    assert!(before.iter().any(|said| said.contains("looking at")), "{before:?}");
    let shown = text(&answer);
    for wanted in
        ["playground", "384Mi", "kubectl", "Ask again", "All evidence", "Show commands", "Watch until well"]
    {
        assert!(shown.contains(wanted), "{wanted} is missing: {shown}");
    }
    assert_eq!(discord.messages(OPS).len(), 1);
    assert!(discord.callbacks().iter().all(|callback| callback.latency < Duration::from_secs(1)));
    no_violations(&discord);
}

#[tokio::test]
async fn names_are_completed_from_what_may_be_seen() {
    let (discord, _running) = town("").await;
    let offered = async |channel: u64, typed: &str| {
        let asked = discord.autocomplete(ANN, channel, "why", "target", typed).unwrap();
        let completion = discord
            .wait_for("choices", |state| {
                let all = state.autocompletes().into_iter();
                all.filter(|one| one.interaction == asked).find(|one| one.choices.is_some())
            })
            .await
            .unwrap();
        completion.choices.unwrap().into_iter().map(|(name, _)| name).collect::<Vec<String>>()
    };
    assert!(offered(OPS, "catal").await.contains(&"catalogue/".to_string()));
    assert!(offered(OPS, "catalogue/rank").await.contains(&RANKER.to_string()));
    assert!(offered(OPS, "ranker-75").await.contains(&RANKER.to_string()), "by its name alone");
    assert!(offered(ELSEWHERE, "catal").await.is_empty());
    no_violations(&discord);
}

#[tokio::test]
async fn every_command_answers() {
    let (discord, _running) = town("").await;
    let logs = [("target", json!(RANKER)), ("previous", json!(true))];
    for (sub, options, wanted) in [
        ("triage", vec![], "failing"),
        ("triage", vec![("namespace", json!("catalogue"))], "oom-killed"),
        ("events", why(RANKER), "ranker"),
        ("logs", logs.to_vec(), "ranker"),
        ("explain", vec![("text", json!("Back-off restarting failed container"))], "This can mean"),
    ] {
        let asked = discord.slash(ANN, OPS, sub, &options).unwrap();
        let reply = discord
            .wait_for(sub, |state| state.reply(asked).filter(|reply| text(reply).contains(wanted)).cloned())
            .await
            .unwrap();
        assert_eq!(reply.only_for, None, "{sub}");
    }
    for (sub, options, wanted) in [
        ("help", vec![], "why shop/cart-0"),
        ("why", why("catalogue/a/b/c"), "NAMESPACE/NAME"),
        ("why", why("elsewhere:shop/cart"), "there is no cluster"),
    ] {
        discord.slash(BOB, OPS, sub, &options).unwrap();
        whispered(&discord, BOB, wanted).await;
    }
    // found only by asking: what stood there for all is taken away
    discord.slash(BOB, OPS, "why", &why("catalogue/deploy/rankr")).unwrap();
    let reply = whispered(&discord, BOB, "did you mean").await;
    assert!(text(&reply).contains("ranker"), "{}", text(&reply));
    let open = discord.messages(OPS);
    assert!(
        open.iter()
            .all(|message| !text(message).contains("rankr,") && !text(message).contains("did you mean"))
    );
    no_violations(&discord);
}

#[tokio::test]
async fn the_message_command_finds_the_pods_an_alert_names() {
    let (discord, _running) = town("").await;
    let embed = json!({"title": "[FIRING:1] KubePodCrashLooping", "description": "see the runbook",
        "fields": [{"name": "pod", "value": "ranker-75f9d6c8b4-h6kqs"}, {"name": "namespace", "value": "catalogue"}]});
    let alert = discord.post(ALERTS, OPS, "", vec![embed]).unwrap();
    let asked = discord.message_command(ANN, OPS, alert).unwrap();
    discord
        .wait_for("oom-killed", |state| {
            state.reply(asked).filter(|r| text(r).contains("oom-killed")).map(|_| ())
        })
        .await
        .unwrap();
    let pasted = discord.post(BOB, OPS, "x509: certificate signed by unknown authority", vec![]).unwrap();
    let asked = discord.message_command(BOB, OPS, pasted).unwrap();
    discord
        .wait_for("explained", |state| {
            state.reply(asked).filter(|r| text(r).contains("registry-untrusted-ca")).map(|_| ())
        })
        .await
        .unwrap();
    no_violations(&discord);
}

#[tokio::test]
async fn only_where_it_is_configured_and_to_whom() {
    let more = format!("[[direct]]\nread = [\"playground:catalogue\"]\ndiscord = [\"{ANN}\"]\n");
    let (discord, _running) = town(&more).await;
    discord.slash(ANN, ELSEWHERE, "why", &why(RANKER)).unwrap();
    let refusal = whispered(&discord, ANN, "may read nothing for this channel").await;
    assert!(text(&refusal).contains(&format!("<#{OPS}>")), "{}", text(&refusal));
    let (anns, bobs) = (discord.direct_messages(ANN), discord.direct_messages(BOB));
    discord.slash(ANN, anns, "why", &why(RANKER)).unwrap();
    said(&discord, anns, "oom-killed").await;
    discord.slash(BOB, bobs, "why", &why(RANKER)).unwrap();
    whispered(&discord, BOB, "may read nothing for you").await;
    // a thread is its channel
    let thread = discord.open_thread(BOB, OPS, "the ranker").unwrap();
    discord.slash(BOB, thread, "why", &why(RANKER)).unwrap();
    said(&discord, thread, "oom-killed").await;
    no_violations(&discord);
}
