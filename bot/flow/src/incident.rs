//! What fails becomes an incident: one per root cause, kept in a ledger, shown in the chats, closed when all is well.
//!
//! Reads as it happens: a cluster is looked at (because a watch says so, an alert came, or an incident is open), the [`Book`]
//! says what that changes, the ledger holds it, and the [`Keeper`] makes the chats show it.
//!
//! - [`alert`]: what an alert says, whoever sent it.
//! - [`due`]: which pods have failed for long enough to look at, of what a watch sees.
//! - [`look`]: a cluster at a moment, by root cause.
//! - [`looks`]: taking one, within [`bounds`].
//! - [`watcher`]: when one is taken.
//! - [`told`]: looking into alerts; what is [`found`].
//! - [`ring`]: what was last seen of pods that are gone.
//! - [`record`]: an incident, as it is stored.
//! - [`book`]: what a look, an alert or a person changes about all of them. Pure.
//! - [`policy`]: routes, mutes, quiet hours, limits.
//! - [`wanted`]: what should stand in the channels. Pure.
//! - [`card`]: one message of it, in words.
//! - [`keeper`]: makes ledger and chats so.
//!
//! [`Book`]: book::Book
//! [`Keeper`]: keeper::Keeper

pub mod alert;
pub mod bounds;
pub mod card;
pub mod due;
pub mod found;
pub mod look;
pub mod looks;
pub mod policy;
pub mod record;
pub mod ring;
pub mod told;
pub mod watcher;

pub use alert::{Alert, Severity};
pub use card::{Body, Button, Card, Tone};
pub use look::{Look, Scope, Sighted};
pub use policy::{Policy, Route, Spot};
pub use record::{Blamed, Incident, Phase, RootCause};
