//! The cards of an incident.

use podwhy_knowledge::Lang;

use super::super::annotations;
use super::super::card::{Button, Card, Tone};
use super::super::name::{ALERT, MANY_FAILURES, UNKNOWN};
use super::super::record::Incident;
use super::super::{ended, words};
use super::routes::Telling;

/// At most this many of what fails are listed.
const LISTED: usize = 10;
/// At most this many incidents of a common thread are listed.
const ENTRIES: usize = 20;
/// At most this many alerts are named.
const ALERTS: usize = 3;

/// The first message.
pub(super) fn parent(incident: &Incident, telling: &Telling<'_>) -> Card {
    let status = &incident.status;
    let listed: Vec<String> = status.members.iter().take(LISTED).map(words::member).collect();
    let is_common = status.root_cause.cause == MANY_FAILURES;
    let failing = usize::try_from(status.failing).unwrap_or(usize::MAX).max(status.members.len());
    Card {
        members_beyond: if incident.is_open() && !is_common { failing - listed.len() } else { 0 },
        members: if incident.is_open() { listed } else { Vec::new() },
        lines: lines(incident, telling),
        links: links(incident, telling),
        mention: telling.parent_mention(),
        buttons: buttons(incident, telling.fixes),
        ..bare(incident, telling)
    }
}

/// A call to those whom nobody has relieved.
pub(super) fn call(incident: &Incident, telling: &Telling<'_>) -> Card {
    Card {
        lines: vec![words::NOBODY_YET.of(telling.lang).to_string()],
        mention: telling.mention.clone(),
        buttons: vec![Button::Take, Button::Mute],
        // neither a count nor who fails: a call is not edited as pods come and go
        title: words::title_of_call(incident, telling.lang),
        summary: String::new(),
        ..bare(incident, telling)
    }
}

fn bare(incident: &Incident, telling: &Telling<'_>) -> Card {
    Card {
        lang: telling.lang,
        tone: tone(incident),
        title: words::title(incident, open(telling), telling.lang),
        summary: incident.status.summary.clone(),
        lines: Vec::new(),
        members: Vec::new(),
        members_beyond: 0,
        links: Vec::new(),
        mention: None,
        buttons: Vec::new(),
        incident: incident.name.clone(),
    }
}

fn open(telling: &Telling<'_>) -> usize {
    telling.entries.iter().filter(|entry| entry.is_open()).count()
}

/// Where its alerts lead, and what annotations name beside; a place once.
fn links(incident: &Incident, telling: &Telling<'_>) -> Vec<(String, String)> {
    let said = incident.status.annotations.iter().flat_map(|said| annotations::links(said, telling.lang));
    let mut links = telling.links.clone();
    for link in said {
        if !links.iter().any(|known| known.1 == link.1) {
            links.push(link);
        }
    }
    links
}

fn tone(incident: &Incident) -> Tone {
    match (incident.is_open(), &incident.status.taken) {
        (false, _) if incident.status.ended.is_some() => Tone::Unclear,
        (false, _) => Tone::Well,
        (true, Some(_)) => Tone::Taken,
        (true, None) => Tone::Failing,
    }
}

fn buttons(incident: &Incident, fixes: bool) -> Vec<Button> {
    let status = &incident.status;
    let mut buttons = Vec::new();
    if incident.is_open() && status.taken.is_none() {
        buttons.push(Button::Take);
    }
    if incident.is_open() && fixes {
        buttons.push(Button::Fix);
    }
    if incident.is_open() && status.muted_until.is_none() {
        buttons.push(Button::Mute);
    }
    // there is a diagnosis to judge
    if ![MANY_FAILURES, UNKNOWN, ALERT].contains(&status.root_cause.cause.as_str()) {
        buttons.extend([Button::Right, Button::Wrong]);
    }
    buttons
}

fn lines(incident: &Incident, telling: &Telling<'_>) -> Vec<String> {
    let (status, lang) = (&incident.status, telling.lang);
    let mut lines = entries(telling);
    match status.resolved_at.filter(|_| !incident.is_open()) {
        Some(at) => lines.push(ended::told(incident, at, lang)),
        None => {
            lines.push(words::since(incident.spec.opened_at, lang));
            if status.most_failing > status.failing {
                lines.push(words::at_most(status.most_failing, lang));
            }
        }
    }
    if !incident.is_open() {
        lines.extend(status.fixed.iter().map(|fact| words::fixed(fact, lang)));
    }
    if let Some(taken) = &status.taken {
        lines.push(words::taken(&taken.by, taken.at, lang));
    }
    if status.reopened > 0 {
        lines.push(words::reopened(status.reopened, lang));
    }
    lines.extend(alerts(incident, lang));
    if status.truncated_alerts > 0 {
        lines.push(words::left_out(status.truncated_alerts, lang));
    }
    if let Some(until) = status.muted_until.filter(|_| incident.is_open()) {
        lines.push(words::muted(until, lang));
    }
    let said = status.annotations.iter();
    lines.extend(said.flat_map(|said| annotations::lines(said, incident.is_open(), lang)));
    lines
}

/// Of a common thread, what it tells of; those that still fail first.
fn entries(telling: &Telling<'_>) -> Vec<String> {
    let mut entries = telling.entries.clone();
    entries.sort_by_key(|entry| (!entry.is_open(), entry.spec.opened_at));
    let beyond = entries.len().saturating_sub(ENTRIES);
    let listed = entries.iter().take(ENTRIES).map(|entry| words::title(entry, 0, telling.lang));
    let more = (beyond > 0).then(|| crate::words::more(beyond, telling.lang));
    listed.chain(more).collect()
}

fn alerts(incident: &Incident, lang: Lang) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    let told = incident.status.alerts.iter().filter(|alert| alert.firing || !incident.is_open());
    let count = told.clone().count();
    for alert in told {
        if !names.contains(&alert.name) {
            names.push(alert.name.clone());
        }
    }
    let more = names.len().saturating_sub(ALERTS);
    names.truncate(ALERTS);
    (!names.is_empty()).then(|| words::alerts(&names, more, count, lang))
}
