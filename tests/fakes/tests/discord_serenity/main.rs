//! The fake Discord, and the twin, towards serenity. What serenity cannot read it drops in silence, so that whatever comes back was
//! read.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod bot;
mod fake;
mod twin;
