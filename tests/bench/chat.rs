//! `tests/bench/chat`: 50 questions a second for a minute, half in Slack and half in Discord, over 200 channels; writes the table
//! to a file. The bot is a process of its own, on its playground; the two fakes are this one, and keep to each app's rates.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{bail, ensure};
use podwhy_fakes::discord::{FakeDiscord, GuildSetup, Permissions, UserSetup};
use podwhy_fakes::slack::{Channel, FakeSlack};
use podwhy_tests::bench::{Process, commit, machine};
use podwhy_tests::chat::{DISCORD_TOKEN, RANKER, channel};
use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior, interval};

const CHANNELS: usize = 100;
const SECONDS: u64 = 60;
/// In each app.
const A_SECOND: u64 = 25;
const PATIENCE: Duration = Duration::from_secs(600);
const ANN: u64 = 80_351_110_224_678_912;
const FIRST: u64 = 290_926_798_629_997_300;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(podwhy), Some(out)) = (arguments.next(), arguments.next()) else {
        bail!("usage: chat-bench PODWHY-BINARY RESULT-FILE");
    };
    let slack = FakeSlack::start(slack_setup()).await?;
    let discord = FakeDiscord::start(discord_setup()).await?;
    let folder = tempfile::tempdir()?;
    let bot = start(Path::new(&podwhy), folder.path(), &slack, &discord)?;
    slack.wait_for(PATIENCE, |state| (state.sockets() >= 2).then_some(())).await?;
    discord.wait_for_gateways(1).await?;
    discord
        .wait_for("its commands", |state| (state.registered_commands(None).len() == 2).then_some(()))
        .await?;
    let idle = bot.memory("VmRSS")?;
    let begun = Instant::now();
    ask(&slack, &discord).await?;
    let asked = begun.elapsed();
    let wanted = (SECONDS * A_SECOND) as usize;
    let done = |count: usize| (count >= wanted).then(|| begun.elapsed());
    let answered_slack = slack
        .wait_for(PATIENCE, |state| {
            let of = |id: usize| {
                state
                    .messages(&slack_id(id))
                    .iter()
                    .filter(|m| !m.content.blocks.is_empty() && !m.edits.is_empty())
                    .count()
            };
            done((0..CHANNELS).map(of).sum())
        })
        .await?;
    let answered_discord = discord
        .wait_at_most(PATIENCE, "all answers", |state| {
            let of = |id: u64| {
                let messages = state.messages(FIRST + id);
                messages
                    .iter()
                    .filter(|m| m.said.embeds.iter().any(|e| e.to_string().contains("oom-killed")))
                    .count()
            };
            done((0..CHANNELS as u64).map(of).sum())
        })
        .await?;
    let mut slack_acks: Vec<Duration> = slack.acks().iter().map(|ack| ack.after).collect();
    let mut discord_acks: Vec<Duration> =
        discord.callbacks().iter().map(|callback| callback.latency).collect();
    ensure!(
        slack_acks.len() == wanted && discord_acks.len() == wanted,
        "a question was not acknowledged, or twice"
    );
    ensure!(slack.violations().is_empty(), "{:?}", slack.violations());
    ensure!(discord.violations().is_empty(), "{:?}", discord.violations());
    let report = format!(
        "# Measured: a crowd of questions\n\n\
         Written by `tests/bench/chat`, not by hand. Commit {}, {}; the bot in a process of its own on its playground, a fake Slack and a\n\
         fake Discord on loopback that keep to each app's rates and write down whatever breaks a rule.\n\n\
         {} questions in {:.0} s over {} channels, half in each app. Each was answered once; no rule was broken.\n\n\
         | | acknowledged p50 | p99 | slowest | the last answer stood after | aim |\n|---|---|---|---|---|---|\n\
         | Slack | {} | {} | {} | {:.0} s | p99 ≤ 250 ms |\n\
         | Discord | {} | {} | {} | {:.0} s | p99 ≤ 250 ms |\n\n\
         Memory: {} MiB before, {} MiB at most (playground and all).\n",
        commit(),
        machine(),
        2 * wanted,
        asked.as_secs_f64(),
        2 * CHANNELS,
        shown(&mut slack_acks, 50),
        shown(&mut slack_acks, 99),
        shown(&mut slack_acks, 100),
        answered_slack.as_secs_f64(),
        shown(&mut discord_acks, 50),
        shown(&mut discord_acks, 99),
        shown(&mut discord_acks, 100),
        answered_discord.as_secs_f64(),
        idle / 1024,
        bot.memory("VmHWM")? / 1024,
    );
    std::fs::write(&out, &report)?;
    print!("{report}");
    Ok(())
}

/// A question of each app at every tick, in the next channel.
async fn ask(slack: &FakeSlack, discord: &FakeDiscord) -> anyhow::Result<()> {
    let mut ticks = interval(Duration::from_micros(1_000_000 / A_SECOND));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for number in 0..SECONDS * A_SECOND {
        ticks.tick().await;
        let place = number as usize % CHANNELS;
        slack.slash("U0ANN", &slack_id(place), &format!("why {RANKER}"))?;
        discord.slash(ANN, FIRST + place as u64, "why", &[("target", json!(RANKER))])?;
    }
    Ok(())
}

fn shown(durations: &mut [Duration], percent: usize) -> String {
    durations.sort_unstable();
    let at = (durations.len() * percent).div_ceil(100).max(1) - 1;
    let millis = durations.get(at).copied().unwrap_or_default().as_secs_f64() * 1000.0;
    format!("{millis:.1} ms")
}

fn slack_id(number: usize) -> String {
    format!("C0BENCH{number}")
}

fn slack_setup() -> podwhy_fakes::slack::Setup {
    let of =
        |number| Channel::public(&slack_id(number), &format!("bench-{number}")).with(&["U0ANN"]).joined();
    // what the manifest subscribes to: not every message of a channel
    let events = ["app_home_opened", "app_mention", "message.im"].map(str::to_string).to_vec();
    let channels = (0..CHANNELS).map(of).collect();
    podwhy_fakes::slack::Setup { channels, events, ..podwhy_fakes::slack::Setup::default() }
}

fn discord_setup() -> podwhy_fakes::discord::Setup {
    let mut guild = GuildSetup::new(FIRST - 1, "Bench");
    for number in 0..CHANNELS as u64 {
        guild = guild.channel(FIRST + number, &format!("bench-{number}"), Permissions::ALL);
    }
    podwhy_fakes::discord::Setup::new(DISCORD_TOKEN, 1_234_567_890_123_456_789)
        .guild(guild)
        .user(UserSetup::new(ANN, "ann"))
}

/// The bot, which ends with what this returns.
fn start(podwhy: &Path, folder: &Path, slack: &FakeSlack, discord: &FakeDiscord) -> anyhow::Result<Process> {
    let mut config = "[serve]\nlisten = \"127.0.0.1:0\"\nlog_level = \"warn\"\n[slack]\n\
        bot_token = { env = \"SLACK_BOT_TOKEN\" }\napp_token = { env = \"SLACK_APP_TOKEN\" }\n\
        [discord]\nbot_token = { env = \"DISCORD_BOT_TOKEN\" }\n"
        .to_string();
    for number in 0..CHANNELS {
        config.push_str(&channel("slack", &slack_id(number)));
        config.push_str(&channel("discord", &(FIRST + number as u64).to_string()));
    }
    let (file, ca) = (folder.join("config.toml"), folder.join("ca.pem"));
    std::fs::write(&file, config)?;
    std::fs::write(&ca, discord.ca_pem())?;
    let mut command = Command::new(podwhy);
    command
        .args(["serve", "--playground", "--config"])
        .arg(&file)
        .args(["--slack-api", &slack.api_url(), "--discord-rest", &discord.rest_addr().to_string()])
        .args(["--discord-gateway", &discord.gateway_url(), "--discord-ca"])
        .arg(&ca)
        .env("SLACK_BOT_TOKEN", "xoxb-fake")
        .env("SLACK_APP_TOKEN", "xapp-fake")
        .env("DISCORD_BOT_TOKEN", DISCORD_TOKEN)
        .stdout(Stdio::null());
    Process::start(&mut command)
}
