//! What a cluster lets podwhy do, and what is missing: for `podwhy setup`.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use podwhy_flow::ports::{Access, ClusterError, service_account};
use podwhy_flow::setup::Check;

use crate::connect::LiveCluster;
use crate::request::Fail;
use crate::resource::Resource;
use crate::rights::{self, Need, Place, Rule};
use crate::server::{Guard, Lacking, Version};

/// At most this many requests under way.
const AT_ONCE: usize = 8;

/// At most this many rights are named at once.
const NAMED: usize = 12;

/// What podwhy is configured to do in a cluster.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// What for.
    pub needs: BTreeSet<Need>,
    /// Whether podwhy keeps its records in this cluster.
    pub is_home: bool,
    /// podwhy's own namespace there.
    pub own: Option<String>,
    /// Whom it writes as.
    pub users: BTreeSet<String>,
    /// With these groups.
    pub groups: BTreeSet<String>,
    /// What prints the rights that are missing.
    pub manifest: String,
}

impl LiveCluster {
    /// Looks at everything that is wanted of it. A cluster that does not answer is one check that says so.
    pub async fn setup(&self, wanted: &Wanted) -> Vec<Check> {
        let version = match self.version().await {
            Ok(version) => version,
            Err(error) => return vec![Check::unknown("the API server", error.to_string())],
        };
        let mut checks = vec![answers(version)];
        checks.extend(self.records(wanted, version).await);
        checks.extend(self.rights_of(wanted).await);
        checks
    }

    /// What is kept there.
    async fn records(&self, wanted: &Wanted, version: Version) -> Vec<Check> {
        let mut checks = Vec::new();
        let needs = |need: Need| wanted.needs.contains(&need);
        if let Some(own) = &wanted.own {
            if needs(Need::Incidents) || needs(Need::Act) {
                let why = "without them what was told is forgotten over a restart";
                checks.push(self.kept("incidents", own, version, Version::INCIDENTS, why).await);
            }
            if needs(Need::Act) {
                let why = "without them nothing can be approved";
                checks.push(self.kept("remediations", own, version, Version::REMEDIATIONS, why).await);
                checks.push(guarded("the guard of remediations", self.remediations_guarded().await));
            }
        }
        let keeps = [Need::Incidents, Need::Act, Need::Claims].into_iter().any(needs);
        if wanted.is_home && wanted.own.is_none() && keeps {
            let todo = "write incidents.namespace and serve.namespace";
            checks.push(Check::missing(
                "podwhy's own namespace",
                "nothing names one, and podwhy runs in no pod here",
                todo,
            ));
        }
        if needs(Need::Agents) {
            let why = "without them podwhy knows no more of nodes than the API server does";
            let namespace = &self.agents.namespace;
            checks.push(self.kept("nodereports", namespace, version, Version::REMEDIATIONS, why).await);
        }
        if needs(Need::Tickets) {
            let why = "without them no node can be acted on";
            checks.push(
                self.kept("nodetickets", &self.agents.namespace, version, Version::REMEDIATIONS, why).await,
            );
        }
        if needs(Need::Tickets) || needs(Need::Witnesses) {
            checks.push(guarded("the guard of tickets", self.tickets_guarded().await));
        }
        checks
    }

    async fn kept(
        &self,
        plural: &'static str,
        namespace: &str,
        version: Version,
        from: Version,
        why: &str,
    ) -> Check {
        if version < from {
            return Check::off(plural, format!("they take Kubernetes {from}, this is {version}: {why}"));
        }
        let resource = Resource::new(self.requests.clone(), namespace, plural);
        match resource.first().await {
            Ok(()) => Check::fine(plural, format!("kept in namespace {namespace}")),
            Err(Fail::NotFound) => {
                let todo = format!("kubectl apply -f deploy/crds/{plural}.yaml");
                Check::missing(plural, format!("their definition is not installed; {why}"), todo)
            }
            Err(Fail::Forbidden(_)) => {
                Check::unknown(plural, "podwhy may not list them: see its rights below")
            }
            Err(fail) => Check::unknown(plural, fail.error(&self.name).to_string()),
        }
    }

    async fn rights_of(&self, wanted: &Wanted) -> Vec<Check> {
        let mut checks = Vec::new();
        for (what, asked) in self.asked(wanted) {
            checks.push(self.let_do(&what, asked, &wanted.manifest).await);
        }
        checks
    }

    /// By place; of each, every verb of every rule.
    fn asked(&self, wanted: &Wanted) -> BTreeMap<String, Vec<Access>> {
        let mut asked: BTreeMap<String, Vec<Access>> = BTreeMap::new();
        for right in rights::all().into_iter().filter(|right| right.is_for(&wanted.needs)) {
            for (what, namespace) in self.places(right.place, wanted) {
                asked.entry(what).or_default().extend(each(&right.rule, &namespace));
            }
        }
        let users = wanted.users.iter().map(|user| match service_account(user) {
            Some((namespace, name)) => impersonate("serviceaccounts", Some(namespace), name),
            None => impersonate("users", None, user),
        });
        let groups = wanted.groups.iter().map(|group| impersonate("groups", None, group));
        let people: Vec<Access> = users.chain(groups).collect();
        if !people.is_empty() {
            asked.insert("writing as the people of the configuration".to_string(), people);
        }
        asked
    }

    /// The namespaces that a place is in this cluster, each with the words for it; an empty one is all of them, or none.
    fn places(&self, place: Place, wanted: &Wanted) -> Vec<(String, String)> {
        let everywhere = || ("rights in all namespaces".to_string(), String::new());
        let one = |name: &str| (format!("rights in namespace {name}"), name.to_string());
        let is_everywhere = self.namespaces.is_empty();
        match place {
            Place::Namespaces | Place::Everywhere if is_everywhere => vec![everywhere()],
            Place::Namespaces => self.namespaces.iter().map(|name| one(name)).collect(),
            Place::Everywhere => Vec::new(),
            Place::Cluster => vec![("rights beyond namespaces".to_string(), String::new())],
            Place::In(name) => vec![one(name)],
            Place::Own => wanted.own.iter().map(|name| one(name)).collect(),
            Place::Agents => vec![one(&self.agents.namespace)],
        }
    }

    async fn let_do(&self, what: &str, asked: Vec<Access>, manifest: &str) -> Check {
        let count = asked.len();
        let answers = stream::iter(asked).map(|one| async move {
            let answer = self.review_self(&one).await;
            (one, answer)
        });
        let (mut lacking, mut unread) = (Vec::new(), None);
        for (one, answer) in answers.buffered(AT_ONCE).collect::<Vec<_>>().await {
            match answer {
                Ok(true) => {}
                Ok(false) => lacking.push(told(&one)),
                Err(error) => unread = Some(error.to_string()),
            }
        }
        lacking.dedup();
        match (lacking.as_slice(), unread) {
            (_, Some(why)) => Check::unknown(what, why),
            ([], None) => Check::fine(what, format!("all {count} are given")),
            (lacking, None) => {
                let mut missing = lacking.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
                if lacking.len() > NAMED {
                    missing += &format!(" and {} more", lacking.len() - NAMED);
                }
                Check::missing(what, missing, manifest)
            }
        }
    }
}

fn answers(version: Version) -> Check {
    if version < Version::ANSWERS {
        let why =
            format!("Kubernetes {version} is older than {}; dumps of it can be asked", Version::ANSWERS);
        return Check::off("answers", why);
    }
    Check::fine("answers", format!("Kubernetes {version}"))
}

fn guarded(what: &str, guard: Result<Guard, ClusterError>) -> Check {
    match guard {
        Ok(Guard::Stands) => Check::fine(what, "the policies deny everybody else"),
        Ok(Guard::Missing(Lacking { why, todo: Some(todo) })) => Check::missing(what, why, todo),
        Ok(Guard::Missing(Lacking { why, todo: None })) => Check::off(what, why),
        Err(ClusterError::Forbidden { why, .. }) => Check::unknown(what, why),
        Err(error) => Check::unknown(what, error.to_string()),
    }
}

fn each(rule: &Rule, namespace: &str) -> Vec<Access> {
    let names = || {
        let own = rule.names.iter().map(|name| Some((*name).to_string()));
        own.chain(rule.names.is_empty().then_some(None))
    };
    let of = |resource: &str, verb: &str| {
        let (resource, part) = resource.split_once('/').map_or((resource, None), |(a, b)| (a, Some(b)));
        names()
            .map(move |name| Access {
                verb: verb.to_string(),
                group: rule.group.to_string(),
                resource: resource.to_string(),
                subresource: part.map(str::to_string),
                namespace: Some(namespace.to_string()).filter(|namespace| !namespace.is_empty()),
                name,
            })
            .collect::<Vec<_>>()
    };
    let pairs =
        rule.resources.iter().flat_map(|resource| rule.verbs.iter().map(move |verb| (resource, verb)));
    pairs.flat_map(|(resource, verb)| of(resource, verb)).collect()
}

fn impersonate(resource: &str, namespace: Option<&str>, name: &str) -> Access {
    Access {
        verb: "impersonate".to_string(),
        group: String::new(),
        resource: resource.to_string(),
        subresource: None,
        namespace: namespace.map(str::to_string),
        name: Some(name.to_string()),
    }
}

/// `list deployments.apps`: the namespace stands before all of them.
fn told(access: &Access) -> String {
    let named = access.name.as_ref().filter(|_| access.verb == "impersonate");
    let name = named.map(|name| format!("/{name}")).unwrap_or_default();
    Access { namespace: None, ..access.clone() }.told() + &name
}

#[cfg(test)]
mod tests;
