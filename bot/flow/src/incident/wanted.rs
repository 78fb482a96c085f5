//! What should stand in the channels for an incident. Pure: the same incident gives the same messages, whatever the time, so
//! that nothing is edited because time passes.

mod card;
mod digest;
mod narrow;
mod routes;

use std::time::Duration;

use jiff::Timestamp;
use podwhy_knowledge::Lang;

pub use self::digest::{digest, message_id};
pub(crate) use self::routes::route_of;
use self::routes::{Telling, tellings};
use super::book::elapsed;
use super::card::Body;
use super::name::{ACTION, MANY_FAILURES};
use super::policy::{Policy, Spot};
use super::record::{Incident, Post};
use super::{ended, words};

/// The first message.
pub const PARENT: &str = "parent";
/// The whole answer, in its thread.
pub const ANSWER: &str = "answer";

/// In the thread of a message that is not podwhy's to keep: a record that is posted as it stands.
pub const STORY: &str = "story";

/// What is over for longer, and of which nothing stands in a channel, is told no more: a route that was added today would fill
/// its channel with last week.
pub(super) const LATE: Duration = Duration::from_secs(60 * 60);

/// What a message says.
#[derive(Clone, Debug, PartialEq)]
pub enum Says {
    /// This, kept current.
    Body(Box<Body>),
    /// The whole answer at the time it is posted, in this language; it stays so.
    Answer(Lang),
    /// What it said once. It is not posted again where it turns out never to have stood.
    Past,
}

/// A message that should stand in a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedPost {
    /// Its name within the incident.
    pub part: String,
    /// In which channel.
    pub to: Spot,
    /// Whether in the thread of the first message.
    pub in_thread: bool,
    /// What it says.
    pub says: Says,
}

impl WantedPost {
    /// What the ledger knows of it.
    pub fn post_of<'i>(&self, posts: &'i [Post]) -> Option<&'i Post> {
        find(posts, &self.part, &self.to)
    }
}

/// What the ledger knows of a message.
pub(crate) fn find<'p>(posts: &'p [Post], part: &str, to: &Spot) -> Option<&'p Post> {
    posts.iter().find(|post| post.is(part, to))
}

/// What should stand for an incident, in each channel in the order in which it is to be posted. `entries` are the incidents
/// its thread tells of.
pub fn wanted(
    incident: &Incident,
    policy: &Policy,
    entries: &[&Incident],
    now: Timestamp,
) -> Vec<WantedPost> {
    wanted_where(incident, policy, entries, incident.status.is_muted(now), now)
}

/// The same, where it is known whether it is muted: by itself, or by cause, namespace or workload.
pub(crate) fn wanted_where(
    incident: &Incident,
    policy: &Policy,
    entries: &[&Incident],
    is_muted: bool,
    now: Timestamp,
) -> Vec<WantedPost> {
    let is_late = incident.status.resolved_at.is_some_and(|at| elapsed(at, now) > LATE);
    // a mute is about what fails: what somebody asked to have done is shown all the same
    let is_silent = is_muted && incident.spec.root_cause.cause != ACTION;
    let may_begin = !is_silent && !is_late;
    let mut all = Vec::new();
    for telling in tellings(incident, policy, entries) {
        if !telling.stands(incident, PARENT) && !may_begin {
            continue;
        }
        let seen = narrow::narrowed(incident, policy, &telling.to);
        for (part, says) in parts(&seen, &telling) {
            if may_begin || telling.stands(incident, &part) {
                all.push(WantedPost { in_thread: part != PARENT, part, to: telling.to.clone(), says });
            }
        }
    }
    let past: Vec<WantedPost> = past(&incident.status.posts, &all).collect();
    all.extend(past);
    all
}

/// The messages of one channel.
fn parts(incident: &Incident, telling: &Telling<'_>) -> Vec<(String, Says)> {
    let (status, lang) = (&incident.status, telling.lang);
    if let Some(bulletin) = status.bulletin.as_ref().filter(|_| incident.is_bulletin()) {
        let card = Body::Card(bulletin.card(incident));
        let part = if bulletin.in_thread { STORY } else { PARENT };
        return vec![(part.to_string(), Says::Body(Box::new(card)))];
    }
    let note = |text: String| Says::Body(Box::new(Body::Note(lang, text)));
    let body = |card| Says::Body(Box::new(Body::Card(card)));
    let mut parts = vec![(PARENT.to_string(), body(card::parent(incident, telling)))];
    let has_answer = telling.stands(incident, ANSWER);
    let is_common = status.root_cause.cause == MANY_FAILURES;
    if has_answer || (incident.is_open() && !is_common && !status.members.is_empty()) {
        parts.push((ANSWER.to_string(), Says::Answer(lang)));
    }
    if status.truncated_alerts > 0 {
        parts.push(("truncated".to_string(), note(words::left_out(status.truncated_alerts, lang))));
    }
    if status.reopened > 0 {
        parts.push((format!("reopened-{}", status.reopened), note(words::AGAIN.of(lang).to_string())));
    }
    if let Some(call) = telling.call(incident)
        && incident.is_open()
        && status.taken.is_none()
    {
        parts.push((format!("call-{call}"), body(card::call(incident, telling))));
    }
    if let Some(at) = status.resolved_at.filter(|_| !incident.is_open()) {
        parts.push((resolved_part(status.reopened), note(ended::told(incident, at, lang))));
    }
    parts
}

/// The note of the how-manieth end.
fn resolved_part(reopened: u32) -> String {
    if reopened == 0 { "resolved".to_string() } else { format!("resolved-{reopened}") }
}

/// What stands, or was attempted, and is not to be said any more.
fn past<'i>(posts: &'i [Post], all: &'i [WantedPost]) -> impl Iterator<Item = WantedPost> + 'i {
    let is_wanted = move |post: &Post, to: &Spot| all.iter().any(|w| w.part == post.part && w.to == *to);
    posts.iter().map(|post| (post, post.spot())).filter(move |(post, to)| !is_wanted(post, to)).map(
        |(post, to)| WantedPost {
            part: post.part.clone(),
            to,
            in_thread: post.part != PARENT,
            says: Says::Past,
        },
    )
}

#[cfg(test)]
mod tests;
