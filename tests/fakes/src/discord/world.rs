//! Guilds, channels, threads, direct messages and people, and each as Discord writes it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::clock::Clock;
use super::refusal::Refusal;
use super::setup::{Permissions, Setup, UserSetup};

/// What a person may do: everything a member can, as in the captured dispatches.
pub(super) const PERSON: u64 = 2_147_483_647;

/// When everyone joined.
const JOINED: &str = "2025-02-28T14:56:24.701000+00:00";

#[derive(Clone, Debug)]
pub(super) struct Guild {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) locale: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Text,
    Thread { parent: u64, owner: u64, archived: bool, since: String, minutes: u64 },
    Direct { user: u64 },
}

#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub(super) id: u64,
    pub(super) guild: Option<u64>,
    pub(super) name: String,
    pub(super) bot: Permissions,
    pub(super) place: Place,
    pub(super) last_message: Option<u64>,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) token: String,
    pub(super) application: u64,
    pub(super) guilds: BTreeMap<u64, Guild>,
    pub(super) channels: BTreeMap<u64, Channel>,
    pub(super) users: BTreeMap<u64, UserSetup>,
    /// Whom the bot may call.
    pub(super) callable: Vec<u64>,
}

impl World {
    pub(super) fn new(setup: &Setup) -> World {
        let mut world = World {
            token: setup.token.clone(),
            application: setup.application,
            guilds: BTreeMap::new(),
            channels: BTreeMap::new(),
            users: setup.users.iter().map(|user| (user.id, user.clone())).collect(),
            callable: setup.callable.clone(),
        };
        let bot = UserSetup::bot(setup.application, "podwhy");
        world.users.insert(bot.id, bot);
        for guild in &setup.guilds {
            let known = Guild { id: guild.id, name: guild.name.clone(), locale: guild.locale.clone() };
            world.guilds.insert(guild.id, known);
            for channel in &guild.channels {
                let channel = Channel {
                    id: channel.id,
                    guild: Some(guild.id),
                    name: channel.name.clone(),
                    bot: channel.bot,
                    place: Place::Text,
                    last_message: None,
                };
                world.channels.insert(channel.id, channel);
            }
        }
        world
    }

    pub(super) fn channel(&self, id: u64) -> Result<&Channel, Refusal> {
        self.channels.get(&id).ok_or_else(Refusal::unknown_channel)
    }

    /// What the bot may do there: in a thread, what its parent says.
    pub(super) fn permissions(&self, channel: &Channel) -> Permissions {
        match channel.place {
            Place::Text => channel.bot,
            Place::Direct { .. } => Permissions::ALL,
            Place::Thread { parent, .. } => self.channels.get(&parent).map_or(Permissions::NONE, |p| p.bot),
        }
    }

    /// A channel that the bot sees, if it may do all that.
    pub(super) fn reach(&self, id: u64, need: Permissions) -> Result<&Channel, Refusal> {
        let channel = self.channel(id)?;
        let may = self.permissions(channel);
        if !may.has(Permissions::VIEW) {
            return Err(Refusal::missing_access());
        }
        if !may.has(need) {
            return Err(Refusal::missing_permissions());
        }
        Ok(channel)
    }

    /// The channel of direct messages with somebody, opened if need be.
    pub(super) fn direct(&mut self, user: u64, clock: &mut Clock) -> u64 {
        let known = self.channels.values().find(|c| c.place == Place::Direct { user });
        if let Some(channel) = known {
            return channel.id;
        }
        let id = clock.id();
        let channel = Channel {
            id,
            guild: None,
            name: String::new(),
            bot: Permissions::ALL,
            place: Place::Direct { user },
            last_message: None,
        };
        self.channels.insert(id, channel);
        id
    }

    /// A user object. Somebody unknown is written with their id alone.
    pub(super) fn user(&self, id: u64) -> Value {
        let known = self.users.get(&id);
        let name = known.map_or("unknown", |user| &user.name);
        let bot = known.is_some_and(|user| user.bot);
        json!({
            "id": id.to_string(), "username": name.to_lowercase(), "global_name": name, "discriminator": "0",
            "avatar": null, "avatar_decoration_data": null, "banner": null, "accent_color": null, "clan": null,
            "collectibles": null, "display_name_styles": null, "primary_guild": null, "public_flags": 0, "bot": bot,
        })
    }

    /// A member object as an interaction carries it.
    pub(super) fn member(&self, id: u64) -> Value {
        let roles: Vec<String> =
            self.users.get(&id).iter().flat_map(|user| user.roles.iter().map(u64::to_string)).collect();
        json!({
            "user": self.user(id), "roles": roles, "joined_at": JOINED, "permissions": PERSON.to_string(),
            "avatar": null, "banner": null, "collectibles": null, "communication_disabled_until": null, "deaf": false,
            "flags": 0, "mute": false, "nick": null, "pending": false, "premium_since": null,
            "unusual_dm_activity_until": null,
        })
    }

    /// A channel object; in an interaction with what the person may do there.
    pub(super) fn channel_object(&self, channel: &Channel, in_interaction: bool) -> Value {
        let mut object = json!({
            "id": channel.id.to_string(), "flags": 0,
            "last_message_id": channel.last_message.map(|id| id.to_string()),
        });
        let more = match &channel.place {
            Place::Direct { user } => json!({"type": 1, "recipients": [self.user(*user)]}),
            Place::Text => json!({
                "type": 0, "name": channel.name, "nsfw": false, "parent_id": null, "position": 0, "topic": null,
                "rate_limit_per_user": 0, "permission_overwrites": [],
            }),
            Place::Thread { parent, owner, archived, since, minutes } => json!({
                "type": 11, "name": channel.name, "parent_id": parent.to_string(), "owner_id": owner.to_string(),
                "message_count": 0, "member_count": 1, "total_message_sent": 0, "rate_limit_per_user": 0,
                "thread_metadata": {"archived": archived, "auto_archive_duration": minutes, "archive_timestamp": since,
                    "create_timestamp": since, "locked": false},
            }),
        };
        merge(&mut object, more);
        if let Some(guild) = channel.guild {
            merge(&mut object, json!({"guild_id": guild.to_string()}));
        }
        if in_interaction {
            merge(&mut object, json!({"permissions": PERSON.to_string()}));
            if let Some(fields) = object.as_object_mut() {
                fields.remove("permission_overwrites");
            }
        }
        object
    }

    /// A guild as GUILD_CREATE has it.
    pub(super) fn guild_object(&self, guild: &Guild) -> Value {
        let of = |thread: bool| -> Vec<Value> {
            let here = self.channels.values().filter(|c| c.guild == Some(guild.id));
            here.filter(|c| matches!(c.place, Place::Thread { .. }) == thread)
                .map(|c| self.channel_object(c, false))
                .collect()
        };
        let everyone = json!({
            "id": guild.id.to_string(), "name": "@everyone", "color": 0, "hoist": false, "managed": false, "flags": 0,
            "mentionable": false, "permissions": PERSON.to_string(), "position": 0, "icon": null, "unicode_emoji": null,
        });
        let mut object = json!({
            "id": guild.id.to_string(), "name": guild.name, "icon": null, "splash": null, "discovery_splash": null,
            "owner_id": self.application.to_string(), "afk_channel_id": null, "afk_timeout": 300, "region": "deprecated",
            "verification_level": 1, "default_message_notifications": 1, "explicit_content_filter": 0,
            "roles": [everyone], "emojis": [], "features": ["COMMUNITY"], "mfa_level": 0, "application_id": null,
        });
        let more = json!({
            "system_channel_id": null, "system_channel_flags": 0, "rules_channel_id": null, "vanity_url_code": null,
            "description": null, "banner": null, "premium_tier": 0, "premium_subscription_count": 0,
            "preferred_locale": guild.locale, "public_updates_channel_id": null, "nsfw_level": 0, "stickers": [],
            "premium_progress_bar_enabled": false, "joined_at": JOINED, "large": false, "unavailable": false,
            "member_count": self.users.len(), "voice_states": [], "members": [self.member(self.application)],
            "channels": of(false), "threads": of(true), "presences": [], "stage_instances": [],
            "guild_scheduled_events": [], "safety_alerts_channel_id": null, "soundboard_sounds": [],
        });
        merge(&mut object, more);
        object
    }
}

/// Puts the keys of one object into another.
pub(super) fn merge(into: &mut Value, from: Value) {
    if let (Some(into), Value::Object(from)) = (into.as_object_mut(), from) {
        into.extend(from);
    }
}
