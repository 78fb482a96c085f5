//! The buttons' custom ids. The line that is asked stands in the embed; see `line_of`.

/// Asks the same again.
pub const AGAIN: &str = "podwhy_again";
/// Shows every piece of evidence.
pub const EVIDENCE: &str = "podwhy_evidence";
/// Shows every command.
pub const COMMANDS: &str = "podwhy_commands";
/// Keeps the answer current until what it is about is well.
pub const WATCH: &str = "podwhy_watch";
