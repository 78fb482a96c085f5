//! The rights that acting takes, as RBAC has them: what manifests are written from.

use podwhy_flow::ports::place_of;

/// What one rule of a Role allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The API group; empty for the core.
    pub group: &'static str,
    /// The plural names.
    pub resources: Vec<String>,
    /// What may be done with them.
    pub verbs: Vec<&'static str>,
    /// What for.
    pub why: &'static str,
}

/// Kinds that are looked at by podwhy itself directly before, and after, something is done with one.
const LOOKED_AT: [&str; 8] =
    ["Pod", "Node", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet", "CronJob", "Job"];

fn rule(group: &'static str, resources: &[&str], verbs: &[&'static str], why: &'static str) -> Rule {
    let resources = resources.iter().map(ToString::to_string).collect();
    Rule { group, resources, verbs: verbs.to_vec(), why }
}

/// In podwhy's own namespace.
pub fn own() -> Vec<Rule> {
    let everything = ["get", "list", "watch", "create", "update", "delete"];
    vec![
        rule(
            "podwhy.dev",
            &["remediations"],
            &["get", "list", "create", "delete"],
            "what was offered, who agreed, and what came of it",
        ),
        rule(
            "podwhy.dev",
            &["remediations/status"],
            &["update"],
            "what was offered, who agreed, and what came of it",
        ),
        rule("podwhy.dev", &["incidents"], &everything, "how an offer stands in its channel"),
        rule("podwhy.dev", &["incidents/status"], &["get", "update"], "how an offer stands in its channel"),
        rule("events.k8s.io", &["events"], &["create"], "each step, for `kubectl describe`"),
        rule(
            "coordination.k8s.io",
            &["leases"],
            &["get", "list", "create", "update", "delete"],
            "which replica acts",
        ),
    ]
}

/// In every cluster it acts in, beside `impersonate`: it changes nothing there itself.
pub fn target() -> Vec<Rule> {
    let review = "what a person may do";
    let mut rules = vec![rule("authorization.k8s.io", &["subjectaccessreviews"], &["create"], review)];
    for kind in LOOKED_AT {
        let (group, resource) = place_of(kind);
        match rules.iter_mut().find(|rule| rule.group == group) {
            Some(rule) => rule.resources.push(resource),
            None => rules.push(rule(group, &[&resource], &["get"], "what is changed, before and after")),
        }
    }
    rules
}
