//! What annotations in the clusters may say. The comments here are the reference.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::area::Area;
use super::chat::App;
use super::threshold::as_text;
use super::written;

/// Where the annotations `podwhy.dev/channel`, `podwhy.dev/runbook` and `podwhy.dev/mute-until` of namespaces and workloads are
/// honoured, as far as each is allowed: whoever may write there decides then. Without any, none is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Annotations {
    /// In these namespaces: `CLUSTER:NAMESPACE` or `CLUSTER:*`; with one cluster, `NAMESPACE` or `*`.
    #[schemars(schema_with = "written::areas", example = &["prod:shop"])]
    pub of: Vec<Area>,
    /// The channels `podwhy.dev/channel` may name, each by its id or by a name given here: `NAME=APP:ID`, or `APP:ID`. What fails
    /// is told there beside the channels of `routes`, never instead of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "written::named_channels", example = &["team-shop=slack:C0123456789"])]
    pub channels: Vec<NamedChannel>,
    /// The hosts `podwhy.dev/runbook` may lead to, by https.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["wiki.example.com"])]
    pub runbook_hosts: Vec<String>,
    /// Whether `podwhy.dev/mute-until` holds: a time as `2026-11-26T18:00:00Z`, at most 24 hours ahead, until which nothing is told
    /// of what fails only where it stands.
    #[serde(default)]
    #[schemars(example = true)]
    pub mute: bool,
}

/// `team-shop=slack:C0123456789`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NamedChannel {
    /// The name annotations call it by, beside its id.
    pub name: Option<String>,
    /// Its app.
    pub app: App,
    /// Its id.
    pub id: String,
}

const SHAPE: &str = "write APP:ID or NAME=APP:ID, as team-shop=slack:C0123456789";

impl FromStr for NamedChannel {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<NamedChannel, Self::Err> {
        let (name, channel) = match text.split_once('=') {
            Some((name, channel)) => (Some(name.trim().to_string()), channel),
            None => (None, text),
        };
        let (app, id) = channel.trim().split_once(':').ok_or(SHAPE)?;
        let app = match app {
            "slack" => App::Slack,
            "discord" => App::Discord,
            _ => return Err("the app is slack or discord"),
        };
        let is_word =
            |word: &str| !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || c == ':');
        if !is_word(id) || !name.as_deref().is_none_or(is_word) {
            return Err(SHAPE);
        }
        Ok(NamedChannel { name, app, id: id.to_string() })
    }
}

impl fmt::Display for NamedChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{name}=")?;
        }
        let app = match self.app {
            App::Slack => "slack",
            App::Discord => "discord",
        };
        write!(f, "{app}:{}", self.id)
    }
}

as_text!(NamedChannel);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_read_as_it_is_written() {
        for text in ["slack:C0123456789", "team-shop=slack:C0123456789", "ops=discord:80351110224678912"] {
            assert_eq!(text.parse::<NamedChannel>().unwrap().to_string(), text);
        }
        for text in
            ["", "C0123", "irc:x", "slack:", "=slack:C1", "a b=slack:C1", "slack:C1 C2", "a:b=slack:C1"]
        {
            assert!(text.parse::<NamedChannel>().is_err(), "{text}");
        }
    }
}
