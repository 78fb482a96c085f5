//! A Job tries again: which of its pods that failed is the last.

use std::collections::HashMap;

use jiff::Timestamp;
use podwhy_knowledge::Kind;

use crate::ports::PodSeen;

/// A Job: (namespace, name).
pub(super) type Job = (Box<str>, Box<str>);

/// A pod that failed: its uid, and when it was made.
type Try = (Box<str>, Option<Timestamp>);

/// The failed pods of Jobs.
#[derive(Clone, Debug, Default)]
pub(super) struct Tries {
    failed: HashMap<Job, Vec<Try>>,
    /// While pods are listed, in whatever order: when the newest pod of a Job was made that did not fail.
    newest: HashMap<Job, Timestamp>,
}

impl Tries {
    /// A pod of a Job that did not fail, or not yet; those that failed before it, and are forgiven.
    pub(super) fn goes_on(&mut self, seen: &PodSeen, listing: bool) -> Vec<Box<str>> {
        let Some(job) = job_of(seen) else { return Vec::new() };
        if listing && let Some(created) = seen.created {
            let newest = self.newest.entry(job.clone()).or_insert(created);
            *newest = created.max(*newest);
        }
        self.forgive(&job, seen.created)
    }

    /// A pod of a Job that failed; which are forgiven by that: those before it, or itself where a later one was listed.
    pub(super) fn failed(&mut self, seen: &PodSeen) -> Vec<Box<str>> {
        let Some(job) = job_of(seen) else { return Vec::new() };
        let uid: Box<str> = seen.uid.as_str().into();
        if self.newest.get(&job).is_some_and(|newest| seen.created.is_some_and(|at| at < *newest)) {
            self.gone(&job, &uid);
            return vec![uid];
        }
        let forgiven = self.forgive(&job, seen.created);
        let tries = self.failed.entry(job).or_default();
        if !tries.iter().any(|(known, _)| *known == uid) {
            tries.push((uid, seen.created));
        }
        forgiven
    }

    /// A pod is gone.
    pub(super) fn gone(&mut self, job: &Job, uid: &str) {
        let Some(tries) = self.failed.get_mut(job) else { return };
        tries.retain(|(known, _)| **known != *uid);
        if tries.is_empty() {
            self.failed.remove(job);
        }
    }

    /// A list begins or is in.
    pub(super) fn listed(&mut self) {
        self.newest = HashMap::new();
    }

    /// Keeps those that are held.
    pub(super) fn keep(&mut self, held: impl Fn(&str) -> bool) {
        self.failed.retain(|_, tries| {
            tries.retain(|(uid, _)| held(uid));
            !tries.is_empty()
        });
    }

    /// How much is held.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.failed.capacity() + self.newest.capacity()
    }

    /// Forgets those that were made before.
    fn forgive(&mut self, job: &Job, before: Option<Timestamp>) -> Vec<Box<str>> {
        let Some(tries) = self.failed.get_mut(job) else { return Vec::new() };
        let (older, rest): (Vec<Try>, Vec<Try>) = std::mem::take(tries)
            .into_iter()
            .partition(|(_, made)| before.is_some_and(|at| *made < Some(at)));
        *tries = rest;
        if tries.is_empty() {
            self.failed.remove(job);
        }
        older.into_iter().map(|(uid, _)| uid).collect()
    }
}

fn job_of(pod: &PodSeen) -> Option<Job> {
    let (kind, name) = pod.owner.as_ref()?;
    (kind == Kind::Job.camel()).then(|| (pod.namespace.as_str().into(), name.as_str().into()))
}
