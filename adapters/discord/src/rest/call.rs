//! What is called, with what.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::id::Id;

/// An interaction's token: whoever has it writes in its channel for 15 minutes, so that it is never shown.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) application: Id,
    secret: Arc<SecretString>,
}

impl Token {
    pub(crate) fn new(application: Id, secret: &str) -> Token {
        Token { application, secret: Arc::new(SecretString::from(secret)) }
    }

    pub(crate) fn expose(&self) -> &str {
        self.secret.expose_secret()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Where a call goes.
#[derive(Clone, Debug)]
pub(crate) enum To {
    /// `POST /interactions/…/callback`
    Callback { interaction: Id, token: Token },
    /// `GET`, `PATCH` or `DELETE /webhooks/…/messages/@original`
    Original(Token),
    /// `POST /webhooks/…`
    Followup(Token),
    /// `PATCH` or `DELETE /channels/…/messages/…`
    Message { channel: Id, message: Id },
    /// `GET` or `POST /channels/…/messages`
    Messages { channel: Id },
    /// `POST /channels/…/messages/…/threads`
    Thread { channel: Id, message: Id },
    /// `GET /guilds/…/threads/active`
    ActiveThreads { guild: Id },
    /// `GET` or `PUT /applications/…[/guilds/…]/commands`
    Commands { application: Id, guild: Option<Id> },
    /// `GET /users/@me`
    Me,
}

impl To {
    /// For the metric.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            To::Callback { .. } => "callback",
            To::Original(_) => "original",
            To::Followup(_) => "followup",
            To::Message { .. } => "message",
            To::Messages { .. } => "messages",
            To::Thread { .. } => "thread",
            To::ActiveThreads { .. } => "threads",
            To::Commands { .. } => "commands",
            To::Me => "me",
        }
    }
}

/// HTTP's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Patch,
    Put,
    Delete,
}

/// A text that is attached to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) to: To,
    /// What is asked after the `?`.
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    pub(crate) file: Option<File>,
}

impl Call {
    fn new(method: Method, to: To, body: Option<Value>) -> Call {
        Call { method, to, query: Vec::new(), body, file: None }
    }

    pub(crate) fn get(to: To) -> Call {
        Call::new(Method::Get, to, None)
    }

    pub(crate) fn post(to: To, body: Value) -> Call {
        Call::new(Method::Post, to, Some(body))
    }

    pub(crate) fn patch(to: To, body: Value) -> Call {
        Call::new(Method::Patch, to, Some(body))
    }

    pub(crate) fn put(to: To, body: Value) -> Call {
        Call::new(Method::Put, to, Some(body))
    }

    pub(crate) fn delete(to: To) -> Call {
        Call::new(Method::Delete, to, None)
    }

    pub(crate) fn query(mut self, name: &'static str, value: impl ToString) -> Call {
        self.query.push((name, value.to_string()));
        self
    }

    /// With a file, which `attachments` of the body must name as number 0.
    pub(crate) fn file(mut self, file: Option<File>) -> Call {
        self.file = file;
        self
    }
}
