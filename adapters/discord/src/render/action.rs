//! The buttons' custom ids. The line that is asked stands in the embed; see `line_of`. An incident's name stands in the id.

use podwhy_flow::incident::Button;

/// Asks the same again.
pub const AGAIN: &str = "podwhy_again";
/// Shows every piece of evidence.
pub const EVIDENCE: &str = "podwhy_evidence";
/// Shows every command.
pub const COMMANDS: &str = "podwhy_commands";
/// Keeps the answer current until what it is about is well.
pub const WATCH: &str = "podwhy_watch";

/// What the ids of an incident's buttons begin with.
const INCIDENT: &str = "podwhy_incident:";

/// Of a button below an incident: `podwhy_incident:take:cart-5f2a`.
pub fn incident(button: Button, name: &str) -> String {
    format!("{INCIDENT}{}:{name}", button.as_str())
}

/// The button below an incident that has this id, and the incident's name.
pub fn of_incident(id: &str) -> Option<(Button, &str)> {
    let (button, name) = id.strip_prefix(INCIDENT)?.split_once(':')?;
    Some((Button::of(button)?, name)).filter(|(_, name)| !name.is_empty())
}
