//! What may be done where, and who has to agree, as the configuration says it. It only tightens: what a remedy needs at least, it needs.

mod requirements;
mod rule;
pub mod words;

use std::collections::BTreeSet;

pub use self::requirements::{Denied, Requirements};
pub use self::rule::{Approvers, Rule};
use super::record::{Plan, Spec};
use super::remedy::{Circumstances, Floor, Remedy, Risk};
use crate::chat::Platform;
use crate::chat::policy::Area;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Where anything may be offered at all.
    pub areas: Vec<Area>,
    /// What.
    pub remedies: Vec<Remedy>,
    /// Where two have to agree to what one could do.
    pub protected: Vec<Area>,
    /// What everything needs besides.
    pub floor: Floor,
    /// What some of it needs besides: all that fit count together.
    pub rules: Vec<Rule>,
    /// The groups that an app may add to a person's: an approval's others count no more.
    pub addable: BTreeSet<(Platform, String)>,
    /// Whether everything is stopped.
    pub frozen: bool,
    /// So many actions are begun in a namespace within an hour; of nodes, in a cluster.
    pub per_hour: u32,
    /// Users and groups who may do everything and are written as all the same.
    pub allow_privileged: Vec<String>,
}

impl Policy {
    /// Whether this may be offered there; what is in no namespace needs the whole cluster.
    pub fn allows(&self, remedy: Remedy, cluster: &str, namespace: &str) -> bool {
        self.remedies.contains(&remedy) && self.areas.iter().any(|area| area.holds(cluster, namespace))
    }

    /// What it needs there, and how much care it asks for by itself.
    pub fn floor(
        &self,
        remedy: Remedy,
        circumstances: Circumstances,
        cluster: &str,
        namespace: &str,
    ) -> (Floor, Risk) {
        let own = self.by_itself(remedy, circumstances, cluster, namespace);
        let rules = self.rules.iter().filter(|rule| rule.fits(remedy, cluster, namespace, own.risk()));
        (rules.fold(own.and(self.floor), |floor, rule| floor.and(rule.floor)), own.risk())
    }

    /// The same of a plan, whose pods may be of several namespaces.
    pub fn floor_of(&self, plan: &Plan, circumstances: Circumstances, cluster: &str) -> (Floor, Risk) {
        let places = plan.namespaces();
        let all = places.iter().map(|place| self.floor(plan.remedy, circumstances, cluster, place));
        all.fold((self.floor, Risk::Low), |(floor, risk), (other, own)| (floor.and(other), risk.max(own)))
    }

    /// What an offer needs by now.
    pub fn requirements(&self, spec: &Spec) -> Requirements<'_> {
        let (remedy, cluster) = (spec.plan.remedy, &spec.root_cause.cluster);
        let places = spec.plan.namespaces();
        let fits = |rule: &&Rule| places.iter().any(|place| rule.fits(remedy, cluster, place, spec.risk));
        let rules: Vec<&Rule> = self.rules.iter().filter(fits).collect();
        // of the control plane it was when it was offered: no configuration changes that
        let own = places.iter().map(|place| self.by_itself(remedy, Circumstances::default(), cluster, place));
        let floor = own.fold(self.floor, Floor::and);
        let floor = rules.iter().fold(floor, |floor, rule| floor.and(rule.floor));
        let is_listed = places.iter().all(|place| self.allows(remedy, cluster, place));
        Requirements { is_listed, floor, rules }
    }

    fn by_itself(
        &self,
        remedy: Remedy,
        circumstances: Circumstances,
        cluster: &str,
        namespace: &str,
    ) -> Floor {
        let protected = self.protected.iter().any(|area| area.holds(cluster, namespace));
        remedy.floor(Circumstances { protected: protected || circumstances.protected, ..circumstances })
    }
}

#[cfg(test)]
mod tests;
