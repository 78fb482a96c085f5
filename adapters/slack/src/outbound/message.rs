//! Messages: posted once, edited as often as needed, whispered to one person.

use serde_json::{Value, json};
use tracing::warn;

use super::error::CallError;
use super::response_url::ResponseUrl;
use super::transport::{Body, Method, Request};
use super::{Again, FIRST_WAIT, Outbound, always};
use crate::inbound::text_at;
use crate::mark::Mark;
use crate::render::Message;

/// How often a message whose posting failed is posted in all. Between two tries it is looked for.
const MOST_POSTS: u32 = 3;

/// What is sent without its blocks is no longer than this, in bytes: an edit takes no more than 4,000.
/// <https://docs.slack.dev/reference/methods/chat.update#errors>
const LONGEST_TEXT: usize = 3500;

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) channel: String,
    /// The first message of the thread it goes into.
    pub(crate) thread: Option<String>,
}

/// A message that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Posted {
    pub(crate) channel: String,
    pub(crate) ts: String,
}

/// How a message to a response URL is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Respond {
    /// To the one who asked.
    Whisper,
    /// To the one who asked, in the place of the message before.
    WhisperInstead,
    /// To everyone.
    Everyone,
    /// To everyone, in the place of the message before.
    EveryoneInstead,
}

impl Outbound {
    /// Posts a message once. Where it is not known whether it was posted it is looked for, and posted again only when it was
    /// not. <https://docs.slack.dev/reference/methods/chat.postMessage>
    pub(crate) async fn post(
        &self,
        spot: &Spot,
        message: &Message,
        mark: &Mark,
    ) -> Result<Posted, CallError> {
        let (mut tries, began) = (1, self.clock.now());
        loop {
            let error = match self.post_once(spot, message, &mark.metadata()).await {
                Ok(posted) => return Ok(posted),
                Err(error) => error,
            };
            if !error.is_unclear() {
                return Err(error);
            }
            // it may still be on its way
            tokio::time::sleep(4 * FIRST_WAIT).await;
            match self.find(spot, &mark.id, began).await {
                Ok(Some(posted)) => return Ok(posted),
                Ok(None) if tries < MOST_POSTS => tries += 1,
                Ok(None) => return Err(error),
                Err(why) => {
                    warn!(%error, %why, "it is not known whether a message was posted: it is not posted again");
                    return Err(error);
                }
            }
        }
    }

    /// Posts a message, and tries again only what Slack did not do: where it asked to wait, was not reached at all, or refused
    /// the message's shape. What became of an unclear try is for the caller to find out.
    pub(crate) async fn post_once(
        &self,
        spot: &Spot,
        message: &Message,
        metadata: &Value,
    ) -> Result<Posted, CallError> {
        let send = async |body: Value| {
            let request = Request::json(Method::PostMessage, body);
            self.call(&request, Some(&spot.channel), Again::Never, always).await
        };
        let mut body = posting(spot, message);
        body["metadata"] = metadata.clone();
        body["unfurl_links"] = json!(false);
        body["unfurl_media"] = json!(false);
        let answer = match send(body.clone()).await {
            Err(error) if error.is_shape() && has_blocks(&body) => {
                warn!(%error, "a message was refused for its shape: only its text is posted");
                send(bare(body, message)).await
            }
            answer => answer,
        };
        Posted::of(&answer?, spot).ok_or(CallError::Garbled)
    }

    /// Edits a message; the newest of several edits wins. <https://docs.slack.dev/reference/methods/chat.update>
    pub(crate) async fn edit(
        &self,
        posted: &Posted,
        message: &Message,
        mark: &Mark,
    ) -> Result<(), CallError> {
        self.edit_as(posted, message, &mark.metadata()).await
    }

    /// The same, with whatever metadata.
    pub(crate) async fn edit_as(
        &self,
        posted: &Posted,
        message: &Message,
        metadata: &Value,
    ) -> Result<(), CallError> {
        let edit = self.edits.begin(&posted.channel, &posted.ts);
        let _turn = edit.turn().await;
        let mut body = json!({"channel": posted.channel, "ts": posted.ts, "text": message.text,
            "parse": "none", "link_names": false, "metadata": metadata});
        body["blocks"] = json!(message.blocks);
        let send = async |body: Value| {
            let request = Request::json(Method::Update, body);
            let wanted = || edit.is_newest();
            self.call(&request, None, Again::Idempotent, wanted).await
        };
        let result = match send(body.clone()).await {
            Err(error) if error.is_shape() => {
                warn!(%error, "a message was refused for its shape: only its text is shown");
                send(bare(body, message)).await
            }
            result => result,
        };
        match result {
            Ok(_) | Err(CallError::Superseded) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes a message of the bot's own away. <https://docs.slack.dev/reference/methods/chat.delete>
    pub(crate) async fn delete(&self, posted: &Posted) -> Result<(), CallError> {
        let body = json!({"channel": posted.channel, "ts": posted.ts});
        let request = Request::json(Method::Delete, body);
        match self.call(&request, None, Again::Idempotent, always).await {
            Err(error) if !error.is_gone() => Err(error),
            _ => Ok(()),
        }
    }

    /// Shows a message to one person in a channel. <https://docs.slack.dev/reference/methods/chat.postEphemeral>
    pub(crate) async fn whisper(
        &self,
        spot: &Spot,
        person: &str,
        message: &Message,
    ) -> Result<(), CallError> {
        let mut body = posting(spot, message);
        body["user"] = json!(person);
        let send = async |body: Value| {
            let request = Request::json(Method::PostEphemeral, body);
            self.call(&request, None, Again::Never, always).await
        };
        let result = match send(body.clone()).await {
            Err(error) if error.is_shape() => send(bare(body, message)).await,
            result => result,
        };
        result.map(drop)
    }

    /// Sends a message to a response URL. At most once: what became of it cannot be looked up.
    pub(crate) async fn respond(
        &self,
        to: &ResponseUrl,
        message: &Message,
        how: Respond,
        thread: Option<&str>,
    ) -> Result<(), CallError> {
        let url = to.take().ok_or(CallError::Spent)?;
        let everyone = matches!(how, Respond::Everyone | Respond::EveryoneInstead);
        let instead = matches!(how, Respond::WhisperInstead | Respond::EveryoneInstead);
        let mut body = json!({"text": message.text, "blocks": message.blocks,
            "response_type": if everyone { "in_channel" } else { "ephemeral" },
            "replace_original": instead, "unfurl_links": false, "unfurl_media": false});
        if let (Some(thread), false) = (thread, instead) {
            body["thread_ts"] = json!(thread);
        }
        let request = Request { method: Method::Respond, body: Body::ToUrl(url, body) };
        self.call(&request, Some(to.id()), Again::Never, always).await.map(drop)
    }
}

impl Posted {
    fn of(answer: &Value, spot: &Spot) -> Option<Posted> {
        let channel = text_at(answer, "/channel").unwrap_or(&spot.channel).to_string();
        Some(Posted { channel, ts: text_at(answer, "/ts")?.to_string() })
    }
}

fn posting(spot: &Spot, message: &Message) -> Value {
    let mut body = json!({"channel": spot.channel, "text": message.text, "blocks": message.blocks});
    if let Some(thread) = &spot.thread {
        body["thread_ts"] = json!(thread);
    }
    body
}

fn has_blocks(body: &Value) -> bool {
    body["blocks"].as_array().is_some_and(|blocks| !blocks.is_empty())
}

/// Without blocks, and with no more text than any message may have.
fn bare(mut body: Value, message: &Message) -> Value {
    body["blocks"] = json!([]);
    let end =
        (0..=LONGEST_TEXT.min(message.text.len())).rev().find(|end| message.text.is_char_boundary(*end));
    body["text"] = json!(message.text[..end.unwrap_or_default()]);
    body
}
