//! The objects of RBAC, as text.

use std::collections::{BTreeMap, BTreeSet};

use podwhy_flow::ports::service_account;
use podwhy_kubernetes::rights::{self, Need, Place, Rule};

use super::told::{head, impersonate, object, quoted, rules};
use crate::config::Impersonated;

/// Of every object that is printed.
const NAME: &str = "podwhy";

/// Who podwhy is to the clusters: a service account in its namespace.
pub(super) struct Bot {
    pub(super) namespace: String,
    pub(super) account: String,
}

/// A cluster that podwhy reads, and acts in.
#[derive(Default)]
pub(super) struct Target {
    pub(super) needs: BTreeSet<Need>,
    /// Those it may read; empty for all.
    pub(super) namespaces: Vec<String>,
    /// Where its node agents are.
    pub(super) agents: Option<String>,
    /// Whether answers may read what has no namespace.
    pub(super) reads_cluster: bool,
    /// Whether acting may read what has no namespace, and write as people.
    pub(super) acts_in_cluster: bool,
}

impl Target {
    /// What is of use at a place that is not of one namespace.
    fn of_cluster(&self, place: Place) -> Vec<Rule> {
        let allowed =
            |need: &&Need| if need.is_of_acting() { self.acts_in_cluster } else { self.reads_cluster };
        rights::of(place, &self.needs.iter().filter(allowed).copied().collect())
    }

    fn is_everywhere(&self) -> bool {
        self.namespaces.is_empty()
    }
}

impl Bot {
    /// In podwhy's own cluster; nothing where nothing is kept there.
    pub(super) fn own(&self, needs: &BTreeSet<Need>) -> Vec<String> {
        let own = rights::of(Place::Own, needs);
        let about = "# In podwhy's own cluster, in its namespace: what it keeps there.\n";
        self.role(&self.namespace, &format!("{NAME}-own"), &rules(&own), about)
    }

    /// In a cluster that it reads, and acts in.
    pub(super) fn target(&self, names: &Impersonated, target: &Target) -> Vec<String> {
        let mut objects = self.cluster_role(names, target);
        let asked = rules(&rights::of(Place::Namespaces, &target.needs));
        let about = "# In each namespace that podwhy is asked about.\n";
        for namespace in &target.namespaces {
            objects.extend(self.role(namespace, NAME, &asked, about));
        }
        let about = "# In namespaces of Kubernetes' own.\n";
        for namespace in rights::system_namespaces() {
            let allowed = rules(&target.of_cluster(Place::In(namespace)));
            objects.extend(self.role(namespace, &format!("{NAME}-system"), &allowed, about));
        }
        if target.acts_in_cluster {
            for (namespace, accounts) in accounts(&names.users) {
                let allowed = impersonate("serviceaccounts", &accounts);
                let about = "# Service accounts that podwhy writes as.\n";
                objects.extend(self.role(namespace, &format!("{NAME}-serviceaccounts"), &allowed, about));
            }
        }
        if let Some(namespace) = &target.agents {
            let about = "# In the namespace of the node agents.\n";
            let allowed = rules(&rights::of(Place::Agents, &target.needs));
            objects.extend(self.role(namespace, &format!("{NAME}-agents"), &allowed, about));
        }
        objects
    }

    fn cluster_role(&self, names: &Impersonated, target: &Target) -> Vec<String> {
        let mut allowed = String::new();
        if target.acts_in_cluster {
            let users = names
                .users
                .iter()
                .filter(|name| service_account(name).is_none())
                .map(String::as_str)
                .collect();
            let groups = names.groups.iter().map(String::as_str).collect();
            allowed += &impersonate("users", &users);
            allowed += &impersonate("groups", &groups);
        }
        let acts = if allowed.is_empty() {
            ""
        } else {
            "# podwhy writes as the people of its configuration, and as nobody else: its token is worth the union of what they may do. Apply\n\
             # this again when `people` changes.\n"
        };
        if target.is_everywhere() {
            allowed += &rules(&rights::of(Place::Namespaces, &target.needs));
            allowed += &rules(&target.of_cluster(Place::Everywhere));
        }
        allowed += &rules(&target.of_cluster(Place::Cluster));
        if allowed.is_empty() {
            return Vec::new();
        }
        let about = format!("# In every cluster that podwhy reads, and acts in.\n{acts}");
        vec![
            format!("{about}{}", object("ClusterRole", None, NAME, &allowed)),
            self.binding("ClusterRole", None, NAME),
        ]
    }

    fn role(&self, namespace: &str, name: &str, rules: &str, about: &str) -> Vec<String> {
        if rules.is_empty() {
            return Vec::new();
        }
        let role = object("Role", Some(namespace), name, rules);
        vec![format!("{about}{role}"), self.binding("Role", Some(namespace), name)]
    }

    fn binding(&self, kind: &str, namespace: Option<&str>, name: &str) -> String {
        let Bot { namespace: own, account } = self;
        let head = head(&format!("{kind}Binding"), namespace, name);
        format!(
            "{head}roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: {kind}\n  name: {name}\nsubjects:\n  - kind: ServiceAccount\n    \
             name: {}\n    namespace: {}\n",
            quoted(account),
            quoted(own)
        )
    }
}

/// The service accounts among users, by namespace: `impersonate` is asked for them by a resource of their own.
/// <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation>
fn accounts(users: &BTreeSet<String>) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut accounts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (namespace, name) in users.iter().filter_map(|user| service_account(user)) {
        accounts.entry(namespace).or_default().insert(name);
    }
    accounts
}

#[cfg(test)]
mod tests;
