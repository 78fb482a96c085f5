//! What is no message: App Home, and dialogs.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::error::CallError;
use super::transport::{Method, Request};
use super::{Again, LONGEST_WAIT, Outbound, always};

/// How long a click's trigger opens a dialog. <https://docs.slack.dev/reference/methods/views.open#errors>
const TRIGGER: Duration = Duration::from_secs(3);

impl Outbound {
    /// Shows App Home to a person. <https://docs.slack.dev/reference/methods/views.publish>
    pub(crate) async fn publish(&self, person: &str, view: Value) -> Result<(), CallError> {
        let request = Request::json(Method::PublishView, json!({"user_id": person, "view": view}));
        self.call(&request, None, Again::Idempotent, always).await.map(drop)
    }

    /// Opens a dialog before the person who clicked. Not repeated: a trigger is good once, and `since` when it came not for
    /// long; they click again. <https://docs.slack.dev/reference/methods/views.open>
    pub(crate) async fn open(&self, trigger: &str, since: Instant, view: Value) -> Result<(), CallError> {
        let until = since + TRIGGER;
        let pass = timeout_at(until, self.gate.pass(&(Method::OpenView, None), None)).await;
        let pass = pass.ok().filter(|_| Instant::now() < until).ok_or(CallError::Late)?;
        let request = Request::json(Method::OpenView, json!({"trigger_id": trigger, "view": view}));
        let answer = self.once(&request).await;
        if let Err(CallError::Limited(wait)) = answer {
            pass.hold(wait.min(LONGEST_WAIT));
        }
        answer.map(drop)
    }
}
