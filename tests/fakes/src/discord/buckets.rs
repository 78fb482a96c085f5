//! Rate limits, as [Discord keeps them][docs]: a window a bucket and major parameter, one for the whole bot, and a 429 that has
//! to be waited out.
//!
//! [docs]: https://discord.com/developers/docs/topics/rate-limits

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use tokio::time::Instant;

use super::route::Route;

/// How many calls a second a bot may make in all, those with an interaction's token apart.
const GLOBAL: u32 = 50;

/// What was sent before a 429 was read is nobody's fault, and on a busy machine that takes a while. The same again is a repetition
/// at any time; a nonce tells two equal messages apart.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

type Key = (&'static str, String);

#[derive(Debug)]
pub(super) struct Buckets {
    windows: HashMap<Key, Window>,
    blocks: HashMap<Key, Block>,
    kept: bool,
}

#[derive(Debug)]
struct Window {
    began: Instant,
    used: u32,
}

/// A bucket after a 429.
#[derive(Debug)]
struct Block {
    said: Instant,
    until: Instant,
    /// The calls that were told to wait, by what they asked.
    refused: BTreeSet<String>,
}

/// What every answer says of its bucket.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) bucket: &'static str,
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) reset_after: Duration,
}

/// What becomes of a call.
#[derive(Clone, Debug)]
pub(super) enum Taken {
    /// It may go on.
    Go,
    /// It is told to wait.
    Wait { after: Duration, global: bool, early: bool },
}

impl Buckets {
    pub(super) fn new(kept: bool) -> Buckets {
        Buckets { windows: HashMap::new(), blocks: HashMap::new(), kept }
    }

    /// Takes a call in. `asked` is the same for a call and its repetition.
    pub(super) fn take(&mut self, route: Route, major: &str, asked: &str) -> (Taken, Standing) {
        let now = Instant::now();
        let key: Key = (route.bucket().0, major.to_string());
        for (key, global) in [(&key, false), (&global_key(), true)] {
            if (global && route.is_of_an_interaction()) || !self.blocks.contains_key(key) {
                continue;
            }
            if let Some((after, early)) = self.blocked(key, asked, now) {
                return (Taken::Wait { after, global, early }, self.standing(route, major, now));
            }
        }
        let whole =
            !route.is_of_an_interaction() && !self.spend(global_key(), GLOBAL, Duration::from_secs(1), now);
        let (_, limit, per) = route.bucket();
        if whole || !self.spend(key, limit, per, now) {
            let (limited, per) =
                if whole { (global_key(), Duration::from_secs(1)) } else { (self.key(route, major), per) };
            let began = self.windows.get(&limited).map_or(now, |window| window.began);
            let after = (began + per).saturating_duration_since(now);
            self.block(limited, after, asked, now);
            return (Taken::Wait { after, global: whole, early: false }, self.standing(route, major, now));
        }
        (Taken::Go, self.standing(route, major, now))
    }

    /// Tells a bucket, or the whole bot, to wait.
    pub(super) fn punish(
        &mut self,
        route: Route,
        major: &str,
        asked: &str,
        after: Duration,
        global: bool,
    ) -> Standing {
        let now = Instant::now();
        let key = if global { global_key() } else { self.key(route, major) };
        self.block(key, after, asked, now);
        Standing { remaining: 0, reset_after: after, ..self.standing(route, major, now) }
    }

    fn key(&self, route: Route, major: &str) -> Key {
        (route.bucket().0, major.to_string())
    }

    fn block(&mut self, key: Key, after: Duration, asked: &str, now: Instant) {
        let refused = BTreeSet::from([asked.to_string()]);
        self.blocks.insert(key, Block { said: now, until: now + after, refused });
    }

    /// How long is still to wait, and whether the caller could know.
    fn blocked(&mut self, key: &Key, asked: &str, now: Instant) -> Option<(Duration, bool)> {
        let block = self.blocks.get_mut(key)?;
        if now >= block.until {
            self.blocks.remove(key);
            return None;
        }
        let early = now.duration_since(block.said) > ON_ITS_WAY || !block.refused.insert(asked.to_string());
        Some((block.until - now, early))
    }

    /// Whether there was one left in the window.
    fn spend(&mut self, key: Key, limit: u32, per: Duration, now: Instant) -> bool {
        let window = self.windows.entry(key).or_insert(Window { began: now, used: 0 });
        if now.duration_since(window.began) >= per {
            *window = Window { began: now, used: 0 };
        }
        window.used += 1;
        window.used <= limit || !self.kept
    }

    fn standing(&self, route: Route, major: &str, now: Instant) -> Standing {
        let (bucket, limit, per) = route.bucket();
        let window = self.windows.get(&self.key(route, major));
        // limits that are not kept are not announced either: clients would wait for them
        let used = window.map_or(0, |window| if self.kept { window.used } else { 1 });
        let end = window.map_or(now, |window| window.began + per);
        let reset_after = end.saturating_duration_since(now);
        Standing { bucket, limit, remaining: limit.saturating_sub(used), reset_after }
    }
}

fn global_key() -> Key {
    ("global", String::new())
}
