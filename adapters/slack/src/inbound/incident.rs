//! The buttons below an incident. <https://docs.slack.dev/reference/interaction-payloads/block_actions-payload>

use podwhy_flow::incident::Button;
use podwhy_flow::ports::Click;
use podwhy_flow::show::text::{head, line};
use serde_json::Value;

use super::click::{key, on_message};
use super::guard::Skip;
use super::{Place, asker, text_at};
use crate::identity::Identity;

/// The most of a name, and of an incident's: a name of Kubernetes' is no longer.
const NAME: usize = 80;
const INCIDENT: usize = 253;

/// A button that was pressed.
#[derive(Clone, Debug)]
pub(crate) struct Pressed {
    pub(crate) key: String,
    pub(crate) click: Click,
    pub(crate) place: Place,
}

/// Reads one of the bot's own team, which was looked at already.
pub(super) fn read(payload: &Value, own: &Identity, button: Button, person: &str) -> Result<Pressed, Skip> {
    let incident = text_at(payload, "/actions/0/value").filter(is_name).ok_or(Skip::Malformed)?;
    let key = key(payload, own, person)?;
    let (place, _) = on_message(payload, person, None).ok_or(Skip::Malformed)?;
    let click = Click {
        button,
        incident: incident.to_string(),
        asker: asker(person, &place.channel),
        shown_name: shown_name(payload, person),
        typed: None,
        attests: None,
    };
    Ok(Pressed { key, click, place })
}

/// Whether it can be an incident's name.
pub(super) fn is_name(name: &&str) -> bool {
    !name.is_empty() && name.len() <= INCIDENT && line(name) == **name
}

/// As Slack shows the person.
pub(super) fn shown_name(payload: &Value, person: &str) -> String {
    let names = ["/user/name", "/user/username"].map(|path| text_at(payload, path).map(line));
    let name = names.into_iter().flatten().find(|name| !name.is_empty());
    head(name.as_deref().unwrap_or(person), NAME).to_string()
}

#[cfg(test)]
mod tests {
    use podwhy_flow::chat::{Asker, Platform};
    use serde_json::json;

    use super::super::{Kind, Raw, Taken, read};
    use super::*;
    use crate::render::action;

    fn pressed(button: Button, incident: &str, team: &str, name: &str) -> Result<Taken, Skip> {
        let own =
            Identity { team: "T1".into(), user: "UBOT".into(), bot: Some("B1".into()), app: None, url: None };
        let payload = json!({"type": "block_actions", "team": {"id": team}, "trigger_id": "9.9",
            "user": {"id": "U2", "team_id": team, "name": name}, "channel": {"id": "C1"},
            "container": {"type": "message", "channel_id": "C1", "message_ts": "5.5", "is_ephemeral": false},
            "actions": [{"action_id": action::incident(button), "value": incident}], "message": {"ts": "5.5"}});
        read(&Raw { kind: Kind::Interactive, payload }, &own, "/pod")
    }

    #[test]
    fn a_button_says_which_incident_and_who() {
        for button in Button::ALL.into_iter().filter(|button| button.form().is_none()) {
            let Ok(Taken::Incident(one)) = pressed(button, "inc-1", "T1", "ann\u{202e}") else {
                panic!("{button:?}")
            };
            let asker = Asker {
                platform: Platform::Slack,
                channel: Some("C1".into()),
                person: "U2".into(),
                groups: Vec::new(),
            };
            assert_eq!(
                (one.click.button, one.click.incident.as_str(), one.click.asker),
                (button, "inc-1", asker)
            );
            assert!(one.click.shown_name.starts_with("ann") && !one.click.shown_name.contains('\u{202e}'));
            assert_eq!(one.key, "slack:click:T1:U2:9.9");
        }
        let Ok(Taken::Incident(one)) = pressed(Button::Take, "inc-1", "T1", &"n".repeat(500)) else {
            panic!()
        };
        assert_eq!(one.click.shown_name.len(), NAME);
        let Ok(Taken::Incident(one)) = pressed(Button::Take, "inc-1", "T1", " ") else { panic!() };
        assert_eq!(one.click.shown_name, "U2");
    }

    #[test]
    fn strangers_and_what_names_no_incident_get_nothing() {
        assert_eq!(pressed(Button::Take, "inc-1", "T2", "ann").unwrap_err(), Skip::Stranger);
        for incident in ["", "a\nb", &"x".repeat(INCIDENT + 1)] {
            assert_eq!(pressed(Button::Take, incident, "T1", "ann").unwrap_err(), Skip::Malformed);
        }
    }
}
