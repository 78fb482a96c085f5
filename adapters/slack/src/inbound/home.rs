//! A person opened App Home. <https://docs.slack.dev/reference/events/app_home_opened>

use serde_json::Value;

use super::guard::{Skip, own_team};
use super::{Taken, text_at};
use crate::identity::Identity;

pub(super) fn read(payload: &Value, own: &Identity) -> Result<Taken, Skip> {
    own_team(payload, own, "/team_id", &["/event/view/team_id"])?;
    // the same event tells that its messages were opened
    if text_at(payload, "/event/tab") == Some("messages") {
        return Err(Skip::Other);
    }
    let person = text_at(payload, "/event/user").filter(|user| !user.is_empty()).ok_or(Skip::Malformed)?;
    if person == own.user {
        return Err(Skip::Bot);
    }
    let platform = podwhy_flow::chat::Platform::Slack;
    Ok(Taken::Home(podwhy_flow::chat::Asker {
        platform,
        channel: None,
        person: person.to_string(),
        groups: Vec::new(),
    }))
}
