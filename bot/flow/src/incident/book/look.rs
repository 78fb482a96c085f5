//! What a look at a cluster changes.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::count::View;
use super::deeper::{Groups, reasons};
use super::meet::Group;
use super::work::Work;
use super::{Book, Change};
use crate::incident::fit::tidy_cause;
use crate::incident::look::Look;
use crate::incident::name::ALERT;
use crate::incident::policy::Policy;

impl Book {
    /// What a look changes. What is sighted joins the open incident of its root cause, else one resolved within
    /// `policy.reopen`, else, if it is due and a route fits, it opens one. What is not sighted is well if the look is whole and
    /// would have seen it, and is resolved by such a look once it was so for `policy.settle`: a cluster that cannot be read
    /// resolves nothing.
    ///
    /// `now` is the ledger's own time; the look's is the cluster's, whose clock may differ.
    pub fn look(&mut self, look: &Look, policy: &Policy, now: Timestamp) -> Vec<Change> {
        let mut work = Work::new(&mut self.incidents, policy, now);
        work.look(look);
        work.tell();
        work.done()
    }
}

impl Work<'_> {
    pub(super) fn look(&mut self, look: &Look) {
        self.unite_doubles(&look.cluster);
        let mut groups = grouped(look);
        if !look.is_whole {
            groups = self.hold(&look.cluster, groups);
        }
        let sorted = self.sort_alerts(&look.cluster, &mut groups);
        self.deepen(look, &groups);
        self.not_sighted(look, &groups);
        let reasons = reasons(&groups);
        for group in groups.values() {
            let failing = self.open_of(group.root_cause()).map(|one| &one.status.members);
            let own = failing.into_iter().flatten().filter(|member| !group.members.contains(member));
            let elsewhere = own.filter_map(|member| reasons.get_key_value(member)).map(|(m, _)| *m).collect();
            let view = View { scope: &look.scope, is_whole: look.is_whole, seen: &group.members, elsewhere };
            self.meet(group, &view);
            if let Some(name) = self.open_of(group.root_cause()).map(|one| one.name.clone()) {
                self.edit(&name, |one| one.status.note_revisions(&look.standing));
            }
        }
        self.leave_sorted(&sorted);
    }

    fn not_sighted(&mut self, look: &Look, groups: &Groups) {
        let (now, settle) = (self.now, self.policy.settle);
        let reasons = reasons(groups);
        let names: Vec<String> = self
            .open_in(&look.cluster)
            .filter(|one| {
                one.status.root_cause.cause != ALERT && !groups.contains_key(&one.status.root_cause)
            })
            .map(|one| one.name.clone())
            .collect();
        for name in names {
            self.edit(&name, |one| {
                let members = one.status.members.iter();
                let elsewhere = members.filter_map(|m| reasons.get_key_value(m)).map(|(m, _)| *m).collect();
                let seen = BTreeSet::new();
                let is_covered = one.status.is_covered(&look.scope);
                let view = View { scope: &look.scope, is_whole: look.is_whole, seen: &seen, elsewhere };
                one.status.see(&view, now);
                if look.is_whole && is_covered && one.is_settled(settle, now) {
                    one.resolve(now);
                    one.status.fixed = one.facts(&look.standing, &look.scope);
                }
            });
        }
    }
}

fn grouped(look: &Look) -> Groups {
    let mut groups = Groups::new();
    for sighted in &look.sighted {
        let root_cause = tidy_cause(&sighted.root_cause);
        let group = Group::of(sighted);
        match groups.get_mut(&root_cause) {
            Some(own) => own.join(group),
            None => {
                groups.insert(root_cause, group);
            }
        }
    }
    groups
}
