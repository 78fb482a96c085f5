//! The message that answers an interaction, while its token lives.
//! <https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages>

use std::time::Duration;

use podwhy_flow::words;
use podwhy_knowledge::Lang;
use serde_json::Value;
use tokio::time::{Instant, sleep};
use tracing::warn;

use crate::body;
use crate::id::Id;
use crate::metrics::Metrics;
use crate::received::Received;
use crate::render::{self, Message};
use crate::rest::{Call, Fail, File, Rest, To, Token, code};

/// How long an interaction's token is good for, less what a last call may take.
const TOKEN_LIVES: Duration = Duration::from_secs(15 * 60 - 30);

/// How long an edit whose outcome is not known may still come into effect.
const LATE: Duration = Duration::from_secs(10);

/// The message.
pub(crate) struct Original {
    rest: Rest,
    id: Id,
    token: Token,
    ephemeral: bool,
    until: Instant,
    metrics: Metrics,
}

impl Original {
    /// The message of an interaction that was claimed, as it was claimed: for one person or for all.
    pub(crate) fn new(rest: Rest, received: &Received, ephemeral: bool, metrics: Metrics) -> Original {
        let until = received.arrived + TOKEN_LIVES;
        Original { rest, id: received.id, token: received.token.clone(), ephemeral, until, metrics }
    }

    /// Shows what is looked at: once, as it will be written over. Whether it can come into effect later than it should.
    pub(crate) async fn looking(&self, message: &Message) -> bool {
        let edit = Call::patch(To::Original(self.token.clone()), body::edit(message, self.ephemeral, None));
        matches!(self.rest.once(&edit).await, Err(Fail::Unknown))
    }

    /// Shows what is found, and does so again where something older could come into effect after it.
    pub(crate) async fn finish(&self, message: &Message, file: Option<&File>, lang: Lang, may_be_late: bool) {
        let shown = self.show(message, file, lang).await;
        if shown && may_be_late {
            sleep(LATE).await;
            // it stands already, as far as is known
            drop(self.edit(message, file).await);
        }
    }

    /// Edits the message. One that was deleted is replaced, once. What Discord does not take is shown without its file, and
    /// if that does not help, as a fault. Whether the message itself was edited.
    async fn show(&self, message: &Message, file: Option<&File>, lang: Lang) -> bool {
        let mut result = self.edit(message, file).await;
        if file.is_some() && is_invalid(&result) {
            result = self.edit(message, None).await;
        }
        match result {
            Ok(_) => true,
            Err(fail) if fail.code() == Some(code::UNKNOWN_MESSAGE) => {
                self.metrics.replaced();
                self.follow(message, self.ephemeral, file).await;
                false
            }
            Err(fail) => {
                warn!(id = %self.id, %fail, "an answer could not be shown");
                if is_invalid(&Err(fail)) {
                    let fault = format!("{} {}", words::FAULT.of(lang), self.id);
                    drop(self.edit(&render::note(&fault), None).await);
                }
                false
            }
        }
    }

    async fn edit(&self, message: &Message, file: Option<&File>) -> Result<Value, Fail> {
        let edit = Call::patch(To::Original(self.token.clone()), body::edit(message, self.ephemeral, file));
        self.rest.repeated(&edit.file(file.cloned()), self.until).await
    }

    /// Takes the message away, and tells the one who asked alone. What cannot be taken away says nothing any more.
    pub(crate) async fn whisper(&self, message: &Message, lang: Lang) {
        let taken = self.rest.repeated(&Call::delete(To::Original(self.token.clone())), self.until).await;
        if let Err(fail) = taken
            && fail.code() != Some(code::UNKNOWN_MESSAGE)
        {
            warn!(id = %self.id, %fail, "a message that is not for everyone could not be taken away");
            self.finish(&render::note("…"), None, lang, false).await;
        }
        self.follow(message, true, None).await;
    }

    /// A message of its own below. Not repeated: Discord could show it twice.
    pub(crate) async fn follow(&self, message: &Message, ephemeral: bool, file: Option<&File>) {
        let post = Call::post(To::Followup(self.token.clone()), body::new(message, ephemeral, file));
        if let Err(fail) = self.rest.once(&post.file(file.cloned())).await {
            warn!(id = %self.id, %fail, "a message after an answer could not be posted");
        }
    }
}

/// Whether Discord does not take what it was given: it may take less.
fn is_invalid(result: &Result<Value, Fail>) -> bool {
    matches!(result, Err(Fail::Refused { status: 400 | 403 | 413, .. }))
}
