//! The fake Discord towards a client that does nothing wrong: what people do arrives, what the bot does is seen, what the
//! platform refuses is refused, and what goes wrong on purpose goes wrong.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod channels;
mod chaos;
#[path = "../discord_client/mod.rs"]
mod client;
mod gateway;
mod interactions;

use client::Bench;

/// Nothing was done against a rule.
fn assert_good(bench: &Bench) {
    assert_eq!(bench.fake.violations(), []);
}
