//! The gateway: where interactions come from. One connection in every replica.
//!
//! - [`session`]: one client of serenity's.
//! - [`runtime`]: where it runs.
//! - [`handler`]: what is done with its events.
//! - [`health`]: whether it is well.
//! - [`supervise`]: opens sessions, one after another.

pub(crate) mod handler;
pub(crate) mod health;
pub(crate) mod runtime;
pub(crate) mod session;
pub(crate) mod supervise;
