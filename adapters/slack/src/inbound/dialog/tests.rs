use super::super::{Kind, Raw, Taken, read as take};
use super::*;
use crate::render::{Message, action, incident as shown};
use podwhy_flow::incident::{Body, Button, Card, Tone};

fn own() -> Identity {
    Identity { team: "T1".into(), user: "UBOT".into(), bot: Some("B1".into()), app: None, url: None }
}

fn message(button: Button, lang: Lang) -> Message {
    shown(&Body::Card(Card {
        lang,
        tone: Tone::Failing,
        title: "rollback · Deployment prod:shop/cart".into(),
        summary: "Back to `v12`, which was well.".into(),
        lines: vec!["proposed 12:04".into()],
        members: Vec::new(),
        members_beyond: 0,
        links: Vec::new(),
        mention: Some("<!subteam^S1>".into()),
        buttons: vec![button],
        incident: "rem-1".into(),
    }))
}

/// A click on the message's only button, as Slack sends it.
fn click(message: &Message) -> Value {
    let button = &message.blocks[message.blocks.len() - 1]["elements"][0];
    json!({"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U2", "team_id": "T1", "name": "ann"},
        "trigger_id": "9.9", "channel": {"id": "C1"}, "response_url": "https://hooks.slack.com/actions/T1/1/x",
        "container": {"type": "message", "channel_id": "C1", "message_ts": "5.5", "is_ephemeral": false},
        "actions": [{"action_id": button["action_id"], "value": button["value"], "text": button["text"]}],
        "message": {"ts": "5.5", "thread_ts": "5.5", "blocks": message.blocks}})
}

fn dialog(payload: Value) -> Result<Dialog, Skip> {
    match take(&Raw { kind: Kind::Interactive, payload }, &own(), "/pod") {
        Ok(Taken::Dialog(dialog)) => Ok(dialog),
        Ok(other) => panic!("no dialog: {other:?}"),
        Err(skip) => Err(skip),
    }
}

#[test]
fn a_click_says_what_the_dialog_is_about_in_its_own_language() {
    for (button, lang) in Button::ALL.into_iter().flat_map(|button| Lang::ALL.map(|lang| (button, lang))) {
        let Some(form) = button.form() else { continue };
        let one = dialog(click(&message(button, lang))).unwrap();
        assert_eq!(one.about, ["rollback · Deployment prod:shop/cart", "Back to v12, which was well."]);
        assert_eq!((one.trigger.as_str(), one.lang), ("9.9", Some(lang)));
        let click = one.pressed.click;
        assert_eq!((click.typed, click.attests, click.button), (None, None, button));
        assert_eq!(one.form.button, form.button);
    }
}

#[test]
fn a_message_that_is_not_there_leaves_the_incidents_name() {
    let mut payload = click(&message(Button::Attest, Lang::En));
    for odd in [Value::Null, json!({"ts": "5.5"}), json!({"blocks": [{"elements": "x"}]}), json!([1])] {
        payload["message"] = odd;
        assert_eq!(dialog(payload.clone()).unwrap().about, ["rem-1"]);
    }
    payload["actions"][0]["text"] = json!({"text": "another"});
    assert_eq!(dialog(payload).unwrap().lang, None);
}

#[test]
fn strangers_and_clicks_without_a_trigger_open_nothing() {
    let payload = click(&message(Button::Attest, Lang::En));
    let changed = |path: &str, value: Value| {
        let mut payload = payload.clone();
        *payload.pointer_mut(path).unwrap() = value;
        dialog(payload).map(drop).unwrap_err()
    };
    assert_eq!(changed("/team/id", json!("T2")), Skip::Stranger);
    assert_eq!(changed("/user/team_id", json!("T2")), Skip::Stranger);
    assert_eq!(changed("/trigger_id", json!("")), Skip::Malformed);
    assert_eq!(changed("/trigger_id", json!("9".repeat(2001))), Skip::Malformed);
    assert_eq!(changed("/actions/0/value", json!("a\nb")), Skip::Malformed);
    assert_eq!(
        changed("/actions/0/action_id", json!(action::dialog(Button::Attest.form().unwrap()))),
        Skip::Other
    );
}

#[test]
fn what_is_carried_comes_back_and_nothing_else_does() {
    let carried = dialog(click(&message(Button::Attest, Lang::En))).unwrap().carried();
    let (incident, channel) = ("rem-1".to_string(), "C1".to_string());
    assert_eq!(carried, Carried { incident, channel, thread: Some("5.5".into()) });
    assert_eq!(Carried::of(&carried.text()), Some(carried.clone()));
    let aside = Carried { thread: None, ..carried.clone() };
    assert_eq!(Carried::of(&aside.text()), Some(aside));
    let longest = Carried { incident: "\"".repeat(253), ..carried };
    assert!(longest.text().len() < limits::PRIVATE_METADATA && Carried::of(&longest.text()).is_some());
    for odd in [
        String::new(),
        "{}".into(),
        "[]".into(),
        r#"{"incident": "a", "channel": ""}"#.into(),
        r#"{"incident": "a", "channel": "../C1"}"#.into(),
        r#"{"incident": "a\nb", "channel": "C1"}"#.into(),
        r#"{"incident": "a", "channel": "C1", "thread": 5}"#.into(),
        r#"{"incident": "a", "channel": "C1", "thread": "5 5"}"#.into(),
        format!(r#"{{"incident": "{}", "channel": "C1"}}"#, "a".repeat(254)),
        format!(r#"{{"incident": "a", "channel": "{}"}}"#, "C".repeat(65)),
        format!(r#"{{"incident": "a", "channel": "C1", "x": "{}"}}"#, "x".repeat(3000)),
    ] {
        assert_eq!(Carried::of(&odd), None, "{odd}");
    }
}
