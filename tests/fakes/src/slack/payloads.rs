//! What Slack sends, in the shapes that were captured from it and in those its documentation gives.

use serde_json::{Value, json};

use super::record::{Home, Kind, Modal};
use super::setup::Identity;

/// The verification token: deprecated, and still in every payload.
const TOKEN: &str = "verification-token";

/// Who did something, and from where.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    /// The person's id.
    pub user: String,
    /// The person's name.
    pub name: String,
    /// The person's workspace.
    pub user_team: String,
    /// The workspace it comes from.
    pub team: String,
}

/// Where something was done.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub id: String,
    /// As payloads name it: private channels and direct messages without their name.
    pub name: String,
}

pub(crate) fn hello(identity: &Identity, connections: usize) -> Value {
    json!({"type": "hello", "num_connections": connections,
        "debug_info": {"host": "applink-fake", "build_number": 10, "approximate_connection_time": 18060},
        "connection_info": {"app_id": identity.app}})
}

pub(crate) fn disconnect(identity: &Identity, reason: &str, connections: usize) -> Value {
    let mut frame = json!({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-fake"}});
    if reason == "too_many_websockets" {
        frame["num_connections"] = json!(connections);
        frame["connection_info"] = json!({"app_id": identity.app});
    }
    frame
}

/// What a payload travels in over a socket.
pub(crate) fn envelope(id: &str, kind: Kind, payload: &Value, retry: usize, reason: &str) -> Value {
    let mut envelope = json!({"envelope_id": id, "payload": payload, "type": kind.envelope(),
        "accepts_response_payload": kind == Kind::Command || payload["type"] == "view_submission"});
    if kind == Kind::Event || retry > 0 {
        envelope["retry_attempt"] = json!(retry);
        envelope["retry_reason"] = json!(reason);
    }
    envelope
}

pub(crate) fn slash(
    identity: &Identity,
    actor: &Actor,
    place: &Place,
    command: (&str, &str),
    trigger: &str,
    response_url: &str,
) -> Value {
    json!({"token": TOKEN, "team_id": actor.user_team, "team_domain": identity.domain, "channel_id": place.id,
        "channel_name": place.name, "user_id": actor.user, "user_name": actor.name, "command": command.0,
        "text": command.1, "api_app_id": identity.app, "is_enterprise_install": "false",
        "response_url": response_url, "trigger_id": trigger})
}

/// An event in its outer part.
pub(crate) fn callback(
    identity: &Identity,
    team: &str,
    event: Value,
    shared: bool,
    id: &str,
    time: u64,
) -> Value {
    let context = format!("1-{}-{team}-{}", text(&event["type"]), text(&event["channel"]));
    json!({"token": TOKEN, "team_id": team, "api_app_id": identity.app, "event": event,
        "type": "event_callback", "event_id": id, "event_time": time,
        "authorizations": [{"enterprise_id": null, "team_id": identity.team, "user_id": identity.bot_user,
            "is_bot": true, "is_enterprise_install": false}],
        "is_ext_shared_channel": shared, "event_context": context})
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A click on a message's button. An ephemeral message is stored nowhere: the payload does not have it.
pub(crate) fn click(
    identity: &Identity,
    actor: &Actor,
    place: &Place,
    action: &Value,
    ts: &str,
    message: Option<Value>,
    trigger: &str,
) -> Value {
    let mut container = json!({"type": "message", "message_ts": ts, "channel_id": place.id,
        "is_ephemeral": message.is_none()});
    let mut payload = interaction("block_actions", identity, actor, trigger);
    if let Some(thread) = message.as_ref().and_then(|message| message.get("thread_ts")) {
        container["thread_ts"] = thread.clone();
    }
    payload["container"] = container;
    payload["channel"] = json!({"id": place.id, "name": place.name});
    payload["state"] = json!({"values": {}});
    payload["actions"] = json!([action]);
    if let Some(message) = message {
        payload["message"] = message;
    }
    payload
}

/// A click on App Home.
pub(crate) fn click_home(
    identity: &Identity,
    actor: &Actor,
    home: &Home,
    action: &Value,
    trigger: &str,
) -> Value {
    let mut payload = interaction("block_actions", identity, actor, trigger);
    payload["container"] = json!({"type": "view", "view_id": home.id});
    payload["view"] = view(identity, home);
    payload["actions"] = json!([action]);
    payload
}

/// A shortcut on a message. <https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload>
pub(crate) fn shortcut(
    identity: &Identity,
    actor: &Actor,
    place: &Place,
    callback: &str,
    message: Value,
    trigger: &str,
    action_ts: &str,
) -> Value {
    let mut payload = interaction("message_action", identity, actor, trigger);
    // a shortcut's payload does not name the app
    payload.as_object_mut().map(|object| object.remove("api_app_id"));
    payload["callback_id"] = json!(callback);
    payload["action_ts"] = json!(action_ts);
    payload["message_ts"] = message["ts"].clone();
    payload["channel"] = json!({"id": place.id, "name": place.name});
    payload["message"] = message;
    payload
}

fn interaction(kind: &str, identity: &Identity, actor: &Actor, trigger: &str) -> Value {
    json!({"type": kind, "token": TOKEN, "api_app_id": identity.app, "trigger_id": trigger,
        "user": {"id": actor.user, "username": actor.name, "name": actor.name, "team_id": actor.user_team},
        "team": {"id": actor.team, "domain": identity.domain},
        "enterprise": null, "is_enterprise_install": false})
}

/// App Home, as `views.publish` answers and clicks carry it.
pub(crate) fn view(identity: &Identity, home: &Home) -> Value {
    let given = |key: &str| home.view.get(key).cloned().unwrap_or_else(|| json!(""));
    json!({"id": home.id, "team_id": identity.team, "type": "home", "blocks": home.blocks,
        "private_metadata": given("private_metadata"), "callback_id": given("callback_id"),
        "external_id": given("external_id"), "state": {"values": {}}, "hash": home.hash,
        "title": {"type": "plain_text", "text": "View Title", "emoji": true}, "clear_on_close": false,
        "notify_on_close": false, "close": null, "submit": null, "previous_view_id": null,
        "root_view_id": home.id, "app_id": identity.app, "app_installed_team_id": identity.team,
        "bot_id": identity.bot})
}

/// What was typed into a modal. <https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload>
pub(crate) fn submission(
    identity: &Identity,
    actor: &Actor,
    modal: &Modal,
    values: &Value,
    trigger: &str,
) -> Value {
    let mut payload = interaction("view_submission", identity, actor, trigger);
    payload["view"] = self::modal(identity, modal, values);
    payload["response_urls"] = json!([]);
    payload
}

/// A modal, as `views.open` answers and submissions carry it.
pub(crate) fn modal(identity: &Identity, modal: &Modal, values: &Value) -> Value {
    let given = |key: &str, or: Value| modal.view.get(key).cloned().unwrap_or(or);
    json!({"id": modal.id, "team_id": identity.team, "type": "modal", "blocks": modal.view["blocks"],
        "private_metadata": given("private_metadata", json!("")), "callback_id": given("callback_id", json!("")),
        "external_id": given("external_id", json!("")), "state": {"values": values}, "hash": "1596530361.modal",
        "title": given("title", Value::Null), "clear_on_close": given("clear_on_close", json!(false)),
        "notify_on_close": given("notify_on_close", json!(false)), "close": given("close", Value::Null),
        "submit": given("submit", Value::Null), "previous_view_id": null, "root_view_id": modal.id,
        "app_id": identity.app, "app_installed_team_id": identity.team, "bot_id": identity.bot})
}
