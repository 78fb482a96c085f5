//! podwhy from outside: recordings, the command line, the schemas, and the invariants of ARCHITECTURE.md.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must stop"
)]

mod acting;
mod actions;
mod agents;
mod alertmanager;
mod arising;
mod bridge;
mod browser;
mod chaos;
mod chart;
mod chats;
mod conformance;
mod console;
mod control_plane;
mod dead_node;
mod discord;
mod docs;
mod finalizers;
mod image;
mod incidents;
mod invariants;
mod krew;
mod ledger;
mod live;
mod live_cli;
mod manifest;
mod mcp;
mod mutual;
mod names;
mod packaging;
mod playground;
mod races;
mod rbac;
mod recordings;
mod remediations;
mod rules;
mod schema;
mod setup;
mod slack;
mod storm;
mod terminal;
mod versions;
mod watched;
