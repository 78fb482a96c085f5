//! What a right client never does.

use std::fmt;
use std::time::Duration;

macro_rules! rules {
    ($($(#[$doc:meta])+ $name:ident,)+) => {
        /// A rule of Slack's, or of the payloads as they were captured. Breaking one is recorded, and answered with an error
        /// where Slack does that.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Rule { $($(#[$doc])+ $name,)+ }

        impl Rule {
            /// Every rule: a test shows for each of them a client that breaks it.
            pub const ALL: &[Rule] = &[$(Rule::$name,)+];
        }
    };
}

rules! {
    /// Acknowledge within 3 s of the delivery.
    /// <https://docs.slack.dev/apis/events-api/using-socket-mode#acknowledge>
    AckLate,
    /// Acknowledge only envelopes that were sent.
    AckUnknown,
    /// Acknowledge an envelope once.
    AckTwice,
    /// Send a payload with an acknowledgement only where `accepts_response_payload` is true.
    AckPayload,
    /// A frame of the client is `{"envelope_id": …}`, with `payload` or without, and nothing else.
    AckShape,
    /// Answer a delivery over HTTP with 2xx.
    HttpStatus,
    /// Refuse a request that is not signed as Slack signs.
    /// <https://docs.slack.dev/authentication/verifying-requests-from-slack>
    ForgeryAccepted,
    /// Answer Slack's `url_verification` with its challenge.
    Challenge,
    /// Open a socket with the ticket that `apps.connections.open` gave, once.
    Ticket,
    /// At most 10 sockets an app.
    TooManySockets,

    /// Send a token with every call.
    NotAuthed,
    /// Send a token that exists.
    InvalidAuth,
    /// Stop when the token was revoked.
    TokenRevoked,
    /// The app token is for `apps.connections.open`, the bot token for all else.
    WrongTokenType,

    /// Call methods that exist (of those that a bot like podwhy needs).
    UnknownMethod,
    /// Send the arguments a method has, no others.
    UnknownArgument,
    /// Send required arguments, and each in its type.
    BadArgument,
    /// JSON only for methods that write; a body must be what its content type says.
    WrongEncoding,
    /// Name channels that exist and that the bot can see, by id.
    ChannelNotFound,
    /// Post and read only where the bot is a member.
    NotInChannel,
    /// Name a message that is there, which an ephemeral one never is.
    MessageNotFound,
    /// Change and delete only one's own messages.
    ForeignMessage,
    /// Reply only to a message that begins a thread, or may.
    NotAThread,
    /// Show ephemeral messages only to people who are in the channel.
    UserNotInChannel,
    /// Name people who exist.
    UserNotFound,
    /// Page with cursors that were given.
    InvalidCursor,
    /// Open a modal with a trigger that was given, once, within 3 s.
    /// <https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses>
    Trigger,
    /// Publish a view over the one whose hash was named.
    HashConflict,

    /// Say something: text, blocks or attachments.
    NoText,
    /// Give messages with blocks a `text` too: notifications and screen readers have nothing else.
    NoFallbackText,
    /// `text`: 40,000 characters; in `chat.update` 4,000 bytes.
    TextTooLong,
    /// Never call a whole channel: `<!channel>`, `<!here>`, `<!everyone>`.
    Broadcast,
    /// Metadata is `event_type` and a flat `event_payload`.
    Metadata,
    /// Attachments: known keys, at most 100.
    Attachments,

    /// At most 50 blocks a message, 100 a view.
    TooManyBlocks,
    /// All of a message's blocks together: see `blocks::size`.
    BlocksTooLong,
    /// Use block and element types that Slack has, where it has them.
    UnknownType,
    /// Use the keys a block, element or object has, no others.
    UnknownKey,
    /// Leave out nothing that is required (a confirmation needs its deny button).
    MissingKey,
    /// Use the JSON type and the values a key has.
    BadValue,
    /// Keep texts within their limits.
    TooLong,
    /// Keep lists within their limits.
    TooMany,
    /// Leave no text and no list empty.
    Empty,
    /// `mrkdwn` only where it is allowed: never in headers, buttons, titles, options.
    TextType,
    /// Use a `block_id` once a message.
    DuplicateBlockId,
    /// Use an `action_id` once a block.
    DuplicateActionId,

    /// Use a `response_url` that was given.
    UnknownUrl,
    /// Use a `response_url` for 30 minutes.
    /// <https://docs.slack.dev/interactivity/handling-user-interaction#message_responses>
    ExpiredUrl,
    /// Use a `response_url` 5 times.
    UsedUrl,
    /// `replace_original` and `delete_original` mean nothing for the `response_url` of a command or a shortcut: what is sent
    /// appears as a new message. <https://github.com/slackapi/bolt-js/issues/2287>
    NothingToReplace,
    /// Answering a click, say whether the message is replaced: where nothing is said, Slack was seen to replace it.
    /// <https://github.com/howdyai/botkit/issues/444>
    ReplaceUnsaid,

    /// After a 429, leave the method (for messages: the channel) alone until `Retry-After` is over.
    /// <https://docs.slack.dev/apis/web-api/rate-limits>
    BeforeRetryAfter,
    /// Upload as many bytes as were announced, once.
    UploadLength,
    /// Complete only uploads that were made.
    UploadMissing,
}

/// One broken rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Which.
    pub rule: Rule,
    /// What was done, without tokens or tickets.
    pub detail: String,
    /// When, since the fake's start.
    pub at: Duration,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:.3} s: {}", self.rule, self.at.as_secs_f64(), self.detail)
    }
}
