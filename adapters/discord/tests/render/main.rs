//! What the renderer writes: read by people as snapshots, by validators in every case, and by others' judges as files.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must stop"
)]

#[path = "../../../../bot/flow/tests/gallery/cards.rs"]
mod cards;
#[path = "../../../../bot/flow/tests/gallery/cases.rs"]
mod cases;
mod confirm;
mod gallery;
mod hostile;
mod incidents;
#[path = "../../../../bot/flow/tests/gallery/kinds.rs"]
mod kinds;
mod official;
#[path = "../../../../bot/flow/tests/gallery/replies.rs"]
mod replies;
mod seen;
mod snapshots;
mod valid;

/// Ids as the app writes them.
const CHANNELS: [&str; 2] = ["1101112131415161718", "1201112131415161718"];
