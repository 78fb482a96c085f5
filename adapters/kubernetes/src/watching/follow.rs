//! One list, followed: kube's watcher with timeouts, a way down from streaming lists, and an end to every outage.

use std::fmt::Debug;
use std::time::Duration;

use futures::stream::{self, BoxStream, Stream, StreamExt};
use kube::runtime::watcher::{Config, DefaultBackoff, Error, Event, Result, watcher};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::connect::chain;

/// The server ends a watch after so many seconds and it is begun anew; one that is silent for five more is dead.
const LASTS: u32 = 60;
/// A list that brings nothing for so long is begun anew.
const SILENCE: Duration = Duration::from_secs(30);
/// Two failures further apart have nothing to do with each other.
const TOGETHER: Duration = Duration::from_secs(60);

/// What a list tells.
#[derive(Debug)]
pub(super) enum Told<K> {
    Relisting,
    Is(K),
    Gone(K),
    Listed,
    Lost(String),
}

/// What may be watched.
pub(super) trait Watched:
    Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + 'static
{
}
impl<K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + 'static> Watched for K {}

/// For ever, from now on.
pub(super) fn follow<K: Watched>(api: Api<K>) -> impl Stream<Item = Told<K>> + Send {
    follow_labelled(api, "")
}

/// The same, of those with these labels.
pub(super) fn follow_labelled<K: Watched>(
    api: Api<K>,
    labels: &'static str,
) -> impl Stream<Item = Told<K>> + Send {
    stream::unfold(Follow::new(api, labels), |mut follow| async move { Some((follow.next().await, follow)) })
}

struct Follow<K: Watched> {
    api: Api<K>,
    /// A label selector; empty for all.
    labels: &'static str,
    events: BoxStream<'static, Result<Event<K>>>,
    backoff: DefaultBackoff,
    /// Before the next event is waited for.
    pause: Option<Duration>,
    /// Whether lists are asked for as streams.
    streams: bool,
    /// Until the list is in.
    is_listing: bool,
    /// It was said that the list begins anew, and nothing since.
    is_fresh: bool,
    is_lost: bool,
    failed: Option<Instant>,
}

impl<K: Watched> Follow<K> {
    fn new(api: Api<K>, labels: &'static str) -> Follow<K> {
        let events = events(&api, labels, true);
        let backoff = DefaultBackoff::default();
        let (streams, is_listing, is_fresh, is_lost) = (true, true, false, false);
        Follow {
            api,
            labels,
            events,
            backoff,
            pause: None,
            streams,
            is_listing,
            is_fresh,
            is_lost,
            failed: None,
        }
    }

    async fn next(&mut self) -> Told<K> {
        loop {
            if let Some(pause) = self.pause.take() {
                tokio::time::sleep(pause).await;
            }
            let told = match self.event().await {
                Some(Ok(event)) => self.well(event),
                Some(Err(error)) => self.ill(&error),
                None => self.silent(),
            };
            if let Some(told) = told {
                return told;
            }
        }
    }

    /// `None` when a list says nothing. A watch may be silent: it has its own end.
    async fn event(&mut self) -> Option<Result<Event<K>>> {
        if !self.is_listing {
            return self.events.next().await;
        }
        tokio::time::timeout(SILENCE, self.events.next()).await.ok().flatten()
    }

    fn well(&mut self, event: Event<K>) -> Option<Told<K>> {
        match event {
            Event::Init => {
                self.is_listing = true;
                // a paged list says so before it asks, and again after every refusal
                (!std::mem::replace(&mut self.is_fresh, true)).then_some(Told::Relisting)
            }
            Event::InitApply(object) => {
                self.is_fresh = false;
                Some(Told::Is(object))
            }
            Event::InitDone => {
                (self.is_listing, self.is_fresh, self.is_lost, self.failed) = (false, false, false, None);
                Some(Told::Listed)
            }
            Event::Apply(object) => {
                self.failed = None;
                Some(Told::Is(object))
            }
            Event::Delete(object) => {
                self.failed = None;
                Some(Told::Gone(object))
            }
        }
    }

    fn ill(&mut self, error: &Error) -> Option<Told<K>> {
        if self.is_listing && self.streams && is_not_understood(error) {
            self.restart(false);
            return None;
        }
        if matches!(error, Error::WatchStartFailed(kube::Error::Api(status)) if status.code == 410) {
            // the watcher lists again when a watch says so, but not when its answer does
            self.restart(self.streams);
        }
        self.failed(chain(error))
    }

    fn silent(&mut self) -> Option<Told<K>> {
        // a server that does not know streaming lists may take the question for a plain watch, which has no end of a list
        self.restart(!self.streams);
        self.failed("no answer in time".to_string())
    }

    /// One failure is nothing: the watch goes on where it was. From the second on it is lost, and it is well again when a list is
    /// in: a watch that merely goes on would not say so before something changes.
    fn failed(&mut self, why: String) -> Option<Told<K>> {
        self.pause = self.backoff.next().map(|pause| pause / 3);
        let is_second = self.failed.replace(Instant::now()).is_some_and(|before| before.elapsed() < TOGETHER);
        if !is_second || std::mem::replace(&mut self.is_lost, true) {
            return None;
        }
        self.restart(self.streams);
        Some(Told::Lost(why))
    }

    fn restart(&mut self, streams: bool) {
        self.streams = streams;
        self.is_listing = true;
        self.events = events(&self.api, self.labels, streams);
    }
}

fn events<K: Watched>(api: &Api<K>, labels: &str, streams: bool) -> BoxStream<'static, Result<Event<K>>> {
    let config = Config::default().timeout(LASTS);
    let config = if labels.is_empty() { config } else { config.labels(labels) };
    let config = if streams { config.streaming_lists() } else { config };
    watcher(api.clone(), config).boxed()
}

/// What servers say that do not know `sendInitialEvents`, or have it switched off: 422 by the API's own rules; others differ.
fn is_not_understood(error: &Error) -> bool {
    let code = match error {
        Error::WatchStartFailed(kube::Error::Api(status)) => status.code,
        Error::WatchError(status) => status.code,
        _ => return false,
    };
    matches!(code, 400 | 404 | 405 | 406 | 415 | 422)
}
