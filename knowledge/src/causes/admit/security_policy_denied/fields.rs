//! Each violated rule, and what to set.

use serde::Serialize;

use crate::evidence::cut;
use crate::redact::redact;
use crate::refused::{field_errors, items};

/// One violated rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Field {
    /// `runAsNonRoot != true`, or a path
    pub(super) what: String,
    /// Which container, and what it must do, in the API server's words.
    pub(super) words: String,
    /// The line to write; empty where only a person knows.
    pub(super) set: String,
}

/// (beginning of the rule's name, what to write).
/// <https://github.com/kubernetes/kubernetes/tree/v1.37.0/staging/src/k8s.io/pod-security-admission/policy>
const SETS: &[(&str, &str)] = &[
    ("privileged", "securityContext.privileged: false"),
    ("allowPrivilegeEscalation", "securityContext.allowPrivilegeEscalation: false"),
    ("unrestricted capabilities", "securityContext.capabilities.drop: [\"ALL\"]"),
    ("non-default capabilities", "securityContext.capabilities.add: []"),
    ("runAsNonRoot", "securityContext.runAsNonRoot: true"),
    ("runAsUser=0", "securityContext.runAsUser ≠ 0"),
    ("seccompProfile", "securityContext.seccompProfile.type: RuntimeDefault"),
    ("host namespaces", "spec.hostNetwork: false, spec.hostPID: false, spec.hostIPC: false"),
    ("hostNetwork", "spec.hostNetwork: false"),
    ("hostPort", "ports[].hostPort: 0"),
    ("hostPath volumes", "spec.volumes[]: persistentVolumeClaim | emptyDir"),
    (
        "restricted volume types",
        "spec.volumes[]: configMap | csi | downwardAPI | emptyDir | ephemeral | persistentVolumeClaim | projected | secret",
    ),
    ("hostProcess", "securityContext.windowsOptions.hostProcess: false"),
    ("procMount", "securityContext.procMount: Default"),
    ("seLinuxOptions", "securityContext.seLinuxOptions.type: container_t"),
    ("forbidden AppArmor", "securityContext.appArmorProfile.type: RuntimeDefault"),
    ("forbidden sysctls", "spec.securityContext.sysctls: []"),
    ("probe or lifecycle host", "httpGet.host: \"\""),
];

/// `privileged (container "app" must not set securityContext.privileged=true), …`
pub(super) fn of_pod_security(text: &str) -> Vec<Field> {
    let field = |item: String| {
        let (what, words) = match item.split_once(" (") {
            Some((what, words)) => (what.to_string(), words.trim_end_matches(')').to_string()),
            None => (item.clone(), String::new()),
        };
        let set = SETS.iter().find(|(start, _)| what.to_lowercase().starts_with(&start.to_lowercase()));
        let set = set.map(|(_, set)| set.to_string()).unwrap_or_default();
        Field { what: what.trim().to_string(), words: cut(&redact(&words), 240), set }
    };
    items(text).into_iter().map(field).collect()
}

/// The end of a path, and what to write there.
const PATHS: &[(&str, &str)] = &[
    ("securityContext.privileged", "privileged: false"),
    ("allowPrivilegeEscalation", "allowPrivilegeEscalation: false"),
    ("securityContext.hostNetwork", "spec.hostNetwork: false"),
    ("securityContext.hostPID", "spec.hostPID: false"),
    ("securityContext.hostIPC", "spec.hostIPC: false"),
    ("hostPort", "hostPort: 0"),
    ("runAsNonRoot", "runAsNonRoot: true"),
    ("readOnlyRootFilesystem", "readOnlyRootFilesystem: true"),
    ("capabilities.add", "capabilities.add: []"),
];

/// Field errors of PodSecurityPolicies and of OpenShift's constraints: one policy is enough, so each lists its own.
pub(super) fn of_policies(message: &str) -> Vec<Field> {
    field_errors(message)
        .into_iter()
        .map(|error| {
            let set = PATHS.iter().find(|(part, _)| error.path.contains(part));
            Field {
                set: set.map(|(_, set)| set.to_string()).unwrap_or_default(),
                words: cut(&redact(&format!("{}: {}", error.kind, error.detail)), 240)
                    .trim_end_matches([':', ' '])
                    .to_string(),
                what: error.path,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_has_its_line() {
        let fields = of_pod_security(
            r#"privileged (container "app" must not set securityContext.privileged=true), host namespaces (hostNetwork=true, hostPID=true), runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")"#,
        );
        assert_eq!(fields.len(), 4);
        assert!(fields.iter().all(|field| !field.set.is_empty()), "{fields:?}");
        let psp = of_policies(
            "PodSecurityPolicy: unable to admit pod: [spec.securityContext.hostNetwork: Invalid value: true: Host network is not allowed to be used spec.containers[0].securityContext.privileged: Invalid value: true: Privileged containers are not allowed]",
        );
        assert_eq!(psp.len(), 2, "{psp:?}");
    }
}
