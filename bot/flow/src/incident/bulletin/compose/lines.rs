//! The lines of a digest, one kind after the other.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use podwhy_knowledge::Lang;

use super::super::untold::id;
use super::super::words;
use super::{Known, Read};
use crate::incident::look::Sighted;
use crate::incident::mute::Mute;
use crate::incident::name::UNTOLD;
use crate::incident::record::Incident;
use crate::incident::words as told;

/// At most this many of each kind are listed: an app shows no more lines.
const LISTED: usize = 8;
/// The same of what is less urgent.
const FEW: usize = 4;

impl Known<'_> {
    /// Clusters of which nothing, or not all, can be said.
    pub(super) fn unread(&self) -> Vec<String> {
        let lang = self.schedule.lang;
        let line = |(cluster, look): &Read| match look {
            None => Some(words::unread(cluster, true, lang)),
            Some(look) if !(self.is_whole)(look) => Some(words::unread(cluster, false, lang)),
            Some(_) => None,
        };
        self.read.iter().filter_map(line).collect()
    }

    /// What fails, the worst first; and for how long, where that is known.
    pub(super) fn failing(&self, failing: &[&Sighted], open: &[&Incident]) -> Vec<String> {
        let lang = self.schedule.lang;
        let mut failing = failing.to_vec();
        failing
            .sort_by_key(|one| (Reverse(one.severity), Reverse(one.members.len()), one.root_cause.clone()));
        let line = |one: &&Sighted| {
            let mut seen = Incident::opened(one.root_cause.clone(), 1, self.now);
            seen.status.failing = u32::try_from(one.members.len()).unwrap_or(u32::MAX);
            seen.status.members.clone_from(&one.members);
            let own = open.iter().find(|open| open.status.root_cause == one.root_cause);
            let title = told::title(&seen, 0, lang);
            words::fails(&self.with_state(title, own.copied()), lang)
        };
        listed(&failing, LISTED, &words::fails("", lang), lang, line)
    }

    /// What is open beside.
    pub(super) fn open(&self, failing: &[&Sighted], open: &[&Incident]) -> Vec<String> {
        let lang = self.schedule.lang;
        let is_seen = |one: &&Incident| failing.iter().any(|seen| seen.root_cause == one.status.root_cause);
        let mut open: Vec<&Incident> = open.iter().copied().filter(|one| !is_seen(one)).collect();
        open.sort_by_key(|one| one.spec.opened_at);
        let line =
            |one: &&Incident| words::open(&self.with_state(told::title(one, 0, lang), Some(one)), lang);
        listed(&open, FEW, &words::open("", lang), lang, line)
    }

    fn with_state(&self, title: String, own: Option<&Incident>) -> String {
        let lang = self.schedule.lang;
        let mut parts = vec![title];
        if let Some(own) = own {
            parts.push(words::open_for(own.spec.opened_at, self.now, lang));
            parts.extend(own.status.taken.as_ref().map(|taken| words::taken(&taken.by, lang)));
            let said = own.status.annotations.as_ref().and_then(|said| said.muted_until);
            let until = own.status.muted_until.max(said).filter(|until| self.now < *until);
            parts.extend(until.map(|until| told::muted(until, lang)));
        }
        parts.join(" · ")
    }

    /// What was resolved, the worst first.
    pub(super) fn resolved(&self, resolved: &[&Incident]) -> Vec<String> {
        let lang = self.schedule.lang;
        let mut resolved = resolved.to_vec();
        resolved.sort_by_key(|one| Reverse((one.status.severity, one.status.resolved_at)));
        let line = |one: &&Incident| {
            let at = one.status.resolved_at.unwrap_or(self.now);
            words::resolved(&told::title_of_call(one, lang), one.spec.opened_at, at, lang)
        };
        listed(&resolved, FEW, lang.pick("Resolved: ", "已恢复："), lang, line)
    }

    /// Alerts that were told nowhere and stand in no incident since, counted by name.
    pub(super) fn untold(&self, own: &[&Incident], since: Timestamp) -> Option<String> {
        let lang = self.schedule.lang;
        let stands: BTreeSet<String> = own.iter().flat_map(|one| &one.status.alerts).map(id).collect();
        let records = self.incidents.iter().filter(|one| one.spec.root_cause.cause == UNTOLD);
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        for untold in
            records.filter(|one| self.schedule.holds(one)).filter_map(|one| one.status.untold.as_ref())
        {
            untold.since(since, &stands).for_each(|(name, count)| *names.entry(name).or_default() += count);
        }
        let mut names: Vec<(&str, usize)> = names.into_iter().collect();
        names.sort_by_key(|(_, count)| Reverse(*count));
        let beyond = names.len().saturating_sub(LISTED);
        let shown = names.iter().take(LISTED).map(|(name, count)| format!("{name} × {count}"));
        let more = (beyond > 0).then(|| crate::words::more(beyond, lang));
        let shown: Vec<String> = shown.chain(more).collect();
        (!shown.is_empty()).then(|| words::untold(&shown.join(lang.pick(", ", "、")), lang))
    }

    /// Mutes in force.
    pub(super) fn mutes(&self) -> Vec<String> {
        let lang = self.schedule.lang;
        let mutes = self.incidents.iter().filter_map(|one| Mute::of(one));
        let is_of_it = |mute: &Mute| {
            self.schedule.areas.iter().any(|area| {
                let own = |own: &Option<String>, other: Option<&str>| {
                    own.as_deref().is_none_or(|own| other.is_none_or(|other| own == other))
                };
                own(&mute.cluster, Some(&area.cluster)) && own(&mute.namespace, area.namespace.as_deref())
            })
        };
        let mut mutes: Vec<Mute> = mutes.filter(|mute| self.now < mute.until && is_of_it(mute)).collect();
        mutes.sort_by_key(|mute| mute.until);
        listed(&mutes, FEW, lang.pick("Muted: ", "静音："), lang, |mute| words::muted(mute, lang))
    }
}

/// The first of them, a line each, and how many more there are.
fn listed<T>(all: &[T], most: usize, kind: &str, lang: Lang, line: impl Fn(&T) -> String) -> Vec<String> {
    let beyond = all.len().saturating_sub(most);
    let more = (beyond > 0).then(|| words::more(kind, beyond, lang));
    all.iter().take(most).map(line).chain(more).collect()
}
