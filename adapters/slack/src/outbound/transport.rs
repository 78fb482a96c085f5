//! What is sent, apart from how.

use std::fmt::Debug;

use futures::future::BoxFuture;
use serde_json::Value;
use url::Url;

use super::error::CallError;

/// What is called. <https://docs.slack.dev/reference/methods>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Method {
    AuthTest,
    ConnectionsOpen,
    PostMessage,
    PostEphemeral,
    Update,
    Delete,
    GetUploadUrl,
    CompleteUpload,
    PublishView,
    OpenView,
    Conversations,
    UserGroupMembers,
    History,
    Replies,
    /// A message to a response URL.
    Respond,
    /// A file's content to its upload URL.
    Upload,
}

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Method::AuthTest => "auth.test",
            Method::ConnectionsOpen => "apps.connections.open",
            Method::PostMessage => "chat.postMessage",
            Method::PostEphemeral => "chat.postEphemeral",
            Method::Update => "chat.update",
            Method::Delete => "chat.delete",
            Method::GetUploadUrl => "files.getUploadURLExternal",
            Method::CompleteUpload => "files.completeUploadExternal",
            Method::PublishView => "views.publish",
            Method::OpenView => "views.open",
            Method::Conversations => "users.conversations",
            Method::UserGroupMembers => "usergroups.users.list",
            Method::History => "conversations.history",
            Method::Replies => "conversations.replies",
            Method::Respond => "response_url",
            Method::Upload => "upload_url",
        }
    }

    /// Whether it is called with the app's token, not the bot's.
    pub(crate) fn is_of_app(self) -> bool {
        self == Method::ConnectionsOpen
    }
}

/// What is sent along. Methods that only read take no JSON: <https://docs.slack.dev/apis/web-api/#methods_supporting_json>.
pub(crate) enum Body {
    Json(Value),
    Query(Vec<(&'static str, String)>),
    /// To a URL of its own, without a token. The URL is a secret.
    ToUrl(Url, Value),
    BytesToUrl(Url, Vec<u8>),
}

/// One request. Not `Debug`: it holds messages and secret URLs.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) body: Body,
}

impl Request {
    pub(crate) fn json(method: Method, body: Value) -> Request {
        Request { method, body: Body::Json(body) }
    }

    pub(crate) fn query(method: Method, query: Vec<(&'static str, String)>) -> Request {
        Request { method, body: Body::Query(query) }
    }
}

/// Sends a request once, and reads its answer. Needs no timeout of its own.
pub(crate) trait Transport: Send + Sync + Debug {
    /// # Errors
    /// [`CallError`] when there is no answer, or one that says no.
    fn send<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Value, CallError>>;
}
