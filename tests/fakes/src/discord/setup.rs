//! The world a fake begins with.

use std::time::Duration;

/// What the bot may do in a channel: bits of Discord's [permissions].
///
/// [permissions]: https://discord.com/developers/docs/topics/permissions
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions(pub u64);

impl Permissions {
    /// Nothing: the channel is not even seen.
    pub const NONE: Permissions = Permissions(0);
    /// VIEW_CHANNEL
    pub const VIEW: Permissions = Permissions(1 << 10);
    /// SEND_MESSAGES
    pub const SEND: Permissions = Permissions(1 << 11);
    /// EMBED_LINKS
    pub const EMBED: Permissions = Permissions(1 << 14);
    /// ATTACH_FILES
    pub const ATTACH: Permissions = Permissions(1 << 15);
    /// READ_MESSAGE_HISTORY
    pub const HISTORY: Permissions = Permissions(1 << 16);
    /// CREATE_PUBLIC_THREADS
    pub const CREATE_THREADS: Permissions = Permissions(1 << 35);
    /// SEND_MESSAGES_IN_THREADS
    pub const SEND_IN_THREADS: Permissions = Permissions(1 << 38);
    /// All that a bot like this one asks for.
    pub const ALL: Permissions = Permissions(
        Self::VIEW.0
            | Self::SEND.0
            | Self::EMBED.0
            | Self::ATTACH.0
            | Self::HISTORY.0
            | Self::CREATE_THREADS.0
            | Self::SEND_IN_THREADS.0,
    );

    /// Both.
    pub const fn and(self, other: Permissions) -> Permissions {
        Permissions(self.0 | other.0)
    }

    /// These without those.
    pub const fn without(self, other: Permissions) -> Permissions {
        Permissions(self.0 & !other.0)
    }

    /// Whether all of those are among these.
    pub const fn has(self, other: Permissions) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What a [`FakeDiscord`](super::FakeDiscord) is started with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The bot's token: the only one that is taken.
    pub token: String,
    /// The application's id; its bot user has the same, as those of newer applications do.
    pub application: u64,
    /// The guilds the bot is in.
    pub guilds: Vec<GuildSetup>,
    /// The people. Each is a member of every guild.
    pub users: Vec<UserSetup>,
    /// How often a client must send a heartbeat. Discord's own is 41.25 s.
    pub heartbeat: Duration,
    /// Whether the privileged intents were switched on for the application; else asking for one closes with 4014.
    pub privileged_intents: bool,
    /// Whether the rate limits that Discord is known to have are kept. Those made by
    /// [`rate_limit`](super::FakeDiscord::rate_limit) always are.
    pub rate_limits: bool,
    /// The roles and people that the bot is configured to call: `allowed_mentions` may name them, and nobody else.
    pub callable: Vec<u64>,
}

impl Setup {
    /// An application without guilds or people.
    pub fn new(token: &str, application: u64) -> Setup {
        Setup {
            token: token.to_string(),
            application,
            guilds: Vec::new(),
            users: Vec::new(),
            heartbeat: Duration::from_millis(41_250),
            privileged_intents: false,
            rate_limits: true,
            callable: Vec::new(),
        }
    }

    /// With a guild more.
    pub fn guild(mut self, guild: GuildSetup) -> Setup {
        self.guilds.push(guild);
        self
    }

    /// With a person more.
    pub fn user(mut self, user: UserSetup) -> Setup {
        self.users.push(user);
        self
    }
}

/// A guild.
#[derive(Clone, Debug)]
pub struct GuildSetup {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its language, as interactions carry it: `en-US`.
    pub locale: String,
    /// Its text channels.
    pub channels: Vec<ChannelSetup>,
}

impl GuildSetup {
    /// An English one without channels.
    pub fn new(id: u64, name: &str) -> GuildSetup {
        GuildSetup { id, name: name.to_string(), locale: "en-US".to_string(), channels: Vec::new() }
    }

    /// With a text channel more.
    pub fn channel(mut self, id: u64, name: &str, bot: Permissions) -> GuildSetup {
        self.channels.push(ChannelSetup { id, name: name.to_string(), bot });
        self
    }
}

/// A text channel of a guild.
#[derive(Clone, Debug)]
pub struct ChannelSetup {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// What the bot may do there.
    pub bot: Permissions,
}

/// A person, or somebody else's bot.
#[derive(Clone, Debug)]
pub struct UserSetup {
    /// Their id.
    pub id: u64,
    /// Their name.
    pub name: String,
    /// Their language: `en-US`, `zh-CN`.
    pub locale: String,
    /// The ids of their roles.
    pub roles: Vec<u64>,
    /// Whether it is a bot: one that posts alerts.
    pub bot: bool,
}

impl UserSetup {
    /// A person who uses Discord in English and has no roles.
    pub fn new(id: u64, name: &str) -> UserSetup {
        UserSetup { id, name: name.to_string(), locale: "en-US".to_string(), roles: Vec::new(), bot: false }
    }

    /// Somebody else's bot.
    pub fn bot(id: u64, name: &str) -> UserSetup {
        UserSetup { bot: true, ..UserSetup::new(id, name) }
    }
}
