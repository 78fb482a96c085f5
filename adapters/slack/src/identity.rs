//! Who the bot is, as Slack tells it: <https://docs.slack.dev/reference/methods/auth.test>.

use serde_json::Value;

use crate::inbound::text_at;

/// Who the bot is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The workspace it is installed in: everyone else is a stranger.
    pub(crate) team: String,
    /// Its user, which people mention.
    pub(crate) user: String,
    /// Its bot, which its messages carry.
    pub(crate) bot: Option<String>,
    /// Its app, where Slack tells it.
    pub(crate) app: Option<String>,
    /// Where the workspace is seen in a browser: `https://example.slack.com/`.
    pub(crate) url: Option<String>,
}

impl Identity {
    pub(crate) fn of(answer: &Value) -> Option<Identity> {
        let own = |path| text_at(answer, path).map(str::to_string);
        Some(Identity {
            team: own("/team_id")?,
            user: own("/user_id")?,
            bot: own("/bot_id"),
            app: own("/app_id"),
            url: own("/url"),
        })
    }

    /// Whether a message was posted by the bot.
    pub(crate) fn wrote(&self, message: &Value) -> bool {
        let is = |path, own: Option<&str>| own.is_some() && text_at(message, path) == own;
        is("/user", Some(&self.user))
            || is("/bot_id", self.bot.as_deref())
            || is("/app_id", self.app.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn own_messages_are_known_and_others_are_not() {
        let answer = json!({"ok": true, "team_id": "T1", "user_id": "U1", "bot_id": "B1"});
        let own = Identity::of(&answer).unwrap();
        assert_eq!(own.app, None);
        assert!(own.wrote(&json!({"user": "U1"})) && own.wrote(&json!({"bot_id": "B1"})));
        assert!(!own.wrote(&json!({"user": "U2", "bot_id": "B2"})) && !own.wrote(&json!({})));
        assert_eq!(Identity::of(&json!({"ok": true, "team_id": "T1"})), None);
    }
}
