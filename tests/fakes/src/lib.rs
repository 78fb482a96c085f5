//! Strict fakes of Slack and Discord on loopback, for tests.

pub mod discord;
pub mod slack;
