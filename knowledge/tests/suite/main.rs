//! The knowledge from outside: every case, the catalogue's own rules, the reference pages, and hostile input.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must stop"
)]

mod around;
mod cases;
mod catalogue;
mod corpus;
mod fuzz;
mod hostile;
mod kept;
mod load;
mod meant;
mod perturbed;
mod posted;
mod recorded;
mod recordings;
mod reference;
mod style;
mod triage;
