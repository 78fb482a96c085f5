//! The keys that Discord knows. It ignores others in silence; here they are written down.

use serde_json::Value;

/// What a value may hold.
pub(super) enum Shape {
    /// Anything: a text, a number, or what nobody here sends.
    Any,
    /// These keys.
    Object(&'static [(&'static str, &'static Shape)]),
    /// Many of one shape.
    List(&'static Shape),
    /// By its `type`.
    Component,
}

use Shape::{Any, Component, List, Object};

const ANY: &Shape = &Any;

const EMBED: &Shape = &Object(&[
    ("title", ANY),
    ("type", ANY),
    ("description", ANY),
    ("url", ANY),
    ("timestamp", ANY),
    ("color", ANY),
    ("footer", &Object(&[("text", ANY), ("icon_url", ANY)])),
    ("image", &Object(&[("url", ANY)])),
    ("thumbnail", &Object(&[("url", ANY)])),
    ("author", &Object(&[("name", ANY), ("url", ANY), ("icon_url", ANY)])),
    ("fields", &List(&Object(&[("name", ANY), ("value", ANY), ("inline", ANY)]))),
]);

const MENTIONS: &Shape = &Object(&[("parse", ANY), ("roles", ANY), ("users", ANY), ("replied_user", ANY)]);

const ATTACHMENTS: &Shape = &List(&Object(&[
    ("id", ANY),
    ("filename", ANY),
    ("description", ANY),
    ("title", ANY),
    ("is_spoiler", ANY),
]));

const COMPONENTS: &Shape = &List(&Component);

const EMOJI: &Shape = &Object(&[("id", ANY), ("name", ANY), ("animated", ANY)]);

const ROW: &Shape = &Object(&[("type", ANY), ("id", ANY), ("components", COMPONENTS)]);

const BUTTON: &Shape = &Object(&[
    ("type", ANY),
    ("id", ANY),
    ("style", ANY),
    ("label", ANY),
    ("emoji", EMOJI),
    ("custom_id", ANY),
    ("sku_id", ANY),
    ("url", ANY),
    ("disabled", ANY),
]);

const SELECT: &Shape = &Object(&[
    ("type", ANY),
    ("id", ANY),
    ("custom_id", ANY),
    (
        "options",
        &List(&Object(&[
            ("label", ANY),
            ("value", ANY),
            ("description", ANY),
            ("emoji", EMOJI),
            ("default", ANY),
        ])),
    ),
    ("placeholder", ANY),
    ("min_values", ANY),
    ("max_values", ANY),
    ("disabled", ANY),
]);

/// A text of a form.
const INPUT: &Shape = &Object(&[
    ("type", ANY),
    ("id", ANY),
    ("custom_id", ANY),
    ("style", ANY),
    ("label", ANY),
    ("min_length", ANY),
    ("max_length", ANY),
    ("required", ANY),
    ("value", ANY),
    ("placeholder", ANY),
]);

const LABEL: &Shape =
    &Object(&[("type", ANY), ("id", ANY), ("label", ANY), ("description", ANY), ("component", &Component)]);

const REFERENCE: &Shape = &Object(&[
    ("type", ANY),
    ("message_id", ANY),
    ("channel_id", ANY),
    ("guild_id", ANY),
    ("fail_if_not_exists", ANY),
]);

pub(super) const CREATED_MESSAGE: &Shape = &Object(&[
    ("content", ANY),
    ("nonce", ANY),
    ("tts", ANY),
    ("embeds", &List(EMBED)),
    ("allowed_mentions", MENTIONS),
    ("message_reference", REFERENCE),
    ("components", COMPONENTS),
    ("sticker_ids", ANY),
    ("attachments", ATTACHMENTS),
    ("flags", ANY),
    ("enforce_nonce", ANY),
    ("poll", ANY),
]);

pub(super) const EDITED_MESSAGE: &Shape = &Object(&[
    ("content", ANY),
    ("embeds", &List(EMBED)),
    ("flags", ANY),
    ("allowed_mentions", MENTIONS),
    ("components", COMPONENTS),
    ("attachments", ATTACHMENTS),
]);

/// A reply to an interaction, created.
const REPLY: &Shape = &Object(&[
    ("content", ANY),
    ("tts", ANY),
    ("embeds", &List(EMBED)),
    ("allowed_mentions", MENTIONS),
    ("components", COMPONENTS),
    ("attachments", ATTACHMENTS),
    ("flags", ANY),
    ("poll", ANY),
]);

pub(super) const FOLLOWUP: &Shape = REPLY;

pub(super) const MESSAGE_CALLBACK: &Shape = &Object(&[("type", ANY), ("data", REPLY)]);

pub(super) const COMPLETION_CALLBACK: &Shape = &Object(&[
    ("type", ANY),
    (
        "data",
        &Object(&[(
            "choices",
            &List(&Object(&[("name", ANY), ("value", ANY), ("name_localizations", ANY)])),
        )]),
    ),
]);

pub(super) const MODAL_CALLBACK: &Shape = &Object(&[
    ("type", ANY),
    ("data", &Object(&[("custom_id", ANY), ("title", ANY), ("components", COMPONENTS)])),
]);

pub(super) const THREAD_FROM_MESSAGE: &Shape =
    &Object(&[("name", ANY), ("auto_archive_duration", ANY), ("rate_limit_per_user", ANY)]);

pub(super) const THREAD: &Shape = &Object(&[
    ("name", ANY),
    ("auto_archive_duration", ANY),
    ("type", ANY),
    ("invitable", ANY),
    ("rate_limit_per_user", ANY),
]);

pub(super) const EDITED_THREAD: &Shape = &Object(&[
    ("name", ANY),
    ("archived", ANY),
    ("auto_archive_duration", ANY),
    ("locked", ANY),
    ("invitable", ANY),
    ("rate_limit_per_user", ANY),
    ("flags", ANY),
]);

/// An option holds options three deep at most: group, subcommand, option.
macro_rules! option_of {
    ($below:expr) => {
        &Object(&[
            ("type", ANY),
            ("name", ANY),
            ("name_localizations", ANY),
            ("description", ANY),
            ("description_localizations", ANY),
            ("required", ANY),
            ("choices", &List(&Object(&[("name", ANY), ("name_localizations", ANY), ("value", ANY)]))),
            ("options", $below),
            ("channel_types", ANY),
            ("min_value", ANY),
            ("max_value", ANY),
            ("min_length", ANY),
            ("max_length", ANY),
            ("autocomplete", ANY),
        ])
    };
}

const OPTION: &Shape = option_of!(ANY);
const SUBCOMMAND: &Shape = option_of!(&List(OPTION));

pub(super) const COMMAND: &Shape = &Object(&[
    ("id", ANY),
    ("type", ANY),
    ("name", ANY),
    ("name_localizations", ANY),
    ("description", ANY),
    ("description_localizations", ANY),
    ("options", &List(option_of!(&List(SUBCOMMAND)))),
    ("default_member_permissions", ANY),
    ("dm_permission", ANY),
    ("nsfw", ANY),
    ("integration_types", ANY),
    ("contexts", ANY),
    ("handler", ANY),
]);

/// The paths of all keys in a value that its shape does not know.
pub(super) fn unknown(value: &Value, shape: &Shape) -> Vec<String> {
    let mut found = Vec::new();
    walk(value, shape, "", &mut found);
    found
}

fn walk(value: &Value, shape: &Shape, path: &str, found: &mut Vec<String>) {
    match (shape, value) {
        (Object(known), Value::Object(fields)) => {
            for (key, below) in fields {
                let path = join(path, key);
                match known.iter().find(|(name, _)| name == key) {
                    Some((_, shape)) => walk(below, shape, &path, found),
                    None => found.push(path),
                }
            }
        }
        (List(one), Value::Array(items)) => {
            items
                .iter()
                .enumerate()
                .for_each(|(i, item)| walk(item, one, &join(path, &i.to_string()), found));
        }
        (Component, Value::Object(_)) => {
            let shape = match value["type"].as_u64() {
                Some(1) => ROW,
                Some(2) => BUTTON,
                Some(3 | 5..=8) => SELECT,
                Some(4) => INPUT,
                Some(18) => LABEL,
                // newer components: the schema judges them
                _ => ANY,
            };
            walk(value, shape, path, found);
        }
        _ => {}
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_string() } else { format!("{path}.{key}") }
}
