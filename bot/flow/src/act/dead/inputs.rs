//! Everything that is looked at to say that a node is dead. What is not in here has no say.
//!
//! A [`Duration`] is how long ago something came to this process, by its own monotonic clock.

use std::time::Duration;

use jiff::Timestamp;

use super::attestation::Attestation;
use crate::ports::Power;

/// All of it, at one moment. It is put together anew for each judgement, at the click as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// The node's name.
    pub node: String,
    /// What the watch of this process sees: [`LeaseWatch::watched`](super::LeaseWatch::watched).
    pub watched: Watched,
    /// The other nodes, as far as an agent was ever seen on them. An empty list is "no agents", and no silence.
    pub neighbours: Vec<Neighbour>,
    /// What the power probe says, asked just now; `None` where none is configured.
    pub power: Option<Power>,
    /// What people say.
    pub attestations: Vec<Attestation>,
    /// Who has approved so far: persons by their entry in the configuration, as in [`Attestation::by`].
    pub approvers: Vec<String>,
    /// The time of day, for what people and services say.
    pub now: Timestamp,
}

/// What one process sees of the node and its cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The Node object.
    pub object: NodeObject,
    /// Its condition Ready.
    pub ready: Ready,
    /// Its Lease in `kube-node-lease`.
    pub lease: LeaseSeen,
    /// Its agent's Lease.
    pub agent_lease: LeaseSeen,
    /// How many nodes are Unknown; `None` where that is not known.
    pub crowd: Option<Crowd>,
    /// The cloud's shutdown taint.
    pub taint: Taint,
}

/// The Node object, against the one that the offer was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeObject {
    /// The same uid, and Unknown ever since.
    Same,
    /// The same uid, but its kubelet spoke since the offer was made.
    Rejoined,
    /// Another uid: a kubelet registered anew.
    Replaced,
    /// There is none.
    Gone,
    /// It could not be read: why.
    Unread(String),
}

/// The condition Ready, as it is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// The kubelet says that it is well.
    True,
    /// The kubelet says that it is not: it speaks.
    False,
    /// The node controller heard nothing.
    Unknown {
        /// For how long this process sees it so, without a gap. Never from `lastTransitionTime`.
        seen_for: Duration,
    },
    /// There is no such condition, or none was read.
    Missing,
}

/// A Lease, as it is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseSeen {
    /// It was there throughout.
    Kept {
        /// For how long it did not change.
        unchanged_for: Duration,
        /// For how long the watch has no gap.
        watched_for: Duration,
        /// How long ago this process saw it change; `None` where it never did.
        renewed: Option<Duration>,
    },
    /// It was there, and is not any more.
    Gone,
    /// There never was one, as far as can be known.
    Never,
    /// It cannot be seen: why.
    NotWatched(String),
}

/// How many nodes of the cluster are Unknown, this one among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crowd {
    /// All nodes.
    pub nodes: usize,
    /// Those whose Ready is Unknown.
    pub unknown: usize,
}

/// The taint `node.cloudprovider.kubernetes.io/shutdown`.
/// <https://kubernetes.io/docs/reference/labels-annotations-taints/#node-cloudprovider-kubernetes-io-shutdown>
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taint {
    /// It is not there.
    Absent,
    /// It is.
    Present {
        /// How long ago this process saw it appear; `None` where it was there from the start, or since a gap.
        appeared: Option<Duration>,
        /// The managers that `managedFields` names for the taints in the state in which it appeared: later writers of other taints
        /// take the field over, since it is one list.
        writers: Vec<String>,
    },
    /// It could not be read: why.
    Unread(String),
}

/// Another node, with its agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Its name.
    pub node: String,
    /// Whether its agent runs: this process sees its Lease being renewed.
    pub agent_runs: bool,
    /// Whether this agent had reached the node before it failed. One that was installed later had not.
    pub had_reached: bool,
    /// Its last probe of the node's kubelet, if there was one.
    pub probe: Option<Probe>,
}

/// A probe of the node's kubelet by a neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// How long ago it came to this process; `None` where it was there from the start, and may be of any age.
    pub came: Option<Duration>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No answer at all.
    TimedOut,
    /// The connection was refused: the machine's own kernel says so.
    Refused,
    /// TLS failed: something is there to fail with.
    Tls,
    /// It answered, whatever.
    Answered,
    /// The neighbour has no way there: it says nothing of the node.
    NoRoute,
}

impl Outcome {
    /// Whether something on the machine answered.
    pub fn is_contact(self) -> bool {
        matches!(self, Outcome::Refused | Outcome::Tls | Outcome::Answered)
    }
}
