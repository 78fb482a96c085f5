//! What Discord says when it refuses: a status, a [code] and, for a bad body, the tree of what is wrong where.
//!
//! [code]: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json

use serde_json::{Map, Value, json};

/// An answer that is no success.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: u64,
    pub(super) message: String,
    pub(super) errors: Option<Value>,
}

/// One thing that is wrong with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// Keys and indices joined by dots: `data.embeds.0.title`.
    pub(super) path: String,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    const fn plain(status: u16, code: u64, message: String) -> Refusal {
        Refusal { status, code, message, errors: None }
    }

    fn known(status: u16, code: u64, message: &str) -> Refusal {
        Refusal::plain(status, code, message.to_string())
    }

    pub(super) fn unauthorized() -> Refusal {
        Refusal::known(401, 0, "401: Unauthorized")
    }

    pub(super) fn no_such_route() -> Refusal {
        Refusal::known(404, 0, "404: Not Found")
    }

    pub(super) fn server(status: u16) -> Refusal {
        let words = http::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason());
        Refusal::plain(status, 0, format!("{status}: {}", words.unwrap_or("Unknown")))
    }

    pub(super) fn unknown_application() -> Refusal {
        Refusal::known(404, 10002, "Unknown Application")
    }

    pub(super) fn unknown_channel() -> Refusal {
        Refusal::known(404, 10003, "Unknown Channel")
    }

    pub(super) fn unknown_message() -> Refusal {
        Refusal::known(404, 10008, "Unknown Message")
    }

    pub(super) fn unknown_user() -> Refusal {
        Refusal::known(404, 10013, "Unknown User")
    }

    pub(super) fn unknown_webhook() -> Refusal {
        Refusal::known(404, 10015, "Unknown Webhook")
    }

    pub(super) fn unknown_interaction() -> Refusal {
        Refusal::known(404, 10062, "Unknown interaction")
    }

    pub(super) fn already_acknowledged() -> Refusal {
        Refusal::known(400, 40060, "Interaction has already been acknowledged.")
    }

    pub(super) fn too_large() -> Refusal {
        Refusal::known(413, 40005, "Request entity too large")
    }

    pub(super) fn missing_access() -> Refusal {
        Refusal::known(403, 50001, "Missing Access")
    }

    pub(super) fn foreign_message() -> Refusal {
        Refusal::known(403, 50005, "Cannot edit a message authored by another user")
    }

    pub(super) fn empty_message() -> Refusal {
        Refusal::known(400, 50006, "Cannot send an empty message")
    }

    pub(super) fn missing_permissions() -> Refusal {
        Refusal::known(403, 50013, "Missing Permissions")
    }

    pub(super) fn wrong_kind_of_channel() -> Refusal {
        Refusal::known(400, 50024, "Cannot execute action on this channel type")
    }

    pub(super) fn dead_token() -> Refusal {
        Refusal::known(401, 50027, "Invalid Webhook Token")
    }

    pub(super) fn not_json() -> Refusal {
        Refusal::known(400, 50109, "The request body contains invalid JSON.")
    }

    pub(super) fn thread_exists() -> Refusal {
        Refusal::known(400, 160_004, "A thread has already been created for this message")
    }

    /// 50035 with its tree.
    pub(super) fn form(problems: &[Problem]) -> Refusal {
        let mut tree = Map::new();
        for problem in problems {
            plant(&mut tree, &problem.path, json!({"code": problem.code, "message": problem.message}));
        }
        Refusal { errors: Some(Value::Object(tree)), ..Refusal::known(400, 50035, "Invalid Form Body") }
    }

    /// 50035 for one thing.
    pub(super) fn one(path: &str, code: &'static str, message: &str) -> Refusal {
        Refusal::form(&[Problem { path: path.to_string(), code, message: message.to_string() }])
    }

    pub(super) fn body(&self) -> Value {
        match &self.errors {
            Some(errors) => json!({"message": self.message, "code": self.code, "errors": errors}),
            None => json!({"message": self.message, "code": self.code}),
        }
    }
}

fn plant(tree: &mut Map<String, Value>, path: &str, leaf: Value) {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    if first.is_empty() {
        if let Some(list) = tree.entry("_errors").or_insert_with(|| json!([])).as_array_mut() {
            list.push(leaf);
        }
        return;
    }
    if let Some(below) = tree.entry(first).or_insert_with(|| json!({})).as_object_mut() {
        plant(below, rest, leaf);
    }
}
