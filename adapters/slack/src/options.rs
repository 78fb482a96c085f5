//! How the adapter is set up.

use std::time::Duration;

use podwhy_knowledge::Lang;
use secrecy::SecretString;
use thiserror::Error;
use url::{Host, Url};

/// Slack's own API: <https://docs.slack.dev/apis/web-api/>.
pub const API: &str = "https://slack.com/api";

/// How Slack is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// The bot's token (`xoxb-…`).
    pub bot_token: SecretString,
    /// How questions come in.
    pub mode: Mode,
    /// The API's base; `http` is taken on loopback only, for tests.
    pub api: String,
    /// The slash command, as it is set up in Slack: `/pod`.
    pub command: String,
    /// Ids of the channels that are configured: where unfinished messages are looked for.
    pub channels: Vec<String>,
    /// Ids of the user groups that are configured: who is in them is asked for.
    pub user_groups: Vec<String>,
    /// The language of the little that is said before a question is read: busy, no claim.
    pub lang: Lang,
    /// How much at once.
    pub limits: Limits,
    /// How long.
    pub timeouts: Timeouts,
}

/// How questions come in.
#[derive(Clone, Debug)]
pub enum Mode {
    /// Socket Mode: podwhy dials Slack. <https://docs.slack.dev/apis/events-api/using-socket-mode/>
    Socket {
        /// The app's token (`xapp-…`) with `connections:write`.
        app_token: SecretString,
        /// How many connections are held; Slack allows ten an app, over all replicas.
        connections: usize,
    },
    /// Slack dials podwhy. <https://docs.slack.dev/apis/events-api/using-http-request-urls/>
    Events {
        /// What Slack signs its requests with.
        signing_secret: SecretString,
    },
}

/// How much at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Questions taken in and not yet answered; whoever asks beyond them is told that podwhy is busy.
    pub waiting: usize,
    /// Questions the clusters are asked about at once.
    pub answering: usize,
    /// Messages that are watched until well.
    pub watches: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { waiting: 500, answering: 32, watches: 50 }
    }
}

/// How long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// One call of the Web API.
    pub call: Duration,
    /// From dialling a socket to its open stream, and again to its `hello`.
    pub connect: Duration,
    /// Between two pings of a socket.
    pub ping: Duration,
    /// A socket that shows no life for this long is dropped.
    pub silence: Duration,
    /// One answer, at most: what the flow's own limit may overrun.
    pub answer: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Timeouts {
            call: seconds(10),
            connect: seconds(10),
            ping: seconds(5),
            silence: seconds(20),
            answer: seconds(60),
        }
    }
}

impl Options {
    /// With Slack's own API, `/pod`, and the usual limits.
    pub fn new(bot_token: SecretString, mode: Mode) -> Options {
        Options {
            bot_token,
            mode,
            api: API.to_string(),
            command: "/pod".to_string(),
            channels: Vec::new(),
            user_groups: Vec::new(),
            lang: Lang::default(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
        }
    }

    /// Whether the API is an unencrypted one on this machine: then, and only then, nothing needs to be encrypted.
    pub(crate) fn is_local(&self) -> Result<bool, StartError> {
        let wrong = |why: &str| StartError::Options(format!("slack: the API's base URL {why}"));
        let url = Url::parse(&self.api).map_err(|_| wrong("is no URL"))?;
        match url.scheme() {
            "https" => Ok(false),
            "http" if is_loopback(&url) => Ok(true),
            "http" => Err(wrong("is not encrypted: http is for loopback only")),
            _ => Err(wrong("is neither https nor http")),
        }
    }
}

/// Whether a URL names this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Why Slack was not started.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StartError {
    /// An option is wrong; the message says which.
    #[error("{0}")]
    Options(String),
    /// Slack does not know the bot's token; with Slack's own word for it.
    #[error("Slack refuses the bot token: {0}")]
    Token(String),
    /// No encrypted connection can be made from this machine.
    #[error("no TLS for Slack: {0}")]
    Tls(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_may_be_unencrypted() {
        let with = |api: &str| {
            let mode = Mode::Events { signing_secret: "s".into() };
            Options { api: api.to_string(), ..Options::new("t".into(), mode) }.is_local()
        };
        assert_eq!(with(API), Ok(false));
        assert_eq!(with("http://127.0.0.1:8080/api"), Ok(true));
        assert_eq!(with("http://[::1]/api"), Ok(true));
        assert!(with("http://slack.com/api").is_err());
        assert!(with("http://127.0.0.1.evil.example/api").is_err());
        assert!(with("ws://127.0.0.1/api").is_err());
        assert!(with("slack").is_err());
    }

    #[test]
    fn no_token_is_shown() {
        let mode = Mode::Socket { app_token: "xapp-secret".into(), connections: 2 };
        let shown = format!("{:?}", Options::new("xoxb-secret".into(), mode));
        assert!(!shown.contains("secret"), "{shown}");
    }
}
