//! Which columns and which cells a resource has.

use serde_json::{Value, json};

use super::read::{age, name, text};
use super::{Scope, cluster, event, pod, storage, workload};

/// The cells of one object.
pub(super) type Cells = fn(&Value, &Scope) -> Value;

/// The columns of the server's
/// [default convertor](https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/registry/rest/table.go).
pub(super) const DEFAULT: &str = "Name|Created At@";

/// A resource's columns, in the notation of [`super::column`], and what fills them
/// ([AddHandlers](https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/printers/internalversion/printers.go)).
pub(super) fn printer(resource: (&str, &str)) -> (&'static str, Cells) {
    match resource {
        ("", plural) => core(plural),
        ("apps" | "batch", plural) => workloads(plural),
        ("events.k8s.io", "events") => core("events"),
        ("storage.k8s.io", "storageclasses") => (
            "Name|Provisioner|ReclaimPolicy|VolumeBindingMode|AllowVolumeExpansion|Age",
            storage::class_cells,
        ),
        ("coordination.k8s.io", "leases") => ("Name|Holder|Age", cluster::lease_cells),
        ("scheduling.k8s.io", "priorityclasses") => {
            ("Name|Value#|Global-Default?|Age|PreemptionPolicy", cluster::priority_cells)
        }
        ("rbac.authorization.k8s.io", "roles" | "clusterroles")
        | ("storage.k8s.io", "csistoragecapacities") => (DEFAULT, created_cells),
        _ => custom(),
    }
}

fn core(plural: &str) -> (&'static str, Cells) {
    match plural {
        "pods" => ("Name|Ready|Status|Restarts|Age|+IP|+Node|+Nominated Node|+Readiness Gates", pod::cells),
        "nodes" => (
            "Name|Status|Roles|Age|Version|+Internal-IP|+External-IP|+OS-Image|+Kernel-Version|+Container-Runtime",
            cluster::node_cells,
        ),
        "namespaces" => ("Name|Status|Age", cluster::namespace_cells),
        "events" => {
            ("Last Seen|Type|Reason|Object|+Subobject|+Source|Message|+First Seen|+Count|+Name", event::cells)
        }
        "services" => ("Name|Type|Cluster-IP|External-IP|Port(s)|Age|+Selector", cluster::service_cells),
        "configmaps" => ("Name|Data|Age", cluster::config_map_cells),
        "secrets" => ("Name|Type|Data|Age", cluster::secret_cells),
        "serviceaccounts" => ("Name|Age", age_cells),
        "resourcequotas" => ("Name|Request|Limit|Age", cluster::quota_cells),
        "persistentvolumes" => (
            "Name|Capacity|Access Modes|Reclaim Policy|Status|Claim|StorageClass|VolumeAttributesClass|Reason|Age|+VolumeMode",
            storage::volume_cells,
        ),
        "persistentvolumeclaims" => (
            "Name|Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass|Age|+VolumeMode",
            storage::claim_cells,
        ),
        "replicationcontrollers" => workloads(plural),
        "limitranges" => (DEFAULT, created_cells),
        _ => custom(),
    }
}

fn workloads(plural: &str) -> (&'static str, Cells) {
    match plural {
        "deployments" => {
            ("Name|Ready|Up-to-date|Available|Age|+Containers|+Images|+Selector", workload::deployment_cells)
        }
        "replicasets" | "replicationcontrollers" => {
            ("Name|Desired#|Current#|Ready#|Age|+Containers|+Images|+Selector", workload::replica_set_cells)
        }
        "statefulsets" => ("Name|Ready|Age|+Containers|+Images", workload::stateful_set_cells),
        "daemonsets" => (
            "Name|Desired#|Current#|Ready#|Up-to-date#|Available#|Node Selector|Age|+Containers|+Images|+Selector",
            workload::daemon_set_cells,
        ),
        "jobs" => ("Name|Status|Completions|Duration|Age|+Containers|+Images|+Selector", workload::job_cells),
        "cronjobs" => (
            "Name|Schedule|Timezone|Suspend?|Active#|Last Schedule|Age|+Containers|+Images|+Selector",
            workload::cron_job_cells,
        ),
        _ => custom(),
    }
}

/// What a custom resource without columns of its own gets
/// ([tableconvertor](https://github.com/kubernetes/apiextensions-apiserver/blob/v0.37.2/pkg/registry/customresource/tableconvertor/tableconvertor.go)).
fn custom() -> (&'static str, Cells) {
    ("Name|Age@", age_cells)
}

fn age_cells(object: &Value, scope: &Scope) -> Value {
    json!([name(object), age(object, scope)])
}

fn created_cells(object: &Value, _: &Scope) -> Value {
    json!([name(object), text(object, "/metadata/creationTimestamp")])
}
