//! What stands in channels. Slack lets some apps read only once a minute: whoever reads waits.
//! <https://docs.slack.dev/changelog/2025/05/29/rate-limit-changes-for-non-marketplace-apps/>

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::error::CallError;
use super::message::{Posted, Spot};
use super::transport::{Method, Request};
use super::{Again, Outbound, always};
use crate::inbound::text_at;

/// As many messages a page; apps that Slack lets read little get fewer.
const PAGE: usize = 100;

/// As many pages are looked through for one message.
const MOST_PAGES: usize = 10;

/// Slack's clock and this one may differ by as much.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// Some of what stands in a channel, newest first; in a thread, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Page {
    pub(crate) messages: Vec<Value>,
    /// For the next page.
    pub(crate) cursor: Option<String>,
}

impl Outbound {
    /// What stands in a channel since a time. <https://docs.slack.dev/reference/methods/conversations.history>
    pub(crate) async fn history(
        &self,
        channel: &str,
        since: Timestamp,
        cursor: Option<&str>,
    ) -> Result<Page, CallError> {
        let query = vec![("channel", channel.to_string()), ("oldest", stamp(since))];
        self.page(Method::History, query, cursor).await
    }

    /// What stands in a thread since a time, its first message too.
    /// <https://docs.slack.dev/reference/methods/conversations.replies>
    pub(crate) async fn replies(
        &self,
        channel: &str,
        thread: &str,
        since: Timestamp,
        cursor: Option<&str>,
    ) -> Result<Page, CallError> {
        let query =
            vec![("channel", channel.to_string()), ("ts", thread.to_string()), ("oldest", stamp(since))];
        self.page(Method::Replies, query, cursor).await
    }

    /// One message as it is now; `None` where it is gone.
    pub(crate) async fn message(&self, spot: &Spot, ts: &str) -> Result<Option<Value>, CallError> {
        let mut query = vec![
            ("channel", spot.channel.clone()),
            ("oldest", ts.to_string()),
            ("latest", ts.to_string()),
            ("inclusive", "true".to_string()),
        ];
        let method = match &spot.thread {
            Some(thread) => {
                query.push(("ts", thread.clone()));
                Method::Replies
            }
            None => Method::History,
        };
        let page = match self.page(method, query, None).await {
            Err(error) if error.is_gone() => return Ok(None),
            page => page?,
        };
        Ok(page.messages.into_iter().find(|message| text_at(message, "/ts") == Some(ts)))
    }

    /// The ids of the conversations the bot is a member of, at most `most`.
    /// <https://docs.slack.dev/reference/methods/users.conversations>
    pub(crate) async fn conversations(&self, most: usize) -> Result<Vec<String>, CallError> {
        let (mut found, mut cursor) = (Vec::new(), None);
        while found.len() < most {
            let mut query = vec![
                ("types", "public_channel,private_channel,im".to_string()),
                ("exclude_archived", "true".to_string()),
                ("limit", "200".to_string()),
            ];
            query.extend(cursor.map(|cursor| ("cursor", cursor)));
            let request = Request::query(Method::Conversations, query);
            let answer = self.call(&request, None, Again::Idempotent, always).await?;
            let channels = answer["channels"].as_array().map(Vec::as_slice).unwrap_or_default();
            found.extend(channels.iter().filter_map(|channel| text_at(channel, "/id")).map(str::to_string));
            cursor = next(&answer);
            if cursor.is_none() {
                break;
            }
        }
        found.truncate(most);
        Ok(found)
    }

    /// The ids of the people in a user group. <https://docs.slack.dev/reference/methods/usergroups.users.list>
    pub(crate) async fn members(&self, user_group: &str) -> Result<BTreeSet<String>, CallError> {
        let query = vec![("usergroup", user_group.to_string())];
        let request = Request::query(Method::UserGroupMembers, query);
        let answer = self.call(&request, None, Again::Idempotent, always).await?;
        let people = answer["users"].as_array().ok_or(CallError::Garbled)?;
        Ok(people.iter().filter_map(Value::as_str).map(str::to_string).collect())
    }

    /// A message by the id it carries, if it was posted since a time. `None` means that it was not.
    ///
    /// # Errors
    /// [`CallError`] when that is not known, also where too much stands there to be looked through.
    pub(super) async fn find(
        &self,
        spot: &Spot,
        id: &str,
        since: Timestamp,
    ) -> Result<Option<Posted>, CallError> {
        let since = since - SKEW;
        let is = |message: &&Value| text_at(message, "/metadata/event_payload/id") == Some(id);
        let mut cursor = None;
        for _ in 0..MOST_PAGES {
            let page = match &spot.thread {
                Some(thread) => self.replies(&spot.channel, thread, since, cursor.as_deref()).await?,
                None => self.history(&spot.channel, since, cursor.as_deref()).await?,
            };
            if let Some(ts) = page.messages.iter().find(is).and_then(|message| text_at(message, "/ts")) {
                return Ok(Some(Posted { channel: spot.channel.clone(), ts: ts.to_string() }));
            }
            cursor = page.cursor;
            if cursor.is_none() {
                return Ok(None);
            }
        }
        Err(CallError::Crowded)
    }

    async fn page(
        &self,
        method: Method,
        mut query: Vec<(&'static str, String)>,
        cursor: Option<&str>,
    ) -> Result<Page, CallError> {
        query.push(("include_all_metadata", "true".to_string()));
        query.push(("limit", PAGE.to_string()));
        query.extend(cursor.map(|cursor| ("cursor", cursor.to_string())));
        let request = Request::query(method, query);
        let mut answer = self.call(&request, None, Again::Idempotent, always).await?;
        let cursor = next(&answer);
        let messages = match answer.get_mut("messages").map(Value::take) {
            Some(Value::Array(messages)) => messages,
            _ => return Err(CallError::Garbled),
        };
        Ok(Page { messages, cursor })
    }
}

/// <https://docs.slack.dev/apis/web-api/pagination/>
fn next(answer: &Value) -> Option<String> {
    text_at(answer, "/response_metadata/next_cursor").filter(|cursor| !cursor.is_empty()).map(str::to_string)
}

/// A time as Slack writes it: `1700000000.000100`.
fn stamp(time: Timestamp) -> String {
    let micros = time.as_microsecond();
    format!("{}.{:06}", micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_slack_does() {
        let time = Timestamp::from_microsecond(1_700_000_000_000_100).unwrap();
        assert_eq!(stamp(time), "1700000000.000100");
    }
}
