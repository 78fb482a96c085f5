//! The rules a client is held to, and what it did against them.

/// A rule. What Discord itself refuses is answered with its error besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// Every REST call but those with an interaction's token carries `Authorization: Bot` and the token.
    Token,
    /// Every REST call has a `User-Agent` of the form `DiscordBot (url, version)`.
    /// <https://discord.com/developers/docs/reference#user-agent>
    UserAgent,
    /// Only routes that exist are called.
    Route,
    /// A body is what its content type says, and not larger than Discord takes.
    Body,
    /// A body fits the official OpenAPI description. Judged only where `PODWHY_SHARED` is set.
    Schema,
    /// A body has no key that Discord would ignore in silence.
    UnknownKey,
    /// A text or list is within its limit.
    Limit,
    /// What must say something is not empty: an embed field, a choice, a message.
    Empty,
    /// A `custom_id`, and a selection's value, is there once.
    Duplicate,
    /// A component has what it needs and nothing that excludes it: a label, a `custom_id` or a link.
    Component,
    /// A command has what it needs: required options first, choices or autocomplete, names in their alphabet.
    Command,
    /// An attachment that is named was sent or is there.
    Attachment,
    /// Ours: every message says `allowed_mentions` with an empty `parse`, so that nothing in it ever pings.
    Mentions,
    /// An interaction is acknowledged within 3 s.
    /// <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-callback>
    LateCallback,
    /// One client acknowledges an interaction once. Another client (a replica) may try: that is how it learns who has it.
    SecondCallback,
    /// The answer is of a kind that the interaction takes.
    CallbackType,
    /// Only interactions that were dispatched are acknowledged, each with its own token.
    UnknownInteraction,
    /// The reply to an interaction is read or changed only after it was acknowledged.
    NotAcknowledged,
    /// An interaction's token is used within 15 minutes.
    DeadToken,
    /// Only an interaction's real token is used.
    UnknownToken,
    /// Only own messages are edited.
    ForeignMessage,
    /// After a 429 nothing of that bucket is called before `Retry-After` is over.
    Early,
    /// The gateway is told the right token, shard and intents, once.
    Identify,
    /// The gateway hears a heartbeat in every interval, with the last sequence number.
    Heartbeat,
    /// Nothing but known payloads of at most 4096 bytes, at most 120 a minute, is sent to the gateway, which is dialled for
    /// version 10.
    Gateway,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Rule; 25] = [
        Rule::Token,
        Rule::UserAgent,
        Rule::Route,
        Rule::Body,
        Rule::Schema,
        Rule::UnknownKey,
        Rule::Limit,
        Rule::Empty,
        Rule::Duplicate,
        Rule::Component,
        Rule::Command,
        Rule::Attachment,
        Rule::Mentions,
        Rule::LateCallback,
        Rule::SecondCallback,
        Rule::CallbackType,
        Rule::UnknownInteraction,
        Rule::NotAcknowledged,
        Rule::DeadToken,
        Rule::UnknownToken,
        Rule::ForeignMessage,
        Rule::Early,
        Rule::Identify,
        Rule::Heartbeat,
        Rule::Gateway,
    ];
}

/// Something a client did against a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// The client: the name of the [`Door`](super::Door) it came through.
    pub client: String,
    /// What exactly.
    pub detail: String,
}
