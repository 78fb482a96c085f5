//! The pods that a line names.

use std::sync::LazyLock;

use regex::Regex;

/// Where a uid is a pod's: `podUID="…"`, `/pods/<uid>/volumes`, `pod "name_ns(<uid>)"`, a volume's unique name, the pod's
/// cgroup (with systemd's driver its dashes are underscores), the patch of a status. A static pod's is a hash. A uid
/// elsewhere may be anything's: `pvc-<uid>` is a claim's.
/// <https://github.com/kubernetes/kubernetes/blob/v1.31.0/pkg/kubelet/cm/pod_container_manager_linux.go>
static UID: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let before = [
        r#"(?i:pod_?UID)\\*"?[=:]\s*\\*"?"#,
        r#"podName:"#,
        r#"/pods/"#,
        r#"\bpods? \\*"?"#,
        r#"pod-?"#,
        r#"\("#,
        r#"\buid\\*":\s*\\*""#,
        r#"kubernetes\.io/[a-z0-9~.-]+/"#,
    ];
    let uid = r"([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}|[0-9a-f]{32})";
    Regex::new(&format!(r"(?:{}){uid}(?:[^0-9a-f]|$)", before.join("|"))).ok()
});

/// `pod="ns/name"`, or `"name_ns(uid)"` of kubelets before 1.21.
static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"\bpod="([^"\s]+/[^"\s]+)"|\\*"([a-z0-9.-]+_[a-z0-9-]+)\([0-9a-f-]+\)\\*""#).ok()
});

/// The uids of the pods, each once, in their order.
pub fn uids(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let captures = UID.as_ref().into_iter().flat_map(|uid| uid.captures_iter(text));
    for uid in captures.filter_map(|captures| Some(captures.get(1)?.as_str().replace('_', "-"))) {
        if !found.contains(&uid) {
            found.push(uid);
        }
    }
    found
}

/// The first pod that is named, as `namespace/name`.
pub fn named(text: &str) -> Option<String> {
    let captures = NAME.as_ref()?.captures(text)?;
    if let Some(name) = captures.get(1) {
        return Some(name.as_str().to_string());
    }
    let (name, namespace) = captures.get(2)?.as_str().split_once('_')?;
    Some(format!("{namespace}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "8566433c-80bf-e76d-601d-52d2fc3d487b";

    #[test]
    fn a_pods_uid_is_found_wherever_kubelets_and_kernels_write_it() {
        let hash = "d79d81b39a8fbfd55e971ba990a6e84f";
        for text in [
            format!(r#""Error syncing pod" pod="shop/web-0" podUID="{A}""#),
            format!(r#""Error syncing pod" pod="shop/web-0" podUID={A}"#),
            format!(r#"{{"msg":"Error syncing pod","podUID":"{A}"}}"#),
            format!(
                "remove /var/lib/kubelet/pods/{A}/volumes/kubernetes.io~csi/pvc-0b1f2a33-781c-b5fe-3e4c-a06a50b1a1f0"
            ),
            format!(r#"Error syncing pod {A} ("web-0_shop({A})"), skipping"#),
            format!(r#"(UniqueName: "kubernetes.io/configmap/{A}-config") pod "{A}" (UID: "{A}")"#),
            format!(
                "{{volumeName:kubernetes.io/csi/d^pvc-0b1f2a33-781c-b5fe-3e4c-a06a50b1a1f0 podName:{A} nodeName:}}"
            ),
            format!("task_memcg=/kubepods/burstable/pod{A}/5f1c,task=a"),
            format!("task_memcg=/kubepods.slice/kubepods-pod{}.slice/cri", A.replace('-', "_")),
            format!(r#"failed to patch status \"{{\\\"metadata\\\":{{\\\"uid\\\":\\\"{A}\\\"}}"#),
        ] {
            assert_eq!(uids(&text), [A], "{text}");
        }
        assert_eq!(uids(&format!(r#"for "etcd-a_kube-system({hash})""#)), [hash]);
    }

    #[test]
    fn what_is_no_pods_is_left() {
        assert_eq!(uids(&format!("pvc-{A} is bound, volume {A}, {A}")), [""; 0]);
        assert_eq!(uids("/pods/8566433c-80bf-e76d-601d-52d2fc3d487bff/x"), [""; 0]);
    }

    #[test]
    fn the_pod_is_named_in_both_forms() {
        assert_eq!(named(r#"err="x" pod="shop/web-0" podUID="y""#), Some("shop/web-0".to_string()));
        assert_eq!(
            named(r#"CreatePodSandbox for pod "web-0_shop(66a4)" failed"#),
            Some("shop/web-0".to_string())
        );
        assert_eq!(named(r#"for \"web-0_shop(66a4)\" with"#), Some("shop/web-0".to_string()));
        assert_eq!(named("nothing"), None);
    }
}
