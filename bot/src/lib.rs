//! The composition root: wires the adapters to the flow and offers them as a command.

pub mod cli;
pub mod clusters;
pub mod config;
#[cfg(feature = "console")]
pub mod start;

#[cfg(feature = "console")]
pub use start::{ConsoleOptions, Options, Running, start};
