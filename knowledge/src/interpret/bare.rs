//! A status word alone (`ImagePullBackOff`, `Pending`): what it can stand for. Nothing here is more than possible.

use std::sync::LazyLock;

use regex::Regex;

use super::parts::without_date;

/// Why an image is not pulled, most frequent first.
const PULL: &[&str] = &[
    "image-name-wrong",
    "pull-secret-missing",
    "pull-denied",
    "registry-unreachable",
    "registry-plain-http",
    "registry-untrusted-ca",
    "pull-rate-limited",
    "pull-timeout",
    "image-broken-in-registry",
    "image-platform-mismatch",
    "node-disk-full-for-images",
    "pull-qps-exceeded",
];

/// A whole line, and the causes it can stand for, most frequent first.
const BARE: &[(&str, &[&str])] = &[
    (
        r#"(?:Init:)?(?:Warning +)?(?:(?:Failed|BackOff):? +)?(?:Error: )?(?:ErrImagePull|ImagePullBackOff|Back-off pulling image "[^"]*")"#,
        PULL,
    ),
    (
        r#".*\bfor [\\"]*(?-i:[a-z0-9-]+)[\\"]* with ImagePullBackOff: [\\"]*Back-off pulling image [\\"]*[^\s"\\]+(?:[\\",\]]| pod(?:UID)?=\S+)*"#,
        PULL,
    ),
    (r"(?:Init:)?(?:Error: )?RegistryUnavailable", &["registry-unreachable"]),
    (r"(?:Init:)?(?:Error: )?ImageInspectError|InspectFailed", &["image-corrupt-on-node"]),
    (r"(?:Init:)?(?:Error: )?ErrImageNeverPull", &["image-never-pull"]),
    (r"(?:Init:)?(?:Error: )?InvalidImageName", &["image-name-wrong"]),
    (
        r"(?:Init:)?(?:Error: )?CreateContainerConfigError",
        &[
            "config-map-missing",
            "secret-missing",
            "config-key-missing",
            "bad-security-context",
            "stale-subpath-mount",
        ],
    ),
    (
        r"(?:Init:)?(?:Error: )?CreateContainerError",
        &[
            "command-not-found",
            "bad-security-context",
            "host-path-missing",
            "permission-denied-exec",
            "image-corrupt-on-node",
            "node-disk-full-for-images",
            "rootfs-read-only",
        ],
    ),
    (
        r"(?:Init:)?(?:Error: )?(?:RunContainerError|StartError|ContainerCannotRun)",
        &["command-not-found", "permission-denied-exec", "stale-subpath-mount", "memory-limit-too-small"],
    ),
    (r"Init:\d+/\d+", &["init-container-failing"]),
    (r"Completed", &["completed-but-restarted"]),
    (r"DeadlineExceeded", &["job-deadline-exceeded", "pod-deadline-exceeded"]),
    (
        r"(?:(?:last state|reason|error)[: ]*)*(?:exit ?code:?|exited with(?: code)?:?|code) *127",
        &["command-not-found"],
    ),
    (
        r"(?:(?:last state|reason|error)[: ]*)*(?:exit ?code:?|exited with(?: code)?:?|code) *126",
        &["permission-denied-exec"],
    ),
    (
        r"CrashLoopBackOff|(?:BackOff:? +)?Back-off restarting failed container.*",
        &[
            "app-exited",
            "oom-killed",
            "liveness-probe-killing",
            "command-not-found",
            "completed-but-restarted",
        ],
    ),
    (
        r"Init:CrashLoopBackOff",
        &["init-container-failing", "app-exited", "dependency-refused", "dns-lookup-failed", "oom-killed"],
    ),
    (r"Init:Error", &["init-container-failing", "app-exited"]),
    (r"Error", &["app-exited"]),
    (
        r"(?:(?:last state|reason|error)[: ]*)*(?:exit ?code:?|exited with(?: code)?:?|code) *137",
        &[
            "liveness-probe-killing",
            "oom-killed",
            "app-exited",
            "post-start-hook-failing",
            "container-status-lost",
        ],
    ),
    (
        r"ContainerCreating|PodInitializing",
        &[
            "volume-mount-failed",
            "config-map-missing",
            "secret-missing",
            "sandbox-network-failed",
            "volume-attach-failed",
            "pod-ip-exhausted",
            "cni-not-ready",
            "sandbox-image-unavailable",
        ],
    ),
    (
        r"(?:Warning +)?(?:FailedCreatePodSandBox|Failed (?:to )?create pod sandbox:?)",
        &[
            "sandbox-network-failed",
            "pod-ip-exhausted",
            "sandbox-image-unavailable",
            "cni-not-ready",
            "container-runtime-timeout",
            "memory-limit-too-small",
            "runtime-class-missing",
        ],
    ),
    (
        r"(?:Warning +)?(?:FailedMount|FailedMapVolume)",
        &[
            "config-map-missing",
            "secret-missing",
            "volume-mount-failed",
            "config-key-missing",
            "volume-attach-failed",
        ],
    ),
    (r"(?:Warning +)?FailedAttachVolume", &["volume-attach-failed", "volume-multi-attach"]),
    (
        r"Terminating",
        &[
            "finalizer-stuck",
            "node-lost",
            "container-unkillable",
            "volume-busy",
            "pre-stop-hanging",
            "grace-period-long",
            "deletion-blocked-by-webhook",
            "kubelet-status-lag",
        ],
    ),
    (r"(?:Node)?NotReady(?:,SchedulingDisabled)?", &["node-lost", "container-runtime-down", "kubelet-down"]),
    (
        r"(?:Warning +)?Unhealthy",
        &["readiness-probe-failing", "liveness-probe-killing", "startup-probe-failing"],
    ),
    // of which probe it was, a kubelet's summary need not tell
    (
        r"(?:.*(?:[:;,.]\s+|\s{2,}))?probe (?:failed|errored): .*",
        &["readiness-probe-failing", "liveness-probe-killing", "startup-probe-failing"],
    ),
    (r"FailedPreStopHook", &["pre-stop-hanging"]),
    (r"ReadinessGatesNotReady", &["readiness-gate-pending"]),
    (
        r"Pending|Unschedulable|FailedScheduling",
        &[
            "insufficient-cpu",
            "insufficient-memory",
            "taint-not-tolerated",
            "node-selector-unmatched",
            "pvc-unbound",
            "nodes-not-ready",
            "node-pod-limit-reached",
            "pod-anti-affinity-conflict",
            "scheduler-down",
            "scheduling-gated",
        ],
    ),
    (r"Unknown|NodeLost", &["node-lost"]),
    (r"OOM", &["oom-killed"]),
    // before it makes a container, the kubelet looks at what its subPaths and hostPaths lead to
    (
        r#".*\b(?:Error|CreateContainerConfigError): "?l?stat /\S*/pods/\S+/volumes/\S+: no such file or directory"?"#,
        &["stale-subpath-mount"],
    ),
    (
        r#".*\b(?:Error|CreateContainerConfigError): "?l?stat /\S+: no such file or directory"?"#,
        &["host-path-missing"],
    ),
    (r"(?:Warning +)?Evicted", &["evicted-memory", "evicted-disk", "evicted-ephemeral", "evicted-pid"]),
    (
        r"OutOf[a-z./-]+|NodeAffinity|MatchNodeSelector|NodePorts|SysctlForbidden|InvalidNodeInfo|AppArmor",
        &["rejected-by-kubelet"],
    ),
    (r"Preempting", &["preempted"]),
    (r"NodeShutdown|Shutdown|Terminated", &["node-shutdown"]),
    (r"Preempted|DisruptionTarget", &["pod-disrupted"]),
    (
        r"FailedCreate|ReplicaFailure",
        &[
            "resource-quota-exceeded",
            "security-policy-denied",
            "admission-webhook-denied",
            "service-account-missing",
            "limit-range-exceeded",
            "pod-object-invalid",
        ],
    ),
];

static COMPILED: LazyLock<Vec<(Regex, &'static [&'static str])>> = LazyLock::new(|| {
    BARE.iter()
        .filter_map(|(pattern, causes)| {
            let whole = format!(r"(?i)^\s*(?:{pattern})[\s.]*$");
            Some((Regex::new(&whole).ok()?, *causes))
        })
        .collect()
});

/// A row of `kubectl get pods`, and the kubelet's event about a container's error.
static IN_A_LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?m)^[ \t]*(?:[a-z0-9.-]+[ \t]+)?(?:pods?/)?[a-z0-9.-]+[ \t]+\d+/\d+[ \t]+(\S+)(?:\s|$)|\bError: (\w+)\s*$")
        .ok()
});

/// The causes a text that is nothing but a status word, or a line around one, can stand for.
pub(super) fn candidates(text: &str) -> &'static [&'static str] {
    let word = IN_A_LINE.as_ref().and_then(|re| re.captures(text)).and_then(|c| c.get(1).or(c.get(2)));
    let text = without_date(text).unwrap_or(text);
    // what `kubectl describe` writes in its last column
    let column = || {
        let line = text.trim();
        line.rsplit_once("  ").map(|(_, last)| last.trim()).filter(|_| !line.contains('\n'))
    };
    let text = word.map(|word| word.as_str()).or_else(column).unwrap_or(text);
    COMPILED.iter().find(|(regex, _)| regex.is_match(text)).map_or(&[], |(_, causes)| causes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_alone_has_candidates_and_a_sentence_has_none() {
        for (text, first) in [
            ("CrashLoopBackOff", "app-exited"),
            ("Back-off pulling image \"a/b:1\"", "image-name-wrong"),
            ("  exit code 137\n", "liveness-probe-killing"),
            ("web-0   0/1   ImagePullBackOff   0   12m", "image-name-wrong"),
            ("pod/web-0   0/1   ImagePullBackOff   0   12m", "image-name-wrong"),
            ("pod/egg 0/1 Evicted 0 102d", "evicted-memory"),
            (
                r#"pod_workers.go:1301] "Error syncing pod, skipping" err="failed to \"StartContainer\" for \"web\" with ImagePullBackOff: \"Back-off pulling image \\\"nginx:1.999\\\"\"" pod="shop/web-0" podUID=1"#,
                "image-name-wrong",
            ),
            ("2020-10-07T08:18:45Z Error: ImagePullBackOff W", "image-name-wrong"),
            (
                r#"Unhealthy: probe failed: Get "http://10.244.1.5:15021/ready": EOF"#,
                "readiness-probe-failing",
            ),
            ("Warning  Failed  2m  kubelet  Error: ErrImagePull", "image-name-wrong"),
            (
                "  Warning  FailedCreatePodSandBox  4m (x7 over 4m)  kubelet, wrk-02  Failed create pod sandbox.",
                "sandbox-network-failed",
            ),
        ] {
            let found = candidates(text);
            assert!(found.len() > 2 && found[0] == first, "{text}: {found:?}");
        }
        assert!(candidates("Error: ErrImagePull: dial tcp: no such host").is_empty());
        assert!(candidates("Readiness probe failed: EOF").is_empty());
        for (text, only) in [
            ("Error: stat /data/app: no such file or directory", "host-path-missing"),
            (
                r#"with CreateContainerConfigError: "stat /var/lib/kubelet/pods/2a/volumes/kubernetes.io~nfs/pv/sub: no such file or directory""#,
                "stale-subpath-mount",
            ),
        ] {
            assert_eq!(candidates(text), [only], "{text}");
        }
        assert!(BARE.iter().all(|(_, causes)| causes.iter().all(|id| crate::causes::find(id).is_some())));
        assert_eq!(BARE.len(), COMPILED.len());
    }
}
