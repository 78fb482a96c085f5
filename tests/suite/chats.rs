//! `podwhy serve` as whoever runs it sees it: health, metrics, what is refused, and how it ends.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use podwhy_fakes::discord::FakeDiscord;
use podwhy_fakes::slack::{FakeSlack, Setup};
use podwhy_tests::chat::{Bot, RANKER, SOON, at, channel};
use podwhy_tests::control_plane::eventually;
use podwhy_tests::http::send;

use crate::discord::{ANN, OPS, setup, why};
use crate::terminal::binary;

#[tokio::test]
async fn both_apps_at_once_and_what_is_told_of_them() {
    let slack = FakeSlack::start(Setup::default()).await.unwrap();
    let discord = FakeDiscord::start(setup()).await.unwrap();
    let more = format!("{}{}", channel("slack", "C0OPS"), channel("discord", &OPS.to_string()));
    let bot =
        Bot { slack: Some(&slack), discord: Some(at(&discord, discord.door())), more, ..Bot::default() };
    let running = bot.start().await.unwrap();
    let address = running.address().unwrap();
    let get = async |path: &str| send(address, "GET", path, &[], b"").await.unwrap();
    assert_eq!(get("/healthz").await.status, 200);
    slack.wait_for(SOON, |state| (state.sockets() >= 2).then_some(())).await.unwrap();
    discord.wait_for_gateways(1).await.unwrap();
    slack.slash("U0ANN", "C0OPS", &format!("why {RANKER}")).unwrap();
    crate::slack::said(&slack, "C0OPS", "oom-killed").await;
    discord
        .wait_for("its commands", |state| (state.registered_commands(None).len() == 2).then_some(()))
        .await
        .unwrap();
    discord.slash(ANN, OPS, "why", &why(RANKER)).unwrap();
    crate::discord::said(&discord, OPS, "oom-killed").await;
    let well =
        eventually("both are ready", SOON, async || Ok((get("/readyz").await.status == 200).then_some(())));
    well.await.unwrap();
    assert_eq!(get("/readyz").await.body, "slack: ready\ndiscord: ready\n");
    let metrics = get("/metrics").await;
    for name in ["podwhy_kubernetes_requests_total", "podwhy_slack_", "podwhy_discord_"] {
        assert!(metrics.body.contains(name), "{name} is missing:\n{}", metrics.body);
    }
    for secret in ["xoxb-fake", "xapp-fake", podwhy_tests::chat::DISCORD_TOKEN] {
        assert!(!metrics.body.contains(secret));
    }
    assert!(metrics.body.ends_with("# EOF\n"));
}

#[tokio::test]
async fn what_is_configured_wrongly_is_told() {
    let slack = FakeSlack::start(Setup::default()).await.unwrap();
    let refused = async |more: &str, environment: &[(&str, &str)]| {
        let variables = environment.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
        let options = podwhy::chats::ChatOptions {
            environment: Some(variables),
            ..podwhy::chats::ChatOptions::default()
        };
        let bot = Bot { slack: Some(&slack), more: more.to_string(), options, ..Bot::default() };
        bot.start().await.err().map(|error| error.to_string()).unwrap()
    };
    let all = [("SLACK_BOT_TOKEN", "xoxb-fake"), ("SLACK_APP_TOKEN", "xapp-fake")];
    let missing = refused("", &all[1..]).await;
    assert!(
        missing.contains("slack.bot_token: environment variable SLACK_BOT_TOKEN is not set"),
        "{missing}"
    );
    let wrong = refused("", &[("SLACK_BOT_TOKEN", "xoxb-other"), all[1]]).await;
    assert!(wrong.contains("invalid_auth") && !wrong.contains("xoxb-other"), "{wrong}");
    let cluster = refused(&channel("slack", "C0OPS").replace("playground:", "prod:"), &all).await;
    assert!(cluster.contains("channels[0].read: there is no cluster \"prod\""), "{cluster}");
}

#[test]
fn a_terminated_process_ends_well_and_one_without_a_chat_says_what_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, "").unwrap();
    let serve = |config: &std::path::Path| {
        let mut command = Command::new(binary("podwhy"));
        command.args(["serve", "--playground", "--config"]).arg(config);
        command.env("SLACK_BOT_TOKEN", "xoxb-secret-token").env("SLACK_APP_TOKEN", "xapp-secret-token");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    // whether or not there is a cluster: that is not what is missing
    let nowhere = folder.path().join("no-kubeconfig");
    let mut without = Command::new(binary("podwhy"));
    without.args(["serve", "--config"]).arg(&file).arg("--kubeconfig").arg(&nowhere);
    for none in [serve(&file).output().unwrap(), without.output().unwrap()] {
        assert_eq!(none.status.code(), Some(2));
        let told = String::from_utf8_lossy(&none.stderr).into_owned();
        assert!(told.contains("no chat is configured: write a section [slack] or [discord]"), "{told}");
    }

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _entered = runtime.enter();
    let slack = runtime.block_on(FakeSlack::start(Setup::default())).unwrap();
    let text = format!(
        "[serve]\nlisten = \"127.0.0.1:0\"\nlogs = \"json\"\nlog_level = \"debug\"\n[slack]\n\
         bot_token = {{ env = \"SLACK_BOT_TOKEN\" }}\napp_token = {{ env = \"SLACK_APP_TOKEN\" }}\n{}",
        channel("slack", "C0OPS")
    );
    std::fs::write(&file, text).unwrap();
    let mut command = serve(&file);
    // hidden: for people who try an emulator of Slack, and for this test
    command.env("SLACK_BOT_TOKEN", "xoxb-fake").env("SLACK_APP_TOKEN", "xapp-fake");
    command.args(["--slack-api", &slack.api_url()]);
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let started =
        lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("podwhy serves"))).unwrap().unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&started).is_ok(), "{started}");
    runtime.block_on(slack.wait_for(SOON, |state| (state.sockets() >= 2).then_some(()))).unwrap();
    slack.slash("U0ANN", "C0OPS", &format!("why {RANKER}")).unwrap();
    runtime.block_on(crate::slack::said(&slack, "C0OPS", "oom-killed"));
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{rest:?}");
    for line in rest.iter().chain([&started]) {
        for secret in ["xoxb-fake", "xapp-fake", "ticket=", "/response/", RANKER] {
            assert!(!line.contains(secret), "a log has what it must not: {line}");
        }
    }
}
