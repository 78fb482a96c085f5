use axum::body::Body;
use axum::http::Request;
use hmac::{Hmac, KeyInit, Mac};
use podwhy_flow::incident::Button;
use serde_json::json;
use sha2::Sha256;
use tokio::sync::mpsc;
use tower::ServiceExt;

use super::*;
use crate::front::Queued;
use crate::render::action;
use crate::stop::{Stopper, stopper};
use crate::testing::filled;

const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const COMMAND: &str = "team_id=T1&channel_id=C1&user_id=U1&command=%2Fpod&text=why+shop%2Fcart-0&trigger_id=1.2\
    &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1%2F1%2Fx";

struct Door {
    router: Router,
    queue: mpsc::Receiver<Queued>,
    metrics: Metrics,
    stopper: Stopper,
}

fn door(is_open: bool) -> Door {
    let metrics = Metrics::default();
    let (front, queue) = Front::new(crate::testing::own(), "/pod".into(), 9, metrics.clone());
    let shared = Arc::new(OnceLock::new());
    if is_open {
        assert!(shared.set(Arc::new(front)).is_ok());
    }
    let (stopper, stop) = stopper();
    let router = Gateway::new(&SECRET.into(), shared, metrics.clone(), stop).router();
    Door { router, queue, metrics, stopper }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn signature(secret: &str, ts: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("v0:{ts}:{body}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    format!("v0={}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

impl Door {
    async fn knock(&self, path: &str, body: &str, ts: i64, signature: &str) -> (StatusCode, String) {
        let request = Request::post(path)
            .header("x-slack-request-timestamp", ts.to_string())
            .header("x-slack-signature", signature)
            .header("x-slack-retry-num", "1")
            .body(Body::from(body.to_string()))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), LARGEST).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn signed(&self, path: &str, body: &str) -> (StatusCode, String) {
        let ts = now();
        self.knock(path, body, ts, &signature(SECRET, ts, body)).await
    }
}

fn form(payload: &Value) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish()
}

#[tokio::test]
async fn what_is_signed_is_taken_in() {
    let mut door = door(true);
    assert_eq!(door.signed("/slack/commands", COMMAND).await, (StatusCode::OK, String::new()));
    let mention = json!({"team_id": "T1", "type": "event_callback", "event": {"type": "app_mention", "user": "U1",
        "channel": "C1", "ts": "1.1", "text": "<@UBOT> triage"}});
    assert_eq!(door.signed("/slack/events", &mention.to_string()).await.0, StatusCode::OK);
    let shortcut = json!({"type": "message_action", "callback_id": crate::inbound::shortcut::CALLBACK,
        "team": {"id": "T1"}, "user": {"id": "U1"}, "channel": {"id": "C1"}, "trigger_id": "3.3",
        "message": {"ts": "7.7", "text": "x"}});
    assert_eq!(door.signed("/slack/interactions", &form(&shortcut)).await.0, StatusCode::OK);
    let keys = ["slack:command:T1:1.2", "slack:message:T1:C1:1.1", "slack:shortcut:T1:3.3"];
    for key in keys {
        assert_eq!(door.queue.try_recv().unwrap().taken.key(), Some(key));
    }
}

/// Anything in the answer's body would be an instruction to the modal: without one, Slack closes it.
#[tokio::test]
async fn what_was_typed_is_taken_in_and_closes_its_dialog() {
    let mut door = door(true);
    let attest = Button::Attest.form().unwrap();
    let carried = json!({"incident": "rem-1", "channel": "C1"}).to_string();
    let submission = json!({"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"},
        "trigger_id": "3.4", "view": {"id": "V1", "callback_id": action::dialog(attest),
            "private_metadata": carried, "state": filled(&[("how", "BMC says off"), ("minutes_ago", "0")])}});
    let answer = door.signed("/slack/interactions", &form(&submission)).await;
    assert_eq!(answer, (StatusCode::OK, String::new()));
    assert_eq!(door.queue.try_recv().unwrap().taken.key(), Some("slack:dialog:T1:U1:V1"));
}

#[tokio::test]
async fn what_is_not_signed_or_was_long_ago_is_not() {
    let mut door = door(true);
    let now = now();
    for (ts, signature) in [
        (now, signature("another", now, COMMAND)),
        (now, signature(SECRET, now, "another body")),
        (now, signature(SECRET, now - 1, COMMAND)),
        (now - 400, signature(SECRET, now - 400, COMMAND)),
        (now + 400, signature(SECRET, now + 400, COMMAND)),
        (now, String::new()),
    ] {
        let (status, body) = door.knock("/slack/commands", COMMAND, ts, &signature).await;
        assert_eq!((status, body.as_str()), (StatusCode::UNAUTHORIZED, ""), "{ts} {signature}");
    }
    let bare = Request::post("/slack/events").body(Body::from("{}")).unwrap();
    assert_eq!(door.router.clone().oneshot(bare).await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert!(door.queue.try_recv().is_err());
    assert!(door.metrics.text().contains(r#"outcome="unsigned"} 6"#));
}

#[tokio::test]
async fn slack_is_told_its_challenge_only_when_it_signed_it() {
    let door = door(false);
    let challenge =
        json!({"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7"});
    let (status, body) = door.signed("/slack/events", &challenge.to_string()).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, challenge["challenge"].as_str().unwrap()));
    let unsigned = door.knock("/slack/events", &challenge.to_string(), now(), "v0=00").await;
    assert_eq!(unsigned.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_is_too_large_or_cannot_be_read_is_refused() {
    let door = door(true);
    let large = "x".repeat(LARGEST + 1);
    assert_eq!(door.signed("/slack/events", &large).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(door.signed("/slack/events", "no JSON").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(door.signed("/slack/interactions", "payload=%7B").await.0, StatusCode::BAD_REQUEST);
    let get = Request::get("/slack/events").body(Body::empty()).unwrap();
    assert_eq!(door.router.clone().oneshot(get).await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn before_the_beginning_and_after_the_end_slack_is_asked_to_come_again() {
    let early = door(false);
    assert_eq!(early.signed("/slack/commands", COMMAND).await.0, StatusCode::SERVICE_UNAVAILABLE);
    let late = door(true);
    late.stopper.stop();
    assert_eq!(late.signed("/slack/commands", COMMAND).await.0, StatusCode::SERVICE_UNAVAILABLE);
}
