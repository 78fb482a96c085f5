//! Where it all happens: the API server, the two apps, and how a bot is started among them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::ensure;
use http::Request;
use podwhy_fakes::discord::{FakeDiscord, GuildSetup, Permissions};
use podwhy_fakes::slack::{Channel, FakeSlack};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::Options;
use super::replica::Replica;
use super::trouble::Trouble;
use crate::alertmanager::free_address;
use crate::bridge::Server;
use crate::chat::{DISCORD_TOKEN, channel};
use crate::control_plane::ControlPlane;
use crate::http::send;

pub(super) const SLACK: &str = "C0OPS";
pub(super) const DISCORD: u64 = 290_926_798_629_997_251;
pub(super) const APPLICATION: u64 = 1_234_567_890_123_456_789;
const TOKEN: &str = "fake-alerts-token";
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Town {
    pub(super) slack: FakeSlack,
    pub(super) discord: FakeDiscord,
    server: Server,
    client: kube::Client,
    podwhy: PathBuf,
    logs: Option<PathBuf>,
    folder: tempfile::TempDir,
    pub(super) addresses: [SocketAddr; 2],
}

impl Town {
    pub(super) async fn new(control_plane: &ControlPlane, options: &Options) -> anyhow::Result<Town> {
        let (slack, discord) = (FakeSlack::start(slack()).await?, FakeDiscord::start(discord()).await?);
        let client = control_plane.client(control_plane.admin())?;
        let server = Server::new(client.clone());
        for namespace in ["podwhy", "shop"] {
            server.ensure_namespace(namespace).await?;
        }
        control_plane.install(&["deploy/crds/incidents.yaml"], &["incidents"])?;
        let folder = tempfile::tempdir()?;
        let kubeconfig = control_plane.admin_kubeconfig().display().to_string();
        let addresses = [free_address()?, free_address()?];
        for (number, address) in addresses.iter().enumerate() {
            std::fs::write(folder.path().join(format!("{number}.toml")), config(&kubeconfig, *address))?;
        }
        std::fs::write(folder.path().join("ca.pem"), discord.ca_pem())?;
        let (podwhy, logs) = (options.podwhy.clone(), options.logs.clone());
        Ok(Town { slack, discord, server, client, podwhy, logs, folder, addresses })
    }

    /// A bot of this name: a name that comes again is the same one, started again.
    pub(super) fn replica(&self, number: usize) -> anyhow::Result<Replica> {
        let mut command = Command::new(&self.podwhy);
        command
            .args(["serve", "--config"])
            .arg(self.folder.path().join(format!("{number}.toml")))
            .args(["--slack-api", &self.slack.api_url()])
            .args(["--discord-rest", &self.discord.rest_addr().to_string()])
            .args(["--discord-gateway", &self.discord.gateway_url(), "--discord-ca"])
            .arg(self.folder.path().join("ca.pem"))
            .env("HOSTNAME", format!("podwhy-{number}"))
            .env("SLACK_BOT_TOKEN", "xoxb-fake")
            .env("SLACK_APP_TOKEN", "xapp-fake")
            .env("DISCORD_BOT_TOKEN", DISCORD_TOKEN)
            .env("ALERTMANAGER_TOKEN", TOKEN);
        let address = self.addresses.get(number).copied().unwrap_or(self.addresses[0]);
        let log = self.logs.as_deref().map(|logs| logs.join(format!("podwhy-{number}.log")));
        Replica::start(command, address, log.as_deref())
    }

    /// Keeps what Slack was asked, a line a call, and what the ledger holds.
    pub(super) async fn keep_calls(&self) -> anyhow::Result<()> {
        let Some(logs) = &self.logs else { return Ok(()) };
        std::fs::write(logs.join("incidents.json"), self.incidents().await?.to_string())?;
        let line = |call: podwhy_fakes::slack::record::Request| {
            let answer = call.answer.map_or("nothing".to_string(), |answer| format!("{answer:?}"));
            let (at, body) = (call.at.as_secs_f64(), call.body.to_string());
            let short = |text: &str| text.chars().take(400).collect::<String>();
            format!("{at:.2} {} {} {}\n", call.method, short(&answer), short(&body))
        };
        let calls: String = self.slack.requests().into_iter().map(line).collect();
        Ok(std::fs::write(logs.join("slack.txt"), calls)?)
    }

    /// It fails from now on.
    pub(super) async fn break_down(&self, trouble: &Trouble) -> anyhow::Result<()> {
        match trouble.object() {
            Some(object) => self.server.put(&object).await,
            None => Ok(()),
        }
    }

    /// Whether the ledger holds a message that was tried and of which it has no receipt.
    pub(super) async fn has_lost_a_receipt(&self) -> anyhow::Result<bool> {
        let list = self.incidents().await?;
        let posts = list["items"].as_array().into_iter().flatten();
        let mut posts = posts.flat_map(|one| one["status"]["posts"].as_array().into_iter().flatten());
        Ok(posts.any(|post| post["attemptedAt"].is_string() && !post["message"].is_string()))
    }
}

impl Town {
    async fn incidents(&self) -> anyhow::Result<Value> {
        let path = "/apis/podwhy.dev/v1alpha1/namespaces/podwhy/incidents";
        Ok(self.client.request(Request::get(path).body(Vec::new())?).await?)
    }
}

/// Sends it until it is taken, as Alertmanager does.
pub(super) async fn deliver(address: SocketAddr, group: Value) -> anyhow::Result<()> {
    let (bearer, body) = (format!("Bearer {TOKEN}"), group.to_string());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let end = Instant::now() + PATIENCE * 4;
    loop {
        let sent = send(address, "POST", "/alertmanager", &headers, body.as_bytes());
        if matches!(timeout(Duration::from_secs(10), sent).await, Ok(Ok(answer)) if answer.status == 200) {
            return Ok(());
        }
        ensure!(Instant::now() < end, "an alert was not taken: {body}");
        sleep(Duration::from_millis(200)).await;
    }
}

fn config(kubeconfig: &str, listen: SocketAddr) -> String {
    let route = |app: &str, id: &str| {
        format!("[[routes]]\napp = \"{app}\"\nchannel = \"{id}\"\nof = [\"prod:*\"]\nwatch = true\n")
    };
    let (slack, discord) = (SLACK, DISCORD.to_string());
    let places =
        [channel("slack", slack), channel("discord", &discord)].concat().replace("playground:", "prod:");
    format!(
        "[serve]\nlisten = \"{listen}\"\nlog_level = \"debug\"\nclaims = \"leases\"\nnamespace = \"podwhy\"\n\
         [slack]\nbot_token = {{ env = \"SLACK_BOT_TOKEN\" }}\napp_token = {{ env = \"SLACK_APP_TOKEN\" }}\n\
         [discord]\nbot_token = {{ env = \"DISCORD_BOT_TOKEN\" }}\n{places}\
         [[clusters]]\nname = \"prod\"\nkubeconfig = \"{kubeconfig}\"\n\
         [alertmanager]\nbearer_token = {{ env = \"ALERTMANAGER_TOKEN\" }}\ncluster = \"prod\"\n\
         [incidents]\nstorm_threads = 50\nstorm_window = \"1m\"\n{}{}",
        route("slack", slack),
        route("discord", &discord),
    )
}

fn slack() -> podwhy_fakes::slack::Setup {
    let events = ["app_home_opened", "app_mention", "message.im"].map(str::to_string).to_vec();
    let channels = vec![Channel::public(SLACK, "ops").with(&["U0ANN"]).joined()];
    podwhy_fakes::slack::Setup { channels, events, ..podwhy_fakes::slack::Setup::default() }
}

fn discord() -> podwhy_fakes::discord::Setup {
    let guild = GuildSetup::new(DISCORD - 1, "Acme").channel(DISCORD, "ops", Permissions::ALL);
    podwhy_fakes::discord::Setup::new(DISCORD_TOKEN, APPLICATION).guild(guild)
}
