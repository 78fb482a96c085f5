//! A web chat on loopback, for one person at their own machine: the same answers as in a chat app, without an account.
//!
//! - `guard`: a one-time token in the link, a session in a cookie, Host and Origin checked on every request.
//! - `asked`, `failing`, `complete`, `dump`, `simulate`: one file for each thing the page asks of the server.
//! - `acting`: what can be done by a button, on the playground only.
//! - `render`: an answer → HTML, a pure function.
//! - `assets`: the page itself, in the binary.
//!
//! # When not
//! It has no users and no TLS, and refuses to listen anywhere but on 127.0.0.1: it is no way to share podwhy with others.

mod acting;
mod asked;
mod assets;
mod complete;
mod dump;
mod failing;
mod guard;
pub mod render;
mod reply;
mod server;
mod simulate;

pub use server::{Console, Options, Ports};
