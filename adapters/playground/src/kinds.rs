//! The kinds the playground knows: enough for every case and for what `kubectl` asks beside them.

use crate::api::{Resource, core, of};

const ADMISSION: &str = "admissionregistration.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";
const DEVICES: &str = "resource.k8s.io";
const STORAGE: &str = "storage.k8s.io";

impl Resource {
    pub(crate) const fn written(mut self) -> Resource {
        self.is_written = true;
        self
    }

    pub(crate) const fn version(mut self, version: &'static str) -> Resource {
        self.version = version;
        self
    }

    /// What can be done with it.
    pub(crate) fn verbs(&self) -> &'static [&'static str] {
        match self.is_written {
            _ if self.is_asked_only() => &["create"],
            true => &["create", "delete", "get", "list", "patch", "update", "watch"],
            false => &["delete", "get", "list", "patch", "watch"],
        }
    }

    /// Whether it is created and never read: reviews, and events in the newer of their two groups, which are kept as the older.
    pub(crate) fn is_asked_only(&self) -> bool {
        matches!(self.group, "authorization.k8s.io" | "events.k8s.io")
    }

    /// What can be done with its status.
    pub(crate) fn status_verbs(&self) -> &'static [&'static str] {
        if self.is_written { &["get", "patch", "update"] } else { &["get", "patch"] }
    }
}

/// Every kind, core first: the order of discovery.
pub(crate) static RESOURCES: &[Resource] = &[
    core("ConfigMap", "configmaps").short(&["cm"]).without_status(),
    core("Endpoints", "endpoints").short(&["ep"]).without_status(),
    core("Event", "events").short(&["ev"]).without_status().written(),
    core("LimitRange", "limitranges").short(&["limits"]).without_status(),
    core("Namespace", "namespaces").short(&["ns"]).cluster_wide(),
    core("Node", "nodes").short(&["no"]).cluster_wide(),
    core("PersistentVolumeClaim", "persistentvolumeclaims").short(&["pvc"]),
    core("PersistentVolume", "persistentvolumes").short(&["pv"]).cluster_wide(),
    core("Pod", "pods").short(&["po"]).in_all(),
    core("ResourceQuota", "resourcequotas").short(&["quota"]),
    core("Secret", "secrets").without_status(),
    core("ServiceAccount", "serviceaccounts").short(&["sa"]).without_status(),
    core("Service", "services").short(&["svc"]).in_all(),
    of(ADMISSION, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations").global_plain(),
    of(ADMISSION, "ValidatingAdmissionPolicy", "validatingadmissionpolicies").cluster_wide(),
    of(ADMISSION, "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings").global_plain(),
    of(ADMISSION, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations").global_plain(),
    of("apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions")
        .short(&["crd", "crds"])
        .cluster_wide(),
    of("apiregistration.k8s.io", "APIService", "apiservices").cluster_wide(),
    of("apps", "ControllerRevision", "controllerrevisions").without_status(),
    of("apps", "DaemonSet", "daemonsets").short(&["ds"]).in_all(),
    of("apps", "Deployment", "deployments").short(&["deploy"]).in_all(),
    of("apps", "ReplicaSet", "replicasets").short(&["rs"]).in_all(),
    of("apps", "StatefulSet", "statefulsets").short(&["sts"]).in_all(),
    of("batch", "CronJob", "cronjobs").short(&["cj"]).in_all(),
    of("batch", "Job", "jobs").in_all(),
    of("coordination.k8s.io", "Lease", "leases").without_status().written(),
    of("discovery.k8s.io", "EndpointSlice", "endpointslices").without_status(),
    of("node.k8s.io", "RuntimeClass", "runtimeclasses").global_plain(),
    of("policy", "PodDisruptionBudget", "poddisruptionbudgets").short(&["pdb"]),
    of(RBAC, "ClusterRoleBinding", "clusterrolebindings").global_plain(),
    of(RBAC, "ClusterRole", "clusterroles").global_plain(),
    of(RBAC, "RoleBinding", "rolebindings").without_status(),
    of(RBAC, "Role", "roles").without_status(),
    of(DEVICES, "DeviceClass", "deviceclasses").global_plain(),
    of(DEVICES, "ResourceClaim", "resourceclaims"),
    of(DEVICES, "ResourceClaimTemplate", "resourceclaimtemplates").without_status(),
    of(DEVICES, "ResourceSlice", "resourceslices").global_plain(),
    of("podwhy.dev", "Incident", "incidents").short(&["inc"]).version("v1alpha1").written(),
    of("podwhy.dev", "Remediation", "remediations").version("v1alpha1").written(),
    of("podwhy.dev", "NodeReport", "nodereports").version("v1alpha1").without_status(),
    of("scheduling.k8s.io", "PriorityClass", "priorityclasses").short(&["pc"]).global_plain(),
    of(STORAGE, "CSIDriver", "csidrivers").global_plain(),
    of(STORAGE, "CSINode", "csinodes").global_plain(),
    of(STORAGE, "VolumeAttachment", "volumeattachments").cluster_wide(),
    of(STORAGE, "StorageClass", "storageclasses").short(&["sc"]).global_plain(),
];

/// Kinds of which nothing is kept.
pub(crate) static ASKED_ONLY: &[Resource] = &[
    of("authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews")
        .global_plain()
        .written(),
    of("authorization.k8s.io", "SubjectAccessReview", "subjectaccessreviews").global_plain().written(),
    of("events.k8s.io", "Event", "events").without_status().written(),
];

/// Every kind there is a path for.
pub(crate) fn served() -> impl Iterator<Item = &'static Resource> {
    RESOURCES.iter().chain(ASKED_ONLY)
}

/// The one version of a group that is spoken.
pub(crate) fn version_of(group: &str) -> &'static str {
    RESOURCES.iter().find(|r| r.group == group).map_or("v1", |r| r.version)
}
