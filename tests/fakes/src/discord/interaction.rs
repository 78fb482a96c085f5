//! What people do with the bot, and the dispatch that tells it.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::state::State;
use super::world::{Channel, merge};

/// How long an interaction waits to be acknowledged.
pub const ACKNOWLEDGE_WITHIN: Duration = Duration::from_secs(3);

/// How long an interaction's token lives.
pub const TOKEN_LIVES: Duration = Duration::from_secs(15 * 60);

/// How large a file may be, in bytes, without boosts: what the dispatches say.
pub(super) const LARGEST_FILE: usize = 10 * 1024 * 1024;

/// A kind of interaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A slash command, or one of a message's menu: type 2.
    Command,
    /// A click: type 3.
    Click,
    /// A completion: type 4.
    Autocomplete,
    /// A form that popped up after a command, filled in: type 5.
    Form,
    /// A form that popped up after a click, filled in: type 5.
    FormOfClick,
}

impl Kind {
    pub(super) fn number(self) -> u8 {
        match self {
            Kind::Command => 2,
            Kind::Click => 3,
            Kind::Autocomplete => 4,
            Kind::Form | Kind::FormOfClick => 5,
        }
    }

    /// The callback types it takes.
    /// <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type>
    pub(super) fn takes(self, callback: u64) -> bool {
        match self {
            Kind::Command => matches!(callback, 4 | 5 | 9),
            Kind::Click => matches!(callback, 4..=7 | 9),
            Kind::Autocomplete => callback == 8,
            // no form after a form; an edit only where there is a message to edit
            Kind::Form => matches!(callback, 4 | 5),
            Kind::FormOfClick => matches!(callback, 4..=7),
        }
    }
}

/// How an interaction was acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// By whom: the name of the [`Door`](super::Door).
    pub client: String,
    /// The callback's type.
    pub kind: u64,
    /// How long after the dispatch.
    pub latency: Duration,
    pub(super) answer_lost: bool,
}

/// Something a person did with the bot.
#[derive(Clone, Debug)]
pub struct Interaction {
    /// Its id.
    pub id: u64,
    /// Its kind.
    pub kind: Kind,
    /// Who did it.
    pub user: u64,
    /// Where.
    pub channel: u64,
    /// The message that was clicked on.
    pub clicked: Option<u64>,
    /// How it was acknowledged, if it was.
    pub acknowledged: Option<Acknowledged>,
    /// What `@original` is now: the reply, or after an update the message that was clicked on.
    pub original: Option<u64>,
    /// The form that popped up for it, as it was sent.
    pub form: Option<Value>,
    /// The interaction whose form this one is, filled in.
    pub form_of: Option<u64>,
    /// To how many sessions it was dispatched.
    pub dispatched: usize,
    /// What was dispatched.
    pub payload: Value,
    pub(super) token: String,
    pub(super) at: Instant,
    pub(super) name: String,
    /// The `type` of a reply: 20 after a slash command, 23 after a message command, 0 after a click.
    pub(super) reply_type: u8,
}

impl Interaction {
    pub(super) fn is_dead(&self, now: Instant) -> bool {
        now.duration_since(self.at) > TOKEN_LIVES
    }
}

/// What somebody does, before it has an id.
#[derive(Clone, Debug)]
pub(super) struct Deed {
    pub(super) kind: Kind,
    pub(super) user: u64,
    pub(super) channel: u64,
    pub(super) data: Value,
    pub(super) clicked: Option<u64>,
    pub(super) form_of: Option<u64>,
    pub(super) name: String,
    pub(super) reply_type: u8,
}

impl State {
    /// Gives it an id and a token, and dispatches it to every session.
    pub(super) fn interact(&mut self, deed: Deed, channel: &Channel) -> u64 {
        let id = self.clock.id();
        // as opaque and as long as real ones, which are base64 of more
        let token = format!("aW50ZXJhY3Rpb246{id}x{:032x}", id.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut payload = self.payload(&deed, channel);
        merge(&mut payload, json!({"id": id.to_string(), "token": token}));
        let dispatched = self.dispatch("INTERACTION_CREATE", &payload);
        let interaction = Interaction {
            id,
            kind: deed.kind,
            user: deed.user,
            channel: deed.channel,
            clicked: deed.clicked,
            acknowledged: None,
            original: None,
            form: None,
            form_of: deed.form_of,
            dispatched,
            payload,
            token,
            at: Instant::now(),
            name: deed.name,
            reply_type: deed.reply_type,
        };
        self.interactions.insert(id, interaction);
        id
    }

    /// The dispatch, in the shape of real ones, which have more than the documentation shows.
    fn payload(&self, deed: &Deed, channel: &Channel) -> Value {
        let locale = self.world.users.get(&deed.user).map_or("en-US", |user| &user.locale);
        let mut payload = json!({
            "application_id": self.world.application.to_string(), "type": deed.kind.number(), "version": 1,
            "data": deed.data, "channel_id": channel.id.to_string(),
            "channel": self.world.channel_object(channel, true), "locale": locale,
            "app_permissions": self.world.permissions(channel).0.to_string(), "entitlements": [],
            "entitlement_sku_ids": [], "attachment_size_limit": LARGEST_FILE,
        });
        let guild = channel.guild.and_then(|id| self.world.guilds.get(&id));
        let whose = match guild {
            Some(guild) => json!({
                "guild_id": guild.id.to_string(), "guild_locale": guild.locale, "context": 0,
                "guild": {"id": guild.id.to_string(), "locale": guild.locale, "features": ["COMMUNITY"]},
                "member": self.world.member(deed.user),
                "authorizing_integration_owners": {"0": guild.id.to_string()},
            }),
            None => json!({
                "context": 1, "user": self.world.user(deed.user), "authorizing_integration_owners": {"0": "0"},
            }),
        };
        merge(&mut payload, whose);
        if let Some(message) = deed.clicked.and_then(|id| self.messages.get(&id)) {
            merge(&mut payload, json!({"message": message.object(&self.world)}));
        }
        payload
    }
}
