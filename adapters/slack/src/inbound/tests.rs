use podwhy_flow::chat::Ask;
use serde_json::json;

use super::*;
use crate::mark::{Mark, Stage};
use crate::render::action;

fn own() -> Identity {
    Identity { team: "T1".into(), user: "UBOT".into(), bot: Some("B1".into()), app: None, url: None }
}

fn command(changes: Value) -> Raw {
    let mut payload = json!({"team_id": "T1", "channel_id": "C1", "user_id": "U1", "command": "/pod",
        "text": "why shop/cart-0", "response_url": "https://hooks.slack.com/commands/T1/1/x", "trigger_id": "1.2.x"});
    merge(&mut payload, changes);
    Raw { kind: Kind::Command, payload }
}

fn event(changes: Value) -> Raw {
    let mut event = json!({"type": "app_mention", "user": "U1", "channel": "C1", "ts": "1700000000.000100",
        "text": "<@UBOT> why shop/cart-0", "team": "T1"});
    merge(&mut event, changes);
    Raw { kind: Kind::Event, payload: json!({"team_id": "T1", "event_id": "Ev1", "event": event}) }
}

fn click(changes: Value) -> Raw {
    let mut payload = json!({"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U2", "team_id": "T1"},
        "trigger_id": "9.9", "channel": {"id": "C1"}, "response_url": "https://hooks.slack.com/actions/T1/1/x",
        "container": {"type": "message", "channel_id": "C1", "message_ts": "5.5", "is_ephemeral": false},
        "actions": [{"action_id": action::AGAIN, "value": "why shop/cart-0"}], "message": {"ts": "5.5"}});
    merge(&mut payload, changes);
    Raw { kind: Kind::Interactive, payload }
}

fn shortcut(changes: Value) -> Raw {
    let mut payload = json!({"type": "message_action", "callback_id": "why_is_this_failing", "team": {"id": "T1"},
        "user": {"id": "U1", "team_id": "T1"}, "channel": {"id": "C1"}, "trigger_id": "3.3",
        "message": {"ts": "7.7", "text": "pod shop/cart-0 fails", "bot_id": "B9"},
        "response_url": "https://hooks.slack.com/app/T1/1/x"});
    merge(&mut payload, changes);
    Raw { kind: Kind::Interactive, payload }
}

fn merge(value: &mut Value, changes: Value) {
    let Value::Object(changes) = changes else { return };
    for (name, change) in changes {
        value[name] = change;
    }
}

fn taken(raw: &Raw) -> Result<Taken, Skip> {
    read(raw, &own(), "/pod")
}

fn asked(raw: &Raw) -> Asked {
    match taken(raw) {
        Ok(Taken::Question(asked)) => asked,
        other => panic!("no question: {other:?}"),
    }
}

#[test]
fn a_command_is_asked_in_its_channel() {
    let asked = asked(&command(json!({})));
    assert_eq!(asked.question.ask, Ask::Line("why shop/cart-0".into()));
    assert_eq!(asked.question.asker.channel.as_deref(), Some("C1"));
    assert_eq!(asked.place.thread, None);
    assert!(asked.place.respond.is_some() && !asked.key.contains("hooks"));
}

#[test]
fn in_a_direct_message_there_is_no_channel() {
    let asked_there = asked(&command(json!({"channel_id": "D1"})));
    assert!(asked_there.place.is_direct && asked_there.question.asker.channel.is_none());
    let message = json!({"type": "message", "channel_type": "im", "channel": "D1", "text": "triage"});
    let asked_there = asked(&event(message));
    assert_eq!(asked_there.question.ask, Ask::Line("triage".into()));
    assert_eq!((asked_there.question.asker.channel, asked_there.place.thread), (None, None));
}

#[test]
fn a_mention_is_answered_in_its_thread_and_claimed_once() {
    let mention = asked(&event(json!({})));
    assert_eq!(mention.question.ask, Ask::Line("why shop/cart-0".into()));
    assert_eq!(mention.place.thread.as_deref(), Some("1700000000.000100"));
    let as_message = asked(&event(json!({"type": "message", "channel_type": "channel"})));
    assert_eq!(as_message.key, mention.key);
    let in_thread = asked(&event(json!({"thread_ts": "1600000000.000100"})));
    assert_eq!(in_thread.place.thread.as_deref(), Some("1600000000.000100"));
}

#[test]
fn what_does_not_mention_the_bot_is_not_answered() {
    let overheard = json!({"type": "message", "channel_type": "channel", "text": "why shop/cart-0"});
    assert_eq!(taken(&event(overheard)).unwrap_err(), Skip::Other);
}

#[test]
fn strangers_get_nothing() {
    for raw in [
        command(json!({"team_id": "T2"})),
        command(json!({"team_id": null, "enterprise_id": "E1"})),
        event(json!({"user_team": "T2"})),
        event(json!({"source_team": "T2"})),
        event(json!({"team": "E1"})),
        Raw { kind: Kind::Event, payload: json!({"team_id": "T2", "event": {"type": "app_mention"}}) },
        click(json!({"user": {"id": "U2", "team_id": "T2"}})),
        click(json!({"team": null, "enterprise": {"id": "E1"}})),
        shortcut(json!({"user": {"id": "U2", "team_id": "T2"}})),
        shortcut(json!({"team": {"id": "T2"}})),
        event(json!({"type": "app_home_opened", "tab": "home", "view": {"team_id": "T2"}})),
    ] {
        assert_eq!(taken(&raw).unwrap_err(), Skip::Stranger, "{}", raw.payload);
    }
}

#[test]
fn bots_edits_and_joins_get_nothing() {
    for (changes, why) in [
        (json!({"bot_id": "B2"}), Skip::Bot),
        (json!({"user": "UBOT"}), Skip::Bot),
        (json!({"bot_profile": {"id": "B2"}}), Skip::Bot),
        (json!({"subtype": "message_changed"}), Skip::Other),
        (json!({"subtype": "channel_join"}), Skip::Other),
        (json!({"edited": {"user": "U1", "ts": "2.2"}}), Skip::Other),
        (json!({"hidden": true}), Skip::Other),
        (json!({"user": null}), Skip::Malformed),
        (json!({"type": "reaction_added"}), Skip::Other),
    ] {
        assert_eq!(taken(&event(changes.clone())).unwrap_err(), why, "{changes}");
    }
    assert_eq!(taken(&command(json!({"command": "/other"}))).unwrap_err(), Skip::Other);
    assert_eq!(taken(&shortcut(json!({"callback_id": "other"}))).unwrap_err(), Skip::Other);
    let other = json!({"actions": [{"action_id": "other", "value": "x"}]});
    assert_eq!(taken(&click(other)).unwrap_err(), Skip::Other);
}

#[test]
fn a_shortcut_asks_about_a_bots_message_in_its_thread() {
    let asked = asked(&shortcut(json!({})));
    assert_eq!(asked.question.ask, Ask::Message("pod shop/cart-0 fails".into()));
    assert_eq!(asked.place.thread.as_deref(), Some("7.7"));
    assert!(asked.place.respond.is_some());
}

#[test]
fn a_click_is_a_question_of_the_one_who_clicked() {
    let Ok(Taken::Click(click)) = taken(&click(json!({}))) else { panic!("no click") };
    assert_eq!((click.action, click.line.as_str()), (Action::Again, "why shop/cart-0"));
    assert_eq!(click.asker.person, "U2");
    assert_eq!(click.message.unwrap().posted.ts, "5.5");
}

#[test]
fn a_click_without_a_value_reads_the_message() {
    let since = "2026-11-24T15:40:00Z".parse().unwrap();
    let mark = Mark::new(Stage::Done, "U1", since, podwhy_knowledge::Lang::En).asks(Some("triage shop"));
    let actions = json!([{"action_id": action::WATCH}]);
    let message = json!({"ts": "5.5", "metadata": mark.metadata()});
    let Ok(Taken::Click(read)) = taken(&click(json!({"actions": actions, "message": message}))) else {
        panic!("no click")
    };
    assert_eq!((read.line.as_str(), read.action), ("triage shop", Action::Watch));
    assert_eq!(read.message.unwrap().mark, Some(mark));
    let neither = json!({"actions": [{"action_id": action::WATCH}]});
    assert_eq!(taken(&click(neither)).unwrap_err(), Skip::Malformed);
}

#[test]
fn a_click_at_home_is_answered_in_the_direct_message() {
    let raw = click(json!({"container": {"type": "view", "view_id": "V1"}, "channel": null}));
    let Ok(Taken::Click(click)) = taken(&raw) else { panic!("no click") };
    assert!(click.message.is_none() && click.place.is_direct && click.asker.channel.is_none());
    assert_eq!(click.place.channel, "U2");
}

#[test]
fn home_is_opened_but_its_messages_are_not() {
    let home = event(json!({"type": "app_home_opened", "tab": "home"}));
    assert!(matches!(taken(&home), Ok(Taken::Home(asker)) if asker.person == "U1"));
    let messages = event(json!({"type": "app_home_opened", "tab": "messages"}));
    assert_eq!(taken(&messages).unwrap_err(), Skip::Other);
}
