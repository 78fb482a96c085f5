//! Strict fakes of Slack and Discord on loopback, for tests.

mod cut;
pub mod discord;
pub mod slack;
