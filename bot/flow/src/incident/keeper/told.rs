//! The incidents as they are to be told, worked out anew only when something of them changed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::super::policy::Policy;
use super::super::record::Incident;
use super::super::wanted::{Says, WantedPost, digest, wanted_where};

/// The incidents as they are told, remembered as long as they stay the same.
#[derive(Debug, Default)]
pub(super) struct Told(HashMap<String, (Shape, Arc<Vec<Line>>)>);

/// A message and the digest of what it is to show.
pub(super) type Line = (WantedPost, Option<String>);

/// What the messages of an incident depend on.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) incident: Arc<Incident>,
    pub(super) entries: Vec<Arc<Incident>>,
    pub(super) is_muted: bool,
}

impl Shape {
    fn is(&self, other: &Shape) -> bool {
        let same = |one: &[Arc<Incident>], other: &[Arc<Incident>]| {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| Arc::ptr_eq(one, other))
        };
        Arc::ptr_eq(&self.incident, &other.incident)
            && same(&self.entries, &other.entries)
            && self.is_muted == other.is_muted
    }
}

impl Told {
    pub(super) fn of(&mut self, shape: Shape, policy: &Policy, now: Timestamp) -> Arc<Vec<Line>> {
        if let Some((known, told)) = self.0.get(&shape.incident.name)
            && known.is(&shape)
        {
            return told.clone();
        }
        let entries: Vec<&Incident> = shape.entries.iter().map(Arc::as_ref).collect();
        let posts = wanted_where(&shape.incident, policy, &entries, shape.is_muted, now);
        let lines = posts.into_iter().map(|post| {
            let digest = match &post.says {
                Says::Body(body) => Some(digest(body)),
                Says::Answer(_) | Says::Past => None,
            };
            (post, digest)
        });
        let told = Arc::new(lines.collect::<Vec<_>>());
        self.0.insert(shape.incident.name.clone(), (shape, told.clone()));
        told
    }

    pub(super) fn retain(&mut self, names: &BTreeMap<&str, &Arc<Incident>>) {
        self.0.retain(|name, _| names.contains_key(name.as_str()));
    }
}
