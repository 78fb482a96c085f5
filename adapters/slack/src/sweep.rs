//! What a process that ended left behind is found by what the messages carry: an answer that will not come is marked, and a
//! message that nobody watches any more is watched again. At start, and every hour for what other replicas left.
//!
//! Slow, and never in anyone's way: Slack lets some apps read a channel once a minute. What may not be read is left.

mod find;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use podwhy_flow::chat::{Asker, Audience, Content, Platform, Reply};
use podwhy_flow::words;
use tracing::{info, warn};

use crate::answer::Work;
use crate::answer::watch::{LEASE, Refusal, Watched};
use crate::mark::{Mark, Stage};
use crate::outbound::{CallError, Posted, Spot};
use crate::random::jitter;
use crate::render::{self, State};
use crate::stop::Stop;

/// How long until the next sweep.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// An answer may be late by as much, where Slack lets podwhy edit little.
const GRACE: SignedDuration = SignedDuration::from_secs(120);

/// How often a watched message's lease is asked for: whoever has it may be about to end.
const LEASES: u32 = 4;

/// Looks through channels.
pub(crate) struct Sweep {
    pub(crate) work: Arc<Work>,
    /// The ids of the configured ones.
    pub(crate) channels: Vec<String>,
    /// Whether it was said already that something may not be read.
    pub(crate) has_said: AtomicBool,
}

/// A message of the bot's that is not finished.
#[derive(Clone, Debug, PartialEq)]
struct Found {
    posted: Posted,
    /// The first message of its thread, where it is a reply.
    thread: Option<String>,
    mark: Mark,
}

/// One to be looked at again.
struct Later {
    at: Timestamp,
    found: Found,
    tries: u32,
}

impl Sweep {
    /// Sweeps until it is over.
    pub(crate) async fn run(self, mut stop: Stop) {
        loop {
            tokio::select! {
                () = self.once() => {}
                () = stop.stopped() => return,
            }
            if !stop.sleep(EVERY + jitter(EVERY / 10)).await {
                return;
            }
        }
    }

    async fn once(&self) {
        let mut later = Vec::new();
        for channel in self.conversations().await {
            for found in self.unfinished(&channel).await {
                later.extend(self.settle(found, 0).await);
            }
        }
        while let Some(next) = soonest(&mut later) {
            let wait = next.at.duration_since(self.work.clock.now());
            tokio::time::sleep(Duration::try_from(wait).unwrap_or_default()).await;
            if let Some(found) = self.still(&next.found).await {
                later.extend(self.settle(found, next.tries).await);
            }
        }
    }

    /// Does what is to be done about a message, or says when to look again.
    async fn settle(&self, found: Found, tries: u32) -> Option<Later> {
        match found.mark.stage {
            Stage::Done => None,
            Stage::Looking => self.settle_looking(found).await,
            Stage::Watching => self.settle_watching(found, tries).await,
        }
    }

    async fn settle_looking(&self, found: Found) -> Option<Later> {
        let longest = SignedDuration::try_from(self.work.patience).unwrap_or(GRACE) + GRACE;
        let until = found.mark.since + longest;
        if until > self.work.clock.now() {
            // another replica may be answering it
            return Some(Later { at: until, found, tries: 0 });
        }
        let Found { posted, mark, .. } = found;
        let reply = Reply {
            lang: mark.lang,
            audience: Audience::Channel,
            content: Content::Refused { why: words::INTERRUPTED.of(mark.lang).into(), channels: Vec::new() },
            line: mark.line.clone(),
            fix: false,
        };
        let message = render::message(&reply, State::Interrupted);
        let done = mark.becomes(Stage::Done, self.work.clock.now());
        match self.work.outbound.edit(&posted, &message, &done).await {
            Ok(()) => self.work.metrics.swept("interrupted"),
            Err(error) => {
                warn!(%error, "an unfinished message could not be marked");
                self.work.metrics.swept("failed");
            }
        }
        None
    }

    async fn settle_watching(&self, found: Found, tries: u32) -> Option<Later> {
        let line = found.mark.line.clone()?;
        let Found { posted, thread, mark } = found.clone();
        let channel = Some(posted.channel.clone()).filter(|channel| !channel.starts_with('D'));
        let asker =
            Asker { platform: Platform::Slack, channel, person: mark.asker.clone(), groups: Vec::new() };
        let thread = thread.unwrap_or_else(|| posted.ts.clone());
        let watched = Watched { posted, thread, asker, line, mark };
        match self.work.take_up(watched, None).await {
            Ok(()) => {
                info!("a message of before is watched again");
                self.work.metrics.swept("watched-again");
                None
            }
            Err(Refusal::Others) if tries + 1 < LEASES => {
                let at = self.work.clock.now() + SignedDuration::try_from(LEASE).unwrap_or(GRACE);
                Some(Later { at, found, tries: tries + 1 })
            }
            Err(_) => None,
        }
    }

    /// The message as it is now, if it is still not finished.
    async fn still(&self, found: &Found) -> Option<Found> {
        let spot = Spot { channel: found.posted.channel.clone(), thread: found.thread.clone() };
        let message = match self.work.outbound.message(&spot, &found.posted.ts).await {
            Ok(message) => message?,
            Err(error) => {
                self.unread(&error);
                return None;
            }
        };
        let mark = Mark::of(&message).filter(|mark| mark.stage != Stage::Done)?;
        Some(Found { mark, ..found.clone() })
    }

    /// Something may not be read: said once, and no reason to end.
    fn unread(&self, error: &CallError) {
        self.work.metrics.swept("unread");
        if !self.has_said.swap(true, Ordering::Relaxed) {
            let scopes = "channels:history, groups:history, im:history and their :read";
            warn!(%error, scopes, "unfinished messages of before are not looked for where podwhy may not read");
        }
    }
}

fn soonest(later: &mut Vec<Later>) -> Option<Later> {
    let (place, _) = later.iter().enumerate().min_by_key(|(_, later)| later.at)?;
    Some(later.swap_remove(place))
}

#[cfg(test)]
mod tests;
