//! Who agreed, and whether that counts by the configuration as it is now: it may have been tightened since.

use super::super::policy::Policy;
use super::super::record::{Approval, Remediation};
use super::Executor;
use crate::ports::KubernetesUser;
use podwhy_knowledge::Lang;

impl Executor {
    /// The same, under this policy.
    pub fn under(self, policy: Policy) -> Executor {
        Executor { policy: Some(policy), ..self }
    }

    /// The groups of this user that are not their own, but were added by a chat.
    pub(in super::super) fn added(&self, user: &KubernetesUser) -> Vec<String> {
        let own = self.people.get(&user.name).map(|known| known.groups.as_slice()).unwrap_or_default();
        user.groups.iter().filter(|group| !own.contains(group)).cloned().collect()
    }

    /// Who agreed: with their own groups, and with those that the chat added then and may add still.
    pub(super) fn person(&self, approval: &Approval) -> Option<KubernetesUser> {
        let mut user = self.people.get(&approval.user)?.clone();
        let addable = self.policy.as_ref().map(|policy| &policy.addable);
        let may_add = |group: &String| {
            addable.is_some_and(|addable| addable.contains(&(approval.platform, group.clone())))
        };
        for group in approval.added_groups.iter().filter(|group| may_add(group)) {
            if !user.groups.contains(group) {
                user.groups.push(group.clone());
            }
        }
        Some(user)
    }

    /// Which rule is in the way, in words, if one is.
    pub(super) fn denied(&self, one: &Remediation) -> Option<String> {
        let needs = self.policy.as_ref()?.requirements(&one.spec);
        let mut people = one.status.approvals.iter().filter_map(|approval| self.person(approval));
        let denied = needs.may_begin(&one.spec, self.clock.now());
        let denied = denied.and_then(|()| people.try_for_each(|user| needs.may_agree(&one.spec, &user)));
        denied.err().map(|denied| denied.told(Lang::En))
    }
}
