//! The acknowledgement, which is the claim.
//!
//! Every replica is given every interaction. The first whose callback Discord takes owns it; to the others Discord says
//! 40060 (acknowledged already) or 10062 (unknown: too old), and they leave it alone. What the callback says is known before
//! it is sent: reading a question makes no request.
//!
//! # When it is not known whether it was taken
//! The callback is never repeated then (only where no connection came about: Discord cannot have seen that one).
//! - A deferral may have been taken, and then a person looks at "is thinking…": after [`SETTLED`] the message is read. If
//!   there is one, still with nothing in it, nobody works on it who knows that it is theirs, and would have written "looking
//!   at…" at once: then whoever is the first to claim it among those that do not know goes on with it. If there is none, or
//!   something was written, it is left alone.
//! - Anything else is left alone: a whole answer either stands or not, and a button can be pressed again.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use tracing::warn;

use crate::app::App;
use crate::body;
use crate::posted;
use crate::received::Received;
use crate::render::Message;
use crate::rest::{Call, Fail, Rest, To, code};

/// What the acknowledgement says.
/// <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type>
#[derive(Clone, Debug)]
pub(crate) enum Respond {
    /// 4: the whole answer.
    Now { message: Message, ephemeral: bool },
    /// 5: "is thinking…", in the place of an answer.
    Deferred { ephemeral: bool },
    /// 6: nothing to be seen; the message the button is on may be edited.
    Silently,
    /// 7: another text for the message the button is on.
    Replace(Message),
    /// 8: completions.
    Choices(Vec<String>),
    /// 9: a dialog; what is filled in comes back as an interaction of its own.
    Dialog(Value),
}

/// How long another replica that owns an interaction may take to write "looking at…".
pub(crate) const SETTLED: Duration = Duration::from_secs(2);

/// How long it is tried to find out whether a deferral was taken.
const FIND_OUT: Duration = Duration::from_secs(120);

impl Respond {
    fn body(&self) -> Value {
        match self {
            Respond::Now { message, ephemeral } => {
                json!({ "type": 4, "data": body::new(message, *ephemeral, None) })
            }
            Respond::Deferred { ephemeral: true } => {
                json!({ "type": 5, "data": { "flags": body::EPHEMERAL } })
            }
            Respond::Deferred { ephemeral: false } => json!({ "type": 5 }),
            Respond::Silently => json!({ "type": 6 }),
            Respond::Replace(message) => json!({ "type": 7, "data": body::edit(message, false, None) }),
            Respond::Choices(choices) => {
                let choices: Vec<_> =
                    choices.iter().map(|choice| json!({ "name": choice, "value": choice })).collect();
                json!({ "type": 8, "data": { "choices": choices } })
            }
            Respond::Dialog(dialog) => json!({ "type": 9, "data": dialog }),
        }
    }
}

impl App {
    /// Acknowledges; whether the interaction is ours now. `rest` is the interaction's own.
    pub(crate) async fn claim(&self, rest: &Rest, received: &Received, respond: &Respond) -> bool {
        let to = To::Callback { interaction: received.id, token: received.token.clone() };
        let result = rest.acknowledge(&Call::post(to, respond.body()), received.arrived).await;
        let outcome = match result {
            Ok(_) => return true,
            Err(Fail::Unknown) if matches!(respond, Respond::Deferred { .. }) => {
                if self.is_ours(rest, received).await {
                    return true;
                }
                "unknown"
            }
            Err(Fail::Unknown | Fail::NotSent) => "unknown",
            Err(fail) => match fail.code() {
                Some(code::ALREADY_ACKNOWLEDGED) => "other-replica",
                Some(code::UNKNOWN_INTERACTION) => "too-late",
                _ => {
                    warn!(kind = received.kind(), %fail, "an acknowledgement was refused");
                    "refused"
                }
            },
        };
        self.metrics.took(received.kind(), outcome);
        false
    }

    async fn is_ours(&self, rest: &Rest, received: &Received) -> bool {
        sleep(SETTLED).await;
        let read = Call::get(To::Original(received.token.clone()));
        let message = rest.repeated(&read, Instant::now() + FIND_OUT).await;
        if !message.is_ok_and(|message| posted::is_loading(&message)) {
            return false;
        }
        let claim = format!("discord:interaction:{}", received.id);
        let ours = self.ports.claims.claim(&claim).await;
        ours.inspect_err(|error| warn!(id = %received.id, %error, "a question is left unanswered"))
            .unwrap_or(false)
    }
}
