use podwhy_flow::chat::{Asker, Platform};
use serde_json::json;

use super::super::{Kind, Raw, read as take};
use super::*;

/// What Slack sends, with one thing in it changed.
fn submitted(path: &str, value: Value) -> Result<Pressed, Skip> {
    let own =
        Identity { team: "T1".into(), user: "UBOT".into(), bot: Some("B1".into()), app: None, url: None };
    let carried = Carried { incident: "rem-1".into(), channel: "C1".into(), thread: Some("5.5".into()) };
    let mut payload = json!({"type": "view_submission", "team": {"id": "T1", "domain": "example"},
        "user": {"id": "U2", "team_id": "T1", "username": "ann", "name": "ann"}, "api_app_id": "A1",
        "trigger_id": "8.8", "response_urls": [], "view": {"id": "V1", "team_id": "T1", "type": "modal",
            "callback_id": action::DIALOG, "private_metadata": carried.text(), "hash": "1.x",
            "state": {"values": {INPUT: {INPUT: {"type": "plain_text_input", "value": " cart "}}}}}});
    if !path.is_empty() {
        *payload.pointer_mut(path).unwrap() = value;
    }
    match take(&Raw { kind: Kind::Interactive, payload }, &own, "/pod") {
        Ok(Taken::Incident(pressed)) => Ok(pressed),
        Ok(other) => panic!("no click: {other:?}"),
        Err(skip) => Err(skip),
    }
}

const VALUE: &str = "/view/state/values/podwhy_name/podwhy_name/value";

#[test]
fn it_is_a_click_of_the_one_who_typed() {
    let pressed = submitted("", Value::Null).unwrap();
    let asker = Asker {
        platform: Platform::Slack,
        channel: Some("C1".into()),
        person: "U2".into(),
        groups: Vec::new(),
    };
    let click = Click {
        button: Button::ApproveTyped,
        incident: "rem-1".into(),
        asker,
        shown_name: "ann".into(),
        typed: Some("cart".into()),
    };
    assert_eq!(pressed.click, click);
    assert_eq!(pressed.key, "slack:dialog:T1:U2:V1");
    assert!(pressed.place.respond.is_none() && pressed.place.is_thread && !pressed.place.is_direct);
    assert_eq!(pressed.place.thread.as_deref(), Some("5.5"));
}

#[test]
fn whom_the_dialog_names_is_nobody() {
    let carried =
        json!({"incident": "rem-1", "channel": "C1", "person": "U9", "user": {"id": "U9"}}).to_string();
    let pressed = submitted("/view/private_metadata", json!(carried)).unwrap();
    assert_eq!((pressed.click.asker.person.as_str(), pressed.place.person.as_str()), ("U2", "U2"));
    assert_eq!((pressed.place.thread, pressed.place.is_thread), (None, false));
}

#[test]
fn strangers_and_what_is_no_dialog_of_ours_get_nothing() {
    for path in ["/team/id", "/user/team_id", "/view/team_id"] {
        assert_eq!(submitted(path, json!("T2")).unwrap_err(), Skip::Stranger, "{path}");
    }
    assert_eq!(submitted("/team", Value::Null).unwrap_err(), Skip::Stranger);
    for other in [json!("other"), json!(""), Value::Null] {
        assert_eq!(submitted("/view/callback_id", other).unwrap_err(), Skip::Other);
    }
    for (path, odd) in [
        ("/user/id", json!("")),
        ("/view/id", Value::Null),
        ("/view/private_metadata", json!("This is for you!")),
        ("/view/private_metadata", json!("")),
        ("/view/state", Value::Null),
        (VALUE, Value::Null),
        (VALUE, json!(["cart"])),
        (VALUE, json!("c".repeat(254))),
    ] {
        assert_eq!(submitted(path, odd).unwrap_err(), Skip::Malformed, "{path}");
    }
}

#[test]
fn what_cannot_be_seen_is_not_typed() {
    let typed = |text: String| submitted(VALUE, json!(text)).unwrap().click.typed.unwrap();
    assert_eq!(typed("c".repeat(253)), "c".repeat(253));
    assert_eq!(typed("   ".into()), "");
    assert!(!typed("ca\u{202e}rt\n\u{7}".into()).contains(['\u{202e}', '\n', '\u{7}']));
}
