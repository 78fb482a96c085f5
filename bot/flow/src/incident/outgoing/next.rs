//! What a receiver is to be told next.

use jiff::{SignedDuration, Timestamp};

use super::super::book::elapsed;
use super::super::record::{Incident, Phase, Sent};
use super::super::wanted::LATE;
use super::notice::Told;
use super::{News, Notice, Receiver};

/// What changes again and again is told at most once in this time: pods come and go.
pub(super) const CHANGES: SignedDuration = SignedDuration::from_secs(60);

/// A notice that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// It.
    pub notice: Notice,
    /// What the ledger is to remember once it was taken.
    pub sent: Sent,
    /// Not before this time.
    pub at: Timestamp,
    /// Since when it is so, where the incident says it.
    pub since: Option<Timestamp>,
}

/// What a receiver is to be told next of an incident; `None` when it knows all that it is to know.
pub fn next(incident: &Incident, receiver: &Receiver, is_muted: bool, now: Timestamp) -> Option<Due> {
    if !incident.is_ordinary() {
        return None;
    }
    let told = receiver.told(incident);
    if told.is_none() && !receiver.fits(incident) {
        return None;
    }
    let view = Told::of(incident, receiver);
    let shown = view.digest(receiver);
    let news = news(incident, receiver, told, is_muted, &shown, now)?;
    let status = &incident.status;
    let taken_at = match news {
        News::Opened | News::Reopened => None,
        News::Taken => status.taken.as_ref().map(|taken| taken.at),
        News::Changed | News::Resolved => told.and_then(|told| told.taken_at),
    };
    let sent = Sent {
        to: receiver.name.clone(),
        number: told.map_or(1, |told| told.number.saturating_add(1)),
        at: now,
        phase: if news == News::Resolved { Phase::Resolved } else { Phase::Open },
        reopened: status.reopened,
        taken_at,
        shown,
        refused: None,
    };
    let last = told.filter(|_| news == News::Changed).map(|told| told.at);
    Some(Due {
        notice: Notice::new(news, sent.number, view, receiver),
        sent,
        at: last.and_then(|last| last.checked_add(CHANGES).ok()).unwrap_or(now),
        since: match news {
            News::Opened => Some(incident.spec.opened_at),
            News::Taken => status.taken.as_ref().map(|taken| taken.at),
            News::Resolved => status.resolved_at,
            News::Changed | News::Reopened => None,
        },
    })
}

fn news(
    incident: &Incident,
    receiver: &Receiver,
    told: Option<&Sent>,
    is_muted: bool,
    shown: &str,
    now: Timestamp,
) -> Option<News> {
    let status = &incident.status;
    let is_over = !incident.is_open();
    let is_late = status.resolved_at.is_some_and(|at| elapsed(at, now) > LATE);
    // what is over is history: nobody is woken for it, and nobody wants last week's
    let may_begin = !is_muted && !(is_over && (receiver.wakes || is_late));
    let Some(told) = told else { return may_begin.then_some(News::Opened) };
    let is_again = status.reopened > told.reopened;
    let is_taken = status.taken.as_ref().is_some_and(|taken| Some(taken.at) != told.taken_at);
    match (is_over, told.phase) {
        (true, Phase::Open) => Some(News::Resolved),
        (true, Phase::Resolved) => (is_again && may_begin).then_some(News::Reopened),
        (false, Phase::Resolved) => may_begin.then_some(News::Reopened),
        (false, Phase::Open) if is_again => may_begin.then_some(News::Reopened),
        (false, Phase::Open) if is_taken => Some(News::Taken),
        (false, Phase::Open) => (told.shown != *shown && may_begin).then_some(News::Changed),
    }
}
