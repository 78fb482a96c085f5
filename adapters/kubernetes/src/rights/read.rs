//! What answering takes. What is left out of it is a gap of the answer.

use super::{Need, Place, Right, Rows};

const ANSWERS: &[Rows] = &[
    Rows {
        place: Place::Namespaces,
        needs: &[Need::Read],
        why: "what is asked about, and what hangs on it",
        rules: &[
            ("", &["pods", "services", "persistentvolumeclaims"], &["get", "list"]),
            ("apps", &["daemonsets", "deployments", "replicasets", "statefulsets"], &["get", "list"]),
            ("batch", &["cronjobs", "jobs"], &["get", "list"]),
            ("", &["pods/log"], &["get"]),
            ("", &["events"], &["list"]),
        ],
    },
    Rows {
        place: Place::Namespaces,
        needs: &[Need::Read],
        why: "what it takes to start, and what may refuse it",
        rules: &[
            ("", &["configmaps"], &["get"]),
            ("", &["limitranges", "resourcequotas", "serviceaccounts"], &["list"]),
            ("discovery.k8s.io", &["endpointslices"], &["list"]),
            ("resource.k8s.io", &["resourceclaims", "resourceclaimtemplates"], &["list"]),
            ("rbac.authorization.k8s.io", &["rolebindings", "roles"], &["list"]),
        ],
    },
    Rows {
        place: Place::Namespaces,
        needs: &[Need::Read],
        why: "how much memory it takes, where there is a metrics server",
        rules: &[("metrics.k8s.io", &["pods"], &["get"])],
    },
    Rows {
        place: Place::Namespaces,
        needs: &[Need::Secrets],
        why: "which Secrets there are. RBAC cannot limit this to their names: with it their values could be read, which podwhy never does",
        rules: &[("", &["secrets"], &["list"])],
    },
    Rows {
        place: Place::Namespaces,
        needs: &[Need::Chat, Need::Watch],
        why: "names that complete, and what begins to fail",
        rules: &[("", &["pods"], &["watch"])],
    },
    Rows {
        place: Place::Cluster,
        needs: &[Need::Read],
        why: "where pods run, or could",
        rules: &[
            ("", &["namespaces", "persistentvolumes"], &["get", "list"]),
            ("storage.k8s.io", &["csinodes"], &["get", "list"]),
            ("storage.k8s.io", &["storageclasses"], &["list"]),
            ("node.k8s.io", &["runtimeclasses"], &["list"]),
            ("resource.k8s.io", &["deviceclasses", "resourceslices"], &["list"]),
        ],
    },
    Rows {
        place: Place::Cluster,
        needs: &[Need::Read],
        why: "what may refuse them, or keep them",
        rules: &[
            (
                "admissionregistration.k8s.io",
                &[
                    "mutatingwebhookconfigurations",
                    "validatingadmissionpolicies",
                    "validatingadmissionpolicybindings",
                    "validatingwebhookconfigurations",
                ],
                &["list"],
            ),
            ("rbac.authorization.k8s.io", &["clusterrolebindings"], &["list"]),
        ],
    },
    Rows {
        place: Place::Cluster,
        needs: &[Need::Read, Need::Act],
        why: "the node of a pod",
        rules: &[("", &["nodes"], &["get"])],
    },
    Rows {
        place: Place::Cluster,
        needs: &[Need::Read, Need::DeadNodes],
        why: "all nodes, and what is attached to them",
        rules: &[("", &["nodes"], &["list"]), ("storage.k8s.io", &["volumeattachments"], &["list"])],
    },
    Rows {
        place: Place::Cluster,
        needs: &[Need::Watch, Need::DeadNodes],
        why: "nodes that become silent",
        rules: &[("", &["nodes"], &["watch"])],
    },
    Rows {
        place: Place::Cluster,
        needs: &[Need::Chat],
        why: "names that complete",
        rules: &[("", &["namespaces"], &["watch"])],
    },
    Rows {
        place: Place::In(super::act::NODE_LEASES),
        needs: &[Need::Read],
        why: "when a node's kubelet was last heard",
        rules: &[("coordination.k8s.io", &["leases"], &["get"])],
    },
    Rows {
        place: Place::In("kube-system"),
        needs: &[Need::Read],
        why: "whether a scheduler is at work",
        rules: &[("coordination.k8s.io", &["leases"], &["list"])],
    },
    Rows {
        place: Place::Agents,
        needs: &[Need::Agents],
        why: "what a node's agent sees",
        rules: &[("podwhy.dev", &["nodereports"], &["get"])],
    },
    Rows {
        place: Place::Cluster,
        needs: &[Need::Persons, Need::Act],
        why: "what a person may do",
        rules: &[("authorization.k8s.io", &["subjectaccessreviews"], &["create"])],
    },
];

pub(super) fn rights() -> Vec<Right> {
    ANSWERS.iter().flat_map(Rows::rights).collect()
}
