//! What turns out to be something else: the incident takes the deeper cause's name, or goes on in the incident that has it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::meet::Group;
use super::work::Work;
use crate::incident::fixed::{Fixed, How};
use crate::incident::look::{Look, Sighted};
use crate::incident::name::{ALERT, UNKNOWN};
use crate::incident::record::{Incident, Member, RootCause};

pub(super) type Groups = BTreeMap<RootCause, Group>;

/// By namespace, how many fail for which reason and stand in no list: one that is seen failing for a new reason, where not all
/// could be read, is taken for one of them.
#[derive(Debug, Default)]
struct Unlisted<'a>(BTreeMap<&'a str, Vec<(&'a RootCause, u32)>>);

impl<'a> Unlisted<'a> {
    fn take(&mut self, namespace: &str) -> Option<&'a RootCause> {
        let reasons = self.0.get_mut(namespace)?;
        let (root_cause, count) = reasons.iter_mut().find(|(_, count)| *count > 0)?;
        *count -= 1;
        Some(root_cause)
    }
}

/// Whether the cause says what is wrong.
fn is_known(root_cause: &RootCause) -> bool {
    ![ALERT, UNKNOWN].contains(&root_cause.cause.as_str())
}

/// Whether an object is the one at fault.
pub(super) fn is_blamed(root_cause: &RootCause, object: &Member) -> bool {
    let blame = &root_cause.blame;
    blame.kind == object.kind
        && blame.name == object.name
        && blame.namespace.as_deref().unwrap_or_default() == object.namespace
}

/// By which reasons each member fails.
pub(super) fn reasons(groups: &Groups) -> BTreeMap<&Member, Vec<&RootCause>> {
    let mut reasons: BTreeMap<&Member, Vec<&RootCause>> = BTreeMap::new();
    for group in groups.values() {
        group.members.iter().for_each(|member| reasons.entry(member).or_default().push(group.root_cause()));
    }
    reasons
}

impl Work<'_> {
    /// Where not all could be read, what is known of a member stays: a cause that is missing may only not have been seen.
    pub(super) fn hold(&self, cluster: &str, groups: Groups) -> Groups {
        let mut known: BTreeMap<&Member, &RootCause> = BTreeMap::new();
        for one in
            self.open_in(cluster).filter(|one| one.status.failing > 0 && is_known(&one.status.root_cause))
        {
            one.status.members.iter().for_each(|member| {
                known.entry(member).or_insert(&one.status.root_cause);
            });
        }
        let mut unlisted = self.unlisted(cluster);
        let is_open: BTreeSet<&RootCause> = self.open_in(cluster).map(|one| &one.status.root_cause).collect();
        let mut held = Groups::new();
        let mut put = |group: Group| match held.get_mut(group.root_cause()) {
            Some(own) => own.join(group),
            None => {
                held.insert(group.root_cause().clone(), group);
            }
        };
        for mut group in groups.into_values() {
            let is_new = !is_open.contains(group.root_cause());
            let mut last = None;
            for member in std::mem::take(&mut group.members) {
                let held = known.get(&member).copied();
                let held = held.or_else(|| if is_new { unlisted.take(&member.namespace) } else { None });
                let Some(root_cause) = held.filter(|held| *held != group.root_cause()) else {
                    group.members.insert(member);
                    continue;
                };
                last = Some(root_cause);
                put(Group { members: [member].into(), ..Group::of(&unsaid(root_cause)) });
            }
            match last {
                Some(root_cause) if group.members.is_empty() => {
                    let (alerts, truncated) = (group.alerts, group.truncated);
                    let severity = group.sighted.severity;
                    let sighted = Sighted { severity, ..unsaid(root_cause) };
                    put(Group { alerts, truncated, ..Group::of(&sighted) });
                }
                _ => put(group),
            }
        }
        held
    }

    /// Members that are only counted, of incidents whose cause is known.
    fn unlisted(&self, cluster: &str) -> Unlisted<'_> {
        let mut unlisted = Unlisted::default();
        for one in self.open_in(cluster).filter(|one| is_known(&one.status.root_cause)) {
            for (namespace, count) in &one.status.namespaces {
                let listed =
                    one.status.members.iter().filter(|member| member.namespace == *namespace).count();
                let beyond = count.saturating_sub(u32::try_from(listed).unwrap_or(u32::MAX));
                if beyond > 0 {
                    unlisted.0.entry(namespace).or_default().push((&one.status.root_cause, beyond));
                }
            }
        }
        unlisted
    }

    /// Incidents whose cause is not seen any more while most of their members fail for another reason.
    pub(super) fn deepen(&mut self, look: &Look, groups: &Groups) {
        let reasons = reasons(groups);
        let mut moves = Vec::new();
        for one in self.open_in(&look.cluster) {
            let own = &one.status.root_cause;
            let is_certain = look.is_whole && one.status.is_covered(&look.scope);
            if own.cause == ALERT || groups.contains_key(own) || (is_known(own) && !is_certain) {
                continue;
            }
            let Some((target, count)) = most(&one.status.members, &reasons) else { continue };
            if count * 2 > one.status.members.len() {
                moves.push((one.status.failing, one.spec.opened_at, one.name.clone(), target.clone()));
            }
        }
        // the one with most members keeps its thread
        moves.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| (a.1, &a.2).cmp(&(b.1, &b.2))));
        for (_, _, name, target) in moves {
            self.become_of(&name, &target);
        }
    }

    /// An incident is of this root cause from now on.
    pub(super) fn become_of(&mut self, name: &str, target: &RootCause) {
        match self.open_of(target).map(|one| one.name.clone()) {
            Some(other) if other != name => self.unite(name, &other),
            Some(_) => {}
            None => self.edit(name, |one| {
                one.status.root_cause = target.clone();
                one.status.summary.clear();
                one.status.confidence = None;
            }),
        }
    }

    /// Two that were opened for one reason, by two who did not know of each other: the later goes on in the earlier.
    pub(super) fn unite_doubles(&mut self, cluster: &str) {
        let mut first: BTreeMap<&RootCause, &Incident> = BTreeMap::new();
        let mut doubles = Vec::new();
        let mut open: Vec<&Incident> = self.open_in(cluster).collect();
        open.sort_by_key(|one| (one.spec.opened_at, &one.name));
        for one in open {
            match first.get(&one.status.root_cause) {
                Some(own) => doubles.push((one.name.clone(), own.name.clone())),
                None => {
                    first.insert(&one.status.root_cause, one);
                }
            }
        }
        doubles.iter().for_each(|(from, into)| self.unite(from, into));
    }

    /// `from` turned out to be the same as `into`, and goes on there.
    fn unite(&mut self, from: &str, into: &str) {
        let (Some(one), Some(other)) = (self.get(from).cloned(), self.get(into)) else { return };
        let target = other.status.root_cause.clone();
        let (now, excerpts) = (self.now, self.policy.excerpts);
        self.edit(into, |other| {
            let truncated = one.status.truncated_alerts;
            one.status.alerts.iter().for_each(|alert| other.add_alert(alert, truncated, now));
            other.status.severity = other.status.severity.max(one.status.severity);
            other.keep(&one.status.kept, excerpts);
            other.status.taken = other.status.taken.take().or(one.status.taken.clone());
        });
        self.edit(from, |one| {
            one.resolve(now);
            one.status.alerts.clear();
            let (object, by) = (target.blame.clone(), target.cause.clone());
            one.status.fixed = vec![Fixed { how: How::SameAs, object, by }];
            one.status.same_as = Some(into.to_string());
        });
    }
}

/// The reason most of these fail for, with how many; never one that says nothing.
fn most<'a>(
    members: &[Member],
    reasons: &BTreeMap<&Member, Vec<&'a RootCause>>,
) -> Option<(&'a RootCause, usize)> {
    let mut tally: BTreeMap<&RootCause, usize> = BTreeMap::new();
    for reason in members.iter().filter_map(|member| reasons.get(member)).flatten() {
        if is_known(reason) {
            *tally.entry(reason).or_default() += 1;
        }
    }
    tally.into_iter().rev().max_by_key(|(_, count)| *count)
}

/// Of a root cause that is known to go on, without anything new about it.
fn unsaid(root_cause: &RootCause) -> Sighted {
    Sighted {
        root_cause: root_cause.clone(),
        confidence: None,
        summary: String::new(),
        members: Vec::new(),
        is_due: false,
        severity: Default::default(),
        evidence: Arc::default(),
        annotations: None,
    }
}
