//! The buttons' action ids. The line that is asked, or the incident's name, stands in the button's value.

use podwhy_flow::incident::form::Field;
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

/// What the `callback_id` of a button's dialog begins with.
const DIALOG: &str = "podwhy_dialog_";
/// What the ids of a dialog's inputs begin with.
const INPUT: &str = "podwhy_";

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

/// The `callback_id` of a dialog.
pub fn dialog(form: &Form) -> String {
    format!("{DIALOG}{}", form.button.as_str())
}

/// The dialog that has this `callback_id`.
pub fn of_dialog(id: &str) -> Option<&'static Form> {
    Button::of(id.strip_prefix(DIALOG)?)?.form()
}

/// The `block_id` and the `action_id` of an input: what was typed comes back below both.
pub fn input(field: &Field) -> String {
    format!("{INPUT}{}", field.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_says_which_button_opened_it() {
        for button in Button::ALL {
            let form = button.form();
            let read = form.and_then(|form| of_dialog(&dialog(form)));
            assert_eq!(read.map(|form| form.button), form.map(|form| form.button));
            // a button's own id is no dialog's, nor is that of a button without one
            assert!(of_dialog(&incident(button)).is_none());
            let made_up = format!("{DIALOG}{}", button.as_str());
            assert_eq!(of_dialog(&made_up).is_some(), form.is_some(), "{made_up}");
        }
        for id in ["", DIALOG, "podwhy_dialog_other", "approve-typed", "podwhy_approve_typed"] {
            assert!(of_dialog(id).is_none(), "{id}");
        }
    }
}
