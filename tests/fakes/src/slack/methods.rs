//! The methods of the Web API that there are here, and the arguments of each.
//! <https://docs.slack.dev/reference/methods>

pub(crate) mod auth;
pub(crate) mod chat;
pub(crate) mod conversations;
pub(crate) mod files;
pub(crate) mod usergroups;
pub(crate) mod views;

use serde_json::Value;

use super::arguments::{Arguments, Key, Refusal, Type};
use super::state::State;

/// What does a method: its answer without `ok`.
type Run = fn(&mut State, &Arguments) -> Result<Value, Refusal>;

/// A method.
pub(crate) struct Method {
    pub name: &'static str,
    /// Whether the arguments may be sent as JSON: only to methods that write.
    pub json: bool,
    /// Whether it wants the app token, and not the bot's.
    pub app_token: bool,
    pub keys: &'static [Key],
    pub run: Run,
}

impl Method {
    pub fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

pub(crate) fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

const fn must(name: &'static str, kind: Type) -> Key {
    Key { name, required: true, kind }
}

const fn may(name: &'static str, kind: Type) -> Key {
    Key { name, required: false, kind }
}

const fn writes(name: &'static str, keys: &'static [Key], run: Run) -> Method {
    Method { name, json: true, app_token: false, keys, run }
}

const fn reads(name: &'static str, keys: &'static [Key], run: Run) -> Method {
    Method { name, json: false, app_token: false, keys, run }
}

use Type::{Flag, Integer, Json, Text};

static METHODS: &[Method] = &[
    Method { name: "apps.connections.open", json: true, app_token: true, keys: &[], run: auth::open },
    writes("auth.test", &[], auth::test),
    writes(
        "chat.postMessage",
        &[
            must("channel", Text),
            may("text", Text),
            may("blocks", Json),
            may("attachments", Json),
            may("metadata", Json),
            may("thread_ts", Text),
            may("reply_broadcast", Flag),
            may("mrkdwn", Flag),
            may("parse", Text),
            may("link_names", Flag),
            may("unfurl_links", Flag),
            may("unfurl_media", Flag),
        ],
        chat::post,
    ),
    writes(
        "chat.update",
        &[
            must("channel", Text),
            must("ts", Text),
            may("text", Text),
            may("blocks", Json),
            may("attachments", Json),
            may("metadata", Json),
            may("reply_broadcast", Flag),
            may("parse", Text),
            may("link_names", Flag),
        ],
        chat::update,
    ),
    writes("chat.delete", &[must("channel", Text), must("ts", Text)], chat::delete),
    writes(
        "chat.postEphemeral",
        &[
            must("channel", Text),
            must("user", Text),
            may("text", Text),
            may("blocks", Json),
            may("attachments", Json),
            may("thread_ts", Text),
            may("parse", Text),
            may("link_names", Flag),
        ],
        chat::post_ephemeral,
    ),
    reads(
        "conversations.history",
        &[
            must("channel", Text),
            may("cursor", Text),
            may("include_all_metadata", Flag),
            may("inclusive", Flag),
            may("latest", Text),
            may("oldest", Text),
            may("limit", Integer),
        ],
        conversations::history,
    ),
    reads(
        "conversations.replies",
        &[
            must("channel", Text),
            must("ts", Text),
            may("cursor", Text),
            may("include_all_metadata", Flag),
            may("inclusive", Flag),
            may("latest", Text),
            may("oldest", Text),
            may("limit", Integer),
        ],
        conversations::replies,
    ),
    reads(
        "conversations.info",
        &[must("channel", Text), may("include_locale", Flag), may("include_num_members", Flag)],
        conversations::info,
    ),
    reads(
        "users.conversations",
        &[
            may("cursor", Text),
            may("exclude_archived", Flag),
            may("limit", Integer),
            may("team_id", Text),
            may("types", Text),
            may("user", Text),
        ],
        conversations::of_user,
    ),
    reads(
        "usergroups.users.list",
        &[must("usergroup", Text), may("include_disabled", Flag), may("team_id", Text)],
        usergroups::members,
    ),
    writes("views.open", &[must("trigger_id", Text), must("view", Json)], views::open),
    writes("views.publish", &[must("user_id", Text), must("view", Json), may("hash", Text)], views::publish),
    reads(
        "files.getUploadURLExternal",
        &[must("filename", Text), must("length", Integer), may("alt_txt", Text), may("snippet_type", Text)],
        files::upload_url,
    ),
    writes(
        "files.completeUploadExternal",
        &[
            must("files", Json),
            may("channel_id", Text),
            may("thread_ts", Text),
            may("initial_comment", Text),
            may("blocks", Json),
        ],
        files::complete,
    ),
];
