//! The objects of RBAC, as text: with what each rule is for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use podwhy_kubernetes::rights::{self, NODE_LEASES, Needs, Rule};

use crate::config::Impersonated;

/// Of every object that is printed.
const NAME: &str = "podwhy-act";

/// Whose name this begins with is a service account, and `impersonate` is asked for that:
/// <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation>
const ACCOUNT: &str = "system:serviceaccount:";

/// Who podwhy is to the clusters: a service account in its namespace.
pub(super) struct Bot {
    pub(super) namespace: String,
    pub(super) account: String,
}

impl Bot {
    /// In podwhy's own cluster.
    pub(super) fn own(&self) -> Vec<String> {
        let mut objects = self.role(&self.namespace, NAME, &rules(&rights::own()));
        let about = "# In podwhy's own cluster: what is offered and agreed to is kept in its namespace.\n";
        objects[0].insert_str(0, about);
        objects.into()
    }

    /// In a cluster that it acts in.
    pub(super) fn target(&self, names: &Impersonated, needs: Needs) -> Vec<String> {
        let users = names.users.iter().filter(|name| account(name).is_none()).map(String::as_str).collect();
        let groups = names.groups.iter().map(String::as_str).collect();
        let mut allowed = impersonate("users", &users);
        allowed += &impersonate("groups", &groups);
        allowed += &rules(&rights::target(needs));
        let about = "# In every cluster that podwhy acts in. It writes as the people of its configuration, and as nobody else: its token is worth\n\
                     # the union of what they may do. Print and apply this again when `people` changes.\n";
        let mut objects = vec![
            format!("{about}{}", object("ClusterRole", None, NAME, &allowed)),
            self.binding("ClusterRole", None, NAME),
        ];
        if needs.nodes {
            objects.extend(self.role(NODE_LEASES, NAME, &rules(&rights::node_leases())));
        }
        for (namespace, accounts) in accounts(&names.users) {
            let name = format!("{NAME}-serviceaccounts");
            objects.extend(self.role(namespace, &name, &impersonate("serviceaccounts", &accounts)));
        }
        objects
    }

    /// In a cluster that has node agents, in their namespace.
    pub(super) fn agents(&self, namespace: &str) -> Vec<String> {
        let mut objects = self.role(namespace, &format!("{NAME}-agents"), &rules(&rights::agents()));
        let about = "# In every cluster that has node agents, in their namespace: what they report, and tickets to them.\n";
        objects[0].insert_str(0, about);
        objects.into()
    }

    fn role(&self, namespace: &str, name: &str, rules: &str) -> [String; 2] {
        [object("Role", Some(namespace), name, rules), self.binding("Role", Some(namespace), name)]
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

/// The namespace and the name of a service account.
fn account(user: &str) -> Option<(&str, &str)> {
    user.strip_prefix(ACCOUNT)?.split_once(':')
}

/// The service accounts among users, by namespace.
fn accounts(users: &BTreeSet<String>) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut accounts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (namespace, name) in users.iter().filter_map(|user| account(user)) {
        accounts.entry(namespace).or_default().insert(name);
    }
    accounts
}

fn head(kind: &str, namespace: Option<&str>, name: &str) -> String {
    let namespace = namespace.map(|own| format!("  namespace: {}\n", quoted(own))).unwrap_or_default();
    format!("apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata:\n  name: {name}\n{namespace}")
}

fn object(kind: &str, namespace: Option<&str>, name: &str, rules: &str) -> String {
    format!("{}rules:\n{rules}", head(kind, namespace, name))
}

/// Without a name no rule at all: an empty `resourceNames` means every name.
fn impersonate(resource: &str, names: &BTreeSet<&str>) -> String {
    if names.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "  - apiGroups: [\"\"]\n    resources: [\"{resource}\"]\n    verbs: [\"impersonate\"]\n    resourceNames:\n"
    );
    for name in names {
        let _always = writeln!(text, "      - {}", quoted(name));
    }
    text
}

fn rules(rules: &[Rule]) -> String {
    let (mut text, mut told) = (String::new(), "");
    for Rule { group, resources, verbs, why } in rules {
        if *why != told {
            let _always = writeln!(text, "  # {why}");
        }
        told = why;
        let resources: Vec<&str> = resources.iter().map(String::as_str).collect();
        for (key, words) in [("- apiGroups", &[*group][..]), ("  resources", &resources), ("  verbs", verbs)]
        {
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            let _always = writeln!(text, "  {key}: [{}]", words.join(", "));
        }
    }
    text
}

/// A text of JSON is one of YAML, whatever is in it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(users: &[&str], groups: &[&str]) -> String {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let bot = Bot { namespace: "ops".into(), account: "bot".into() };
        bot.target(&Impersonated { users: names(users), groups: names(groups) }, Needs::default())
            .join("---\n")
    }

    fn objects(text: &str) -> Vec<serde_json::Value> {
        serde_saphyr::from_multiple(text).unwrap()
    }

    #[test]
    fn impersonate_is_for_the_names_that_are_configured() {
        let names = ["zoë", "ann\"\\: #", "ann@example.com"];
        let objects = objects(&target(&names, &["运维", "sre"]));
        let impersonate: Vec<_> = objects[0]["rules"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|rule| rule["verbs"][0] == "impersonate")
            .collect();
        assert_eq!(impersonate.len(), 2);
        let sorted = ["ann\"\\: #", "ann@example.com", "zoë"];
        assert_eq!(impersonate[0]["resourceNames"], serde_json::json!(sorted));
        assert_eq!(impersonate[1]["resourceNames"], serde_json::json!(["sre", "运维"]));
        assert_eq!(objects[1]["subjects"][0]["namespace"], "ops");
    }

    #[test]
    fn what_a_remedy_takes_is_granted_only_where_it_is_configured() {
        let bot = Bot { namespace: "ops".into(), account: "bot".into() };
        let of = |needs| bot.target(&Impersonated::default(), needs).join("---\n");
        let (bare, all) =
            (of(Needs::default()), of(Needs { nodes: true, revisions: true, controllers: true }));
        for word in ["watch", "kube-node-lease", "volumeattachments", "customresourcedefinitions"] {
            assert!(!bare.contains(word) && all.contains(word), "{word}");
        }
        assert!(!all.contains('*') && !all.contains("secrets"), "{all}");
    }

    #[test]
    fn without_names_there_is_no_rule_for_every_name() {
        assert!(!target(&[], &[]).contains("impersonate"));
        let users_only = target(&["ann"], &[]);
        assert!(users_only.contains("\"users\"") && !users_only.contains("\"groups\""), "{users_only}");
    }

    #[test]
    fn a_service_account_that_is_allowed_is_named_in_its_namespace() {
        let objects = objects(&target(&["ann", "system:serviceaccount:ci:deployer"], &[]));
        assert_eq!(objects[0]["rules"][0]["resourceNames"], serde_json::json!(["ann"]));
        let role = &objects[2];
        assert_eq!((&role["kind"], &role["metadata"]["namespace"]), (&"Role".into(), &"ci".into()));
        assert_eq!(role["rules"][0]["resources"][0], "serviceaccounts");
        assert_eq!(role["rules"][0]["resourceNames"], serde_json::json!(["deployer"]));
    }
}
