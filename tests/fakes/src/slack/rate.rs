//! How often a method may be called, and who calls it again too early.
//! <https://docs.slack.dev/apis/web-api/rate-limits>

use std::collections::BTreeMap;
use std::time::Duration;

/// A call that was on its way while another one was refused is no fault of the client's.
const ON_ITS_WAY: Duration = Duration::from_millis(100);

/// So many at once, then one more each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// One more each.
    pub every: Duration,
}

impl Rate {
    const fn a_minute(times: u32) -> Rate {
        Rate { burst: times, every: Duration::from_millis(60_000 / times as u64) }
    }
}

/// What is answered with 429.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `chat.postMessage`, for each channel. Slack says one a second and that short bursts pass.
    pub posts: Option<Rate>,
    /// Other methods, for the whole workspace.
    pub methods: BTreeMap<String, Rate>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { posts: Some(Rate { burst: 4, every: Duration::from_secs(1) }), methods: BTreeMap::new() }
    }
}

impl Limits {
    /// Also the tier of every method, as documented for an app of one's own workspace.
    pub fn tiers() -> Limits {
        let (second, third, fourth) = (Rate::a_minute(20), Rate::a_minute(50), Rate::a_minute(100));
        let methods = [
            ("chat.update", third),
            ("chat.delete", third),
            ("chat.postEphemeral", fourth),
            ("conversations.history", third),
            ("conversations.replies", third),
            ("conversations.info", third),
            ("users.conversations", third),
            ("usergroups.users.list", second),
            ("views.publish", fourth),
            ("files.getUploadURLExternal", fourth),
            ("files.completeUploadExternal", fourth),
        ];
        let methods = methods.into_iter().map(|(name, rate)| (name.to_string(), rate)).collect();
        Limits { methods, ..Limits::default() }
    }
}

/// What is counted together: a method, and for messages the channel.
pub(crate) type Key = (String, String);

/// The counts.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    buckets: BTreeMap<Key, Bucket>,
    closed: BTreeMap<Key, Closed>,
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Closed {
    since: Duration,
    until: Duration,
}

/// A refusal that is still in force.
pub(crate) struct Early {
    /// Seconds until it is over.
    pub left: u64,
    /// Whether the client could know.
    pub knew: bool,
}

impl Rates {
    /// Whether this was refused and the time is not over.
    pub fn early(&self, key: &Key, now: Duration) -> Option<Early> {
        let closed = self.closed.get(key).filter(|closed| now < closed.until)?;
        Some(Early { left: seconds(closed.until - now), knew: now > closed.since + ON_ITS_WAY })
    }

    /// Refuses this from now on, for so many seconds.
    pub fn close(&mut self, key: Key, now: Duration, seconds: u64) {
        self.closed.insert(key, Closed { since: now, until: now + Duration::from_secs(seconds) });
    }

    /// Counts a call; where it is one too many, refuses it and says for how many seconds.
    pub fn take(&mut self, key: Key, rate: Rate, now: Duration) -> Result<(), u64> {
        let burst = f64::from(rate.burst);
        let bucket = self.buckets.entry(key.clone()).or_insert(Bucket { left: burst, at: now });
        let gained = (now - bucket.at).as_secs_f64() / rate.every.as_secs_f64();
        *bucket = Bucket { left: (bucket.left + gained).min(burst), at: now };
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return Ok(());
        }
        let wait = seconds(rate.every.mul_f64(1.0 - bucket.left));
        self.close(key, now, wait);
        Err(wait)
    }
}

/// Whole seconds, as `Retry-After` has them: never too few.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}
