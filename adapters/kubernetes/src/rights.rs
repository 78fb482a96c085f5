//! Every right podwhy has use for, as RBAC has them, in one table: what manifests and the chart are written from, and what `podwhy setup`
//! asks for.
//!
//! A right that is not given is a gap of the answers, or a thing podwhy says it cannot do; it is never worked around. There is no right
//! to change anything in a workload: what is agreed to is written as the person who agreed.

mod act;
mod read;

pub(crate) use act::{OF_AGENTS, OF_REMEDIATIONS};

use std::collections::BTreeSet;

/// What one rule of a Role allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The API group; empty for the core.
    pub group: &'static str,
    /// The plural names.
    pub resources: Vec<&'static str>,
    /// What may be done with them.
    pub verbs: Vec<&'static str>,
    /// Of these names only; empty for any.
    pub names: Vec<&'static str>,
    /// What for.
    pub why: &'static str,
}

/// Where a rule has to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In each namespace that is asked about: in a Role each, or in a ClusterRole for all.
    Namespaces,
    /// On objects that have no namespace: in a ClusterRole.
    Cluster,
    /// On objects of all namespaces at once: in a ClusterRole, and nowhere if podwhy has rights in some namespaces only.
    Everywhere,
    /// In a namespace of Kubernetes' own.
    In(&'static str),
    /// In podwhy's own namespace, in its own cluster.
    Own,
    /// In the namespace of a cluster's node agents.
    Agents,
}

/// What podwhy is configured to do, as far as that takes rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// Answering.
    Read,
    /// Naming Secrets that are missing: `secrets`.
    Secrets,
    /// A chat: names complete from the cluster.
    Chat,
    /// podwhy's own watch: `routes` with `watch`.
    Watch,
    /// What somebody may read themselves: `read.as`.
    Persons,
    /// Several replicas: `serve.claims`.
    Claims,
    /// Incidents: `routes`.
    Incidents,
    /// Doing what was agreed to: `remediation`.
    Act,
    /// The remedies of a dead node: it has to be seen dead.
    DeadNodes,
    /// Rolling back: a revision has to be known to be good.
    Revisions,
    /// Removing a finalizer: its controller has to be looked for.
    Controllers,
    /// Node agents: `clusters[].agents`.
    Agents,
    /// Both: agents are asked about dead neighbours.
    Witnesses,
    /// Tickets to them: `remediation.ticket_key`.
    Tickets,
}

impl Need {
    /// All of them.
    pub const ALL: [Need; 14] = [
        Need::Read,
        Need::Secrets,
        Need::Chat,
        Need::Watch,
        Need::Persons,
        Need::Claims,
        Need::Incidents,
        Need::Act,
        Need::DeadNodes,
        Need::Revisions,
        Need::Controllers,
        Need::Agents,
        Need::Witnesses,
        Need::Tickets,
    ];

    /// `deadNodes`: as the chart has it.
    pub fn word(self) -> &'static str {
        match self {
            Need::Read => "read",
            Need::Secrets => "secrets",
            Need::Chat => "chat",
            Need::Watch => "watch",
            Need::Persons => "persons",
            Need::Claims => "claims",
            Need::Incidents => "incidents",
            Need::Act => "act",
            Need::DeadNodes => "deadNodes",
            Need::Revisions => "revisions",
            Need::Controllers => "controllers",
            Need::Agents => "agents",
            Need::Witnesses => "witnesses",
            Need::Tickets => "tickets",
        }
    }

    /// Whether it is a part of acting rather than of reading: what `rbac.cluster.remediate` of the chart switches.
    pub fn is_of_acting(self) -> bool {
        matches!(
            self,
            Need::Act
                | Need::DeadNodes
                | Need::Revisions
                | Need::Controllers
                | Need::Witnesses
                | Need::Tickets
        )
    }
}

/// A rule, where it has to hold, and what takes it: any of the needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// Where.
    pub place: Place,
    /// What for; one of them is enough.
    pub needs: Vec<Need>,
    /// What.
    pub rule: Rule,
}

impl Right {
    /// Whether it is of use to who needs these.
    pub fn is_for(&self, needs: &BTreeSet<Need>) -> bool {
        self.needs.iter().any(|need| needs.contains(need))
    }
}

/// The table.
pub fn all() -> Vec<Right> {
    [read::rights(), act::rights()].concat()
}

/// What is of use to who needs these, at one place.
pub fn of(place: Place, needs: &BTreeSet<Need>) -> Vec<Rule> {
    let own = all().into_iter().filter(|right| right.place == place && right.is_for(needs));
    own.map(|right| right.rule).collect()
}

/// The namespaces of Kubernetes' own that the table names.
pub fn system_namespaces() -> BTreeSet<&'static str> {
    let named = all().into_iter().filter_map(|right| match right.place {
        Place::In(namespace) => Some(namespace),
        _ => None,
    });
    named.collect()
}

/// The rows of one place that are for the same, with the reason they share.
struct Rows {
    place: Place,
    needs: &'static [Need],
    why: &'static str,
    /// Group, resources, verbs.
    rules: &'static [(&'static str, &'static [&'static str], &'static [&'static str])],
}

impl Rows {
    fn rights(&self) -> impl Iterator<Item = Right> {
        self.rules.iter().map(|(group, resources, verbs)| Right {
            place: self.place,
            needs: self.needs.to_vec(),
            rule: Rule {
                group,
                resources: resources.to_vec(),
                verbs: verbs.to_vec(),
                names: Vec::new(),
                why: self.why,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_workload_is_changed_and_nothing_is_for_everything() {
        let mine = ["podwhy.dev", "coordination.k8s.io", "events.k8s.io", "authorization.k8s.io"];
        for Right { place, rule, .. } in all() {
            let words = rule.resources.iter().chain(&rule.verbs).chain([&rule.group]);
            assert!(words.clone().all(|word| !word.contains('*')), "{rule:?}");
            let changes = rule.verbs.iter().any(|verb| !["get", "list", "watch"].contains(verb));
            let own = matches!(place, Place::Own | Place::Agents) || rule.group == "authorization.k8s.io";
            assert!(!changes || (own && mine.contains(&rule.group)), "{place:?} {rule:?}");
        }
    }

    #[test]
    fn secrets_are_for_who_asks_for_them_alone() {
        let secrets: Vec<Right> =
            all().into_iter().filter(|right| right.rule.resources.contains(&"secrets")).collect();
        assert_eq!(secrets.len(), 1);
        assert_eq!((&secrets[0].needs, &secrets[0].rule.verbs), (&vec![Need::Secrets], &vec!["list"]));
    }

    #[test]
    fn every_need_takes_something_and_no_right_stands_twice() {
        let all = all();
        for need in Need::ALL {
            assert!(all.iter().any(|right| right.needs.contains(&need)), "{need:?}");
        }
        for need in Need::ALL {
            let mut seen = BTreeSet::new();
            for right in all.iter().filter(|right| right.needs.contains(&need)) {
                for (resource, verb) in right
                    .rule
                    .resources
                    .iter()
                    .flat_map(|resource| right.rule.verbs.iter().map(move |verb| (resource, verb)))
                {
                    assert!(seen.insert((right.place, right.rule.group, *resource, *verb)), "{right:?}");
                }
            }
        }
    }
}
