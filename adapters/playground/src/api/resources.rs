//! The kinds the playground knows: enough for every case and for what `kubectl` asks beside them.

use serde_json::Value;

/// One kind and its place in the API.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) group: &'static str,
    pub(crate) version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) plural: &'static str,
    pub(crate) singular: &'static str,
    pub(crate) short: &'static [&'static str],
    pub(crate) namespaced: bool,
    /// In `kubectl get all`.
    pub(crate) in_all: bool,
    /// Whether a status is patched apart from the rest.
    pub(crate) status: bool,
}

const fn core(kind: &'static str, plural: &'static str, singular: &'static str) -> Resource {
    of("", kind, plural, singular)
}

const fn of(
    group: &'static str,
    kind: &'static str,
    plural: &'static str,
    singular: &'static str,
) -> Resource {
    Resource {
        group,
        version: "v1",
        kind,
        plural,
        singular,
        short: &[],
        namespaced: true,
        in_all: false,
        status: true,
    }
}

impl Resource {
    const fn short(mut self, short: &'static [&'static str]) -> Resource {
        self.short = short;
        self
    }

    const fn cluster_wide(mut self) -> Resource {
        self.namespaced = false;
        self
    }

    const fn in_all(mut self) -> Resource {
        self.in_all = true;
        self
    }

    const fn without_status(mut self) -> Resource {
        self.status = false;
        self
    }

    /// `v1`, `apps/v1`
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_string()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `pods`, `deployments.apps`: as error messages write it.
    pub(crate) fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_string()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }
}

/// Every kind, core first: the order of discovery.
pub(crate) static RESOURCES: &[Resource] = &[
    core("ConfigMap", "configmaps", "configmap").short(&["cm"]).without_status(),
    core("Endpoints", "endpoints", "endpoints").short(&["ep"]).without_status(),
    core("Event", "events", "event").short(&["ev"]).without_status(),
    core("LimitRange", "limitranges", "limitrange").short(&["limits"]).without_status(),
    core("Namespace", "namespaces", "namespace").short(&["ns"]).cluster_wide(),
    core("Node", "nodes", "node").short(&["no"]).cluster_wide(),
    core("PersistentVolumeClaim", "persistentvolumeclaims", "persistentvolumeclaim").short(&["pvc"]),
    core("PersistentVolume", "persistentvolumes", "persistentvolume").short(&["pv"]).cluster_wide(),
    core("Pod", "pods", "pod").short(&["po"]).in_all(),
    core("ResourceQuota", "resourcequotas", "resourcequota").short(&["quota"]),
    core("Secret", "secrets", "secret").without_status(),
    core("ServiceAccount", "serviceaccounts", "serviceaccount").short(&["sa"]).without_status(),
    core("Service", "services", "service").short(&["svc"]).in_all(),
    of(
        "admissionregistration.k8s.io",
        "MutatingWebhookConfiguration",
        "mutatingwebhookconfigurations",
        "mutatingwebhookconfiguration",
    )
    .cluster_wide()
    .without_status(),
    of(
        "admissionregistration.k8s.io",
        "ValidatingAdmissionPolicy",
        "validatingadmissionpolicies",
        "validatingadmissionpolicy",
    )
    .cluster_wide(),
    of(
        "admissionregistration.k8s.io",
        "ValidatingAdmissionPolicyBinding",
        "validatingadmissionpolicybindings",
        "validatingadmissionpolicybinding",
    )
    .cluster_wide()
    .without_status(),
    of(
        "admissionregistration.k8s.io",
        "ValidatingWebhookConfiguration",
        "validatingwebhookconfigurations",
        "validatingwebhookconfiguration",
    )
    .cluster_wide()
    .without_status(),
    of("apps", "ControllerRevision", "controllerrevisions", "controllerrevision").without_status(),
    of("apps", "DaemonSet", "daemonsets", "daemonset").short(&["ds"]).in_all(),
    of("apps", "Deployment", "deployments", "deployment").short(&["deploy"]).in_all(),
    of("apps", "ReplicaSet", "replicasets", "replicaset").short(&["rs"]).in_all(),
    of("apps", "StatefulSet", "statefulsets", "statefulset").short(&["sts"]).in_all(),
    of("batch", "CronJob", "cronjobs", "cronjob").short(&["cj"]).in_all(),
    of("batch", "Job", "jobs", "job").in_all(),
    of("coordination.k8s.io", "Lease", "leases", "lease").without_status(),
    of("discovery.k8s.io", "EndpointSlice", "endpointslices", "endpointslice").without_status(),
    of("node.k8s.io", "RuntimeClass", "runtimeclasses", "runtimeclass").cluster_wide().without_status(),
    of("rbac.authorization.k8s.io", "ClusterRoleBinding", "clusterrolebindings", "clusterrolebinding")
        .cluster_wide()
        .without_status(),
    of("rbac.authorization.k8s.io", "ClusterRole", "clusterroles", "clusterrole")
        .cluster_wide()
        .without_status(),
    of("rbac.authorization.k8s.io", "RoleBinding", "rolebindings", "rolebinding").without_status(),
    of("rbac.authorization.k8s.io", "Role", "roles", "role").without_status(),
    of("resource.k8s.io", "DeviceClass", "deviceclasses", "deviceclass").cluster_wide().without_status(),
    of("resource.k8s.io", "ResourceClaim", "resourceclaims", "resourceclaim"),
    of("resource.k8s.io", "ResourceClaimTemplate", "resourceclaimtemplates", "resourceclaimtemplate")
        .without_status(),
    of("resource.k8s.io", "ResourceSlice", "resourceslices", "resourceslice").cluster_wide().without_status(),
    of("scheduling.k8s.io", "PriorityClass", "priorityclasses", "priorityclass")
        .short(&["pc"])
        .cluster_wide()
        .without_status(),
    of("storage.k8s.io", "CSIDriver", "csidrivers", "csidriver").cluster_wide().without_status(),
    of("storage.k8s.io", "CSINode", "csinodes", "csinode").cluster_wide().without_status(),
    of("storage.k8s.io", "VolumeAttachment", "volumeattachments", "volumeattachment").cluster_wide(),
    of("storage.k8s.io", "StorageClass", "storageclasses", "storageclass")
        .short(&["sc"])
        .cluster_wide()
        .without_status(),
];

/// By group, version and plural name, as a path has them.
pub(crate) fn find(group: &str, version: &str, plural: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|r| r.group == group && r.version == version && r.plural == plural)
}

/// The kind of an object; `None` for one the playground does not know.
pub(crate) fn of_object(object: &Value) -> Option<&'static Resource> {
    let kind = object.get("kind")?.as_str()?;
    let api_version = object.get("apiVersion")?.as_str()?;
    RESOURCES.iter().find(|r| r.kind == kind && r.api_version() == api_version)
}
