//! Messages of incidents: posted, edited, found and taken away, each call once.
//!
//! Each is posted with a nonce that Discord enforces, the same at every try: within some minutes a second one of it does not
//! come to be, and the first is given back. After that it is found by its own id, which stands in its footer.
//! <https://discord.com/developers/docs/resources/message#create-message>

mod find;
mod meaning;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use podwhy_flow::chat::Platform;
use podwhy_flow::incident::Body;
use podwhy_flow::ports::{Board, BoardError, Place};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::app::App;
use crate::body;
use crate::id::Id;
use crate::limits;
use crate::render;
use crate::rest::{Call, Fail, Rest, To, code};
use crate::thread::thread;
use meaning::{meaning, of_thread};

/// One call, with what Discord's rate limits make it wait. One exchange has a shorter time of its own.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// Discord's channels.
pub(crate) struct Incidents {
    pub(crate) app: Arc<App>,
}

impl fmt::Debug for Incidents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Incidents")
    }
}

impl Board for Incidents {
    fn platform(&self) -> Platform {
        Platform::Discord
    }

    fn post<'a>(&'a self, place: &'a Place, body: &'a Body) -> BoxFuture<'a, Result<String, BoardError>> {
        self.new_message(place, body).boxed()
    }

    fn edit<'a>(
        &'a self,
        place: &'a Place,
        message: &'a str,
        body: &'a Body,
    ) -> BoxFuture<'a, Result<(), BoardError>> {
        async move {
            let to = To::Message { channel: at(place)?, message: id(message)? };
            let shown = render::incident(body, &place.id);
            let edit = Call::patch(to, body::incident(&shown, render::allowed_mentions(body)));
            self.rest().repeated(&edit, Instant::now() + self.rest().patience()).await.map_err(meaning)?;
            Ok(())
        }
        .boxed()
    }

    fn find<'a>(
        &'a self,
        place: &'a Place,
        since: Timestamp,
    ) -> BoxFuture<'a, Result<Vec<String>, BoardError>> {
        self.all(place, since).boxed()
    }

    fn remove<'a>(&'a self, place: &'a Place, message: &'a str) -> BoxFuture<'a, Result<(), BoardError>> {
        async move {
            let delete = Call::delete(To::Message { channel: at(place)?, message: id(message)? });
            let removed = self.rest().repeated(&delete, Instant::now() + self.rest().patience()).await;
            match removed.map_err(meaning) {
                Ok(_) | Err(BoardError::Gone) => Ok(()),
                Err(error) => Err(error),
            }
        }
        .boxed()
    }

    /// A link names the server: of several it is not known which has the channel.
    fn link(&self, place: &Place, message: &str) -> Option<String> {
        let [guild] = self.app.me.get()?.guilds.as_slice() else { return None };
        Some(format!("https://discord.com/channels/{guild}/{}/{message}", place.channel))
    }
}

impl Incidents {
    fn rest(&self) -> &Rest {
        &self.app.rest
    }

    /// Posts a message once; where its thread was not begun yet, nothing came of the first try.
    async fn new_message(&self, place: &Place, body: &Body) -> Result<String, BoardError> {
        let channel = at(place)?;
        let shown = render::incident(body, &place.id);
        let mut sent = body::incident(&shown, render::allowed_mentions(body));
        sent["nonce"] = json!(nonce(place));
        sent["enforce_nonce"] = json!(true);
        let post = Call::post(To::Messages { channel }, sent);
        let posted = match self.rest().once_within(&post, PATIENCE).await {
            Err(fail) if place.thread.is_some() && fail.code() == Some(code::UNKNOWN_CHANNEL) => {
                self.begin_thread(place, channel, body).await?;
                self.rest().once_within(&post, PATIENCE).await
            }
            posted => posted,
        };
        let known = |message: &Value| Id::of(&message["id"]).map(|id| id.to_string());
        // it stands, and did not say as what
        posted.map_err(meaning).and_then(|message| known(&message).ok_or_else(|| meaning(Fail::Unknown)))
    }

    async fn begin_thread(&self, place: &Place, message: Id, body: &Body) -> Result<(), BoardError> {
        let begun = thread(self.rest(), id(&place.channel)?, message, &render::thread_name(body)).await;
        begun.map(drop).map_err(of_thread)
    }
}

/// The channel or thread. A thread has the id of the message it began with.
fn at(place: &Place) -> Result<Id, BoardError> {
    id(place.thread.as_deref().unwrap_or(&place.channel))
}

fn id(text: &str) -> Result<Id, BoardError> {
    text.parse().map_err(|error: crate::id::NoId| BoardError::Refused(error.to_string()))
}

/// The same for every try of a message. Nonces are one's own in all channels: the channel is in it.
fn nonce(place: &Place) -> String {
    let digest = Sha256::digest(format!("{}/{}", place.channel, place.id));
    let text: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    text.chars().take(limits::NONCE - 1).collect()
}

#[cfg(test)]
mod tests;
