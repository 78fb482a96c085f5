//! What can be configured of the chats. The comments here are the reference.

use std::net::SocketAddr;

use podwhy_knowledge::Lang;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::area::Area;
use super::secret::SecretSource;
use super::written;

/// How `podwhy serve` runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Serve {
    /// Where `/healthz`, `/readyz` and `/metrics` are answered, and Slack's requests where it sends them over HTTP.
    #[schemars(schema_with = "written::address", example = &"0.0.0.0:9090")]
    pub listen: SocketAddr,
    /// How logs are written.
    #[schemars(example = &"json")]
    pub logs: Logs,
    /// How much podwhy itself logs. Libraries log warnings only: below that they would write what people ask.
    #[schemars(example = &"debug")]
    pub log_level: LogLevel,
    /// How several replicas agree which of them answers a question of Slack; Discord decides it by itself.
    #[schemars(example = &"leases")]
    pub claims: Claims,
    /// The namespace for the Leases of `claims = "leases"`, in the default cluster; without it, the one podwhy runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::namespace", example = &"podwhy")]
    pub namespace: Option<String>,
}

impl Default for Serve {
    fn default() -> Self {
        Serve {
            listen: SocketAddr::from(([0, 0, 0, 0], 8080)),
            logs: Logs::default(),
            log_level: LogLevel::default(),
            claims: Claims::default(),
            namespace: None,
        }
    }
}

/// How logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Logs {
    /// A line each, for people.
    #[default]
    Text,
    /// A JSON object each, for a log store.
    Json,
}

/// How much podwhy itself logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What went wrong.
    Warn,
    /// And what began and ended.
    #[default]
    Info,
    /// And each step.
    Debug,
}

/// How several replicas agree which of them answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Claims {
    /// They do not: for one replica.
    #[default]
    Memory,
    /// By a Lease of Kubernetes for each question: needs `create`, `list` and `delete` of `leases` in one namespace.
    Leases,
}

/// Slack. Without this section podwhy has nothing to do with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slack {
    /// The bot's token, `xoxb-…`.
    #[schemars(example = secret_example("SLACK_BOT_TOKEN"))]
    pub bot_token: SecretSource,
    /// The app's token, `xapp-…`, for Socket Mode: podwhy connects to Slack and listens to nobody. Write this or
    /// `signing_secret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = secret_example("SLACK_APP_TOKEN"))]
    pub app_token: Option<SecretSource>,
    /// The app's signing secret, where Slack sends its requests over HTTP to `serve.listen`. Write this or `app_token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = secret_example("SLACK_SIGNING_SECRET"))]
    pub signing_secret: Option<SecretSource>,
    /// The slash command as the app has it.
    #[serde(default = "slash")]
    #[schemars(length(min = 2), example = &"/pod")]
    pub command: String,
}

fn slash() -> String {
    "/pod".to_string()
}

/// Discord. Without this section podwhy has nothing to do with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Discord {
    /// The bot's token.
    #[schemars(example = secret_example("DISCORD_BOT_TOKEN"))]
    pub bot_token: SecretSource,
    /// The servers (their ids) that have the commands, and the only ones that are answered; without it, every server the bot
    /// is added to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["290926798629997250"])]
    pub guilds: Vec<String>,
}

/// A chat app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum App {
    /// Slack
    Slack,
    /// Discord
    Discord,
}

/// One channel that may ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// The chat app.
    #[schemars(example = &"slack")]
    pub app: App,
    /// The channel's id: in Slack at the end of the channel's details, in Discord with "Copy Channel ID".
    #[schemars(length(min = 1), example = &"C0123456789")]
    pub id: String,
    /// What may be read for this channel: `CLUSTER:NAMESPACE` or `CLUSTER:*`; with one cluster, `NAMESPACE` or `*`.
    #[schemars(schema_with = "written::areas", example = &["prod:shop", "prod:payments"])]
    pub read: Vec<Area>,
    /// The cluster of a question that names none; without it, such a question is asked back where several can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), example = &"prod")]
    pub cluster: Option<String>,
    /// The namespace of a question that names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::namespace", example = &"shop")]
    pub namespace: Option<String>,
    /// The language of answers here; without it, `lang`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "written::maybe_text")]
    #[schemars(schema_with = "written::language", example = &"zh")]
    pub lang: Option<Lang>,
    /// Whether only the one who asked sees the answer.
    #[serde(default)]
    #[schemars(example = true)]
    pub private: bool,
}

/// People who may ask where there is no channel: in a direct message, and on Slack's App Home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Direct {
    /// What they may read, as for a channel.
    #[schemars(schema_with = "written::areas", example = &["prod:shop"])]
    pub read: Vec<Area>,
    /// Ids of people in Slack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["U0123456789"])]
    pub slack: Vec<String>,
    /// Ids of people in Discord.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["80351110224678912"])]
    pub discord: Vec<String>,
    /// Groups of `people`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["sre"])]
    pub groups: Vec<String>,
}

/// Who someone in a chat is to the clusters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Their id in Slack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), example = &"U0123456789")]
    pub slack: Option<String>,
    /// Their id in Discord.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), example = &"80351110224678912")]
    pub discord: Option<String>,
    /// The user they are in Kubernetes.
    #[schemars(length(min = 1), example = &"ann@example.com")]
    pub user: String,
    /// The groups they are in, as the clusters' authenticator would say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["sre"])]
    pub groups: Vec<String>,
}

/// A group of a chat app's own that adds groups of Kubernetes to the people in it. Only who is listed in `people`, by their own id, is
/// anybody: a group of an app makes nobody a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChatGroup {
    /// The id of a user group of Slack. The app needs the scope `usergroups:read`; who is in the group is asked at most once a minute,
    /// and where Slack does not say, nothing is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), example = &"S0123456789")]
    pub slack: Option<String>,
    /// The id of a role of Discord.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), example = &"290926798629997251")]
    pub discord: Option<String>,
    /// The groups that it adds, as the clusters' authenticator would say them.
    #[schemars(example = &["podwhy:editors"])]
    pub groups: Vec<String>,
}

/// Who may read what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Read {
    /// Whose rights decide what a question may read.
    #[schemars(example = &"person")]
    pub r#as: ReadAs,
    /// Where no line of a log is ever shown in a chat: as `read` of a channel.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "written::areas", example = &["prod:payments"])]
    pub no_logs: Vec<Area>,
}

/// Whose rights decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReadAs {
    /// The channel's list alone.
    #[default]
    Channel,
    /// The channel's list, and the asker's own right to `get pods`, and for logs `get pods/log`, by a SubjectAccessReview;
    /// who is not among `people` is refused.
    Person,
}

pub(super) fn secret_example(name: &str) -> serde_json::Value {
    serde_json::json!({"env": name})
}
