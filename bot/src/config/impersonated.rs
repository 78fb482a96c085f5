//! Whom podwhy writes as, by its configuration.

use std::collections::BTreeSet;

use super::Settings;

/// Every name that podwhy may write as: what `impersonate` is granted for, and who is looked at when it starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impersonated {
    /// Users.
    pub users: BTreeSet<String>,
    /// Groups.
    pub groups: BTreeSet<String>,
}

impl Settings {
    /// Of everybody who is configured. Nobody where nothing may be done.
    pub fn impersonated(&self) -> Impersonated {
        if self.remediation.is_none() {
            return Impersonated::default();
        }
        let users = self.people.iter().map(|person| person.user.clone());
        let added = self.chat_groups.iter().flat_map(|own| own.groups.iter().cloned());
        let groups = self.people.iter().flat_map(|person| person.groups.iter().cloned()).chain(added);
        Impersonated { users: users.collect(), groups: groups.collect() }
    }
}
