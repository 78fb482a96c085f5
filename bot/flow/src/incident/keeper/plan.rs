//! What is to be done next, one step a lane of a channel.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use super::super::book::is_muted;
use super::super::mute::Mute;
use super::super::policy::{Policy, Spot};
use super::super::record::{Incident, Post};
use super::super::wanted::{PARENT, Says, WantedPost, find, message_id};
use super::memory::{Key, Memory};
use super::options::Options;
use super::told::{Line, Shape, Told};
use super::waiting::Waiting;
use crate::ports::Place;

/// What is done.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    /// The whole answer is asked for.
    Ask,
    /// It is posted; the ledger has this attempt.
    Post { attempted: Option<Timestamp>, is_first: bool },
    /// What this attempt may have posted is looked for.
    LookUp { attempted: Timestamp },
    /// It is forgotten: it never stood, and is not to be said any more.
    Forget { attempted: Timestamp },
    /// It stands, and is looked for once more.
    Check { attempted: Timestamp, message: String },
    /// It is made to show what is wanted; again, where an earlier edit of nobody knows what may still be under way.
    Edit { message: String, is_last: bool, is_again: bool },
}

/// Of each lane of a channel one step is under way at a time. Apps limit what is new and what is changed apart: what stands is kept
/// current also while many messages wait to be posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Lane {
    /// What is new, and what may be.
    New,
    /// What stands.
    Standing,
}

impl Act {
    /// The lane it takes; none, where the app is not asked.
    pub(super) fn lane(&self) -> Option<Lane> {
        match self {
            Act::Ask => None,
            Act::Post { .. } | Act::LookUp { .. } | Act::Forget { .. } => Some(Lane::New),
            Act::Check { .. } | Act::Edit { .. } => Some(Lane::Standing),
        }
    }
}

/// A step of one message.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) key: Key,
    pub(super) incident: Arc<Incident>,
    pub(super) place: Place,
    pub(super) says: Says,
    pub(super) act: Act,
}

/// What a plan is made of.
pub(super) struct Planning<'k> {
    pub(super) policy: &'k Policy,
    pub(super) options: &'k Options,
    pub(super) memories: &'k mut HashMap<Key, Memory>,
    pub(super) told: &'k mut Told,
    pub(super) waiting: &'k mut Waiting,
    /// Messages with a step under way.
    pub(super) busy: &'k HashSet<Key>,
    /// The time here, and as it is written down.
    pub(super) now: Instant,
    pub(super) at: Timestamp,
}

/// The steps that are ready, those first that matter most, and when the next will be.
pub(super) struct Plan {
    pub(super) ready: Vec<Step>,
    pub(super) next: Option<Instant>,
    /// How many messages do not stand as they should, and since when the oldest of them.
    pub(super) waiting: (u64, Option<Timestamp>),
    /// Those of them that never will.
    pub(super) lost: Vec<Key>,
}

impl Planning<'_> {
    /// Over all incidents.
    pub(super) fn plan(mut self, incidents: &[Arc<Incident>]) -> Plan {
        let by_name: BTreeMap<&str, &Arc<Incident>> =
            incidents.iter().map(|incident| (incident.name.as_str(), incident)).collect();
        self.told.retain(&by_name);
        self.waiting.begin();
        self.memories.retain(|key, _| by_name.contains_key(key.incident.as_str()));
        let mutes: Vec<Mute> = incidents.iter().filter_map(|incident| Mute::of(incident)).collect();
        let (mut ready, mut next) = (Vec::new(), None);
        for incident in incidents {
            let entries = incident.status.entries.iter();
            let shape = Shape {
                incident: incident.clone(),
                entries: entries
                    .filter_map(|name| by_name.get(name.as_str()))
                    .map(|&own| own.clone())
                    .collect(),
                is_muted: is_muted(incident, &mutes, self.at),
            };
            let told = self.told.of(shape, self.policy, self.at);
            self.of_incident(incident, &told, &mut ready, &mut next);
        }
        ready.sort_by_key(|(rank, opened, _)| (*rank, *opened));
        let (count, oldest, lost) = self.waiting.end(&by_name, self.at);
        let ready = ready.into_iter().map(|(_, _, step)| step).collect();
        Plan { ready, next, waiting: (count, oldest), lost }
    }

    /// Of each message its next step, and how much it matters (less is more); of those that are not ready, when the first is.
    fn of_incident(
        &mut self,
        incident: &Arc<Incident>,
        told: &[Line],
        ready: &mut Vec<(u8, Timestamp, Step)>,
        next: &mut Option<Instant>,
    ) {
        // a thread is read from top to bottom: what comes later waits
        let mut waiting: HashSet<&Spot> = HashSet::new();
        for (post, digest) in told {
            let known = post.post_of(&incident.status.posts);
            let about = About { known, incident, post, digest: digest.as_deref() };
            if about.is_settled() {
                continue;
            }
            let key = Key { incident: incident.name.clone(), part: post.part.clone(), to: post.to.clone() };
            if about.waits(self.memories.get(&key)) {
                self.waiting.see(&key, self.at);
            }
            let Some(thread) = thread_of(incident, post) else { continue };
            if self.busy.contains(&key) {
                if known.is_none_or(|known| known.message.is_none()) {
                    waiting.insert(&post.to);
                }
                continue;
            }
            let memory = self.memories.entry(key.clone()).or_default();
            let Some((at, act)) = about.next(memory, self.now, self.options) else { continue };
            let begins = matches!(act, Act::Post { .. } | Act::LookUp { .. });
            if begins && !waiting.insert(&post.to) {
                continue;
            }
            if at > self.now {
                *next = Some(next.map_or(at, |next| next.min(at)));
                continue;
            }
            let id = message_id(&incident.name, &post.part, &post.to);
            let place = Place { channel: post.to.channel.clone(), thread, id };
            let rank = rank(&act, post.in_thread);
            let step = Step { key, incident: incident.clone(), place, says: post.says.clone(), act };
            ready.push((rank, incident.spec.opened_at, step));
        }
    }
}

/// The thread a message goes into; `None` where there is none yet.
fn thread_of(incident: &Incident, post: &WantedPost) -> Option<Option<String>> {
    if !post.in_thread {
        return Some(None);
    }
    let parent = find(&incident.status.posts, PARENT, &post.to)?;
    parent.message.clone().map(Some)
}

/// What nobody has seen yet goes before what is not quite current.
fn rank(act: &Act, in_thread: bool) -> u8 {
    match act {
        Act::Post { .. } | Act::LookUp { .. } if !in_thread => 0,
        Act::Post { .. } | Act::LookUp { .. } | Act::Ask => 1,
        Act::Edit { is_again: false, .. } => 2,
        Act::Edit { is_again: true, .. } | Act::Check { .. } | Act::Forget { .. } => 3,
    }
}

/// One message, as it is wanted and as the ledger knows it.
struct About<'p> {
    known: Option<&'p Post>,
    incident: &'p Incident,
    post: &'p WantedPost,
    digest: Option<&'p str>,
}

impl About<'_> {
    /// Whether nothing is to be done: it stands as it is wanted, or never will.
    fn is_settled(&self) -> bool {
        self.known.is_some_and(|known| {
            let is_current = self.digest.is_none() || self.digest == known.shown.as_deref();
            known.refused.is_some() || (known.message.is_some() && known.attempted_at.is_none() && is_current)
        })
    }

    /// Whether what someone in the channel should see is not there yet. A look for doubles is nobody's loss, and what has no answer
    /// waits for nothing.
    fn waits(&self, memory: Option<&Memory>) -> bool {
        let is_shown = self.known.is_some_and(|known| {
            known.message.is_some() && (self.digest.is_none() || self.digest == known.shown.as_deref())
        });
        let is_moot = match self.post.says {
            Says::Past => true,
            Says::Answer(_) => memory.is_some_and(|memory| memory.lacks_answer),
            Says::Body(_) => false,
        };
        !is_shown && !is_moot
    }

    fn next(&self, memory: &mut Memory, now: Instant, options: &Options) -> Option<(Instant, Act)> {
        let ready = memory.ready(now);
        match self.known {
            None | Some(Post { message: None, attempted_at: None, .. }) => {
                self.say(memory, None).map(|act| (ready, act))
            }
            Some(Post { message: None, attempted_at: Some(attempt), .. }) => {
                if memory.may_repeat(*attempt, options) {
                    return match self.say(memory, Some(*attempt))? {
                        // nothing hurries: one more look, when even a very late app shows it
                        act @ Act::Forget { .. } => Some((memory.check_at(now, options), act)),
                        act => Some((ready, act)),
                    };
                }
                memory.wonder(*attempt, now);
                Some((ready, Act::LookUp { attempted: *attempt }))
            }
            Some(Post { message: Some(message), attempted_at, shown, .. }) => {
                let edit = self.digest.filter(|digest| shown.as_deref() != Some(digest)).map(|digest| {
                    let at = memory.edit_at(digest, shown.is_some(), now, options);
                    let (is_last, is_again) = (memory.is_last_word(now, options), memory.shows(digest));
                    (at, Act::Edit { message: message.clone(), is_last, is_again })
                });
                let check = attempted_at.filter(|_| options.looks_up()).map(|attempted| {
                    let at = memory.check_at(now, options);
                    (at, Act::Check { attempted, message: message.clone() })
                });
                match (edit, check) {
                    (Some(edit), Some(check)) => Some(if check.0 <= edit.0 { check } else { edit }),
                    (edit, check) => edit.or(check),
                }
            }
        }
    }

    /// Posts it, or what has to come before; or forgets it.
    fn say(&self, memory: &Memory, attempted: Option<Timestamp>) -> Option<Act> {
        let is_first = attempted.is_some() || self.known.is_none();
        let over = attempted.map(|attempted| Act::Forget { attempted });
        match self.post.says {
            Says::Past => over,
            Says::Answer(_) if memory.answer.is_some() => Some(Act::Post { attempted, is_first }),
            // of what is over there is nothing to ask any more
            Says::Answer(_) if memory.lacks_answer && !self.incident.is_open() => over,
            Says::Answer(_) => Some(Act::Ask),
            Says::Body(_) => Some(Act::Post { attempted, is_first }),
        }
    }
}
