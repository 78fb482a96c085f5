//! An interaction as it comes from the gateway: only what is needed of it is read, so that nothing new in it hurts.
//! <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object>

mod filled;
mod typed;

use podwhy_flow::chat::{Asker, Platform};
use podwhy_flow::incident::Typed;
use podwhy_flow::show::text::{head, line};
use podwhy_knowledge::Lang;
use serde_json::Value;
use tokio::time::Instant;

pub(crate) use filled::Filled;
use filled::options;

use crate::id::Id;
use crate::posted;
use crate::rest::Token;

/// What someone did.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// Sent a slash command.
    Slash {
        /// The command.
        command: String,
        /// Its subcommand.
        sub: String,
        /// The options that were filled in.
        options: Filled,
    },
    /// Chose a command in a message's menu.
    OnMessage {
        /// What the message says.
        text: String,
    },
    /// Types an option of a slash command.
    Typing {
        /// The options so far.
        options: Filled,
        /// Which is typed.
        focused: String,
    },
    /// Pressed a button.
    Button {
        /// Its custom id.
        id: String,
        /// The message it is on.
        message: Value,
    },
    /// Filled in a dialog.
    Dialog {
        /// Its custom id.
        id: String,
        /// What stands in its fields, as far as it is taken; `None` where it is no dialog of ours, or lacks one of them.
        typed: Option<Typed>,
        /// The message with the button that opened it.
        message: Value,
    },
    /// Something podwhy offers nobody.
    Other,
}

/// One interaction.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) id: Id,
    pub(crate) token: Token,
    pub(crate) what: What,
    /// When it came here.
    pub(crate) arrived: Instant,
    /// The server; `None` in a direct message.
    pub(crate) guild: Option<Id>,
    pub(crate) channel: Id,
    /// The channel a thread hangs on.
    pub(crate) parent: Option<Id>,
    /// In a conversation of others that the bot is no part of.
    pub(crate) among_others: bool,
    pub(crate) person: Id,
    /// How Discord shows them here; people choose it.
    pub(crate) name: String,
    /// Of the person's own app: where the place says nothing else.
    pub(crate) lang: Lang,
    /// The ids of their roles in the server; none in a direct message.
    pub(crate) roles: Vec<String>,
    /// What the bot may do in the channel; all, where it is not told.
    pub(crate) permissions: u64,
}

/// PRIVATE_CHANNEL: <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object-interaction-context-types>
const AMONG_OTHERS: u64 = 2;

/// The most of a person's name.
const NAME: usize = 80;

impl Received {
    /// Reads one; `None` where it lacks what every interaction has.
    pub(crate) fn read(raw: &Value, arrived: Instant) -> Option<Received> {
        let channel = &raw["channel"];
        let user = [&raw["member"]["user"], &raw["user"]].into_iter().find(|user| user.is_object())?;
        let permissions = raw["app_permissions"].as_str().and_then(|bits| bits.parse().ok());
        Some(Received {
            id: Id::of(&raw["id"])?,
            token: Token::new(Id::of(&raw["application_id"])?, raw["token"].as_str()?),
            what: what(raw),
            arrived,
            guild: Id::of(&raw["guild_id"]),
            channel: Id::of(&raw["channel_id"]).or_else(|| Id::of(&channel["id"]))?,
            parent: Id::of(&channel["parent_id"]).filter(|_| posted::is_thread(channel)),
            among_others: raw["context"].as_u64() == Some(AMONG_OTHERS),
            person: Id::of(&user["id"])?,
            name: name(raw, user),
            lang: if raw["locale"].as_str().is_some_and(|tag| tag.starts_with("zh")) {
                Lang::Zh
            } else {
                Lang::En
            },
            roles: roles(&raw["member"]),
            permissions: permissions.unwrap_or(u64::MAX),
        })
    }

    /// Who asks, and where.
    pub(crate) fn asker(&self) -> Asker {
        let channel = self.guild.map(|_| self.parent.unwrap_or(self.channel).to_string());
        Asker {
            platform: Platform::Discord,
            channel,
            person: self.person.to_string(),
            groups: self.roles.clone(),
        }
    }

    /// For the metric.
    pub(crate) fn kind(&self) -> &'static str {
        match self.what {
            What::Slash { .. } => "command",
            What::OnMessage { .. } => "message",
            What::Typing { .. } => "autocomplete",
            What::Button { .. } => "button",
            What::Dialog { .. } => "dialog",
            What::Other => "other",
        }
    }
}

/// <https://discord.com/developers/docs/resources/guild#guild-member-object>
fn roles(member: &Value) -> Vec<String> {
    let roles = member["roles"].as_array().into_iter().flatten();
    roles.filter_map(Id::of).map(|id| id.to_string()).collect()
}

/// Their name in the server, else everywhere, else the one they log in with.
fn name(raw: &Value, user: &Value) -> String {
    let names = [&raw["member"]["nick"], &user["global_name"], &user["username"], &user["id"]];
    let shown = names.into_iter().filter_map(Value::as_str).map(line).find(|name| !name.is_empty());
    head(&shown.unwrap_or_default(), NAME).to_string()
}

fn what(raw: &Value) -> What {
    let data = &raw["data"];
    match (raw["type"].as_u64(), data["type"].as_u64()) {
        (Some(2), Some(1)) => {
            let command = data["name"].as_str().unwrap_or_default().to_string();
            let (sub, options, _) = options(data);
            What::Slash { command, sub, options }
        }
        (Some(2), Some(3)) => {
            let target = data["target_id"].as_str().unwrap_or_default();
            What::OnMessage { text: posted::text(&data["resolved"]["messages"][target]) }
        }
        (Some(4), _) => {
            let (_, options, focused) = options(data);
            What::Typing { options, focused: focused.unwrap_or_default() }
        }
        (Some(3), _) => {
            let id = data["custom_id"].as_str().unwrap_or_default().to_string();
            What::Button { id, message: raw["message"].clone() }
        }
        (Some(5), _) => {
            let id = data["custom_id"].as_str().unwrap_or_default().to_string();
            What::Dialog { typed: typed::typed(&id, data), id, message: raw["message"].clone() }
        }
        _ => What::Other,
    }
}
