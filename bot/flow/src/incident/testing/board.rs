//! A chat app that accepts and does not say so, shows what it has late, refuses, and puts off.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::time::{Duration, Instant};

use super::Dice;
use crate::chat::Platform;
use crate::incident::Body;
use crate::ports::{Board, BoardError, Clock, Place};

/// A message that stands.
#[derive(Clone, Debug)]
pub(crate) struct Boarded {
    pub(crate) id: String,
    pub(crate) place: Place,
    pub(crate) body: Body,
    pub(crate) at: Timestamp,
    visible: Instant,
}

/// How it fails, each in so many of a hundred calls.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    /// No answer, done or not.
    pub(crate) unclear: u64,
    /// Not now.
    pub(crate) later: u64,
    /// A message can be found only after up to so many milliseconds.
    pub(crate) late: u64,
    /// A call takes up to so many milliseconds before, and after, it does something.
    pub(crate) slow: u64,
}

/// In memory.
#[derive(Clone, Debug)]
pub(crate) struct FakeBoard {
    platform: Platform,
    dice: Dice,
    clock: Clock,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    faults: Faults,
    refuses: Option<String>,
    storm_until: Option<Instant>,
    messages: Vec<Boarded>,
    calls: Vec<(&'static str, String, Instant)>,
    posted: u64,
}

impl FakeBoard {
    pub(crate) fn new(platform: Platform, dice: Dice, clock: Clock) -> FakeBoard {
        FakeBoard { platform, dice, clock, inner: Arc::default() }
    }

    pub(crate) fn fail(&self, faults: Faults) {
        self.lock().faults = faults;
    }

    /// Refuses a channel.
    pub(crate) fn refuse(&self, channel: &str) {
        self.lock().refuses = Some(channel.to_string());
    }

    /// Puts everything off for so long.
    pub(crate) fn storm(&self, lasting: Duration) {
        self.lock().storm_until = Some(Instant::now() + lasting);
    }

    /// Somebody takes a message away.
    pub(crate) fn take_away(&self, id: &str) {
        self.lock().messages.retain(|message| message.id != id);
    }

    /// A message of one who is no more, which can be found only after so long.
    pub(crate) fn post_hidden(&self, place: &Place, lasting: Duration) {
        let (at, visible) = (self.clock.now(), Instant::now() + lasting);
        let body = Body::Note(podwhy_knowledge::Lang::En, String::new());
        let message = Boarded { id: "hidden".to_string(), place: place.clone(), body, at, visible };
        self.lock().messages.push(message);
    }

    pub(crate) fn messages(&self) -> Vec<Boarded> {
        self.lock().messages.clone()
    }

    /// When something (`post`, `edit`, `find`, `remove`) of a message's id was asked for.
    pub(crate) fn calls(&self, what: &str) -> Vec<(String, Instant)> {
        let inner = self.lock();
        inner.calls.iter().filter(|call| call.0 == what).map(|call| (call.1.clone(), call.2)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was sent arrives, although the sender may be gone by then.
    async fn call<T: Send + 'static>(
        &self,
        what: &'static str,
        place: &Place,
        work: impl FnOnce(&FakeBoard, &mut Inner) -> Result<T, BoardError> + Send + 'static,
    ) -> Result<T, BoardError> {
        self.lock().calls.push((what, place.id.clone(), Instant::now()));
        let (board, channel) = (self.clone(), place.channel.clone());
        tokio::spawn(async move { board.arrived(&channel, work).await }).await.unwrap()
    }

    async fn arrived<T>(
        &self,
        channel: &str,
        work: impl FnOnce(&FakeBoard, &mut Inner) -> Result<T, BoardError>,
    ) -> Result<T, BoardError> {
        let faults = self.lock().faults;
        self.dice.dawdle(faults.slow).await;
        let unclear = BoardError::Unclear("no answer".to_string());
        {
            let inner = self.lock();
            if inner.refuses.as_deref() == Some(channel) {
                return Err(BoardError::Refused("no such channel".to_string()));
            }
            let is_storm = inner.storm_until.is_some_and(|until| Instant::now() < until);
            if is_storm || self.dice.hits(faults.later) {
                return Err(BoardError::Later("too many".to_string()));
            }
        }
        if self.dice.hits(faults.unclear / 2) {
            return Err(unclear);
        }
        let done = work(self, &mut self.lock());
        self.dice.dawdle(faults.slow).await;
        if self.dice.hits(faults.unclear / 2) { Err(unclear) } else { done }
    }
}

impl Board for FakeBoard {
    fn platform(&self) -> Platform {
        self.platform
    }

    fn post<'a>(&'a self, place: &'a Place, body: &'a Body) -> BoxFuture<'a, Result<String, BoardError>> {
        let (to, body) = (place.clone(), body.clone());
        Box::pin(self.call("post", place, move |board, inner| {
            inner.posted += 1;
            let id = format!("m{}", inner.posted);
            let visible = Instant::now() + Duration::from_millis(board.dice.below(inner.faults.late + 1));
            let at = board.clock.now();
            inner.messages.push(Boarded { id: id.clone(), place: to, body, at, visible });
            Ok(id)
        }))
    }

    fn edit<'a>(
        &'a self,
        place: &'a Place,
        message: &'a str,
        body: &'a Body,
    ) -> BoxFuture<'a, Result<(), BoardError>> {
        let (to, message, body) = (place.clone(), message.to_string(), body.clone());
        Box::pin(self.call("edit", place, move |_, inner| {
            let own = inner.messages.iter_mut().find(|own| own.id == message).ok_or(BoardError::Gone)?;
            // as an app's: what a message is, too, is written anew with it
            (own.place, own.body) = (to, body);
            Ok(())
        }))
    }

    fn find<'a>(
        &'a self,
        place: &'a Place,
        since: Timestamp,
    ) -> BoxFuture<'a, Result<Vec<String>, BoardError>> {
        let wanted = place.clone();
        Box::pin(self.call("find", place, move |_, inner| {
            let now = Instant::now();
            let seen = inner.messages.iter().filter(|own| own.place == wanted && own.at >= since);
            Ok(seen.filter(|own| own.visible <= now).map(|own| own.id.clone()).collect())
        }))
    }

    fn link(&self, place: &Place, message: &str) -> Option<String> {
        Some(format!("https://example.com/{}/{message}", place.channel))
    }

    fn remove<'a>(&'a self, place: &'a Place, message: &'a str) -> BoxFuture<'a, Result<(), BoardError>> {
        let message = message.to_string();
        Box::pin(self.call("remove", place, move |_, inner| {
            inner.messages.retain(|own| own.id != message);
            Ok(())
        }))
    }
}
