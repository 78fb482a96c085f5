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

/// Where the kubelets keep their Leases.
pub const NODE_LEASES: &str = "kube-node-lease";

/// Which kinds of remedies are configured, as far as they take rights of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Those of a dead node: it has to be seen dead.
    pub nodes: bool,
    /// Rolling back: a revision has to be known to be good.
    pub revisions: bool,
    /// Removing a finalizer: its controller has to be looked for.
    pub controllers: bool,
}

/// In the namespace of the kubelets' Leases.
pub fn node_leases() -> Vec<Rule> {
    vec![rule("coordination.k8s.io", &["leases"], &["list", "watch"], "whether a node's kubelet is silent")]
}

/// In the namespace of a cluster's node agents.
pub fn agents() -> Vec<Rule> {
    let ticket = "what an agent is told to do, and what came of it";
    vec![
        rule("podwhy.dev", &["nodetickets"], &["get", "list", "create", "delete"], ticket),
        rule("podwhy.dev", &["nodereports"], &["get", "list", "watch"], "what the agents see of their nodes"),
        rule("coordination.k8s.io", &["leases"], &["list", "watch"], "whether an agent is silent"),
    ]
}

/// In every cluster it acts in, beside `impersonate`: it changes nothing there itself.
pub fn target(needs: Needs) -> Vec<Rule> {
    let review = "what a person may do";
    let mut rules = vec![rule("authorization.k8s.io", &["subjectaccessreviews"], &["create"], review)];
    for kind in LOOKED_AT {
        let (group, resource) = place_of(kind);
        match rules.iter_mut().find(|rule| rule.group == group) {
            Some(rule) => rule.resources.push(resource),
            None => rules.push(rule(group, &[&resource], &["get"], "what is changed, before and after")),
        }
    }
    if needs.nodes {
        let dead = "whether a node is dead, and what stands on it";
        rules.push(rule("", &["nodes"], &["list", "watch"], dead));
        rules.push(rule("", &["pods"], &["list"], dead));
        rules.push(rule("storage.k8s.io", &["volumeattachments"], &["list"], dead));
    }
    if needs.revisions {
        rules.push(rule("apps", &["replicasets"], &["list", "watch"], "which revisions were good"));
    }
    if needs.controllers {
        let gone = "whether a finalizer's controller is gone";
        rules.push(rule("apiextensions.k8s.io", &["customresourcedefinitions"], &["list"], gone));
        rules.push(rule("apiregistration.k8s.io", &["apiservices"], &["list"], gone));
        rules.push(rule("apps", &["daemonsets", "deployments", "statefulsets"], &["list"], gone));
        rules.push(rule("coordination.k8s.io", &["leases"], &["list"], gone));
    }
    rules
}
