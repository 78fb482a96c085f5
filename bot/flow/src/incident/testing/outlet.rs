//! A receiver that takes and does not say so, puts off, and refuses.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use tokio::time::{Duration, Instant};

use super::Dice;
use crate::incident::{News, Notice};
use crate::ports::{Outlet, OutletError};

/// In memory.
#[derive(Clone, Debug)]
pub(crate) struct FakeOutlet {
    dice: Dice,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    lost: u64,
    later: u64,
    slow: u64,
    pause: Option<Duration>,
    refuses: bool,
    calls: Vec<(Instant, Notice)>,
    taken: Vec<Notice>,
}

impl FakeOutlet {
    pub(crate) fn new(dice: Dice) -> FakeOutlet {
        FakeOutlet { dice, inner: Arc::default() }
    }

    /// In so many of a hundred calls nothing is said, be it taken or not; in so many others it is put off; each takes up to so many
    /// milliseconds.
    pub(crate) fn fail(&self, lost: u64, later: u64, slow: u64) {
        let mut inner = self.lock();
        (inner.lost, inner.later, inner.slow) = (lost, later, slow);
    }

    /// Whether it refuses everything for good.
    pub(crate) fn refuse(&self, refuses: bool) {
        self.lock().refuses = refuses;
    }

    /// What it puts off, it asks to be left alone for.
    pub(crate) fn ask_for(&self, pause: Duration) {
        self.lock().pause = Some(pause);
    }

    /// When it was called, and with what.
    pub(crate) fn calls(&self) -> Vec<(Instant, Notice)> {
        self.lock().calls.clone()
    }

    /// What it took of an incident: the same, sent again, once.
    pub(crate) fn taken(&self, incident: &str) -> Vec<Notice> {
        let mut seen = Vec::new();
        let taken = self.lock().taken.clone().into_iter();
        taken
            .filter(|own| own.incident.name == incident)
            .filter(|own| {
                !seen.contains(&own.id) && {
                    seen.push(own.id.clone());
                    true
                }
            })
            .collect()
    }

    /// The same, in short.
    pub(crate) fn news(&self, incident: &str) -> Vec<News> {
        self.taken(incident).iter().map(|notice| notice.change).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn arrived(&self, notice: Notice) -> Result<(), OutletError> {
        let (lost, later, slow, pause) = {
            let mut inner = self.lock();
            inner.calls.push((Instant::now(), notice.clone()));
            (inner.lost, inner.later, inner.slow, inner.pause)
        };
        self.dice.dawdle(slow).await;
        if self.dice.hits(later) {
            return Err(OutletError::Later { why: "busy".to_string(), after: pause });
        }
        let silent = OutletError::Later { why: "no answer".to_string(), after: None };
        if self.dice.hits(lost / 2) {
            return Err(silent);
        }
        {
            let mut inner = self.lock();
            if inner.refuses {
                return Err(OutletError::Refused("404".to_string()));
            }
            inner.taken.push(notice);
        }
        self.dice.dawdle(slow).await;
        if self.dice.hits(lost / 2) { Err(silent) } else { Ok(()) }
    }
}

impl Outlet for FakeOutlet {
    fn send<'a>(&'a self, notice: &'a Notice) -> BoxFuture<'a, Result<(), OutletError>> {
        // what was sent arrives, although the sender may be gone by then
        let (outlet, notice) = (self.clone(), notice.clone());
        Box::pin(async move { tokio::spawn(async move { outlet.arrived(notice).await }).await.unwrap() })
    }
}
