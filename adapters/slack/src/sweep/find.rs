//! The bot's own messages of the last day that are not finished.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::Value;

use super::{Found, Sweep};
use crate::inbound::text_at;
use crate::mark::{Mark, Stage};
use crate::outbound::{CallError, Page, Posted};

/// As far back as anything is looked for.
const SPAN: SignedDuration = SignedDuration::from_hours(24);

/// As many conversations, pages of each, and threads of each are looked through.
const CONVERSATIONS: usize = 300;
const PAGES: usize = 5;
const THREADS: usize = 20;

/// Between two calls: half of what Slack allows. <https://docs.slack.dev/apis/web-api/rate-limits/>
const PAUSE: Duration = Duration::from_millis(2400);

impl Sweep {
    /// Where to look: the configured channels the bot is a member of, and direct messages.
    pub(super) async fn conversations(&self) -> Vec<String> {
        match self.work.outbound.conversations(CONVERSATIONS).await {
            Ok(member) => {
                let is_ours = |id: &String| id.starts_with('D') || self.channels.contains(id);
                member.into_iter().filter(is_ours).collect()
            }
            Err(error) => {
                self.unread(&error);
                self.channels.iter().take(CONVERSATIONS).cloned().collect()
            }
        }
    }

    /// What is not finished in a channel and in its threads.
    pub(super) async fn unfinished(&self, channel: &str) -> Vec<Found> {
        let mut threads = BTreeSet::new();
        let since = self.work.clock.now() - SPAN;
        let mut found = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES {
            tokio::time::sleep(PAUSE).await;
            let read = self.work.outbound.history(channel, since, cursor.as_deref()).await;
            let Some(page) = self.readable(read) else { return found };
            for message in &page.messages {
                found.extend(self.own(channel, message));
                threads.extend(self.own_thread(message));
            }
            cursor = page.cursor;
            if cursor.is_none() {
                break;
            }
        }
        for thread in threads.into_iter().rev().take(THREADS) {
            tokio::time::sleep(PAUSE).await;
            let read = self.work.outbound.replies(channel, &thread, since, None).await;
            let Some(page) = self.readable(read) else { return found };
            let replies = page.messages.iter().filter(|message| text_at(message, "/ts") != Some(&thread));
            found.extend(replies.filter_map(|message| self.own(channel, message)));
        }
        found
    }

    fn readable(&self, read: Result<Page, CallError>) -> Option<Page> {
        match read {
            Ok(page) => Some(page),
            // a configured channel the bot is not in is no fault
            Err(error) if error.is_no_member() => None,
            Err(error) => {
                self.unread(&error);
                None
            }
        }
    }

    pub(super) fn own(&self, channel: &str, message: &Value) -> Option<Found> {
        if !self.work.own.wrote(message) {
            return None;
        }
        let mark = Mark::of(message).filter(|mark| mark.stage != Stage::Done)?;
        let ts = text_at(message, "/ts")?.to_string();
        let thread = text_at(message, "/thread_ts").filter(|thread| *thread != ts).map(str::to_string);
        Some(Found { posted: Posted { channel: channel.to_string(), ts }, thread, mark })
    }

    /// A thread in which the bot wrote, by its first message.
    fn own_thread(&self, message: &Value) -> Option<String> {
        let replies = message.get("reply_count").and_then(Value::as_u64).unwrap_or_default();
        let by = message.get("reply_users").and_then(Value::as_array);
        // Slack lists five of those who replied: where there are more, the bot may be one of them
        let is_one = by.is_none_or(|by| {
            by.len() >= 5 || by.iter().any(|user| user.as_str() == Some(&self.work.own.user))
        });
        (replies > 0 && is_one).then(|| text_at(message, "/ts").map(str::to_string)).flatten()
    }
}
