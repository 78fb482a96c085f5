//! The buttons' action ids. The line that is asked stands in the button's value.

/// Asks the same again.
pub const AGAIN: &str = "podwhy_again";
/// Shows every piece of evidence.
pub const EVIDENCE: &str = "podwhy_evidence";
/// Shows every command.
pub const COMMANDS: &str = "podwhy_commands";
/// Keeps the answer current until what it is about is well.
pub const WATCH: &str = "podwhy_watch";
