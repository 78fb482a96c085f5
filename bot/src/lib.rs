//! The composition root: wires the adapters to the flow and offers them as a command.

pub mod cli;
pub mod config;
