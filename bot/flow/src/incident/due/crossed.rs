//! What is due at a look: by its state, which a watch sees, and by its cause, which only the look tells.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Failing;
use super::thresholds::{Thresholds, later};
use crate::incident::record::Member;

/// What is past the threshold of its state, since when it is unwell, and how long its cause may last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crossed {
    since: BTreeMap<Member, Timestamp>,
    thresholds: Thresholds,
    at: Timestamp,
}

impl Crossed {
    /// Of what is due at a time, by our own clock.
    pub fn new(failing: &[Failing], thresholds: &Thresholds, at: Timestamp) -> Crossed {
        let mut since: BTreeMap<Member, Timestamp> = BTreeMap::new();
        for one in failing {
            // two pods of one name follow each other
            let known = since.entry(one.member.clone()).or_insert(one.since);
            *known = one.since.min(*known);
        }
        Crossed { since, thresholds: thresholds.clone(), at }
    }

    /// Whether an incident may be opened for this member, now that its cause is known. A cause without a threshold of its own
    /// leaves it to the state's.
    pub fn is_due(&self, member: &Member, cause: &str) -> bool {
        let Some(since) = self.since.get(member) else { return false };
        let long = self.thresholds.for_namespace(&member.namespace).causes.get(cause);
        long.is_none_or(|long| later(*since, *long).is_some_and(|at| at <= self.at))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::SignedDuration;

    use super::super::{NEVER, Trouble, member};
    use super::*;

    fn failing(namespace: &str, since: Timestamp) -> Failing {
        let (member, trouble) = (member("Pod", namespace, "cart-0"), Trouble::NotReady);
        Failing { member, uid: "u".to_string(), trouble, since, due_at: since }
    }

    #[test]
    fn a_cause_with_a_longer_threshold_is_waited_for() {
        let began = Timestamp::UNIX_EPOCH;
        let mut thresholds = Thresholds::default();
        thresholds.causes.insert("readiness-probe-failing".to_string(), Duration::from_secs(1200));
        let mut batch = thresholds.clone();
        batch.causes.insert("oom-killed".to_string(), NEVER);
        thresholds.namespaces.insert("batch".to_string(), batch);
        let due = |minutes, namespace: &str, cause: &str| {
            let at = began + SignedDuration::from_mins(minutes);
            let all = [failing("shop", began), failing("batch", began)];
            Crossed::new(&all, &thresholds, at).is_due(&member("Pod", namespace, "cart-0"), cause)
        };
        assert!(due(5, "shop", "oom-killed"), "by its state alone");
        assert!(!due(19, "shop", "readiness-probe-failing") && due(20, "shop", "readiness-failing"));
        assert!(!due(6000, "batch", "oom-killed") && due(20, "batch", "readiness-probe-failing"));
        assert!(!due(6000, "pay", "oom-killed"), "what is not due by its state is not by its cause");
    }

    #[test]
    fn of_two_pods_of_one_name_the_first_counts() {
        let began = Timestamp::UNIX_EPOCH;
        let later = began + SignedDuration::from_mins(30);
        let mut thresholds = Thresholds::default();
        thresholds.causes.insert("oom-killed".to_string(), Duration::from_secs(1200));
        for all in [[began, later], [later, began]] {
            let all = all.map(|since| failing("shop", since));
            let crossed = Crossed::new(&all, &thresholds, later);
            assert!(crossed.is_due(&member("Pod", "shop", "cart-0"), "oom-killed"));
        }
    }
}
