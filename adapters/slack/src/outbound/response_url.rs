//! The URL Slack gives with a command or a click: half an hour, five messages.
//! <https://docs.slack.dev/interactivity/handling-user-interaction/#message_responses>

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use crate::random;

/// A little less than Slack's half an hour: the message has to arrive within it.
const LASTS: Duration = Duration::from_secs(29 * 60);

/// How many messages it takes.
const USES: u32 = 5;

/// A response URL with what was used of it. Its `Debug` does not show it: whoever has it can post.
pub(crate) struct ResponseUrl {
    url: Url,
    /// Tells it from others without showing it.
    id: String,
    since: Instant,
    used: AtomicU32,
}

impl std::fmt::Debug for ResponseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResponseUrl").field("used", &self.used).finish_non_exhaustive()
    }
}

impl ResponseUrl {
    /// One that was received now. `None` for what is no URL, or one that would be posted to in the clear: `http` is taken on
    /// loopback only.
    pub(crate) fn received(url: &str) -> Option<ResponseUrl> {
        let url = Url::parse(url).ok()?;
        let safe = url.scheme() == "https" || (url.scheme() == "http" && crate::options::is_loopback(&url));
        safe.then(|| ResponseUrl { url, id: random::id(), since: Instant::now(), used: AtomicU32::new(0) })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Whether another message can be sent.
    pub(crate) fn is_good(&self) -> bool {
        self.since.elapsed() < LASTS && self.used.load(Ordering::SeqCst) < USES
    }

    /// The URL, for one more message; `None` when it is used up.
    pub(crate) fn take(&self) -> Option<Url> {
        if self.since.elapsed() >= LASTS {
            return None;
        }
        let more = |used: u32| (used < USES).then_some(used + 1);
        self.used.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).ok()?;
        Some(self.url.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOOK: &str = "https://hooks.slack.com/commands/T1/2/secret";

    #[tokio::test(start_paused = true)]
    async fn five_messages_or_half_an_hour() {
        let five = ResponseUrl::received(HOOK).unwrap();
        assert_eq!((0..7).filter(|_| five.take().is_some()).count(), 5);
        assert!(!five.is_good());
        let old = ResponseUrl::received(HOOK).unwrap();
        tokio::time::advance(Duration::from_secs(28 * 60)).await;
        assert!(old.is_good() && old.take().is_some());
        tokio::time::advance(Duration::from_secs(90)).await;
        assert!(!old.is_good() && old.take().is_none());
    }

    #[tokio::test]
    async fn it_is_not_shown_and_not_used_in_the_clear() {
        assert!(!format!("{:?}", ResponseUrl::received(HOOK)).contains("secret"));
        assert!(ResponseUrl::received("http://hooks.slack.com/commands/T1").is_none());
        assert!(ResponseUrl::received("http://127.0.0.1:1/x").is_some());
        assert!(ResponseUrl::received("").is_none());
    }
}
