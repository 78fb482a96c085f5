//! The workspace a fake starts with.

use std::collections::BTreeMap;

use super::message::{Author, Content};
use super::rate::Limits;

/// What there is before the bot starts. [`Setup::default`] is a small workspace: `C0OPS` with the bot, `C0QUIET` without it,
/// `G0SECRET` private and without it, and the people `U0ANN` and `U0BOB` in all of them.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The ids of the workspace, the app and its bot.
    pub identity: Identity,
    /// What may call all methods but one.
    pub bot_token: String,
    /// What may call `apps.connections.open`, and only that.
    pub app_token: String,
    /// What requests to the bot are signed with.
    pub signing_secret: String,
    /// The slash command, with its slash.
    pub command: String,
    /// People.
    pub users: Vec<User>,
    /// Who is in which user group, by its id.
    pub user_groups: BTreeMap<String, Vec<String>>,
    /// Channels. Direct messages come to be by themselves.
    pub channels: Vec<Channel>,
    /// The events the app is subscribed to, as its manifest has them: `app_mention`, `message.channels`, `message.groups`,
    /// `message.im`, `app_home_opened`. Others are not sent. With `message.channels` the bot hears its own messages too.
    pub events: Vec<String>,
    /// What is answered with 429.
    pub limits: Limits,
    /// How the bot is reached.
    pub mode: Mode,
    /// What the bot's token may do, as each answer says; it is not enforced.
    pub scopes: Vec<String>,
}

impl Default for Setup {
    fn default() -> Setup {
        let people = ["U0ANN", "U0BOB"];
        Setup {
            identity: Identity::default(),
            bot_token: "xoxb-fake".to_string(),
            app_token: "xapp-fake".to_string(),
            signing_secret: "fake-signing-secret".to_string(),
            command: "/pod".to_string(),
            users: vec![User::new("U0ANN", "ann"), User::new("U0BOB", "bob")],
            user_groups: BTreeMap::new(),
            channels: vec![
                Channel::public("C0OPS", "ops").with(&people).joined(),
                Channel::public("C0QUIET", "quiet").with(&people),
                Channel::private("G0SECRET", "secret").with(&people),
            ],
            events: ["app_mention", "message.channels", "message.groups", "message.im", "app_home_opened"]
                .map(str::to_string)
                .to_vec(),
            limits: Limits::default(),
            mode: Mode::Socket,
            scopes: ["commands", "chat:write"].map(str::to_string).to_vec(),
        }
    }
}

/// Ids that every payload carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The workspace.
    pub team: String,
    /// Its domain: `acme` of `acme.slack.com`.
    pub domain: String,
    /// The app.
    pub app: String,
    /// The bot as a member of channels: what is mentioned.
    pub bot_user: String,
    /// The bot as an author of messages.
    pub bot: String,
    /// The bot's name.
    pub name: String,
}

impl Default for Identity {
    fn default() -> Identity {
        let id = str::to_string;
        Identity {
            team: id("T0ACME"),
            domain: id("acme"),
            app: id("A0PODWHY"),
            bot_user: id("U0PODWHY"),
            bot: id("B0PODWHY"),
            name: id("podwhy"),
        }
    }
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// `U…`
    pub id: String,
    /// The name in payloads.
    pub name: String,
    /// The person's workspace, where it is another one: a guest by Slack Connect.
    pub team: Option<String>,
}

impl User {
    /// A person of the workspace.
    pub fn new(id: &str, name: &str) -> User {
        User { id: id.to_string(), name: name.to_string(), team: None }
    }

    /// The same person, of another workspace.
    pub fn of(self, team: &str) -> User {
        User { team: Some(team.to_string()), ..self }
    }
}

/// What a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelKind {
    /// Everyone may join.
    Public,
    /// Who is not a member does not know it exists.
    Private,
    /// One person and the bot.
    Direct,
}

/// A channel.
#[derive(Clone, Debug)]
pub struct Channel {
    /// `C…`, `G…` or `D…`
    pub id: String,
    /// Its name, without `#`.
    pub name: String,
    /// What it is.
    pub kind: ChannelKind,
    /// The people in it.
    pub members: Vec<String>,
    /// Whether the bot is in it.
    pub joined: bool,
    /// Messages from before the bot started, oldest first.
    pub history: Vec<(Author, Content)>,
}

impl Channel {
    /// A public channel without anyone in it.
    pub fn public(id: &str, name: &str) -> Channel {
        Channel::new(id, name, ChannelKind::Public)
    }

    /// A private channel without anyone in it.
    pub fn private(id: &str, name: &str) -> Channel {
        Channel::new(id, name, ChannelKind::Private)
    }

    /// The direct messages of one person with the bot.
    pub(crate) fn direct(user: &str) -> Channel {
        let tail = user.get(1..).unwrap_or(user);
        Channel::new(&format!("D{tail}"), "directmessage", ChannelKind::Direct).with(&[user]).joined()
    }

    fn new(id: &str, name: &str, kind: ChannelKind) -> Channel {
        Channel {
            id: id.to_string(),
            name: name.to_string(),
            kind,
            members: Vec::new(),
            joined: false,
            history: Vec::new(),
        }
    }

    /// These people too.
    pub fn with(mut self, members: &[&str]) -> Channel {
        self.members.extend(members.iter().map(|id| id.to_string()));
        self
    }

    /// The bot too.
    pub fn joined(self) -> Channel {
        Channel { joined: true, ..self }
    }

    /// A message that was there before.
    pub fn said(mut self, author: Author, content: Content) -> Channel {
        self.history.push((author, content));
        self
    }
}

/// How the bot is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Over the sockets it opens.
    Socket,
    /// By signed requests to the three Request URLs of an app's configuration.
    Http {
        /// Event subscriptions.
        events: String,
        /// Slash commands.
        commands: String,
        /// Interactivity and shortcuts.
        interactions: String,
    },
}

impl Mode {
    /// `/slack/events`, `/slack/commands` and `/slack/interactions` under one address.
    pub fn http(bot_url: &str) -> Mode {
        let under = |path: &str| format!("{}/slack/{path}", bot_url.trim_end_matches('/'));
        Mode::Http {
            events: under("events"),
            commands: under("commands"),
            interactions: under("interactions"),
        }
    }
}

/// As whom what follows is sent, where it is not one of the workspace: see [`super::FakeSlack::stranger`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stranger {
    /// By someone of this other organisation who shares the channel (Slack Connect).
    Connect(String),
    /// From this other workspace, in which the app was never installed.
    Workspace(String),
}

pub(crate) fn by_id<T: Clone>(items: &[T], id: impl Fn(&T) -> &str) -> BTreeMap<String, T> {
    items.iter().map(|item| (id(item).to_string(), item.clone())).collect()
}
