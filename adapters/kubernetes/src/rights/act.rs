//! What telling unasked and acting take: podwhy's own records, and eyes for what is about to be done. The deeds themselves are the
//! persons' who agree, whom it impersonates: that rule has their names, and is not of this table.

use super::{Need, Place, Right, Rows, Rule};
use crate::server::Policies;

/// Where the kubelets keep their Leases.
pub(super) const NODE_LEASES: &str = "kube-node-lease";

/// The policies that guard Remediations, in podwhy's own cluster. Without them nothing is done.
pub(crate) const OF_REMEDIATIONS: Policies =
    Policies { names: &["remediations.podwhy.dev"], file: "deploy/policies/remediations.yaml" };

/// Those that guard tickets and reports, in each cluster with node agents.
pub(crate) const OF_AGENTS: Policies = Policies {
    names: &[
        "events.agents.podwhy.dev",
        "leases.agents.podwhy.dev",
        "nodereports.podwhy.dev",
        "nodetickets-status.podwhy.dev",
        "nodetickets.podwhy.dev",
    ],
    file: "deploy/policies/agents.yaml",
};

const OWN: &[Rows] = &[
    Rows {
        place: Place::Own,
        needs: &[Need::Claims],
        why: "which replica answers",
        rules: &[("coordination.k8s.io", &["leases"], &["list", "delete"])],
    },
    Rows {
        place: Place::Own,
        needs: &[Need::Incidents, Need::Act],
        why: "which replica leads",
        rules: &[("coordination.k8s.io", &["leases"], &["get", "update"])],
    },
    Rows {
        place: Place::Own,
        needs: &[Need::Claims, Need::Incidents, Need::Act],
        why: "which replica answers, and which leads",
        rules: &[("coordination.k8s.io", &["leases"], &["create"])],
    },
    Rows {
        place: Place::Own,
        needs: &[Need::Incidents, Need::Act],
        why: "what was told, and how it stands in its channel",
        rules: &[
            ("podwhy.dev", &["incidents"], &["get", "list", "create", "delete"]),
            ("podwhy.dev", &["incidents/status"], &["update"]),
        ],
    },
    Rows {
        place: Place::Own,
        needs: &[Need::Act],
        why: "what was offered, who agreed, and what came of it",
        rules: &[
            ("podwhy.dev", &["remediations"], &["get", "list", "create", "delete"]),
            ("podwhy.dev", &["remediations/status"], &["update"]),
        ],
    },
    Rows {
        place: Place::Own,
        needs: &[Need::Act],
        why: "each step, for `kubectl describe`",
        rules: &[("events.k8s.io", &["events"], &["create"])],
    },
];

const TARGET: &[Rows] = &[
    Rows {
        place: Place::Everywhere,
        needs: &[Need::Revisions],
        why: "which revisions were good",
        rules: &[("apps", &["replicasets"], &["watch"])],
    },
    Rows {
        place: Place::In(NODE_LEASES),
        needs: &[Need::DeadNodes],
        why: "whether a node's kubelet is silent",
        rules: &[("coordination.k8s.io", &["leases"], &["list", "watch"])],
    },
    Rows {
        place: Place::Cluster,
        needs: &[Need::Controllers],
        why: "whether a finalizer's controller is gone",
        rules: &[
            ("apiextensions.k8s.io", &["customresourcedefinitions"], &["list"]),
            ("apiregistration.k8s.io", &["apiservices"], &["list"]),
        ],
    },
    Rows {
        place: Place::Everywhere,
        needs: &[Need::Controllers],
        why: "whether a finalizer's controller is gone",
        rules: &[("coordination.k8s.io", &["leases"], &["list"])],
    },
    Rows {
        place: Place::Agents,
        needs: &[Need::Witnesses],
        why: "which neighbours the agents reach, and whether one of them is silent",
        rules: &[
            ("podwhy.dev", &["nodereports"], &["list", "watch"]),
            ("coordination.k8s.io", &["leases"], &["list", "watch"]),
        ],
    },
    Rows {
        place: Place::Agents,
        needs: &[Need::Tickets],
        why: "what an agent is told to do, and what came of it",
        rules: &[("podwhy.dev", &["nodetickets"], &["get", "list", "create", "delete"])],
    },
];

pub(super) fn rights() -> Vec<Right> {
    let mut rights: Vec<Right> = OWN.iter().chain(TARGET).flat_map(Rows::rights).collect();
    rights.push(guarded(&[Need::Act], &OF_REMEDIATIONS, "whether the Remediations are guarded"));
    let of_agents = [Need::Tickets, Need::Witnesses];
    rights.push(guarded(&of_agents, &OF_AGENTS, "whether tickets and reports are guarded"));
    rights
}

/// By their names: whether they are there is asked before anything is offered.
fn guarded(needs: &[Need], policies: &Policies, why: &'static str) -> Right {
    Right {
        place: Place::Cluster,
        needs: needs.to_vec(),
        rule: Rule {
            group: "admissionregistration.k8s.io",
            resources: vec!["validatingadmissionpolicies", "validatingadmissionpolicybindings"],
            verbs: vec!["get"],
            names: policies.names.to_vec(),
            why,
        },
    }
}
