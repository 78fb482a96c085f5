//! What becomes of incidents, told outside the chats; and what is asked there.
//!
//! - [`webhook`]: a POST to an address of one's own, signed: [`sign`].
//! - [`pagerduty`]: PagerDuty's Events API v2.
//! - [`power`]: a GET that asks whether a machine has power.
//! - `call`: one request, and what its answer means; [`address`]: which addresses are called.
//!
//! What is told is [`Notice`], and when is the courier's affair: a call is tried once here, within ten seconds.
//!
//! [`Notice`]: podwhy_flow::incident::Notice

pub mod address;
mod call;
pub mod pagerduty;
pub mod power;
pub mod sign;
pub mod webhook;

#[cfg(test)]
mod testing;

pub use address::{Address, StartError};
pub use pagerduty::PagerDuty;
pub use power::HttpPowerProbe;
pub use webhook::Webhook;
