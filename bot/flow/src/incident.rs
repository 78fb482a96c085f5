//! What fails becomes an incident: one per root cause, kept in a ledger, shown in the chats, closed when all is well.
//!
//! Reads as it happens: a cluster is looked at (because a watch says so, an alert came, or an incident is open), the [`Book`]
//! says what that changes, the ledger holds it, and the [`Keeper`] makes the chats show it.
//!
//! - [`alert`]: what an alert says, whoever sent it.
//! - [`due`]: which pods have failed for long enough to look at, of what a watch sees.
//! - [`look`]: a cluster at a moment, by root cause.
//! - [`record`]: an incident, as it is stored; [`name`]: under which name.
//! - [`book`]: what a look, an alert or a person changes about all of them. Pure.
//! - [`policy`]: routes, quiet hours, limits; [`route`]: to which channels an incident goes; [`mute`]: what is not told.
//! - [`storm`]: which incidents get a thread of their own. Pure.
//! - [`wanted`]: what should stand in the channels. Pure.
//! - [`card`]: one message of it, in words.
//! - [`keeper`]: makes ledger and chats so.
//!
//! [`Book`]: book::Book
//! [`Keeper`]: keeper::Keeper

pub mod alert;
pub mod book;
pub mod card;
mod fit;
pub mod look;
pub mod mute;
pub mod name;
pub mod policy;
pub mod record;
pub mod route;
pub mod storm;

pub use alert::{Alert, Severity};
pub use book::{Book, Call, Change, Found, Told};
pub use card::{Body, Button, Card, Tone};
pub use look::{Look, Scope, Sighted};
pub use mute::Mute;
pub use policy::{Policy, Route, Spot};
pub use record::{Blamed, Incident, Member, Phase, RootCause, Thread};
