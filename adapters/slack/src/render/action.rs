//! The buttons' action ids. The line that is asked, or the incident's name, stands in the button's value.

use podwhy_flow::incident::Button;

/// Asks the same again.
pub const AGAIN: &str = "podwhy_again";
/// Shows every piece of evidence.
pub const EVIDENCE: &str = "podwhy_evidence";
/// Shows every command.
pub const COMMANDS: &str = "podwhy_commands";
/// Keeps the answer current until what it is about is well.
pub const WATCH: &str = "podwhy_watch";

/// The `callback_id` of the dialog into which a name is typed.
pub const DIALOG: &str = "podwhy_approve_typed";

/// What the ids of an incident's buttons begin with.
const INCIDENT: &str = "podwhy_incident_";

/// Of a button below an incident.
pub fn incident(button: Button) -> String {
    format!("{INCIDENT}{}", button.as_str())
}

/// The button below an incident that has this id.
pub fn of_incident(id: &str) -> Option<Button> {
    Button::of(id.strip_prefix(INCIDENT)?)
}
