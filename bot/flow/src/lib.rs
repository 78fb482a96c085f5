//! The sentence podwhy is: a question is taken in, the cluster is read, diagnosed, and the answer rendered.
//!
//! Depends on nothing but the knowledge. What reads files, speaks HTTP or draws on a terminal is an adapter.

pub mod act;
pub mod answer;
pub mod ask;
pub mod chat;
pub mod error;
pub mod hours;
pub mod incident;
pub mod ports;
pub mod setup;
pub mod show;
pub mod words;

pub use error::UserError;
