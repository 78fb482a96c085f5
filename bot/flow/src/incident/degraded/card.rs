//! What is told while the ledger is away.

use std::sync::Arc;

use jiff::Timestamp;
use podwhy_knowledge::Lang;

use super::super::card::{Card, Tone};
use super::super::policy::{Policy, Spot};
use super::super::record::Incident;
use super::super::{unreachable, words};
use super::words::{NOT_TAKEN, OUT_OF_DATE, THE_THREAD, TOLD_ELSEWHERE};

/// At most this many incidents are named that may be out of date.
const STALE: usize = 10;

/// The thread of a channel.
pub(super) fn card(
    cluster: &str,
    since: Timestamp,
    known: &[Arc<Incident>],
    policy: &Policy,
    to: &Spot,
) -> Card {
    let route = policy.routes.iter().find(|route| route.to == *to);
    let lang = lang(policy, to);
    let mut lines = vec![NOT_TAKEN.of(lang).to_string()];
    lines.extend(stale(known, to, lang));
    Card {
        tone: Tone::Failing,
        summary: words::unreachable(cluster, since, lang),
        lines,
        mention: route.filter(|route| !route.is_quiet(since)).and_then(|route| route.mention.clone()),
        ..bare(cluster, lang)
    }
}

/// Of one that is told elsewhere: with a link to it, where the app has one.
pub(super) fn closed(cluster: &str, link: Option<String>, lang: Lang) -> Card {
    let told = TOLD_ELSEWHERE.of(lang).to_string();
    Card {
        tone: Tone::Well,
        links: link.into_iter().map(|link| (THE_THREAD.of(lang).to_string(), link)).collect(),
        summary: told,
        ..bare(cluster, lang)
    }
}

pub(super) fn lang(policy: &Policy, to: &Spot) -> Lang {
    policy.routes.iter().find(|route| route.to == *to).map(|route| route.lang).unwrap_or_default()
}

fn bare(cluster: &str, lang: Lang) -> Card {
    let root_cause = unreachable::root_cause(cluster);
    Card {
        lang,
        tone: Tone::Unclear,
        title: format!("{} · {}", root_cause.cause, words::blamed(&root_cause)),
        summary: String::new(),
        lines: Vec::new(),
        members: Vec::new(),
        members_beyond: 0,
        links: Vec::new(),
        mention: None,
        // what a button says could not be written down
        buttons: Vec::new(),
        incident: String::new(),
    }
}

/// The incidents that are told in a channel and grow old.
fn stale(known: &[Arc<Incident>], to: &Spot, lang: Lang) -> Vec<String> {
    let is_told = |one: &&Arc<Incident>| one.is_open() && one.is_ordinary() && one.thread(to).is_some();
    let mut open: Vec<&Arc<Incident>> = known.iter().filter(is_told).collect();
    if open.is_empty() {
        return Vec::new();
    }
    open.sort_by_key(|one| (one.spec.opened_at, &one.name));
    let beyond = open.len().saturating_sub(STALE);
    let titles = open.iter().take(STALE).map(|one| words::title_of_call(one, lang));
    let more = (beyond > 0).then(|| crate::words::more(beyond, lang));
    [OUT_OF_DATE.of(lang).to_string()].into_iter().chain(titles).chain(more).collect()
}
