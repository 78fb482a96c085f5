//! What time alone changes.

use jiff::Timestamp;

use super::work::Work;
use super::{Book, Change, elapsed};
use crate::incident::name::{ALERT, CLUSTER_UNREACHABLE, MUTE};
use crate::incident::policy::Policy;
use crate::incident::record::Incident;

impl Book {
    /// Resolves incidents of alerts without a cause once none fires for `policy.settle`, and of a cluster's silence once it
    /// answers for as long; ends mutes, and forgets what was resolved longer ago than `policy.keep`. Incidents of a cause are
    /// resolved by [`Book::look`]: time passes for a cluster nobody can read, too.
    pub fn settle(&mut self, now: Timestamp, policy: &Policy) -> Vec<Change> {
        let mut work = Work::new(&mut self.incidents, policy, now);
        work.resolve_settled();
        work.forget();
        work.tell();
        work.done()
    }
}

impl Work<'_> {
    fn resolve_settled(&mut self) {
        let (now, settle) = (self.now, self.policy.settle);
        let by_time =
            |one: &Incident| [ALERT, CLUSTER_UNREACHABLE].contains(&one.status.root_cause.cause.as_str());
        let due = |one: &&Incident| by_time(one) && one.is_settled(settle, now);
        let names: Vec<String> = self.all().filter(due).map(|one| one.name.clone()).collect();
        names.iter().for_each(|name| self.edit(name, |one| one.resolve(now)));
    }

    fn forget(&mut self) {
        let is_old = |one: &&Incident| {
            if one.spec.root_cause.cause == MUTE {
                return one.status.muted_until.is_none_or(|until| until <= self.now);
            }
            one.status.resolved_at.is_some_and(|at| elapsed(at, self.now) > self.policy.keep)
        };
        let names: Vec<String> = self.all().filter(is_old).map(|one| one.name.clone()).collect();
        names.iter().for_each(|name| self.remove(name));
    }
}
