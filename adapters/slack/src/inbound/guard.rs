//! Who gets nothing at all: strangers, bots, and what is no new message.

use serde_json::Value;

use super::text_at;
use crate::identity::Identity;

/// Why nothing is answered. Nobody is told; it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skip {
    /// From another workspace, as over Slack Connect.
    Stranger,
    /// From a bot, this one too.
    Bot,
    /// Nothing podwhy answers.
    Other,
    /// What should be there is not.
    Malformed,
}

impl Skip {
    /// As metrics have it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Skip::Stranger => "stranger",
            Skip::Bot => "bot",
            Skip::Other => "other",
            Skip::Malformed => "malformed",
        }
    }
}

/// Refuses whoever is not of the bot's own workspace. `must` has to be there and the same; what of `may` is there has to be
/// the same too. The same enterprise is not enough. <https://docs.slack.dev/apis/slack-connect/using-slack-connect-with-apps/>
pub(super) fn own_team(payload: &Value, own: &Identity, must: &str, may: &[&str]) -> Result<(), Skip> {
    let is_own = |team: &str| team == own.team;
    let sure = text_at(payload, must).is_some_and(is_own);
    let others = may.iter().all(|path| match payload.pointer(path) {
        None | Some(Value::Null) => true,
        Some(team) => team.as_str().is_some_and(is_own),
    });
    if sure && others { Ok(()) } else { Err(Skip::Stranger) }
}

/// Refuses what is no new message of a person: of bots, this one too; edits, joins and every other subtype.
/// <https://docs.slack.dev/reference/events/message#subtypes>
pub(super) fn new_of_person(event: &Value, own: &Identity) -> Result<(), Skip> {
    let has = |path| event.pointer(path).is_some_and(|value| !value.is_null());
    if has("/bot_id") || has("/bot_profile") || own.wrote(event) {
        return Err(Skip::Bot);
    }
    if has("/subtype") || has("/edited") || event.get("hidden") == Some(&Value::Bool(true)) {
        return Err(Skip::Other);
    }
    Ok(())
}
