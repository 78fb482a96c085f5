//! What may be done about a cause, and how dangerous it is.

/// The floor of what an action needs. Policy may only tighten it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Risk {
    /// Words and commands; a person decides and types.
    Words,
    /// One person may press a button.
    Button,
    /// Two people must agree, and type a name.
    TwoApprovals,
}

impl Risk {
    /// The word used in the JSON answer.
    pub fn as_str(self) -> &'static str {
        match self {
            Risk::Words => "words",
            Risk::Button => "button",
            Risk::TwoApprovals => "two-approvals",
        }
    }
}

/// A remedy a cause declares. Its title and command stand in the cause's pages under the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemedyKind {
    /// Unique within the cause.
    pub id: &'static str,
    /// The floor.
    pub risk: Risk,
}

impl RemedyKind {
    /// Words and a command.
    pub const fn words(id: &'static str) -> RemedyKind {
        RemedyKind { id, risk: Risk::Words }
    }

    /// A button, once remediation is configured; until then its command.
    pub const fn button(id: &'static str) -> RemedyKind {
        RemedyKind { id, risk: Risk::Button }
    }

    /// A button that needs two people.
    pub const fn two_approvals(id: &'static str) -> RemedyKind {
        RemedyKind { id, risk: Risk::TwoApprovals }
    }
}
