//! Whom a message calls: what an installation's configuration names, in Discord's own form, and nobody else.
//! <https://docs.discord.com/developers/reference#message-formatting>

use serde_json::{Value, json};

/// The longest of Discord's ids. <https://docs.discord.com/developers/reference#snowflakes>
const ID: usize = 20;

/// One who is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mention {
    /// A role: `<@&1>`.
    Role(String),
    /// A person: `<@1>`.
    Person(String),
}

impl Mention {
    /// Exactly one of these forms; `None` for anything else.
    pub(crate) fn of(text: &str) -> Option<Mention> {
        let inner = text.strip_prefix("<@")?.strip_suffix('>')?;
        let is_id = |id: &str| (1..=ID).contains(&id.len()) && id.chars().all(|c| c.is_ascii_digit());
        match inner.strip_prefix('&') {
            Some(role) => is_id(role).then(|| Mention::Role(role.to_string())),
            None => is_id(inner).then(|| Mention::Person(inner.to_string())),
        }
    }

    /// In a message's content.
    pub(crate) fn markdown(&self) -> String {
        match self {
            Mention::Role(id) => format!("<@&{id}>"),
            Mention::Person(id) => format!("<@{id}>"),
        }
    }

    /// What a message that calls them, and nobody else, is sent with.
    /// <https://docs.discord.com/developers/resources/message#allowed-mentions-object>
    pub(crate) fn allowed(&self) -> Value {
        match self {
            Mention::Role(id) => json!({"parse": [], "roles": [id]}),
            Mention::Person(id) => json!({"parse": [], "users": [id]}),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_discords_own_forms_call_anyone() {
        for text in ["<@&1101112131415161718>", "<@1101112131415161718>"] {
            assert_eq!(Mention::of(text).map(|mention| mention.markdown()).as_deref(), Some(text));
        }
        let none = [
            "@everyone",
            "@here",
            "<@!1>",
            "<@&>",
            "<@>",
            "<@1> @here",
            " <@1>",
            "<@1\n>",
            "<#1>",
            "<!here>",
            "",
        ];
        for text in none {
            assert_eq!(Mention::of(text), None, "{text}");
        }
        assert_eq!(Mention::of(&format!("<@{}>", "1".repeat(21))), None);
    }
}
