//! What a digest says. Pure.

mod lines;

use std::sync::Arc;

use jiff::Timestamp;

use super::{Bulletin, Schedule, Stands, words};
use crate::incident::look::{Look, Sighted};
use crate::incident::record::{Incident, Phase, Thread};

/// The longest line, in bytes.
const LONGEST: usize = 300;

/// A cluster of the schedule, as it was found; `None` where it did not answer.
pub(super) type Read = (String, Option<Look>);

/// What is known when a digest is due.
pub(super) struct Known<'k> {
    pub(super) schedule: &'k Schedule,
    pub(super) slot: Timestamp,
    pub(super) now: Timestamp,
    pub(super) incidents: &'k [Arc<Incident>],
    pub(super) read: &'k [Read],
    /// Whether all of a cluster that was asked for was read.
    pub(super) is_whole: &'k dyn Fn(&Look) -> bool,
}

impl Known<'_> {
    /// The record of the slot, for the keeper to post: as long as a digest may be late.
    pub(super) fn record(&self) -> Incident {
        let (schedule, slot) = (self.schedule, self.slot);
        let mut record = Incident::opened(schedule.root_cause(), Schedule::episode(slot), self.now);
        record.status.phase = Phase::Resolved;
        record.status.resolved_at = Some(slot);
        record.status.threads.push(Thread::new(&schedule.to, None, self.now));
        let bulletin = self.bulletin();
        record.status.summary.clone_from(&bulletin.summary);
        record.status.bulletin = Some(bulletin);
        record
    }

    /// Since when it tells: since the last one that was made, else since it was to be.
    fn since(&self) -> Timestamp {
        let root_cause = self.schedule.root_cause();
        let before = self.incidents.iter().filter(|one| one.spec.root_cause == root_cause);
        let slots = before.filter_map(|one| one.status.resolved_at).filter(|at| *at < self.slot);
        slots.max().or_else(|| self.schedule.before(self.slot)).unwrap_or(self.slot)
    }

    fn bulletin(&self) -> Bulletin {
        let (lang, since) = (self.schedule.lang, self.since());
        let own: Vec<&Incident> =
            self.incidents.iter().map(Arc::as_ref).filter(|one| one.is_ordinary()).collect();
        let of_it: Vec<&Incident> = own.iter().copied().filter(|one| self.schedule.holds(one)).collect();
        let open: Vec<&Incident> = of_it.iter().copied().filter(|one| one.is_open()).collect();
        let resolved = of_it.iter().copied().filter(|one| {
            one.status.same_as.is_none() && one.status.resolved_at.is_some_and(|at| at > since)
        });
        let resolved: Vec<&Incident> = resolved.collect();
        let failing: Vec<&Sighted> =
            self.read.iter().filter_map(|(_, look)| look.as_ref()).flat_map(|look| &look.sighted).collect();
        let unread = self.unread();
        let stands = match (failing.is_empty() && open.is_empty(), unread.is_empty()) {
            (false, _) => Stands::Failing,
            (true, true) => Stands::Well,
            (true, false) => Stands::Unclear,
        };
        let mut lines = unread;
        lines.extend(self.failing(&failing, &open));
        lines.extend(self.open(&failing, &open));
        lines.extend(self.resolved(&resolved));
        lines.extend(self.untold(&own, since));
        lines.extend(self.mutes());
        lines.iter_mut().for_each(cut);
        let summary = words::summary(failing.len(), open.len(), resolved.len(), since, lang);
        Bulletin {
            lang: lang.tag().to_string(),
            stands,
            title: words::title(self.slot, lang),
            summary,
            lines,
            buttons: Vec::new(),
            in_thread: false,
        }
    }
}

fn cut(line: &mut String) {
    if line.len() > LONGEST {
        line.truncate(line.floor_char_boundary(LONGEST - '…'.len_utf8()));
        line.push('…');
    }
}
