//! How the bot is started, and what it asks of others.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use podwhy_flow::chat::Answering;
use podwhy_flow::ports::{Claims, Clock, IncidentClicks};
use secrecy::SecretString;

use crate::metrics::Metrics;

/// How long the bot waits, for what.
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// To acknowledge an interaction. Discord forgets one after 3 s:
    /// <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-callback>
    pub acknowledge: Duration,
    /// One exchange with the REST API.
    pub exchange: Duration,
    /// One call, with what Discord's rate limits make it wait.
    pub call: Duration,
    /// One question, from its acknowledgement until there is something to show; more than `timeouts.total` of the flow.
    pub answer: Duration,
    /// A completion: it is of no use once more is typed.
    pub complete: Duration,
    /// How long the gateway may give no sign of life. Its heartbeat is acknowledged about every 41 s.
    pub silence: Duration,
    /// The wait before the gateway's first restart; it doubles from there.
    pub restart: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            acknowledge: Duration::from_secs(3),
            exchange: Duration::from_secs(10),
            call: Duration::from_secs(30),
            answer: Duration::from_secs(60),
            complete: Duration::from_millis(1500),
            silence: Duration::from_secs(100),
            restart: Duration::from_secs(1),
        }
    }
}

/// Another Discord than the real one: for tests. Nothing but these two addresses is ever dialled then.
#[derive(Clone, Debug)]
pub struct ApiOverride {
    /// Where `https://discord.com` is.
    pub rest: SocketAddr,
    /// The only authority, in PEM, that may have signed its certificate.
    pub ca_pem: Vec<u8>,
    /// The gateway: `ws://127.0.0.1:1234`. What the REST API says of it is not heeded.
    pub gateway: String,
}

/// How the bot is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// The bot's token, with or without `Bot ` before it.
    pub token: SecretString,
    /// The only servers (ids) it answers in, and has its commands in. Empty: every server it was invited to.
    pub guilds: Vec<String>,
    /// The command's name, without the slash.
    pub command: String,
    /// The channels (ids) that are looked through at the start, for messages an earlier process left unfinished.
    pub channels: Vec<String>,
    /// Another Discord than the real one.
    pub api: Option<ApiOverride>,
    /// How long it waits, for what.
    pub timeouts: Timeouts,
    /// How many questions are looked into at a time.
    pub parallel: usize,
    /// How many more may wait; beyond it people are told that podwhy is busy.
    pub waiting: usize,
    /// How many messages may be watched at a time.
    pub watches: usize,
}

impl Options {
    /// The usual options.
    pub fn new(token: SecretString) -> Options {
        Options {
            token,
            guilds: Vec::new(),
            command: "pod".to_string(),
            channels: Vec::new(),
            api: None,
            timeouts: Timeouts::default(),
            parallel: 32,
            waiting: 512,
            watches: 100,
        }
    }
}

/// What the bot asks of others.
#[derive(Clone)]
pub struct Ports {
    /// The flow.
    pub answering: Arc<dyn Answering>,
    /// Which replica takes up a watch, or a question of which none knows whose it is.
    pub claims: Arc<dyn Claims>,
    /// Does what the buttons of incidents say; without it, whoever presses one is told that no incidents are kept here.
    pub incidents: Option<Arc<dyn IncidentClicks>>,
    /// The time, by which messages of an earlier process are old.
    pub clock: Clock,
    /// Where it counts.
    pub metrics: Metrics,
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ports").field("claims", &self.claims).finish_non_exhaustive()
    }
}
