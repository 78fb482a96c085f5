//! Whether a node is dead, confirmed: what must hold before its pods are taken for gone.
//!
//! A node that is silent may be alive, with programs that go on writing. Whoever then starts its pods elsewhere has two writers on
//! one volume. So silence alone is never enough: the machine's power has to be known to be off, and one sign of life refuses.
//!
//! Reads as it happens: [`lease_watch`] keeps what the watch sees, [`inputs`] is everything that is judged, [`judge()`] (pure) reads
//! each input as a [`Signal`] and gives a [`Proof`], whose lines [`words`] tells. [`attestation`] is a person's word, [`warning`]
//! names what is lost if it is wrong. [`eyes`] feeds the watch, and [`proving`] puts the inputs together for each click.
//!
//! # The rule
//! All of: Ready is Unknown for five minutes; the Lease of the node, and that of its agent if there ever was one, unchanged over an
//! unbroken watch of five minutes by this process; at most one node in ten is Unknown (or one, in a small cluster); the power
//! probe says "off", where one is configured; nobody saw a sign of life. And one of two routes:
//!
//! - **A**: three neighbours that could reach it before (both, where there are but two) time out, and its power is known to be off:
//!   by the power probe, by the cloud's shutdown taint, or by the word of a person *who approves nothing here*.
//! - **B**, where there are too few such neighbours: the power probe; or the shutdown taint, and *each of the two approvers* gave
//!   their word besides, in a dialog of their own.
//!
//! So one and the same word counts differently: on route A it is the proof, and nobody proves what they approve; on route B the taint
//! is the proof, and those who act on it alone say that they have looked.
//!
//! # Caveats
//! Time is never the node's clock held against ours. What a process saw it counts by its own monotonic clock: another process, or
//! one that was restarted, begins again. What a person or a service says has a time of day.

pub mod attestation;
pub mod eyes;
pub mod inputs;
pub mod judge;
pub mod lease_watch;
mod power_off;
pub mod proving;
pub mod signal;
mod silence;
pub mod warning;
mod witness;
mod witnesses;
pub mod words;

#[cfg(test)]
mod tests;

pub use attestation::{Attestation, AttestationError};
pub use eyes::Eyes;
pub use inputs::{Inputs, Outcome};
pub use judge::{Line, Mark, Missing, Options, Proof, Route, Verdict, judge};
pub use lease_watch::LeaseWatch;
pub use proving::Proving;
pub use signal::{Signal, Why};
pub use warning::Warning;
