//! The app as Slack is told of it: <https://docs.slack.dev/reference/app-manifest/>.
//!
//! Written from the same names the adapter listens for, so that an app made of it sends what the adapter knows.

use serde_json::{Value, json};

use crate::inbound::shortcut::CALLBACK;

/// What the bot may do, each with what it is for. Nothing reads what people write where podwhy is not spoken to.
const SCOPES: [(&str, &str); 12] = [
    ("commands", "the slash command and the message shortcut"),
    ("chat:write", "answers"),
    ("app_mentions:read", "questions that mention the bot"),
    ("im:history", "questions in direct messages; unfinished answers there after a restart"),
    ("files:write", "all evidence, and long logs, as a file"),
    ("channels:read", "which channels the bot is in, for unfinished answers after a restart"),
    ("groups:read", "the same of private channels"),
    ("im:read", "the same of direct messages"),
    (
        "channels:history",
        "to find unfinished answers after a restart, and messages of incidents of which it is not known whether they arrived",
    ),
    ("groups:history", "the same in private channels"),
    ("usergroups:read", "who is in the user groups that `chat_groups` names; without any, it is not used"),
    ("metadata.message:read", "to know them by what podwhy noted on its own messages"),
];

/// How Slack reaches podwhy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Socket Mode: podwhy dials.
    Socket,
    /// HTTP, at this address (`https://podwhy.example.com`).
    Http(String),
}

/// The manifest of an app with this slash command.
pub fn manifest(command: &str, reach: &Reach) -> Value {
    let url = |path: &str| match reach {
        Reach::Socket => Value::Null,
        Reach::Http(base) => format!("{}/slack/{path}", base.trim_end_matches('/')).into(),
    };
    let mut manifest = json!({
        "display_information": {
            "name": "podwhy",
            "description": "Why a pod is failing: the cause in plain words, the evidence, and what to do.",
            "background_color": "#1d3557",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": true,
                "messages_tab_enabled": true,
                "messages_tab_read_only_enabled": false,
            },
            "bot_user": {"display_name": "podwhy", "always_online": true},
            "shortcuts": [{
                "name": "Why is this failing?",
                "type": "message",
                "callback_id": CALLBACK,
                "description": "Finds the pods a message names and says why they fail",
            }],
            "slash_commands": [{
                "command": command,
                "url": url("commands"),
                "description": "Why is this pod failing?",
                "usage_hint": "why shop/cart-0 | triage | logs | events | explain | ack | mute | mutes | fix | approvals | history | freeze | help",
                // the text as it was typed: names of pods need no escaping
                "should_escape": false,
            }],
        },
        "oauth_config": {"scopes": {"bot": SCOPES.map(|(scope, _)| scope)}},
        "settings": {
            "event_subscriptions": {
                "request_url": url("events"),
                "bot_events": ["app_home_opened", "app_mention", "message.im"],
            },
            "interactivity": {"is_enabled": true, "request_url": url("interactions")},
            "org_deploy_enabled": false,
            "socket_mode_enabled": *reach == Reach::Socket,
            "token_rotation_enabled": false,
        },
    });
    without_null(&mut manifest);
    manifest
}

/// The scopes and what each is for.
pub fn scopes() -> impl Iterator<Item = (&'static str, &'static str)> {
    SCOPES.into_iter()
}

fn without_null(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, below| !below.is_null());
            map.values_mut().for_each(without_null);
        }
        Value::Array(items) => items.iter_mut().for_each(without_null),
        _ => {}
    }
}
