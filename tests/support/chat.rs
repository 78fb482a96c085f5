//! The whole bot in this process, over a playground, in a fake Slack and a fake Discord.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use podwhy::chats::ChatOptions;
use podwhy::clusters::Flags;
use podwhy::config::{Inputs, Settings, load};
use podwhy::{Options, Running, ServeOptions};
use podwhy_api::seal::Key;
use podwhy_discord::ApiOverride;
use podwhy_fakes::discord::{Door, FakeDiscord};
use podwhy_fakes::slack::FakeSlack;
use podwhy_flow::ports::Clock;
use serde_json::Value;

use crate::http::{Response, send};

/// A pod of the playground that fails, and its cause.
pub const RANKER: &str = "catalogue/ranker-75f9d6c8b4-h6kqs";

/// Nothing on loopback takes longer.
pub const SOON: Duration = Duration::from_secs(90);

/// What is configured of both apps; a test adds its channels.
const SECTIONS: [(&str, &str); 2] = [
    (
        "slack",
        "[slack]\nbot_token = { env = \"SLACK_BOT_TOKEN\" }\napp_token = { env = \"SLACK_APP_TOKEN\" }\n",
    ),
    ("discord", "[discord]\nbot_token = { env = \"DISCORD_BOT_TOKEN\" }\n"),
];

/// The token the fake Discord takes.
pub const DISCORD_TOKEN: &str = "MTIzNDU2Nzg5MDEyMzQ1Njc4.fake.token-of-a-test-application";

/// What the bot signs tickets to node agents with: made of thirty-two ones.
const TICKET_KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\n-----END PRIVATE KEY-----\n";

/// What agents know it by.
///
/// # Errors
/// Never: it is a key.
pub fn ticket_key() -> anyhow::Result<String> {
    Ok(Key::from_pem(TICKET_KEY)?.public_pem()?)
}

/// A bot to start.
#[derive(Default)]
pub struct Bot<'f> {
    /// In this Slack.
    pub slack: Option<&'f FakeSlack>,
    /// In this Discord: [`at`].
    pub discord: Option<ApiOverride>,
    /// On the cluster of this kubeconfig; without it, on the clusters of the configuration, else on a playground of its own.
    pub kubeconfig: Option<std::path::PathBuf>,
    /// The rest of the configuration, in TOML.
    pub more: String,
    /// Options besides.
    pub options: ChatOptions,
}

impl Bot<'_> {
    /// Its settings.
    ///
    /// # Errors
    /// When the configuration is wrong.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        let wanted = |app: &str| match app {
            "slack" => self.slack.is_some() && !self.more.contains("[slack]"),
            _ => self.discord.is_some(),
        };
        let sections = SECTIONS.iter().filter(|(app, _)| wanted(app)).map(|(_, section)| *section);
        let text = format!("{}{}", sections.collect::<String>(), self.more);
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("config.toml");
        std::fs::write(&file, &text)?;
        let inputs = Inputs { file: Some(file), ..Inputs::default() };
        Ok(load(&inputs).with_context(|| text)?.settings)
    }

    /// Starts it.
    ///
    /// # Errors
    /// As the bot itself.
    pub async fn start(self) -> anyhow::Result<Running> {
        let settings = self.settings()?;
        let mut chats = self.options;
        chats.listen = chats.listen.or(Some(([127, 0, 0, 1], 0).into()));
        let variables = [
            ("SLACK_BOT_TOKEN", "xoxb-fake"),
            ("SLACK_APP_TOKEN", "xapp-fake"),
            ("SLACK_SIGNING_SECRET", "fake-signing-secret"),
            ("PODWHY_REMEDIATION_KEY", "a-key-of-tests-that-is-long-enough"),
            ("DISCORD_BOT_TOKEN", DISCORD_TOKEN),
            ("PODWHY_TICKET_KEY", TICKET_KEY),
        ];
        let own: BTreeMap<String, String> =
            variables.map(|(name, value)| (name.to_string(), value.to_string())).into();
        chats.environment = Some(chats.environment.unwrap_or(own));
        chats.slack_api = self.slack.map(FakeSlack::api_url);
        chats.discord_api = self.discord.clone();
        let flags = Flags { kubeconfig: self.kubeconfig.clone(), context: None };
        let playground = self.kubeconfig.is_none() && !self.more.contains("[[clusters]]");
        podwhy::start(Options::serve(settings, ServeOptions { playground, flags, chats })).await
    }
}

/// A fake Discord, by one of its doors.
pub fn at(discord: &FakeDiscord, door: &Door) -> ApiOverride {
    ApiOverride {
        rest: door.rest_addr(),
        ca_pem: discord.ca_pem().as_bytes().to_vec(),
        gateway: door.gateway_url(),
    }
}

/// A channel that may read everything of the playground's main cluster.
pub fn channel(app: &str, id: &str) -> String {
    format!("[[channels]]\napp = \"{app}\"\nid = \"{id}\"\nread = [\"playground:*\"]\n")
}

/// The time as the bot is told it: the wall clock at the start, and from there tokio's, which a test can move.
pub fn clock() -> Clock {
    let (start, since) = (jiff::Timestamp::now(), tokio::time::Instant::now());
    Clock::new(move || {
        let passed = jiff::SignedDuration::try_from(since.elapsed()).unwrap_or_default();
        start.checked_add(passed).unwrap_or(start)
    })
}

/// Lets this much time pass at once.
pub async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// Asks the playground of a bot itself, as whoever may do everything.
///
/// # Errors
/// When it has none, or there is no answer.
pub async fn ask_playground(
    running: &Running,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> anyhow::Result<Response> {
    let kubeconfig = std::fs::read_to_string(running.kubeconfig().context("it is on no playground")?)?;
    let kubeconfig: Value = serde_json::from_str(&kubeconfig)?;
    let mut servers = kubeconfig["clusters"].as_array().into_iter().flatten();
    let server = servers.find(|cluster| cluster["name"] == "playground");
    let server = server.and_then(|cluster| cluster["cluster"]["server"].as_str()).unwrap_or_default();
    let rest = server.strip_prefix("http://").and_then(|rest| rest.split_once('/'));
    let (address, base) = rest.context("an address of the playground")?;
    send(address.parse()?, method, &format!("/{base}{path}"), headers, body).await
}
