//! What a member may do in a channel: <https://discord.com/developers/docs/topics/permissions#permission-overwrites>

use serde_json::Value;

/// What podwhy uses, each by its bit, with what it is for.
pub(super) const NEEDED: [(u64, &str, &str); 7] = [
    (
        1 << 10,
        "View Channel",
        "to edit its own answers after 15 minutes, and to find those a restart left unfinished",
    ),
    (1 << 11, "Send Messages", "answers that are kept current"),
    (1 << 14, "Embed Links", "answers that are kept current"),
    (1 << 38, "Send Messages in Threads", "all evidence of an answer, in a thread under it"),
    (1 << 35, "Create Public Threads", "all evidence of an answer, in a thread under it"),
    (1 << 15, "Attach Files", "long evidence and logs as a file"),
    (1 << 16, "Read Message History", "to find what a restart left unfinished"),
];

const ADMINISTRATOR: u64 = 1 << 3;

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
