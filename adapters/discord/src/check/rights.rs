//! What a member may do in a channel: <https://discord.com/developers/docs/topics/permissions#permission-overwrites>

use serde_json::Value;

use crate::permissions::{
    ADMINISTRATOR, ATTACH_FILES, CREATE_PUBLIC_THREADS, EMBED_LINKS, READ_MESSAGE_HISTORY, SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS, VIEW_CHANNEL,
};

/// What podwhy uses, as Discord names it; what for: deploy/discord/README.md.
pub(super) const NEEDED: [(u64, &str); 7] = [
    (VIEW_CHANNEL, "View Channel"),
    (SEND_MESSAGES, "Send Messages"),
    (EMBED_LINKS, "Embed Links"),
    (SEND_MESSAGES_IN_THREADS, "Send Messages in Threads"),
    (CREATE_PUBLIC_THREADS, "Create Public Threads"),
    (ATTACH_FILES, "Attach Files"),
    (READ_MESSAGE_HISTORY, "Read Message History"),
];

/// The member's rights in the channel, by the server's roles and the channel's overwrites.
pub(super) fn permissions(guild: &Value, member: &Value, user: &str, channel: &Value) -> u64 {
    let everyone = guild["id"].as_str().unwrap_or_default();
    let own = || member["roles"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let roles = guild["roles"].as_array().into_iter().flatten();
    let has = |role: &&Value| {
        let id = role["id"].as_str().unwrap_or_default();
        id == everyone || own().any(|known| known == id)
    };
    let base = roles.filter(has).fold(0, |all, role| all | bits(&role["permissions"]));
    if base & ADMINISTRATOR != 0 {
        return u64::MAX;
    }
    let overwrites = || channel["permission_overwrites"].as_array().into_iter().flatten();
    let of = |id: &str| {
        overwrites().find(|one| one["id"] == id).map(|one| (bits(&one["allow"]), bits(&one["deny"])))
    };
    let mut may = base;
    if let Some((allow, deny)) = of(everyone) {
        may = (may & !deny) | allow;
    }
    // of all roles together, what one allows outranks what another denies
    let (allow, deny) = own().filter_map(of).fold((0, 0), |(a, d), (allow, deny)| (a | allow, d | deny));
    may = (may & !deny) | allow;
    if let Some((allow, deny)) = of(user) {
        may = (may & !deny) | allow;
    }
    may
}

/// Discord writes them as a text: they are longer than a number of JavaScript.
fn bits(value: &Value) -> u64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_default()
}
