//! What nothing looks at any more: its cluster or namespaces are configured no longer.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::work::Work;
use super::{Book, Change};
use crate::ask::within::Visible;
use crate::incident::bounds::Bounds;
use crate::incident::name::{ALERT, CLUSTER_UNREACHABLE};
use crate::incident::policy::Policy;
use crate::incident::record::{Ended, Incident};

impl Book {
    /// Closes what no look will ever reach again, without saying that it is well: of clusters that are not among these, and
    /// of namespaces outside of the bounds. Of an incident that is partly outside, only the rest goes on being counted.
    ///
    /// Alerts without a cause are told wherever they come from, and end when they do.
    pub fn forsake(
        &mut self,
        clusters: &BTreeSet<String>,
        bounds: &Bounds,
        policy: &Policy,
        now: Timestamp,
    ) -> Vec<Change> {
        let mut work = Work::new(&mut self.incidents, policy, now);
        let open = work.all().filter(|one| one.is_open() && one.is_ordinary());
        let outside = open.filter(|one| one.ends(clusters, bounds).is_some() || one.is_outside(bounds));
        let names: Vec<String> = outside.map(|one| one.name.clone()).collect();
        for name in names {
            work.edit(&name, |one| match one.ends(clusters, bounds) {
                Some(ended) => {
                    one.resolve(now);
                    one.status.ended = Some(ended);
                }
                None => one.leave_out(bounds, now),
            });
        }
        work.tell();
        work.done()
    }
}

impl Incident {
    fn ends(&self, clusters: &BTreeSet<String>, bounds: &Bounds) -> Option<Ended> {
        let own = &self.status.root_cause;
        if own.cause == ALERT {
            return None;
        }
        let visible = bounds.visible(&own.cluster);
        if !clusters.contains(&own.cluster) {
            return Some(Ended::ClusterNotWatched);
        }
        if own.cause == CLUSTER_UNREACHABLE {
            // whether it answers is asked only where something of it is looked at
            let unasked = visible == Visible::Only(BTreeSet::new()) && self.still_fails();
            return unasked.then_some(Ended::ClusterNotWatched);
        }
        let mut about = self.about().peekable();
        let is_outside = about.peek().is_some() && about.all(|namespace| !visible.shows(namespace));
        is_outside.then_some(Ended::NamespacesNotWatched)
    }

    /// Whether some of it is.
    fn is_outside(&self, bounds: &Bounds) -> bool {
        let own = &self.status.root_cause;
        let visible = bounds.visible(&own.cluster);
        let by_looks = ![ALERT, CLUSTER_UNREACHABLE].contains(&own.cause.as_str());
        by_looks && self.about().any(|namespace| !visible.shows(namespace))
    }

    /// Where a look has to reach to see it.
    fn about(&self) -> impl Iterator<Item = &str> {
        let members = self.status.members.iter().map(|member| member.namespace.as_str());
        members.chain(self.status.namespaces.keys().map(String::as_str))
    }

    /// Counts no more what is outside.
    fn leave_out(&mut self, bounds: &Bounds, now: Timestamp) {
        let visible = bounds.visible(&self.status.root_cause.cluster);
        let status = &mut self.status;
        let failed = status.failing > 0;
        status.members.retain(|member| visible.shows(&member.namespace));
        status.namespaces.retain(|namespace, _| visible.shows(namespace));
        status.failing = status.namespaces.values().fold(0, |all, count| all.saturating_add(*count));
        if failed && status.failing == 0 {
            status.last_failing = now;
        }
    }
}
