//! Whom a message calls: what an installation's configuration names, in Slack's own form, and nobody else.
//! <https://docs.slack.dev/messaging/formatting-message-text#mentioning-users>

use serde_json::{Value, json};

/// The longest id that is taken for one of Slack's: they have 9 to 11 characters.
const ID: usize = 20;

/// One who is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mention {
    /// A user group: `<!subteam^S1>`.
    Group(String),
    /// A person: `<@U1>`.
    Person(String),
    /// Everyone in the channel who is active: `<!here>`.
    Here,
}

impl Mention {
    /// Exactly one of these forms; `None` for anything else.
    pub(crate) fn of(text: &str) -> Option<Mention> {
        let inner = text.strip_prefix('<')?.strip_suffix('>')?;
        if inner == "!here" {
            return Some(Mention::Here);
        }
        let group = inner.strip_prefix("!subteam^").filter(|id| is_id(id, &['S']));
        let person = inner.strip_prefix('@').filter(|id| is_id(id, &['U', 'W']));
        let (group, person) = (group.map(str::to_string), person.map(str::to_string));
        group.map(Mention::Group).or(person.map(Mention::Person))
    }

    /// In a message's text.
    pub(crate) fn mrkdwn(&self) -> String {
        match self {
            Mention::Group(id) => format!("<!subteam^{id}>"),
            Mention::Person(id) => format!("<@{id}>"),
            Mention::Here => "<!here>".to_string(),
        }
    }

    /// In rich text.
    pub(crate) fn element(&self) -> Value {
        match self {
            Mention::Group(id) => json!({"type": "usergroup", "usergroup_id": id}),
            Mention::Person(id) => json!({"type": "user", "user_id": id}),
            Mention::Here => json!({"type": "broadcast", "range": "here"}),
        }
    }
}

fn is_id(id: &str, begins: &[char]) -> bool {
    let known = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    id.starts_with(begins) && (2..=ID).contains(&id.len()) && id.chars().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slacks_own_forms_call_anyone() {
        for text in ["<!subteam^S0ABC>", "<@U0ABC>", "<@W0ABC>", "<!here>"] {
            assert_eq!(Mention::of(text).map(|mention| mention.mrkdwn()).as_deref(), Some(text));
        }
        for text in [
            "<!channel>",
            "<!everyone>",
            "<!subteam^S1|@oncall>",
            "<!subteam^U1>",
            "<@S1>",
            "<@u1>",
            "<@U1> <!channel>",
            " <@U1>",
            "<@U>",
            "@here",
            "",
            "<@U1\n>",
        ] {
            assert_eq!(Mention::of(text), None, "{text}");
        }
    }
}
