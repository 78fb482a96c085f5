//! Messages of incidents: posted, edited, found and taken away, each call once.
//!
//! Each carries its own id as metadata, of another type than a question's: the sweep leaves them alone, and a try whose
//! outcome is not known can be looked up. <https://docs.slack.dev/messaging/message-metadata/>

mod meaning;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use podwhy_flow::chat::Platform;
use podwhy_flow::incident::Body;
use podwhy_flow::ports::{Board, BoardError, Place};
use serde_json::{Value, json};

use crate::identity::Identity;
use crate::inbound::text_at;
use crate::outbound::{Outbound, Page, Posted, Spot};
use crate::render;
use meaning::meaning;

/// The metadata's event type.
const EVENT_TYPE: &str = "podwhy_incident";

/// As many pages are looked through for the messages of one id: 5,000 messages.
const MOST_PAGES: usize = 50;

/// Slack's clock and this one may differ by as much.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// Slack's channels.
#[derive(Debug)]
pub(crate) struct Incidents {
    pub(crate) outbound: Arc<Outbound>,
    /// There once Slack has told who the bot is.
    pub(crate) own: Arc<OnceLock<Identity>>,
}

impl Board for Incidents {
    fn platform(&self) -> Platform {
        Platform::Slack
    }

    fn post<'a>(&'a self, place: &'a Place, body: &'a Body) -> BoxFuture<'a, Result<String, BoardError>> {
        async move {
            let message = render::incident(body);
            let posted = self.outbound.post_once(&spot(place), &message, &metadata(place, body)).await;
            posted.map(|posted| posted.ts).map_err(meaning)
        }
        .boxed()
    }

    fn edit<'a>(
        &'a self,
        place: &'a Place,
        message: &'a str,
        body: &'a Body,
    ) -> BoxFuture<'a, Result<(), BoardError>> {
        async move {
            let shown = render::incident(body);
            let edited = self.outbound.edit_as(&posted(place, message), &shown, &metadata(place, body)).await;
            edited.map_err(meaning)
        }
        .boxed()
    }

    fn find<'a>(
        &'a self,
        place: &'a Place,
        since: Timestamp,
    ) -> BoxFuture<'a, Result<Vec<String>, BoardError>> {
        self.all(place, since - SKEW).boxed()
    }

    fn remove<'a>(&'a self, place: &'a Place, message: &'a str) -> BoxFuture<'a, Result<(), BoardError>> {
        async move { self.outbound.delete(&posted(place, message)).await.map_err(meaning) }.boxed()
    }

    /// As `chat.getPermalink` would answer, without asking. <https://docs.slack.dev/reference/methods/chat.getPermalink>
    fn link(&self, place: &Place, message: &str) -> Option<String> {
        let workspace = self.own.get()?.url.as_deref()?.trim_end_matches('/');
        Some(format!("{workspace}/archives/{}/p{}", place.channel, message.replace('.', "")))
    }
}

impl Incidents {
    async fn all(&self, place: &Place, since: Timestamp) -> Result<Vec<String>, BoardError> {
        let unknown = || BoardError::Later("Slack has not told yet who the bot is".to_string());
        let own = self.own.get().ok_or_else(unknown)?;
        // by their times, which are all of one length
        let mut found = BTreeSet::new();
        let mut cursor = None;
        for _ in 0..MOST_PAGES {
            let page = self.page(place, since, cursor.as_deref()).await?;
            let ours = page.messages.iter().filter(|message| own.wrote(message) && is_of(message, &place.id));
            found.extend(ours.filter_map(|message| text_at(message, "/ts")).map(str::to_string));
            cursor = page.cursor;
            if cursor.is_none() {
                return Ok(found.into_iter().collect());
            }
        }
        Err(BoardError::Later("too much stands there to be looked through".to_string()))
    }

    async fn page(&self, place: &Place, since: Timestamp, cursor: Option<&str>) -> Result<Page, BoardError> {
        let page = match &place.thread {
            Some(thread) => self.outbound.replies(&place.channel, thread, since, cursor).await,
            None => self.outbound.history(&place.channel, since, cursor).await,
        };
        page.map_err(meaning)
    }
}

fn spot(place: &Place) -> Spot {
    Spot { channel: place.channel.clone(), thread: place.thread.clone() }
}

fn posted(place: &Place, message: &str) -> Posted {
    Posted { channel: place.channel.clone(), ts: message.to_string() }
}

/// What a message carries, unseen: its own id, and on a card the incident's name.
fn metadata(place: &Place, body: &Body) -> Value {
    let mut payload = json!({"id": place.id});
    if let Body::Card(card) = body {
        payload["incident"] = json!(card.incident);
    }
    json!({"event_type": EVENT_TYPE, "event_payload": payload})
}

fn is_of(message: &Value, id: &str) -> bool {
    text_at(message, "/metadata/event_type") == Some(EVENT_TYPE)
        && text_at(message, "/metadata/event_payload/id") == Some(id)
}

#[cfg(test)]
mod tests;
