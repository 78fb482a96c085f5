//! What the API server was asked, by its own audit log.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

/// Every request with who and what, without bodies, once it is answered.
pub(super) const POLICY: &str = r#"{"apiVersion": "audit.k8s.io/v1", "kind": "Policy",
    "omitStages": ["RequestReceived"], "rules": [{"level": "Metadata"}]}"#;

/// One request the API server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who sent it.
    pub user: String,
    /// In whose name, if in another's.
    pub impersonated_user: Option<String>,
    /// `get`, `list`, `watch`, `create`, …
    pub verb: String,
    /// Path and query.
    pub uri: String,
    /// The answer's status; 0 where it had none.
    pub code: u16,
    /// The client, as it calls itself.
    pub user_agent: String,
    /// What it is about; none where it is about no resource.
    pub about: Option<About>,
}

/// What a request is about, as the server's authorizer has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// `apps`; empty for the core.
    #[serde(default)]
    pub api_group: String,
    /// `deployments`
    #[serde(default)]
    pub resource: String,
    /// `status`, or empty.
    #[serde(default)]
    pub subresource: String,
    /// Empty for all, and where there are none.
    #[serde(default)]
    pub namespace: String,
    /// Empty for a list.
    #[serde(default)]
    pub name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(rename = "auditID")]
    audit_id: String,
    verb: String,
    #[serde(rename = "requestURI")]
    request_uri: String,
    user: User,
    impersonated_user: Option<User>,
    #[serde(default)]
    user_agent: String,
    response_status: Option<ResponseStatus>,
    object_ref: Option<About>,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    username: String,
}

#[derive(Deserialize)]
struct ResponseStatus {
    #[serde(default)]
    code: u16,
}

/// The requests of a log, in order of their first line. A watch has a line when it starts and one when it ends: it is
/// one request all the same.
pub(super) fn requests(log: &Path) -> anyhow::Result<Vec<Request>> {
    let text = fs::read_to_string(log).with_context(|| format!("reading {}", log.display()))?;
    // what follows the last newline is still being written
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let mut order = BTreeMap::new();
    let mut requests: Vec<Request> = Vec::new();
    for line in whole.lines() {
        let event: Event = serde_json::from_str(line).with_context(|| format!("audit line {line}"))?;
        let place = *order.entry(event.audit_id.clone()).or_insert(requests.len());
        let request = Request::from(event);
        match requests.get_mut(place) {
            Some(earlier) => *earlier = request,
            None => requests.push(request),
        }
    }
    Ok(requests)
}

impl From<Event> for Request {
    fn from(event: Event) -> Self {
        Self {
            user: event.user.username,
            impersonated_user: event.impersonated_user.map(|user| user.username),
            verb: event.verb,
            uri: event.request_uri,
            code: event.response_status.map_or(0, |status| status.code),
            user_agent: event.user_agent,
            about: event.object_ref,
        }
    }
}
