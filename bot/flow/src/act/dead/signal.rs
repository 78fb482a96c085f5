//! What each input says: dead, alive, or nothing.

use std::time::Duration;

use jiff::Timestamp;

use super::attestation::AttestationError;
use super::inputs::{Crowd, Outcome};

/// What one source says of the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// It speaks for a dead node.
    Dead(Why),
    /// It is a sign of life: whatever else is known, it refuses.
    Alive(Why),
    /// It says nothing: it is not there, not read, or not yet worth anything.
    Unavailable(Why),
}

impl Signal {
    /// What was found.
    pub fn why(&self) -> &Why {
        match self {
            Signal::Dead(why) | Signal::Alive(why) | Signal::Unavailable(why) => why,
        }
    }

    /// Whether it is a sign of life.
    pub fn is_alive(&self) -> bool {
        matches!(self, Signal::Alive(_))
    }

    /// Whether it speaks for a dead node.
    pub fn is_dead(&self) -> bool {
        matches!(self, Signal::Dead(_))
    }
}

/// A source, and what was found there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The Node object.
    Node(OfNode),
    /// Its condition Ready.
    Ready(OfReady),
    /// Its Lease.
    Lease(OfLease),
    /// Its agent's Lease.
    AgentLease(OfLease),
    /// How many nodes are Unknown; `None` where that is not known.
    Crowd(Option<Crowd>),
    /// The neighbours together.
    Witnesses(OfWitnesses),
    /// One neighbour.
    Neighbour(String, OfNeighbour),
    /// So many neighbours more, which the checklist leaves out.
    MoreNeighbours(usize),
    /// The power probe.
    Power(OfPower),
    /// The cloud's shutdown taint.
    Taint(OfTaint),
    /// A person's word.
    Attested(String, OfAttestation),
    /// Nobody gave their word.
    NobodyAttested,
}

/// What the Node object says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfNode {
    /// It is the one that was offered.
    Same,
    /// Its kubelet spoke since.
    Rejoined,
    /// It was registered anew.
    Replaced,
    /// It does not exist.
    Gone,
    /// It could not be read: why.
    Unread(String),
}

/// What Ready says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfReady {
    /// Unknown for long enough.
    Unknown(Duration),
    /// Unknown, not yet for long enough.
    NotYet(Duration),
    /// The kubelet says False.
    False,
    /// The kubelet says True.
    True,
    /// There is no such condition.
    Missing,
}

/// What a Lease says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfLease {
    /// Unchanged for long enough.
    Unchanged(Duration),
    /// Unchanged, not yet for long enough.
    NotYet(Duration),
    /// It was renewed after Ready went Unknown, so long ago.
    Renewed(Duration),
    /// It was there, and is not any more.
    Gone,
    /// There never was one.
    Never,
    /// It cannot be seen: why.
    NotWatched(String),
}

/// What the neighbours say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfWitnesses {
    /// As many time out as are needed.
    Enough {
        /// So many time out.
        timed_out: usize,
        /// So many are needed.
        needed: usize,
    },
    /// Enough could; so far fewer do.
    Awaited {
        /// So many time out.
        timed_out: usize,
        /// So many are needed.
        needed: usize,
    },
    /// Fewer could be witnesses than are needed.
    TooFew {
        /// So many could.
        able: usize,
        /// So many are needed.
        needed: usize,
    },
    /// No agent runs anywhere.
    NoAgents,
}

/// What one neighbour says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfNeighbour {
    /// No answer, so long ago.
    TimedOut(Duration),
    /// Something answered, so long ago.
    Contact(Outcome, Duration),
    /// Something answered, before the node fell silent.
    Earlier,
    /// It has no way there.
    NoRoute,
    /// Its last probe is too old: how old, if that is known.
    Old(Option<Duration>),
    /// It did not probe the node.
    NoProbe,
    /// It never reached the node before.
    NeverReached,
    /// Its agent does not run.
    NoAgent,
}

/// What the power probe says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfPower {
    /// Off, when it was looked.
    Off(Timestamp),
    /// On, when it was looked.
    On(Timestamp),
    /// It is configured, and does not say: why.
    Unknown(String),
    /// None is configured.
    NotConfigured,
}

/// What the shutdown taint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfTaint {
    /// It appeared so long ago, by the cloud's controller.
    Counts(Duration),
    /// It is not there.
    Absent,
    /// It is there, and no cloud controller is configured.
    NoController,
    /// It is there, and nobody saw it appear.
    NotSeen,
    /// It was there before Ready went Unknown, as it is seen.
    TooEarly,
    /// Others wrote it.
    Others(Vec<String>),
    /// It could not be read: why.
    Unread(String),
}

/// What a person's word is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfAttestation {
    /// It counts as a proof.
    Counts {
        /// When it was established.
        at: Timestamp,
        /// How.
        how: String,
    },
    /// It is an approver's: it counts together with the taint only.
    ByApprover {
        /// When it was established.
        at: Timestamp,
        /// How.
        how: String,
    },
    /// It was established before the node fell silent.
    TooEarly,
    /// It is not whole, or too old.
    Invalid(AttestationError),
}
