//! One piece of work on the book: what is edited is noted, so that only what really changed is stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::Change;
use crate::incident::name::{ACTION, BULLETIN, FREEZE, MANY_FAILURES, MUTE, UNTOLD};
use crate::incident::policy::Policy;
use crate::incident::record::{Incident, RootCause};

/// See the module.
pub(crate) struct Work<'a> {
    incidents: &'a mut BTreeMap<String, Arc<Incident>>,
    before: BTreeMap<String, Option<Arc<Incident>>>,
    pub(crate) policy: &'a Policy,
    pub(crate) now: Timestamp,
}

impl<'a> Work<'a> {
    pub(crate) fn new(
        incidents: &'a mut BTreeMap<String, Arc<Incident>>,
        policy: &'a Policy,
        now: Timestamp,
    ) -> Work<'a> {
        Work { incidents, before: BTreeMap::new(), policy, now }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.values().map(Arc::as_ref)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Incident> {
        self.incidents.get(name).map(Arc::as_ref)
    }

    /// What may be edited: of a name that is not there, nothing.
    pub(crate) fn edit(&mut self, name: &str, change: impl FnOnce(&mut Incident)) {
        let Some(incident) = self.incidents.get_mut(name) else { return };
        self.before.entry(name.to_string()).or_insert_with(|| Some(Arc::clone(incident)));
        change(Arc::make_mut(incident));
    }

    pub(crate) fn add(&mut self, incident: Incident) {
        let before = self.incidents.get(&incident.name).cloned();
        self.before.entry(incident.name.clone()).or_insert(before);
        self.incidents.insert(incident.name.clone(), Arc::new(incident));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        if let Some(incident) = self.incidents.remove(name) {
            self.before.entry(name.to_string()).or_insert(Some(incident));
        }
    }

    /// What is to be stored of it.
    pub(crate) fn done(self) -> Vec<Change> {
        let Work { incidents, before, .. } = self;
        let changes = before.into_iter().filter_map(|(name, before)| {
            let after = incidents.get_mut(&name);
            let after = after.map(|incident| {
                Arc::make_mut(incident).fit();
                Arc::clone(incident)
            });
            match (before, after) {
                (None, Some(after)) => Some(Change::Create(boxed(&after))),
                (Some(before), Some(after)) => (before != after).then(|| Change::Update(boxed(&after))),
                (Some(_), None) => Some(Change::Remove(name)),
                (None, None) => None,
            }
        });
        changes.collect()
    }

    /// Incidents of one cluster that are open.
    pub(super) fn open_in<'s>(&'s self, cluster: &str) -> impl Iterator<Item = &'s Incident> {
        self.all()
            .filter(move |one| one.is_open() && one.is_ordinary() && one.status.root_cause.cluster == cluster)
    }

    pub(super) fn open_of<'s>(&'s self, root_cause: &RootCause) -> Option<&'s Incident> {
        self.open_in(&root_cause.cluster).find(|one| one.status.root_cause == *root_cause)
    }
}

fn boxed(incident: &Incident) -> Box<Incident> {
    Box::new(incident.clone())
}

impl Incident {
    /// Whether it is of something that fails, and not a record that helps to tell it.
    pub(crate) fn is_ordinary(&self) -> bool {
        ![ACTION, BULLETIN, FREEZE, MANY_FAILURES, MUTE, UNTOLD]
            .contains(&self.spec.root_cause.cause.as_str())
    }
}
