//! Alerts without a cause, sorted again by what fails by now.

use super::deeper::Groups;
use super::work::Work;
use crate::incident::record::{Alerted, RootCause};

/// An alert that goes on elsewhere.
pub(super) struct Sorted {
    alert: Alerted,
    from: String,
    target: RootCause,
}

impl Work<'_> {
    /// Alerts without a cause whose object has one now go there; with the last of them their incident does. Those that go alone
    /// are handed back, to be taken out once they have arrived.
    pub(super) fn sort_alerts(&mut self, cluster: &str, groups: &mut Groups) -> Vec<Sorted> {
        let alerts = self.open_in(cluster).filter(|one| one.is_alert());
        let names: Vec<String> = alerts.map(|one| one.name.clone()).collect();
        let mut sorted = Vec::new();
        for name in names {
            let Some(one) = self.get(&name) else { continue };
            let truncated = one.status.truncated_alerts;
            let firing: Vec<Alerted> =
                one.status.alerts.iter().filter(|alert| alert.firing).cloned().collect();
            let target = |alert: &Alerted| {
                let about = alert.about.as_ref()?;
                groups.values().find(|group| group.names(about)).map(|group| group.root_cause().clone())
            };
            let targets: Vec<Option<RootCause>> = firing.iter().map(target).collect();
            if let Some((Some(first), rest)) = targets.split_first()
                && rest.iter().all(|other| other.as_ref() == Some(first))
            {
                self.become_of(&name, first);
                continue;
            }
            for (alert, target) in firing.into_iter().zip(targets) {
                let Some(target) = target else { continue };
                if let Some(group) = groups.get_mut(&target) {
                    group.alerts.push(alert.clone());
                    group.truncated = group.truncated.max(truncated);
                }
                sorted.push(Sorted { alert, from: name.clone(), target });
            }
        }
        sorted
    }

    pub(super) fn leave_sorted(&mut self, sorted: &[Sorted]) {
        for Sorted { alert, from, target } in sorted {
            if self.open_of(target).is_some() {
                let now = self.now;
                self.edit(from, |one| {
                    one.status.alerts.retain(|other| !other.is_same(alert));
                    one.status.last_failing = now;
                    one.name_members();
                });
            }
        }
    }
}
