//! The composition root: wires the adapters to the flow and offers them as a command.

#[cfg(feature = "chat")]
pub mod chats;
pub mod cli;
pub mod clusters;
pub mod config;
#[cfg(feature = "chat")]
pub mod logs;
#[cfg(feature = "chat")]
pub mod needs;
mod pages;
#[cfg(feature = "console")]
pub mod start;
#[cfg(feature = "console")]
pub mod stop;

#[cfg(feature = "chat")]
pub use start::ServeOptions;
#[cfg(feature = "console")]
pub use start::{ConsoleOptions, Options, Running, start};
