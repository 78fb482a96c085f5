//! The whole bot in a strict fake of Slack, over a playground: what people see, and that every question is answered once.

mod broken;
mod buttons;
mod replicas;
mod rights;

use podwhy::Running;
use podwhy_fakes::slack::message::Message;
use podwhy_fakes::slack::{Author, Channel, Content, FakeSlack, Rule, Setup, Stranger};
use podwhy_tests::chat::{Bot, RANKER, SOON, channel};
use serde_json::json;

/// A Slack and the bot in it, which may read everything in `C0OPS`.
async fn town(more: &str) -> (FakeSlack, Running) {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let running = bot(&slack, more).await;
    (slack, running)
}

/// A workspace whose app is subscribed to what the manifest asks for, and to nothing else.
pub fn subscribed() -> Setup {
    let events = ["app_home_opened", "app_mention", "message.im"].map(str::to_string).to_vec();
    Setup { events, ..Setup::default() }
}

async fn bot(slack: &FakeSlack, more: &str) -> Running {
    let more = format!("{}{more}", channel("slack", "C0OPS"));
    let running = Bot { slack: Some(slack), more, ..Bot::default() }.start().await.unwrap();
    slack.wait_for(SOON, |state| (state.sockets() >= 2).then_some(())).await.unwrap();
    running
}

/// The message in a channel that says this, once it stands there.
pub async fn said(slack: &FakeSlack, channel: &str, what: &str) -> Message {
    let find =
        |messages: Vec<&Message>| messages.into_iter().find(|m| m.everything().contains(what)).cloned();
    let stands =
        || slack.read(|state| state.messages(channel).iter().map(|m| m.everything()).collect::<Vec<_>>());
    let found = slack.wait_for(SOON, |state| find(state.messages(channel))).await;
    found.unwrap_or_else(|error| panic!("{what:?} is not said: {error}; there stands {:#?}", stands()))
}

/// What one person was shown that says this.
pub async fn whispered(slack: &FakeSlack, user: &str, what: &str) -> String {
    let shown = || {
        slack
            .read(|state| state.ephemerals(user).iter().map(|shown| text(&shown.content)).collect::<Vec<_>>())
    };
    slack
        .wait_for(SOON, |state| {
            state
                .ephemerals(user)
                .into_iter()
                .map(|shown| text(&shown.content))
                .find(|text| text.contains(what))
        })
        .await
        .unwrap_or_else(|error| {
            panic!("{what:?} is not said to {user}: {error}; there stands {:#?}", shown())
        })
}

/// All that a person reads of it.
fn text(content: &Content) -> String {
    let blocks = serde_json::to_string(&content.blocks).unwrap();
    format!("{}\n{}", content.text, blocks.replace("\\n", "\n"))
}

fn no_violations(slack: &FakeSlack) {
    assert_eq!(slack.violations(), []);
}

#[tokio::test]
async fn a_question_is_acknowledged_looked_into_and_answered_in_place() {
    let (slack, _running) = town("").await;
    let asked = slack.slash("U0ANN", "C0OPS", &format!("why {RANKER}")).unwrap();
    let acks = slack.acked(&asked, SOON).await.unwrap();
    let answer = said(&slack, "C0OPS", "oom-killed").await;
    assert!(
        text(&answer.edits[0]).contains(&format!("looking at playground:{RANKER}")),
        "{:?}",
        answer.edits
    );
    // the acknowledgement came before anything was done
    let delivered = slack.deliveries()[asked.numbers[0]].attempts[0].at;
    let first = slack.requests().into_iter().find(|request| request.method == "chat.postMessage").unwrap();
    assert!(delivered + acks[0].after <= first.at);
    let text = answer.everything();
    for wanted in [
        "playground",
        RANKER,
        "384Mi",
        "kubectl",
        "Ask again",
        "All evidence",
        "Show commands",
        "Watch until well",
    ] {
        assert!(text.contains(wanted), "{wanted} is missing: {text}");
    }
    assert_eq!(slack.messages("C0OPS").len(), 1, "one question, one message");
    no_violations(&slack);
}

#[tokio::test]
async fn a_mention_is_answered_once_and_in_its_thread() {
    // subscribed to a channel's messages as well, an app is told of a mention twice
    let slack = FakeSlack::start(Setup::default()).await.unwrap();
    let _running = bot(&slack, "").await;
    let alert = slack.say("U0BOB", "C0OPS", None, "the ranker is down again").unwrap().ts.unwrap();
    slack.mention("U0ANN", "C0OPS", Some(&alert), &format!("why {RANKER}")).unwrap();
    let answer = said(&slack, "C0OPS", "oom-killed").await;
    assert_eq!(answer.thread.as_deref(), Some(alert.as_str()));
    slack.mention("U0ANN", "C0OPS", None, "help").unwrap();
    let help = whispered(&slack, "U0ANN", "triage").await;
    assert!(help.contains("thread"), "that slash commands do not work in threads is said: {help}");
    let own = slack.messages("C0OPS").into_iter().filter(|m| m.author == Author::Bot).count();
    assert_eq!(own, 1, "a mention is a message as well, and is answered once");
    no_violations(&slack);
}

#[tokio::test]
async fn direct_messages_are_for_those_who_are_listed() {
    let (slack, _running) =
        town("[[direct]]\nread = [\"playground:catalogue\"]\nslack = [\"U0ANN\"]\n").await;
    let (ann, bob) = (slack.direct_channel("U0ANN"), slack.direct_channel("U0BOB"));
    slack.direct("U0ANN", &format!("why {RANKER}")).unwrap();
    said(&slack, &ann, "oom-killed").await;
    slack.direct("U0BOB", &format!("why {RANKER}")).unwrap();
    let refusal = said(&slack, &bob, "may read nothing for you").await;
    assert!(
        text(&refusal.content).contains("\"channel_id\":\"C0OPS\""),
        "where he may ask is said: {refusal:?}"
    );
    assert!(slack.messages(&bob).iter().all(|m| !m.everything().contains("oom-killed")));
    slack.home_opened("U0ANN").unwrap();
    slack.home_opened("U0BOB").unwrap();
    let home = |user: &'static str| {
        slack.wait_for(SOON, move |state| {
            state.home(user).map(|home| serde_json::to_string(&home.view).unwrap())
        })
    };
    let (anns, bobs) = (home("U0ANN").await.unwrap(), home("U0BOB").await.unwrap());
    assert!(anns.contains("oom-killed") && !anns.contains("pricing"), "{anns}");
    assert!(bobs.contains("may read nothing") && !bobs.contains("oom-killed"), "{bobs}");
    no_violations(&slack);
}

#[tokio::test]
async fn the_shortcut_finds_the_pods_an_alert_names() {
    let (slack, _running) = town("").await;
    let alert = Content {
        text: String::new(),
        attachments: vec![json!({"fallback": "[FIRING:1] KubePodCrashLooping",
            "title": "[FIRING:1] KubePodCrashLooping", "color": "danger",
            "text": "*Pod:* ranker-75f9d6c8b4-h6kqs\n*Namespace:* catalogue"})],
        ..Content::default()
    };
    let author = Author::Integration { bot: "B0ALERT".into(), name: "Alertmanager".into() };
    let posted = slack.post("C0OPS", author, alert).unwrap().ts.unwrap();
    slack.shortcut("U0ANN", "C0OPS", &posted, "why_is_this_failing").unwrap();
    let answer = said(&slack, "C0OPS", "oom-killed").await;
    assert_eq!(answer.thread.as_deref(), Some(posted.as_str()), "it is answered under the alert");
    // names nothing here: what the words can mean
    let pasted = slack
        .say("U0BOB", "C0OPS", None, "x509: certificate signed by unknown authority")
        .unwrap()
        .ts
        .unwrap();
    slack.shortcut("U0BOB", "C0OPS", &pasted, "why_is_this_failing").unwrap();
    let explained = said(&slack, "C0OPS", "registry-untrusted-ca").await;
    assert_eq!(explained.thread.as_deref(), Some(pasted.as_str()));
    no_violations(&slack);
}

#[tokio::test]
async fn every_command_answers() {
    let (slack, _running) = town("").await;
    for (text, wanted) in [
        ("triage".to_string(), "failing"),
        ("triage catalogue".to_string(), "oom-killed"),
        (format!("events {RANKER}"), "events"),
        (format!("logs {RANKER} --previous"), "ranker"),
        ("explain Back-off restarting failed container".to_string(), "This can mean"),
    ] {
        slack.slash("U0ANN", "C0OPS", &text).unwrap();
        said(&slack, "C0OPS", wanted).await;
    }
    for (line, wanted) in [
        ("help", "why shop/cart-0"),
        ("whi catalogue/ranker", "did you mean: why catalogue/ranker"),
        ("why", "why takes a pod or a workload"),
        ("why catalogue/deploy/rankr", "did you mean"),
        ("why elsewhere:shop/cart", "there is no cluster"),
    ] {
        slack.slash("U0BOB", "C0OPS", line).unwrap();
        let found = slack.wait_for(SOON, |state| {
            let shown = state.ephemerals("U0BOB");
            let whispered = shown.iter().any(|shown| text(&shown.content).contains(wanted));
            let open = state.messages("C0OPS").iter().any(|m| m.everything().contains(wanted));
            (whispered || open).then_some(())
        });
        found.await.unwrap();
    }
    no_violations(&slack);
}

#[tokio::test]
async fn strangers_and_other_workspaces_get_nothing() {
    // also where the app hears every message of a channel
    let slack = FakeSlack::start(Setup::default()).await.unwrap();
    let _running = bot(&slack, "").await;
    for stranger in [Stranger::Connect("T0OTHER".into()), Stranger::Workspace("T0ELSE".into())] {
        let other = slack.stranger(stranger);
        for sent in [
            other.slash("U0BOB", "C0OPS", &format!("why {RANKER}")),
            other.mention("U0BOB", "C0OPS", None, "triage"),
        ] {
            slack.acked(&sent.unwrap(), SOON).await.unwrap();
        }
    }
    // one of us, asked after them, is answered: by then they would have been
    slack.slash("U0ANN", "C0OPS", &format!("why {RANKER}")).unwrap();
    said(&slack, "C0OPS", "oom-killed").await;
    let own = slack.messages("C0OPS").into_iter().filter(|m| m.author == Author::Bot).count();
    let shown: Vec<String> = slack.messages("C0OPS").iter().map(Message::everything).collect();
    assert_eq!((own, slack.ephemerals("U0BOB").len()), (1, 0), "{shown:#?}");
    no_violations(&slack);
}

#[tokio::test]
async fn a_channel_that_is_not_configured_is_told_so_and_one_without_the_bot_is_answered() {
    let (slack, _running) = town(&channel("slack", "C0QUIET")).await;
    slack.slash("U0ANN", "C0QUIET", &format!("why {RANKER}")).unwrap();
    let answer = whispered_or_said(&slack, "C0QUIET", "oom-killed").await;
    assert!(answer.contains("invite"), "that it could be invited is said: {answer}");
    slack.slash("U0BOB", "G0SECRET", &format!("why {RANKER}")).unwrap();
    let refusal = whispered(&slack, "U0BOB", "may read nothing for this channel").await;
    assert!(refusal.contains("\"channel_id\":\"C0OPS\""), "{refusal}");
    // trying before answering by the response URL is how one learns of it
    let expected = [Rule::NotInChannel, Rule::ChannelNotFound];
    assert_eq!(slack.violations_except(&expected), []);
}

/// What stands in a channel, or was shown by a response URL to the one who asked.
async fn whispered_or_said(slack: &FakeSlack, channel: &str, what: &str) -> String {
    slack
        .wait_for(SOON, |state| {
            let open = state.messages(channel).into_iter().map(Message::everything);
            let own = state.ephemerals("U0ANN").into_iter().map(|shown| text(&shown.content));
            open.chain(own).find(|text| text.contains(what))
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn a_private_channel_shows_answers_to_the_asker_only_and_speaks_its_language() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let quiet = "[[channels]]\napp = \"slack\"\nid = \"C0OPS\"\nread = [\"playground:*\"]\nprivate = true\nlang = \"zh\"\n";
    let _running =
        Bot { slack: Some(&slack), more: quiet.to_string(), ..Bot::default() }.start().await.unwrap();
    slack.wait_for(SOON, |state| (state.sockets() >= 2).then_some(())).await.unwrap();
    slack.slash("U0ANN", "C0OPS", &format!("why {RANKER}")).unwrap();
    let answer = whispered(&slack, "U0ANN", "oom-killed").await;
    assert!(answer.contains("怎么办"), "{answer}");
    assert!(slack.messages("C0OPS").is_empty());
    no_violations(&slack);
}

#[tokio::test]
async fn over_http_requests_are_signed_and_answered_alike() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let more = format!(
        "[slack]\nbot_token = {{ env = \"SLACK_BOT_TOKEN\" }}\nsigning_secret = {{ env = \"SLACK_SIGNING_SECRET\" }}\n{}",
        channel("slack", "C0OPS")
    );
    let running = Bot { slack: Some(&slack), more, ..Bot::default() }.start().await.unwrap();
    let address = format!("http://{}", running.address().unwrap());
    slack.set_mode(podwhy_fakes::slack::Mode::http(&address));
    slack.verify_url().await.unwrap();
    let asked = slack.slash("U0ANN", "C0OPS", &format!("why {RANKER}")).unwrap();
    slack.acked(&asked, SOON).await.unwrap();
    let answer = said(&slack, "C0OPS", "oom-killed").await;
    slack.click("U0ANN", "C0OPS", &answer.ts, "podwhy_commands").unwrap();
    whispered(&slack, "U0ANN", "kubectl").await;
    slack.mention("U0BOB", "C0OPS", None, "triage").unwrap();
    said(&slack, "C0OPS", "failing").await;
    for forgery in podwhy_fakes::slack::Forgery::ALL {
        let status = slack.forge(forgery, "U0ANN", "C0OPS", "triage").await.unwrap();
        assert_eq!(status, 401, "{forgery:?}");
    }
    no_violations(&slack);
}

/// A workspace with these channels beside the usual ones.
pub fn with_channels(channels: Vec<Channel>) -> Setup {
    let mut setup = subscribed();
    setup.channels.extend(channels);
    setup
}
