//! A thread that was posted while there was no ledger goes on as an incident's.

use jiff::Timestamp;
use podwhy_knowledge::Lang;

use super::work::Work;
use super::{Book, Change};
use crate::incident::alert::Severity;
use crate::incident::policy::{Policy, Spot};
use crate::incident::record::{Incident, Post, RootCause, Thread};
use crate::incident::unreachable::{answered, root_cause};
use crate::incident::wanted::{PARENT, find};

/// A thread that tells of a cluster's silence.
#[derive(Clone, Copy, Debug)]
pub struct Adopted<'a> {
    /// The cluster.
    pub cluster: &'a str,
    /// The channel.
    pub to: &'a Spot,
    /// The app's id of its first message.
    pub message: &'a str,
    /// Since when the cluster was silent, where that is known.
    pub since: Option<Timestamp>,
    /// The language of summaries.
    pub lang: Lang,
}

impl Book {
    /// What a thread changes that was found in a channel: it becomes the first message of the incident of the cluster's silence,
    /// unless that one has another there; then it is a double, and the caller's to close. Told again it changes nothing.
    ///
    /// The cluster answers by now, so that the incident is open for `policy.settle`, and nothing of it fails.
    pub fn adopt(&mut self, adopted: &Adopted<'_>, policy: &Policy, now: Timestamp) -> Vec<Change> {
        let mut work = Work::new(&mut self.incidents, policy, now);
        work.adopt(adopted);
        work.done()
    }
}

impl Work<'_> {
    fn adopt(&mut self, adopted: &Adopted<'_>) {
        let (now, lang, own) = (self.now, adopted.lang, root_cause(adopted.cluster));
        // of an outage that began after it
        let is_over = |one: &Incident| {
            one.status.resolved_at.is_some_and(|at| adopted.since.is_some_and(|since| since > at))
        };
        let name = self.with(adopted).or_else(|| self.open_of(&own)).or_else(|| self.resolved_lately(&own));
        let name = match name {
            Some(one) => one.name.clone(),
            None => self.silent(own, adopted.since.unwrap_or(now)),
        };
        self.edit(&name, |one| {
            if is_over(one) {
                one.reopen(now);
                one.status.summary.clear();
            }
            one.take_over(adopted, lang, now);
        });
    }

    /// The incident that has the message already.
    fn with(&self, adopted: &Adopted<'_>) -> Option<&Incident> {
        self.all().find(|one| {
            let post = find(&one.status.posts, PARENT, adopted.to);
            post.is_some_and(|post| post.message.as_deref() == Some(adopted.message))
        })
    }

    /// A new one.
    fn silent(&mut self, own: RootCause, since: Timestamp) -> String {
        let one = Incident::opened(own.clone(), self.next_episode(&own), since);
        let name = one.name.clone();
        self.add(one);
        name
    }
}

impl Incident {
    fn take_over(&mut self, adopted: &Adopted<'_>, lang: Lang, now: Timestamp) {
        let (to, open) = (adopted.to, self.is_open());
        let since = adopted.since.unwrap_or(self.spec.opened_at);
        let status = &mut self.status;
        status.severity = Severity::Critical;
        let is_another = since > status.last_failing;
        if open && status.failing == 0 && (status.summary.is_empty() || is_another) {
            status.summary = answered(adopted.cluster, since, now, lang);
            status.last_failing = now;
        }
        match status.posts.iter_mut().find(|post| post.is(PARENT, to)) {
            // it shows what was told without the ledger
            Some(post) if post.message.as_deref() == Some(adopted.message) => post.shown = None,
            Some(post) if post.message.is_none() => post.message = Some(adopted.message.to_string()),
            Some(_) => {}
            None => {
                let message = Some(adopted.message.to_string());
                status.posts.push(Post { message, ..Post::new(PARENT, to) });
            }
        }
        if !status.threads.iter().any(|thread| thread.is_in(to)) {
            // whoever is to be called was called by it
            status.threads.push(Thread { called_at: Some(now), ..Thread::new(to, None, now) });
        }
    }
}
