//! Whole ways through the crate, over a Discord of one file.

mod approvals;
mod buttons;
mod claims;
mod faults;
mod incidents;
mod questions;
mod settling;
mod watches;
mod wire;

use serde_json::Value;

use crate::body;
use crate::render::Message;

/// Whether a message of Discord's shows this.
fn shows(original: &Value, message: &Message) -> bool {
    let wanted = body::edit(message, false, None);
    ["content", "embeds", "components"].iter().all(|part| original[part] == wanted[part])
}
