//! What Slack really sends, captured by others, is read as it is meant.

use std::path::PathBuf;

use podwhy_flow::chat::Ask;
use podwhy_flow::incident::Button;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::{Kind, Raw, Skip, Taken, read, text_at};
use crate::identity::Identity;
use crate::render::action;

/// The folder, or a line that says what is left out.
fn payloads() -> Option<PathBuf> {
    match std::env::var_os("PODWHY_SHARED") {
        Some(shared) => Some(PathBuf::from(shared).join("payloads")),
        None => {
            let required = std::env::var("PODWHY_REQUIRE_CORPUS").is_ok_and(|value| value == "1");
            assert!(!required, "PODWHY_SHARED is not set");
            println!("left out: Slack's captured payloads (PODWHY_SHARED is not set)");
            None
        }
    }
}

fn payload(folder: &std::path::Path, name: &str) -> Value {
    let text = std::fs::read_to_string(folder.join(format!("slack_{name}.json"))).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["payload"].clone()
}

fn taken(kind: Kind, payload: &Value, team: &str) -> Result<Taken, Skip> {
    let own =
        Identity { team: team.into(), user: "U111".into(), bot: Some("B111".into()), app: None, url: None };
    let command = text_at(payload, "/command").unwrap_or_default().to_string();
    read(&Raw { kind, payload: payload.clone() }, &own, &command)
}

fn line(taken: Result<Taken, Skip>) -> (String, String) {
    match taken {
        Ok(Taken::Question(asked)) => match asked.question.ask {
            Ask::Line(line) => (asked.key, line),
            other => panic!("no line: {other:?}"),
        },
        other => panic!("no question: {other:?}"),
    }
}

#[test]
fn over_a_socket() {
    let Some(folder) = payloads() else { return };
    let of = |name: &str| payload(&folder, name)["payload"].clone();
    let (_, text) = line(taken(Kind::Command, &of("socket_slash_commands"), "T111"));
    assert_eq!(text, "");
    let mention = line(taken(Kind::Event, &of("socket_events_api_app_mention"), "T111"));
    let message = line(taken(Kind::Event, &of("socket_events_api_message"), "T111"));
    assert_eq!((mention.1.as_str(), message.1.as_str()), ("", "Hi here!"));
    assert_eq!(mention.0, message.0, "the same message, claimed once");
    let shortcut = taken(Kind::Interactive, &of("socket_interactive_shortcut"), "T111");
    assert_eq!(shortcut.unwrap_err(), Skip::Other, "a shortcut of no message");
    let view = taken(Kind::Interactive, &of("socket_interactive_block_actions_view"), "T12345678");
    assert_eq!(view.unwrap_err(), Skip::Other, "another app's menu");
    let stranger = taken(Kind::Event, &of("socket_events_api_message"), "T999");
    assert_eq!(stranger.unwrap_err(), Skip::Stranger);
}

#[test]
fn over_http() {
    let Some(folder) = payloads() else { return };
    let mention = payload(&folder, "events_api_app_mention_http");
    assert_eq!(line(taken(Kind::Event, &mention, "T111")).1, "<@W111> Hi there!".replace(['<', '>'], ""));
    let form = payload(&folder, "slash_command_http_form");
    let body = text_at(&form, "/raw_body").unwrap();
    let fields: Map<String, Value> = form_urlencoded::parse(body.as_bytes())
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect();
    assert_eq!(line(taken(Kind::Command, &Value::Object(fields), "T111")).1, "Hi");
    let click = taken(Kind::Interactive, &payload(&folder, "block_actions_button_message"), "T111");
    assert_eq!(click.unwrap_err(), Skip::Other, "another app's button");
    let submission = taken(Kind::Interactive, &payload(&folder, "view_submission"), "T111");
    assert_eq!(submission.unwrap_err(), Skip::Other);
}

#[test]
fn what_a_dialog_carries_is_where_it_is_looked_for() {
    let Some(folder) = payloads() else { return };
    let form = Button::ApproveTyped.form().unwrap();
    let input = action::input(&form.fields[0]);
    let mut payload = payload(&folder, "view_submission");
    payload["view"]["callback_id"] = Value::from(action::dialog(form));
    payload["view"]["private_metadata"] = Value::from(r#"{"incident":"rem-1","channel":"C1"}"#);
    // as Slack writes it, below the ids that the dialog gave
    let values = payload["view"]["state"]["values"].to_string();
    let values = values.replace("hspI", &input).replace("maBWU", &input);
    payload["view"]["state"]["values"] = serde_json::from_str(&values).unwrap();
    let Ok(Taken::Incident(pressed)) = taken(Kind::Interactive, &payload, "T111") else { panic!("no click") };
    let click = pressed.click;
    assert_eq!((click.typed.as_deref(), click.asker.person.as_str()), (Some("test"), "W111"));
    assert_eq!(click.shown_name, "primary-owner");
}

#[test]
fn what_a_click_carries_is_where_it_is_looked_for() {
    let Some(folder) = payloads() else { return };
    let mut click = payload(&folder, "block_actions_button_message");
    click["actions"][0]["action_id"] = Value::from(action::AGAIN);
    let Ok(Taken::Click(click)) = taken(Kind::Interactive, &click, "T111") else { panic!("no click") };
    assert_eq!((click.line.as_str(), click.asker.person.as_str()), ("click_me_123", "W111"));
    let message = click.message.unwrap();
    assert!(message.is_ephemeral && message.posted.ts == "111.222" && message.posted.channel == "C111");
    assert!(click.place.respond.is_some());
}
