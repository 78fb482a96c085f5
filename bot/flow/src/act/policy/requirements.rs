//! Who may agree to an offer, and when. Asked when somebody agrees, and again directly before it is done.

use jiff::Timestamp;

use super::rule::{Approvers, Rule};
use crate::act::record::Spec;
use crate::act::remedy::Floor;
use crate::hours::Hours;
use crate::ports::KubernetesUser;

/// What an offer needs by the configuration as it is now.
#[derive(Clone, Debug)]
pub struct Requirements<'p> {
    pub(super) is_listed: bool,
    pub(super) floor: Floor,
    pub(super) rules: Vec<&'p Rule>,
}

/// What is in the way, and the name of the rule that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// podwhy may not do this there any more.
    NotListed,
    /// More is asked for than when it was offered.
    Stricter {
        /// `None` where it is not one of the rules.
        rule: Option<String>,
    },
    /// It is not the time.
    Hours {
        /// Which rule.
        rule: String,
        /// When it is.
        hours: Hours,
    },
    /// Others have to agree.
    Approvers {
        /// Which rule.
        rule: String,
        /// Who did not count.
        user: String,
        /// Who does.
        approvers: Approvers,
    },
    /// Whoever asked does not agree.
    Requester {
        /// Which rule.
        rule: String,
    },
}

impl Requirements<'_> {
    /// Whether it may be agreed to, and begun, at this time.
    ///
    /// # Errors
    /// [`Denied`]: what is in the way.
    pub fn may_begin(&self, spec: &Spec, now: Timestamp) -> Result<(), Denied> {
        if !self.is_listed {
            return Err(Denied::NotListed);
        }
        let is_beyond = |floor: Floor| floor.and(spec.floor) != spec.floor;
        if is_beyond(self.floor) {
            let rule = self.rules.iter().find(|rule| is_beyond(rule.floor));
            return Err(Denied::Stricter { rule: rule.map(|rule| rule.name.clone()) });
        }
        for rule in &self.rules {
            if let Some(hours) = rule.hours.as_ref().filter(|hours| !hours.hold(now)) {
                return Err(Denied::Hours { rule: rule.name.clone(), hours: hours.clone() });
            }
        }
        Ok(())
    }

    /// Whether this person's agreement counts. What the cluster lets them do is another question.
    ///
    /// # Errors
    /// [`Denied`]: what is in the way.
    pub fn may_agree(&self, spec: &Spec, user: &KubernetesUser) -> Result<(), Denied> {
        for rule in &self.rules {
            if let Some(approvers) = rule.approvers.as_ref().filter(|own| !own.have(user)) {
                let (rule, user, approvers) = (rule.name.clone(), user.name.clone(), approvers.clone());
                return Err(Denied::Approvers { rule, user, approvers });
            }
            if rule.no_self_approval && spec.asked_by.as_ref() == Some(&user.name) {
                return Err(Denied::Requester { rule: rule.name.clone() });
            }
        }
        Ok(())
    }
}
