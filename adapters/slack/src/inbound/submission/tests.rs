use podwhy_flow::chat::{Asker, Platform};
use podwhy_flow::incident::Button;
use podwhy_flow::ports::Attests;
use serde_json::json;

use super::super::{Kind, Raw, read as take};
use super::*;
use crate::testing::{filled, own};

/// What Slack sends once a button's dialog is sent off.
fn submission(button: Button, values: &[(&str, &str)]) -> Value {
    let carried = Carried { incident: "rem-1".into(), channel: "C1".into(), thread: Some("5.5".into()) };
    json!({"type": "view_submission", "team": {"id": "T1", "domain": "example"},
        "user": {"id": "U2", "team_id": "T1", "username": "ann", "name": "ann"}, "api_app_id": "A1",
        "trigger_id": "8.8", "response_urls": [], "view": {"id": "V1", "team_id": "T1", "type": "modal",
            "callback_id": action::dialog(button.form().unwrap()), "private_metadata": carried.text(),
            "hash": "1.x", "state": filled(values)}})
}

fn taken(payload: Value) -> Result<Pressed, Skip> {
    match take(&Raw { kind: Kind::Interactive, payload }, &own(), "/pod") {
        Ok(Taken::Incident(pressed)) => Ok(pressed),
        Ok(other) => panic!("no click: {other:?}"),
        Err(skip) => Err(skip),
    }
}

fn name() -> Value {
    submission(Button::ApproveTyped, &[("name", " cart ")])
}

fn word() -> Value {
    submission(Button::Attest, &[("how", " BMC says off\nrack 4 "), ("minutes_ago", "3")])
}

/// One of them, with one thing in it changed.
fn changed(mut payload: Value, path: &str, value: Value) -> Result<Pressed, Skip> {
    *payload.pointer_mut(path).unwrap() = value;
    taken(payload)
}

const NAME: &str = "/view/state/values/podwhy_name/podwhy_name/value";
const HOW: &str = "/view/state/values/podwhy_how/podwhy_how/value";
const MINUTES_AGO: &str = "/view/state/values/podwhy_minutes_ago/podwhy_minutes_ago/value";

#[test]
fn it_is_a_click_of_the_one_who_typed() {
    let attests = Attests { how: "BMC says off\nrack 4".into(), minutes_ago: "3".into() };
    for (payload, button, typed, attests) in [
        (name(), Button::ApproveTyped, Some("cart".into()), None),
        (word(), Button::Attest, None, Some(attests)),
    ] {
        let pressed = taken(payload).unwrap();
        let asker = Asker {
            platform: Platform::Slack,
            channel: Some("C1".into()),
            person: "U2".into(),
            groups: Vec::new(),
        };
        let (incident, shown_name) = ("rem-1".into(), "ann".into());
        assert_eq!(pressed.click, Click { button, incident, asker, shown_name, typed, attests });
        assert_eq!(pressed.key, "slack:dialog:T1:U2:V1");
        assert!(pressed.place.respond.is_none() && pressed.place.is_thread && !pressed.place.is_direct);
        assert_eq!(pressed.place.thread.as_deref(), Some("5.5"));
    }
}

#[test]
fn whom_the_dialog_names_is_nobody() {
    let carried =
        json!({"incident": "rem-1", "channel": "C1", "person": "U9", "user": {"id": "U9"}}).to_string();
    for payload in [name(), word()] {
        let pressed = changed(payload, "/view/private_metadata", json!(carried)).unwrap();
        assert_eq!((pressed.click.asker.person.as_str(), pressed.place.person.as_str()), ("U2", "U2"));
        assert_eq!((pressed.place.thread, pressed.place.is_thread), (None, false));
    }
}

#[test]
fn strangers_and_what_is_no_dialog_of_ours_get_nothing() {
    for payload in [name(), word()] {
        let changed = |path, value| changed(payload.clone(), path, value).unwrap_err();
        for path in ["/team/id", "/user/team_id", "/view/team_id"] {
            assert_eq!(changed(path, json!("T2")), Skip::Stranger, "{path}");
        }
        assert_eq!(changed("/team", Value::Null), Skip::Stranger);
        for other in ["other", "", "podwhy_dialog_", "podwhy_dialog_approve", "podwhy_incident_attest"] {
            assert_eq!(changed("/view/callback_id", json!(other)), Skip::Other, "{other}");
        }
        assert_eq!(changed("/view/callback_id", Value::Null), Skip::Other);
        for (path, odd) in [
            ("/user/id", json!("")),
            ("/view/id", Value::Null),
            ("/view/private_metadata", json!("This is for you!")),
            ("/view/private_metadata", json!("")),
            ("/view/state", Value::Null),
        ] {
            assert_eq!(changed(path, odd), Skip::Malformed, "{path}");
        }
    }
}

#[test]
fn what_no_field_takes_is_not_typed() {
    for (payload, path, longest) in [(name(), NAME, 253), (word(), HOW, 500), (word(), MINUTES_AGO, 10)] {
        let changed = |value| changed(payload.clone(), path, value);
        for odd in [Value::Null, json!(["cart"]), json!(3), json!("机".repeat(longest + 1))] {
            assert_eq!(changed(odd).unwrap_err(), Skip::Malformed, "{path}");
        }
        assert!(changed(json!("机".repeat(longest))).is_ok(), "{path}");
    }
}

/// A name is typed into its own dialog alone, and somebody's word is never given by the way.
#[test]
fn what_was_typed_into_the_other_dialog_is_nothing() {
    let all = [("name", "cart"), ("how", "BMC says off"), ("minutes_ago", "0")];
    assert_eq!(taken(submission(Button::Attest, &all[..1])).unwrap_err(), Skip::Malformed);
    assert_eq!(taken(submission(Button::Attest, &all[..2])).unwrap_err(), Skip::Malformed);
    assert_eq!(taken(submission(Button::ApproveTyped, &all[1..])).unwrap_err(), Skip::Malformed);
    let both = |button| taken(submission(button, &all)).unwrap().click;
    assert_eq!(both(Button::ApproveTyped).attests, None);
    assert_eq!(both(Button::Attest).typed, None);
}

#[test]
fn what_cannot_be_seen_is_not_typed() {
    let typed = |text: String| changed(name(), NAME, json!(text)).unwrap().click.typed.unwrap();
    assert_eq!(typed("c".repeat(253)), "c".repeat(253));
    assert_eq!(typed("   ".into()), "");
    assert!(!typed("ca\u{202e}rt\n\u{7}".into()).contains(['\u{202e}', '\n', '\u{7}']));
    let said = changed(word(), HOW, json!("<!channel>\n\u{202e}\u{7}")).unwrap().click.attests.unwrap();
    assert_eq!(said.how, "<!channel>\n\u{fffd}\u{fffd}");
}
