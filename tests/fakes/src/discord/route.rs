//! The routes there are, and the rate limit of each.

use std::time::Duration;

use super::refusal::Refusal;

/// A route of the REST API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is named after what it does; TABLE has its method and path")]
pub enum Route {
    Gateway,
    GatewayBot,
    CurrentUser,
    CurrentApplication,
    CreateDm,
    GlobalCommands,
    SetGlobalCommands,
    AddGlobalCommand,
    GuildCommands,
    SetGuildCommands,
    AddGuildCommand,
    Callback,
    GetOriginal,
    EditOriginal,
    DeleteOriginal,
    CreateFollowup,
    GetFollowup,
    EditFollowup,
    DeleteFollowup,
    GetChannel,
    EditThread,
    DeleteThread,
    ListMessages,
    CreateMessage,
    GetMessage,
    EditMessage,
    DeleteMessage,
    StartThreadFromMessage,
    StartThread,
    JoinThread,
    Typing,
    ActiveThreads,
}

/// A literal stands before a name in braces that would match it, too.
const TABLE: &[(Route, &str, &str)] = &[
    (Route::Gateway, "GET", "/gateway"),
    (Route::GatewayBot, "GET", "/gateway/bot"),
    (Route::CurrentUser, "GET", "/users/@me"),
    (Route::CurrentApplication, "GET", "/applications/@me"),
    (Route::CurrentApplication, "GET", "/oauth2/applications/@me"),
    (Route::CreateDm, "POST", "/users/@me/channels"),
    (Route::GlobalCommands, "GET", "/applications/{application}/commands"),
    (Route::SetGlobalCommands, "PUT", "/applications/{application}/commands"),
    (Route::AddGlobalCommand, "POST", "/applications/{application}/commands"),
    (Route::GuildCommands, "GET", "/applications/{application}/guilds/{guild}/commands"),
    (Route::SetGuildCommands, "PUT", "/applications/{application}/guilds/{guild}/commands"),
    (Route::AddGuildCommand, "POST", "/applications/{application}/guilds/{guild}/commands"),
    (Route::Callback, "POST", "/interactions/{interaction}/{token}/callback"),
    (Route::GetOriginal, "GET", "/webhooks/{application}/{token}/messages/@original"),
    (Route::EditOriginal, "PATCH", "/webhooks/{application}/{token}/messages/@original"),
    (Route::DeleteOriginal, "DELETE", "/webhooks/{application}/{token}/messages/@original"),
    (Route::CreateFollowup, "POST", "/webhooks/{application}/{token}"),
    (Route::GetFollowup, "GET", "/webhooks/{application}/{token}/messages/{message}"),
    (Route::EditFollowup, "PATCH", "/webhooks/{application}/{token}/messages/{message}"),
    (Route::DeleteFollowup, "DELETE", "/webhooks/{application}/{token}/messages/{message}"),
    (Route::GetChannel, "GET", "/channels/{channel}"),
    (Route::EditThread, "PATCH", "/channels/{channel}"),
    (Route::DeleteThread, "DELETE", "/channels/{channel}"),
    (Route::ListMessages, "GET", "/channels/{channel}/messages"),
    (Route::CreateMessage, "POST", "/channels/{channel}/messages"),
    (Route::GetMessage, "GET", "/channels/{channel}/messages/{message}"),
    (Route::EditMessage, "PATCH", "/channels/{channel}/messages/{message}"),
    (Route::DeleteMessage, "DELETE", "/channels/{channel}/messages/{message}"),
    (Route::StartThreadFromMessage, "POST", "/channels/{channel}/messages/{message}/threads"),
    (Route::StartThread, "POST", "/channels/{channel}/threads"),
    (Route::JoinThread, "PUT", "/channels/{channel}/thread-members/@me"),
    (Route::Typing, "POST", "/channels/{channel}/typing"),
    (Route::ActiveThreads, "GET", "/guilds/{guild}/threads/active"),
];

/// What the braces of a path held.
#[derive(Clone, Debug, Default)]
pub(super) struct Params(Vec<(&'static str, String)>);

impl Params {
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    pub(super) fn id(&self, name: &'static str) -> Result<u64, Refusal> {
        self.text(name).parse().map_err(|_| {
            Refusal::one(
                &format!("{name}_id"),
                "NUMBER_TYPE_COERCE",
                &format!("Value \"{}\" is not snowflake.", self.text(name)),
            )
        })
    }

    /// The parameter by which a limit is counted apart: every channel, guild, webhook and interaction has its own.
    pub(super) fn major(&self) -> &str {
        ["token", "channel", "guild"].iter().map(|name| self.text(name)).find(|t| !t.is_empty()).unwrap_or("")
    }
}

impl Route {
    /// Of a method and a path without `/api/v10`.
    pub(super) fn find(method: &str, path: &str) -> Option<(Route, Params)> {
        let given: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        TABLE.iter().filter(|(_, known, _)| *known == method).find_map(|(route, _, pattern)| {
            let wanted: Vec<&'static str> = pattern.trim_start_matches('/').split('/').collect();
            let fits = wanted.len() == given.len();
            let params: Option<Vec<_>> = wanted.iter().zip(&given).filter_map(|(w, g)| bind(w, g)).collect();
            params.filter(|_| fits).map(|params| (*route, Params(params)))
        })
    }

    /// Whether the bot's own token must be shown.
    pub(super) fn needs_token(self) -> bool {
        !self.is_of_an_interaction() && self != Route::Gateway
    }

    /// Whether the interaction's token in the path is what lets one in. Those calls are outside the global limit.
    pub(super) fn is_of_an_interaction(self) -> bool {
        use Route::*;
        matches!(
            self,
            Callback
                | GetOriginal
                | EditOriginal
                | DeleteOriginal
                | CreateFollowup
                | GetFollowup
                | EditFollowup
                | DeleteFollowup
        )
    }

    /// The bucket: its name, how many calls, in how long. Discord does not publish them; these are the ones that bots see in
    /// the headers.
    pub(super) fn bucket(self) -> (&'static str, u32, Duration) {
        use Route::*;
        match self {
            CreateMessage => ("message-create", 5, Duration::from_secs(5)),
            EditMessage => ("message-edit", 5, Duration::from_secs(5)),
            DeleteMessage => ("message-delete", 5, Duration::from_secs(1)),
            Typing => ("typing", 5, Duration::from_secs(5)),
            StartThread | StartThreadFromMessage => ("thread-create", 50, Duration::from_secs(300)),
            EditThread | DeleteThread => ("channel-edit", 10, Duration::from_secs(15)),
            SetGlobalCommands | SetGuildCommands | AddGlobalCommand | AddGuildCommand => {
                ("commands", 5, Duration::from_secs(20))
            }
            Callback => ("interaction", 50, Duration::from_secs(1)),
            _ if self.is_of_an_interaction() => ("webhook", 5, Duration::from_secs(2)),
            GatewayBot => ("gateway", 2, Duration::from_secs(5)),
            GetMessage | ListMessages => ("message-read", 5, Duration::from_secs(1)),
            _ => ("other", 50, Duration::from_secs(1)),
        }
    }
}

/// `None`: a literal that is there. `Some(None)`: it is not. `Some(Some)`: a name and what it holds.
fn bind(wanted: &'static str, given: &str) -> Option<Option<(&'static str, String)>> {
    match wanted.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
        Some(name) if !given.is_empty() => Some(Some((name, given.to_string()))),
        Some(_) => Some(None),
        None if wanted == given => None,
        None => Some(None),
    }
}
