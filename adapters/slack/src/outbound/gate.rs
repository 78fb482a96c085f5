//! When a call may go: a message a second in a channel, and not before the time Slack asked to wait for.
//!
//! Slack limits messages by channel, everything else by method: <https://docs.slack.dev/apis/web-api/rate-limits/>. Calls
//! that one limit is about stand in one line; other lines do not wait with it. While a line is limited its calls go one after
//! the other: otherwise all that waited would go at once, and most of them be refused again.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::transport::Method;

/// How many messages a channel may get at once; after them one a second.
/// <https://docs.slack.dev/apis/web-api/rate-limits/#posting-messages>
const BURST: NonZeroU32 = NonZeroU32::MIN.saturating_add(2);

/// More lines than this are not remembered once they are quiet.
const REMEMBERED: usize = 1000;

/// A line counts as limited for this long after Slack asked to wait.
const LIMITED: Duration = Duration::from_secs(60);

/// What one limit is about.
pub(super) type Key = (Method, Option<String>);

/// Lets calls through.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    lines: Mutex<HashMap<Key, Arc<Line>>>,
}

#[derive(Debug)]
struct Line {
    /// First come, first served.
    turn: Arc<tokio::sync::Mutex<()>>,
    pace: Option<RateLimiter<NotKeyed, InMemoryState, Tokio, NoOpMiddleware<Duration>>>,
    held_until: Mutex<Option<Instant>>,
}

/// Leave to make a call; while the line is limited, nobody else has it until this is dropped.
#[derive(Debug)]
pub(super) struct Pass {
    line: Arc<Line>,
    turn: Option<OwnedMutexGuard<()>>,
}

impl Gate {
    /// Returns when a call may go; whoever was let through before and has to go again keeps its turn.
    pub(super) async fn pass(&self, key: &Key, before: Option<Pass>) -> Pass {
        let Pass { line, mut turn } = before.unwrap_or_else(|| Pass { line: self.line(key), turn: None });
        if turn.is_none() && (line.pace.is_some() || line.is_limited()) {
            turn = Some(line.turn.clone().lock_owned().await);
        }
        if let Some(pace) = &line.pace {
            while let Err(early) = pace.check() {
                tokio::time::sleep(early.wait_time_from(pace.clock().now())).await;
            }
        }
        // last: it may have been held while this one waited for its pace
        line.unheld().await;
        let turn = turn.filter(|_| line.is_limited());
        Pass { line, turn }
    }

    fn line(&self, key: &Key) -> Arc<Line> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() > REMEMBERED {
            lines.retain(|_, line| Arc::strong_count(line) > 1 || line.is_limited());
        }
        lines.entry(key.clone()).or_insert_with(|| Arc::new(Line::new(key.0))).clone()
    }
}

impl Pass {
    /// Lets nobody through this line for a while.
    pub(super) fn hold(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut held = self.line.held_until.lock().unwrap_or_else(PoisonError::into_inner);
        *held = Some(held.map_or(until, |before| before.max(until)));
    }
}

impl Line {
    fn new(method: Method) -> Line {
        let pace = (method == Method::PostMessage).then(|| {
            let quota = Quota::per_second(NonZeroU32::MIN).allow_burst(BURST);
            RateLimiter::direct_with_clock(quota, Tokio(Instant::now()))
        });
        Line { turn: Arc::default(), pace, held_until: Mutex::default() }
    }

    fn held_until(&self) -> Option<Instant> {
        *self.held_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_limited(&self) -> bool {
        self.held_until().is_some_and(|until| Instant::now() < until + LIMITED)
    }

    async fn unheld(&self) {
        // it may have been held for longer meanwhile
        while let Some(until) = self.held_until().filter(|until| *until > Instant::now()) {
            tokio::time::sleep_until(until).await;
        }
    }
}

/// Tokio's clock, which a test can stop.
#[derive(Clone, Debug)]
struct Tokio(Instant);

impl Clock for Tokio {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn post(channel: &str) -> Key {
        (Method::PostMessage, Some(channel.to_string()))
    }

    const UPDATE: Key = (Method::Update, None);

    #[tokio::test(start_paused = true)]
    async fn a_channel_gets_a_message_a_second_and_others_do_not_wait() {
        let gate = Gate::default();
        let began = Instant::now();
        for _ in 0..5 {
            gate.pass(&post("C1"), None).await;
        }
        assert_eq!(began.elapsed().as_secs(), 2);
        for channel in ["C2", "C3", "C4"] {
            gate.pass(&post(channel), None).await;
        }
        gate.pass(&UPDATE, None).await;
        assert_eq!(began.elapsed().as_secs(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_hold_is_for_its_line_only() {
        let gate = Gate::default();
        let began = Instant::now();
        let held = gate.pass(&post("C1"), None).await;
        held.hold(7 * SECOND);
        held.hold(SECOND);
        gate.pass(&post("C2"), None).await;
        gate.pass(&UPDATE, None).await;
        assert_eq!(began.elapsed(), Duration::ZERO);
        gate.pass(&post("C1"), None).await;
        assert_eq!(began.elapsed().as_secs(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn while_a_line_is_limited_one_goes_at_a_time() {
        let gate = Gate::default();
        let first = gate.pass(&UPDATE, None).await;
        let beside = gate.pass(&UPDATE, None).await;
        drop(beside);
        first.hold(SECOND);
        let again = gate.pass(&UPDATE, Some(first)).await;
        let next = gate.pass(&UPDATE, None);
        let waits = tokio::time::timeout(10 * SECOND, next).await;
        assert!(waits.is_err(), "the first is still on its way");
        drop(again);
        let next = gate.pass(&UPDATE, None).await;
        tokio::time::advance(LIMITED).await;
        drop(next);
        let (_one, _other) = (gate.pass(&UPDATE, None).await, gate.pass(&UPDATE, None).await);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_go_in_the_order_they_came() {
        let gate = Arc::new(Gate::default());
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..6 {
            let (gate, order) = (gate.clone(), order.clone());
            tasks.spawn(async move {
                gate.pass(&post("C1"), None).await;
                order.lock().unwrap().push(number);
            });
        }
        while tasks.join_next().await.is_some() {}
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4, 5]);
    }
}
