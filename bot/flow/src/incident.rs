//! What fails becomes an incident: one per root cause, kept in a ledger, shown in the chats, closed when all is well.
//!
//! Reads as it happens: a cluster is looked at (because a watch says so, an alert came, or an incident is open), the [`Book`]
//! says what that changes, the ledger holds it, and the [`Keeper`] makes the chats show it.
//!
//! - [`alert`]: what an alert says, whoever sent it.
//! - [`due`]: which pods have failed for long enough to look at, of what a watch sees.
//! - [`annotations`]: what namespaces and workloads themselves say of how it is told.
//! - [`look`]: a cluster at a moment, by root cause.
//! - [`looks`]: taking one, within [`bounds`].
//! - [`watcher`]: when one is taken.
//! - [`told`]: looking into alerts; what is [`found`].
//! - [`ring`]: what was last seen of pods that are gone; [`past`]: the same for whoever asks.
//! - [`record`]: an incident, as it is stored; [`name`]: under which name.
//! - [`book`]: what a look, an alert or a person changes about all of them. Pure.
//! - [`policy`]: routes, quiet hours, limits; [`route`]: to which channels an incident goes; [`mute`]: what is not told.
//! - [`reach`]: which of all that someone may see and change; [`chosen`]: what an order is about.
//! - [`storm`]: which incidents get a thread of their own. Pure.
//! - [`wanted`]: what should stand in the channels. Pure.
//! - [`card`]: one message of it, in words; [`form`]: what a dialog of one of its buttons asks.
//! - [`answers`]: the whole answer of an incident, for its thread.
//! - [`bulletin`]: what the configuration calls a digest: a message at fixed times.
//! - [`change`]: what is to be written.
//! - [`store`]: all incidents as they are known here, and the way they are written.
//! - [`keeper`]: makes ledger and chats so.
//! - [`outgoing`]: what receivers outside are to be told. Pure; [`courier`]: tells them.
//! - [`degraded`]: what is told while the ledger is away.
//! - [`memory_ledger`]: a ledger in this process alone.
//! - [`incidents`]: everything that changes them, in one place.
//! - [`counts`]: what it did, for whoever measures.
//! - [`links`]: where an alert leads; [`fixed`]: what was seen when it ended.
//! - [`dump`]: what a diagnosis sees, for who says that it is wrong.
//! - [`words`], [`order_words`], [`vote_words`]: what people read.
//!
//! [`Book`]: book::Book
//! [`Keeper`]: keeper::Keeper

pub mod alert;
pub mod annotations;
pub mod answers;
pub mod book;
pub mod bounds;
pub mod bulletin;
pub mod card;
pub mod change;
pub mod chosen;
pub mod counts;
pub mod courier;
pub mod degraded;
pub mod due;
pub mod dump;
mod ended;
mod fit;
pub mod fixed;
pub mod form;
pub mod found;
pub mod incidents;
pub mod keeper;
pub mod links;
pub mod look;
pub mod looks;
pub mod memory_ledger;
pub mod mute;
pub mod name;
pub mod order_words;
pub mod outgoing;
pub mod past;
pub mod policy;
pub mod reach;
pub mod record;
pub mod ring;
pub mod route;
pub mod store;
pub mod storm;
#[cfg(test)]
pub(crate) mod testing;
pub mod told;
mod unreachable;
pub mod vote_words;
pub mod wanted;
pub mod watcher;
pub mod words;

pub use alert::{Alert, Severity};
pub use annotations::{Allowed, Annotations};
pub use answers::Answers;
pub use book::{Book, Call};
pub use bulletin::{Bulletin, Bulletins, Schedule};
pub use card::{Body, Button, Card, Tone};
pub use change::Change;
pub use counts::Counts;
pub use courier::Courier;
pub use degraded::Degraded;
pub use form::{Form, Typed};
pub use found::{Found, Told};
pub use incidents::Incidents;
pub use keeper::{Keeper, Options};
pub use look::{Look, Scope, Sighted};
pub use memory_ledger::MemoryLedger;
pub use mute::Mute;
pub use outgoing::{News, Notice, Receiver};
pub use policy::{Policy, Route, Spot};
pub use record::{Blamed, Incident, Member, Phase, RootCause, Thread};
pub use store::Store;
pub use wanted::{Says, WantedPost};
