//! As much of an API server as podwhy and `kubectl` ask: discovery, get, list, Table, watch, logs, delete, patch. What it
//! does not do it refuses with an honest Status. Small, and replaceable by anything that speaks the same protocol.

mod discovery;
mod failure;
mod http;
mod page;
mod read;
mod resources;
mod select;
mod store;
mod table;
mod watch;

pub use store::Store;

pub(crate) use failure::Failure;
pub(crate) use http::{Asked, Query, decoded, flag, serve};
pub(crate) use page::Pages;
pub(crate) use resources::{Resource, core, find, of, of_object};
pub(crate) use store::{Fate, Key, now_in_seconds, text};
