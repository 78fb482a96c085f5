//! The bot's own messages of one id.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use podwhy_flow::ports::{BoardError, Place};
use serde_json::Value;
use tokio::time::Instant;

use super::meaning::meaning;
use super::{Incidents, at};
use crate::id::Id;
use crate::posted;
use crate::render;
use crate::rest::{Call, To, code};

/// The most messages a page has. <https://discord.com/developers/docs/resources/message#get-channel-messages>
const PAGE: usize = 100;

/// As many pages are looked through: 5,000 messages.
const MOST_PAGES: usize = 50;

/// Discord's clock and this one may differ by as much.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// When Discord's ids began, in Unix milliseconds. <https://discord.com/developers/docs/reference#snowflakes>
const EPOCH: i64 = 1_420_070_400_000;

impl Incidents {
    /// Every message of this id, the oldest first. In a thread that was not begun yet there is none.
    pub(super) async fn all(&self, place: &Place, since: Timestamp) -> Result<Vec<String>, BoardError> {
        let later = |why: &str| BoardError::Later(why.to_string());
        let me = self.app.me.get().ok_or_else(|| later("Discord has not told yet who the bot is"))?;
        let to = To::Messages { channel: at(place)? };
        let mut found: BTreeSet<Id> = BTreeSet::new();
        let mut after = first_of(since - SKEW);
        for _ in 0..MOST_PAGES {
            let read = Call::get(to.clone()).query("limit", PAGE).query("after", after);
            let until = Instant::now() + self.rest().patience();
            let page = match self.rest().repeated(&read, until).await {
                Err(fail) if place.thread.is_some() && fail.code() == Some(code::UNKNOWN_CHANNEL) => {
                    return Ok(Vec::new());
                }
                page => page.map_err(meaning)?,
            };
            let messages = page.as_array().ok_or_else(|| later("what Discord answered could not be read"))?;
            let ours = |message: &&Value| posted::is_of(message, me.application, Some(me.bot));
            let named = |message: &&Value| render::id_of(message) == Some(place.id.as_str());
            found.extend(messages.iter().filter(ours).filter(named).filter_map(|m| Id::of(&m["id"])));
            let newest = messages.iter().filter_map(|message| Id::of(&message["id"])).max();
            match newest.filter(|newest| messages.len() >= PAGE && newest.get() > after) {
                Some(newest) => after = newest.get(),
                None => return Ok(found.iter().map(Id::to_string).collect()),
            }
        }
        Err(later("too much stands there to be looked through"))
    }
}

/// An id before that of every message since a time.
fn first_of(time: Timestamp) -> u64 {
    let since_epoch = u64::try_from(time.as_millisecond() - EPOCH).unwrap_or_default();
    since_epoch << 22
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Discord's own example: <https://discord.com/developers/docs/reference#convert-snowflake-to-datetime>
    #[test]
    fn an_id_has_its_time_in_it() {
        let time: Timestamp = "2016-04-30T11:18:25.796Z".parse().unwrap();
        assert_eq!(first_of(time), 175_928_847_299_117_063 >> 22 << 22);
        assert_eq!(first_of(Timestamp::UNIX_EPOCH), 0);
    }
}
