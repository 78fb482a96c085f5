//! Which columns and which cells a resource has.

use serde_json::{Value, json};

use super::read::{age, name, text};
use super::{Scope, cluster, event, pod, storage, workload};

/// The cells of one object.
pub(super) type Cells = fn(&Value, &Scope) -> Value;

/// The columns of the server's
/// [default convertor](https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/registry/rest/table.go).
pub(super) const DEFAULT: &str = "Name|Created At@";

/// A resource's columns, in the notation of [`super::column`], and what fills them; the plural name is
/// enough, as no two of the playground's resources share one
/// ([AddHandlers](https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/printers/internalversion/printers.go)).
pub(super) fn printer((_, plural): (&str, &str)) -> (&'static str, Cells) {
    match plural {
        "pods" => ("Name|Ready|Status|Restarts|Age|+IP|+Node|+Nominated Node|+Readiness Gates", pod::pod),
        "nodes" => (
            "Name|Status|Roles|Age|Version|+Internal-IP|+External-IP|+OS-Image|+Kernel-Version\
             |+Container-Runtime",
            cluster::node,
        ),
        "namespaces" => ("Name|Status|Age", cluster::namespace),
        "events" => {
            ("Last Seen|Type|Reason|Object|+Subobject|+Source|Message|+First Seen|+Count|+Name", event::event)
        }
        "services" => ("Name|Type|Cluster-IP|External-IP|Port(s)|Age|+Selector", cluster::service),
        "configmaps" => ("Name|Data|Age", cluster::config_map),
        "secrets" => ("Name|Type|Data|Age", cluster::secret),
        "serviceaccounts" => ("Name|Age", |object, scope| json!([name(object), age(object, scope)])),
        "resourcequotas" => ("Name|Request|Limit|Age", cluster::quota),
        "persistentvolumes" => (
            "Name|Capacity|Access Modes|Reclaim Policy|Status|Claim|StorageClass|VolumeAttributesClass|Reason\
             |Age|+VolumeMode",
            storage::volume,
        ),
        "persistentvolumeclaims" => (
            "Name|Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass|Age|+VolumeMode",
            storage::claim,
        ),
        "storageclasses" => {
            ("Name|Provisioner|ReclaimPolicy|VolumeBindingMode|AllowVolumeExpansion|Age", storage::class)
        }
        "deployments" => {
            ("Name|Ready|Up-to-date|Available|Age|+Containers|+Images|+Selector", workload::deployment)
        }
        "replicasets" => {
            ("Name|Desired#|Current#|Ready#|Age|+Containers|+Images|+Selector", workload::replica_set)
        }
        "statefulsets" => ("Name|Ready|Age|+Containers|+Images", workload::stateful_set),
        "daemonsets" => (
            "Name|Desired#|Current#|Ready#|Up-to-date#|Available#|Node Selector|Age\
             |+Containers|+Images|+Selector",
            workload::daemon_set,
        ),
        "jobs" => ("Name|Status|Completions|Duration|Age|+Containers|+Images|+Selector", workload::job),
        "cronjobs" => (
            "Name|Schedule|Timezone|Suspend?|Active#|Last Schedule|Age|+Containers|+Images|+Selector",
            workload::cron_job,
        ),
        "poddisruptionbudgets" => {
            ("Name|Min Available|Max Unavailable|Allowed Disruptions#|Age", workload::disruption_budget)
        }
        "leases" => ("Name|Holder|Age", cluster::lease),
        "priorityclasses" => ("Name|Value#|Global-Default?|Age|PreemptionPolicy", cluster::priority_class),
        _ => (DEFAULT, |object, _| json!([name(object), text(object, "/metadata/creationTimestamp")])),
    }
}
