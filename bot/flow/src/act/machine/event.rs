//! What happens to a Remediation.

use super::super::record::{Approval, Attested, Outcome};

/// What happened, or is to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// Somebody agrees. That they may is asked before.
    Approve(Approval),
    /// Somebody gives their word that a machine is off.
    Attest(Attested),
    /// Somebody says no.
    Decline {
        /// Who.
        who: String,
        /// In their words.
        why: String,
    },
    /// What it was for is no longer so.
    Supersede {
        /// The replica that saw it.
        who: String,
        /// What is otherwise.
        why: String,
    },
    /// Its time is over.
    Expire {
        /// The replica that noticed.
        who: String,
    },
    /// One run of a replica is about to write.
    Begin {
        /// Which: see [`Executing::by`](super::super::record::Executing::by).
        by: String,
    },
    /// The same has written, or knows that it will not.
    Wrote {
        /// Which.
        by: String,
        /// One for each target, in their order.
        outcomes: Vec<Outcome>,
    },
    /// Another found it begun and not ended, and looked what became of it.
    Looked {
        /// Which.
        by: String,
        /// One for each target, in their order.
        outcomes: Vec<Outcome>,
    },
    /// It was looked whether it helped.
    Verified {
        /// The replica.
        by: String,
        /// Whether it did.
        help: Help,
    },
}

/// Whether what was done helped.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Help {
    /// The cause is gone.
    Helped {
        /// By what that was seen.
        why: String,
    },
    /// It is still there, and the time for it is over.
    DidNot {
        /// What is seen instead.
        why: String,
    },
    /// What somebody else was told to do did not come to its end, and will not: there is nothing to wait for.
    NotDone {
        /// In their words.
        why: String,
        /// Whether they had touched anything.
        touched: bool,
    },
    /// Whether it was done is known to nobody.
    Unclear {
        /// Why not.
        why: String,
    },
}
