//! When a cluster is looked at: at once when something is due, again and again while an incident is open, and now and then for what
//! no watch sees. One cluster's silence delays no other: each has its own watcher, in its own task.

mod pace;
mod silence;
mod sink;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::{BoxFuture, OptionFuture};
use futures::stream::{BoxStream, StreamExt};
use futures::{FutureExt, stream};
use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

use self::pace::Pace;
pub use self::pace::Pacing;
use self::silence::Silence;
pub use self::sink::{Measured, Sink};
use super::bounds::Bounds;
use super::due::{Crossed, Due, Failing, Thresholds, Trouble};
use super::look::Scope;
use super::looks::{Looked, look};
use super::record::Member;
use super::ring::Ring;
use super::unreachable::NOWHERE;
use crate::ask::within::Visible;
use crate::ports::{Clock, ClusterError, ClusterRead, ClusterWatch, Seen};

/// How a cluster is watched.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What podwhy's own watch may open incidents for; none where no route watches this cluster: then it is looked at only while
    /// an incident is open.
    pub watched: Option<Scope>,
    /// When something is due.
    pub thresholds: Thresholds,
    /// As far as it may look.
    pub bounds: Bounds,
    /// How often it looks.
    pub pacing: Pacing,
}

/// A look under way: what was due when it began.
struct Under {
    due: Vec<Key>,
    began: Timestamp,
    /// Whether the cluster answered, and what is under way is writing it down.
    answered: Arc<AtomicBool>,
    done: BoxFuture<'static, Result<Looked, ClusterError>>,
}

/// What was looked at because of what: a pod that heals and fails again is looked at again.
type Key = (Member, String, Trouble, Option<Timestamp>);

/// Watches one cluster.
pub struct Watcher<C> {
    cluster: Arc<C>,
    seen: BoxStream<'static, Seen>,
    options: Options,
    sink: Arc<dyn Sink>,
    ring: Arc<Ring>,
    clock: Clock,
    due: Due,
    looked: HashSet<Key>,
    pace: Pace,
    silence: Silence,
    under: Option<Under>,
}

/// What was seen is taken in together, so much at a time: a list of 50,000 pods must not keep a look from beginning.
const AT_ONCE: usize = 5_000;

impl<C: ClusterRead + 'static> Watcher<C> {
    /// Begins to watch; nothing happens until it [`run`](Watcher::run)s.
    pub fn new(
        cluster: Arc<C>,
        watch: &dyn ClusterWatch,
        options: Options,
        sink: Arc<dyn Sink>,
        ring: Arc<Ring>,
        clock: Clock,
    ) -> Watcher<C> {
        let watched = options.watched.clone().map(|scope| options.bounds.cut(cluster.name(), scope));
        let seen = match &watched {
            Some(Scope::All) => watch.watch(&[]),
            // an empty list would mean everything
            Some(Scope::Namespaces(names)) if !names.is_empty() => {
                watch.watch(&names.iter().cloned().collect::<Vec<_>>())
            }
            _ => stream::pending().boxed(),
        };
        let due = Due::new(options.thresholds.clone());
        let pace = Pace::new(options.pacing, Instant::now());
        let options = Options { watched, ..options };
        let (looked, silence) = (HashSet::new(), Silence::default());
        Watcher { cluster, seen, options, sink, ring, clock, due, looked, pace, silence, under: None }
    }

    /// Watches for as long as it is polled.
    ///
    /// # Caveats
    /// Dropping it ends the watch, and a look that is under way.
    pub async fn run(mut self) {
        loop {
            self.step().await;
            let wake = self.wake();
            let done: OptionFuture<_> = self.under.as_mut().map(|under| under.done.as_mut()).into();
            tokio::select! {
                Some(looked) = done => self.done(looked),
                seen = self.seen.next() => self.see(seen),
                () = sleep_until(wake) => {}
            }
        }
    }

    fn see(&mut self, first: Option<Seen>) {
        let Some(first) = first else {
            tracing::error!(cluster = self.cluster.name(), "the watch ended; only looks go on");
            self.seen = stream::pending().boxed();
            return;
        };
        let now = self.clock.now();
        let mut next = Some(first);
        for _ in 0..AT_ONCE {
            let Some(seen) = next else { break };
            self.due.see(&seen, now);
            if self.silence.hears(&seen, now) {
                // a look tells whether it is the cluster or the watch
                self.pace.soon();
            }
            next = self.seen.next().now_or_never().flatten();
        }
        if let Some(seen) = next {
            self.due.see(&seen, now);
            self.silence.hears(&seen, now);
        }
    }

    fn done(&mut self, looked: Result<Looked, ClusterError>) {
        let (now, at) = (self.clock.now(), Instant::now());
        let Some(under) = self.under.take() else { return };
        self.sink.measured(Measured {
            cluster: self.cluster.name(),
            took: now.duration_since(under.began).try_into().unwrap_or_default(),
            failed: looked.is_err(),
            unwell: self.due.held(),
            due: under.due.len(),
        });
        match looked {
            Ok(Looked { look, lacking, .. }) => {
                self.pace.succeeded(at);
                self.silence.ends();
                let covered = |key: &Key| look.scope.holds(&key.0.namespace);
                self.looked.extend(under.due.into_iter().filter(covered));
                let watched = |namespace: &str| {
                    self.options.watched.as_ref().is_some_and(|scope| scope.holds(namespace))
                };
                let lacking: Vec<Member> =
                    lacking.into_iter().filter(|member| watched(&member.namespace)).collect();
                if look.is_whole || !lacking.is_empty() {
                    let seen = |namespace: &str| look.is_whole && look.scope.holds(namespace);
                    self.due.lack(seen, &lacking, now);
                }
            }
            Err(error) => {
                tracing::warn!(cluster = self.cluster.name(), %error, "a look failed");
                self.pace.failed(at);
                self.silence.begins(under.began);
            }
        }
    }

    /// Tells what has to be told, and begins a look if it is time.
    async fn step(&mut self) {
        let now = self.clock.now();
        if self.silence.is_over() {
            self.sink.reachable(self.cluster.name()).await;
        }
        let waits = self.under.as_ref().filter(|under| !under.answered.load(Ordering::Relaxed));
        if let Some(began) = waits.map(|under| under.began) {
            self.silence.waits(began, now, self.options.pacing.silence);
        }
        if let Some(since) = self.silence.lasts(now, self.options.pacing.silence) {
            self.sink.unreachable(self.cluster.name(), since).await;
        }
        let at = Instant::now();
        if self.under.is_some() || !self.pace.may_begin(at) {
            return;
        }
        let open = self.sink.open_namespaces(self.cluster.name());
        let whole = self.options.watched.is_some() && self.pace.is_whole_due(at);
        let again = self.pace.is_again_due(at, !open.is_empty());
        let crossed = self.due.next().is_some_and(|next| next <= now);
        if !(whole || again || crossed) {
            return;
        }
        let due = self.due.due(now);
        let keys: Vec<Key> = due.iter().map(key).collect();
        self.pace.due(due.len());
        let known: HashSet<&Key> = keys.iter().collect();
        self.looked.retain(|key| known.contains(key));
        let news = keys.iter().any(|key| !self.looked.contains(key));
        if whole || again || news {
            let is_silent = open.contains(NOWHERE);
            let scope = self.scope(whole, &due, open);
            self.pace.began(at, whole);
            self.begin(scope, due, keys, is_silent);
        }
    }

    /// Where something is due or an incident is open; all there is now and then.
    fn scope(&self, whole: bool, due: &[Failing], open: BTreeSet<String>) -> Scope {
        let mut names = open;
        names.extend(due.iter().map(|failing| failing.member.namespace.clone()));
        match self.options.watched.as_ref().filter(|_| whole) {
            Some(Scope::All) => return Scope::All,
            Some(Scope::Namespaces(watched)) => names.extend(watched.iter().cloned()),
            None => {}
        }
        names.remove(NOWHERE);
        // what is in no namespace is seen only where all is; and that only where it may be, else the namespaces stay
        if names.remove("") && self.options.bounds.cut(self.cluster.name(), Scope::All) == Scope::All {
            return Scope::All;
        }
        Scope::Namespaces(names)
    }

    /// A namespace that may be looked at; none where nothing may be.
    fn any_namespace(&self) -> Scope {
        let own = self.cluster.default_namespace().to_string();
        let any = match self.options.bounds.visible(self.cluster.name()) {
            Visible::Only(listed) if !listed.contains(&own) => listed.into_iter().next(),
            _ => Some(own),
        };
        Scope::Namespaces(any.into_iter().collect())
    }

    fn begin(&mut self, scope: Scope, due: Vec<Failing>, keys: Vec<Key>, is_silent: bool) {
        let empty = |scope: &Scope| *scope == Scope::Namespaces(BTreeSet::new());
        let cut = |scope| self.options.bounds.cut(self.cluster.name(), scope);
        let mut scope = cut(scope);
        if empty(&scope) && (self.silence.is_lasting() || is_silent) {
            // nothing is of interest any more but whether it answers
            scope = self.any_namespace();
        }
        if empty(&scope) {
            return;
        }
        let (cluster, sink, ring) =
            (Arc::clone(&self.cluster), Arc::clone(&self.sink), Arc::clone(&self.ring));
        let bounds = self.options.bounds.clone();
        let began = self.clock.now();
        self.sink.due(self.cluster.name(), &due);
        let due = Crossed::new(&due, &self.options.thresholds, began);
        let answered = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&answered);
        let done = async move {
            let answered = || told.store(true, Ordering::Relaxed);
            let mut looked = look(cluster.as_ref(), &scope, &due, &bounds, began, answered).await?;
            ring.keep(std::mem::take(&mut looked.remains));
            sink.looked(looked.look.clone()).await;
            Ok(looked)
        };
        self.under = Some(Under { due: keys, began, answered, done: done.boxed() });
    }

    /// When to do something although nothing was seen.
    fn wake(&self) -> Instant {
        let (now, at) = (self.clock.now(), Instant::now());
        let until = |then: Timestamp| at + now.duration_until(then).try_into().unwrap_or_default();
        let silent = self.silence.told_at(self.options.pacing.silence).map(until);
        let due = self.due.next().map(until).filter(|_| self.under.is_none());
        let look = (self.under.is_none()).then(|| self.pace.next(self.options.watched.is_some()));
        let look = look.map(|look| due.map_or(look, |due| due.min(look)).max(self.pace.earliest()));
        // whether an incident was opened by others, and how our clock goes, is not told
        let often = at + self.options.pacing.check;
        [silent, look].into_iter().flatten().fold(often, Instant::min)
    }
}

fn key(failing: &Failing) -> Key {
    // of a crash loop only the last crashes are held: each one moves its beginning
    let since = Some(failing.since).filter(|_| failing.trouble != Trouble::CrashLooping);
    (failing.member.clone(), failing.uid.clone(), failing.trouble, since)
}
