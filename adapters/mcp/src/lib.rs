//! An MCP server on standard input and output: an assistant asks why something fails, and can do nothing else.
//!
//! - `tools`: what can be asked, as an assistant is told it.
//! - `asked`: what it sends → a question, a pure function.
//! - `answering`: a question → an answer, with its time, its room and its faults.
//! - `fit`: a large answer → one that a model reads, a pure function that says what it left out.
//! - `told`: an answer or a refusal → what the protocol carries, a pure function.
//! - `server`: the protocol itself, by the official SDK.
//! - `stdio`: standard input, for the protocol alone.
//!
//! # What it cannot do
//! There is no tool that writes, and nothing here that could: clusters are reached through [`ClusterRead`] alone.
//!
//! # When not
//! It knows no users: whoever starts the process asks with the rights of its kubeconfig, as on the command line. It is no way to
//! share podwhy with others, and listens nowhere.
//!
//! [`ClusterRead`]: podwhy_flow::ports::ClusterRead

mod answering;
mod asked;
mod fit;
mod server;
mod source;
mod stdio;
mod told;
mod tools;

pub use fit::MOST_BYTES;
pub use server::{ServeError, serve, serve_stdio};
pub use source::{Clusters, OnFault, Options, Source};
