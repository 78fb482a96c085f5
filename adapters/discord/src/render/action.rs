//! The custom ids of buttons and of dialogs. The line that is asked stands in the embed; see `line_of`. An incident's name
//! stands in the id.

use podwhy_flow::incident::{Button, Form};

/// Asks the same again.
pub const AGAIN: &str = "podwhy_again";
/// Shows every piece of evidence.
pub const EVIDENCE: &str = "podwhy_evidence";
/// Shows every command.
pub const COMMANDS: &str = "podwhy_commands";
/// Asks what can be done about it.
pub const FIX: &str = "podwhy_fix";
/// Keeps the answer current until what it is about is well.
pub const WATCH: &str = "podwhy_watch";

/// What the ids of an incident's buttons begin with.
const INCIDENT: &str = "podwhy_incident:";
/// The same of the button that is pressed once more; shorter, so that a name fits into both or into neither.
const CONFIRM: &str = "podwhy_confirm:";
/// What the id of a button's dialog begins with; shorter for the same reason.
const DIALOG: &str = "podwhy_dialog:";

/// Of a button below an incident: `podwhy_incident:take:cart-5f2a`.
pub fn incident(button: Button, name: &str) -> String {
    format!("{INCIDENT}{}:{name}", button.as_str())
}

/// The button below an incident that has this id, and the incident's name.
pub fn of_incident(id: &str) -> Option<(Button, &str)> {
    named(id.strip_prefix(INCIDENT)?)
}

/// Whether a button counts only once it was asked about and pressed again.
pub fn is_asked_again(button: Button) -> bool {
    matches!(button, Button::Approve | Button::Decline)
}

/// Of the button that makes another one count: `podwhy_confirm:approve:cart-5f2a`.
pub fn confirm(button: Button, name: &str) -> String {
    format!("{CONFIRM}{}:{name}", button.as_str())
}

/// The button that the one with this id makes count, and the incident's name. One that wants a name typed is never among
/// them.
pub fn of_confirm(id: &str) -> Option<(Button, &str)> {
    named(id.strip_prefix(CONFIRM)?).filter(|(button, _)| is_asked_again(*button))
}

/// Of a dialog: `podwhy_dialog:attest:cart-5f2a`.
pub fn dialog(form: &Form, name: &str) -> String {
    format!("{DIALOG}{}:{name}", form.button.as_str())
}

/// The dialog that has this id, and the incident's name.
pub fn of_dialog(id: &str) -> Option<(&'static Form, &str)> {
    let (button, name) = named(id.strip_prefix(DIALOG)?)?;
    Some((button.form()?, name))
}

fn named(rest: &str) -> Option<(Button, &str)> {
    let (button, name) = rest.split_once(':')?;
    Some((Button::of(button)?, name)).filter(|(_, name)| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use podwhy_flow::show::text::units;

    use super::*;
    use crate::limits;

    /// The longest name that an incident has.
    const NAME: usize = 63;

    #[test]
    fn a_name_fits_into_every_id() {
        let name = "n".repeat(NAME);
        for button in Button::ALL {
            let own = incident(button, &name);
            assert!(units(&own) <= limits::CUSTOM_ID, "{own}");
            assert_eq!(of_incident(&own), Some((button, name.as_str())));
            assert!(units(&confirm(button, &name)) <= units(&own));
            if let Some(form) = button.form() {
                let dialog = dialog(form, &name);
                assert!(units(&dialog) <= units(&own));
                let read = of_dialog(&dialog).map(|(form, name)| (form.button, name));
                assert_eq!(read, Some((button, name.as_str())));
            }
        }
    }

    #[test]
    fn only_what_is_asked_again_is_confirmed() {
        for button in Button::ALL {
            let wanted = is_asked_again(button).then_some((button, "inc-1"));
            assert_eq!(of_confirm(&confirm(button, "inc-1")), wanted);
        }
        for id in
            ["podwhy_confirm:approve:", "podwhy_confirm:approve", "podwhy_confirm:x:inc-1", "podwhy_confirm:"]
        {
            assert_eq!(of_confirm(id), None, "{id}");
        }
    }

    #[test]
    fn only_a_button_with_a_dialog_has_one() {
        for button in Button::ALL {
            let id = format!("podwhy_dialog:{}:inc-1", button.as_str());
            assert_eq!(of_dialog(&id).is_some(), button.form().is_some(), "{id}");
            assert!(of_dialog(&incident(button, "inc-1")).is_none());
        }
        for id in
            ["podwhy_dialog:attest:", "podwhy_dialog:attest", "podwhy_dialog:inc-1", "podwhy_typed:inc-1"]
        {
            assert!(of_dialog(id).is_none(), "{id}");
        }
    }
}
