//! What kubelets and runtimes say.

use super::{From, Pattern, Weight};

const UNIT: Pattern = Pattern {
    class: "",
    part: "",
    from: From::Unit,
    weight: Weight::Tells,
    wanted: "",
    unless: None,
    samples: &[],
    near: &[],
};

pub const PATTERNS: &[Pattern] = &[
    // why it ended: klog's fatal lines, cobra's last word, a Go panic
    Pattern {
        class: "kubelet-exit",
        from: From::Kubelet,
        wanted: r#"^F\d{4} |"command failed" err=|(?i:failed to run kubelet)|Failed to load kubelet config|^panic: |level=fatal"#,
        samples: &[
            r#"E0504 09:20:15.000000     812 run.go:74] "command failed" err="failed to run Kubelet: running with swap on is not supported, please disable swap! or set --fail-swap-on flag to false. /proc/swaps contained: [Filename]""#,
            "F0912 12:34:56.789012    1234 server.go:265] failed to run Kubelet: unable to load bootstrap kubeconfig: stat /etc/kubernetes/bootstrap-kubelet.conf: no such file or directory",
            r#"E0504 09:20:15.000000     812 server.go:206] "Failed to load kubelet config file" err="open /var/lib/kubelet/config.yaml: no such file or directory" path="/var/lib/kubelet/config.yaml""#,
            "panic: runtime error: invalid memory address or nil pointer dereference",
            r#"time="2026-05-04T09:20:15Z" level=fatal msg="starting kubernetes: preparing server: failed to get CA certs""#,
        ],
        near: &[
            r#"E0504 09:20:15.000000     812 kubelet.go:2447] "Error getting node" err="node \"a\" not found""#,
            "I0504 09:20:15.000000     812 server.go:440] Started kubelet v1.9.1",
        ],
        ..UNIT
    },
    Pattern {
        class: "kubelet-exit",
        from: From::Kubelet,
        weight: Weight::Weak,
        wanted: r"\.service: (?:Main process exited|main process exited, code=|A process of this unit has been killed by the OOM killer)",
        samples: &[
            "kubelet.service: Main process exited, code=exited, status=1/FAILURE",
            "kubelet.service: main process exited, code=exited, status=255/n/a",
            "k3s.service: A process of this unit has been killed by the OOM killer.",
        ],
        near: &[
            "kubelet.service: Scheduled restart job, restart counter is at 7.",
            "Stopped kubelet.service - kubelet.",
        ],
        ..UNIT
    },
    Pattern {
        class: "unmount-busy",
        wanted: r"error cleaning subPath mounts|(?:[Uu]n-?mount|umount|TearDown).*(?P<why>device or resource busy|target is busy|device is busy)|(?:rename|remove|rmdir|unlinkat|deleting).*/pods/.*(?:device or resource busy|directory not empty)",
        samples: &[
            r#"Error: "error cleaning subPath mounts for volume \"filebeat-config\" (UniqueName: \"kubernetes.io/configmap/8566433c-80bf-e76d-601d-52d2fc3d487b-filebeat-config\") pod \"8566433c-80bf-e76d-601d-52d2fc3d487b\": remove /var/lib/kubelet/pods/8566433c-80bf-e76d-601d-52d2fc3d487b/volume-subpaths/filebeat-config/filebeat/1: device or resource busy""#,
            r#"E0504 09:20:08.000000 812 nestedpendingoperations.go:348] Operation for "{volumeName:kubernetes.io/csi/d^pvc-1 podName:8566433c-80bf-e76d-601d-52d2fc3d487b nodeName:}" failed. Error: UnmountVolume.TearDown failed for volume "data" : rpc error: code = Internal desc = umount: /var/lib/kubelet/pods/8566433c-80bf-e76d-601d-52d2fc3d487b/volumes/kubernetes.io~csi/pvc-1/mount: target is busy."#,
            r#"E0712 10:11:12.123456 2231 kubelet_volumes.go:140] orphaned pod "8566433c-80bf-e76d-601d-52d2fc3d487b" found, but failed to rmdir() volume at path /var/lib/kubelet/pods/8566433c-80bf-e76d-601d-52d2fc3d487b/volumes/kubernetes.io~nfs/share: directory not empty"#,
        ],
        near: &[
            r#"UnmountVolume.TearDown failed for volume "config" : stat /var/lib/kubelet/pods/a/volumes: no such file or directory"#,
            "Driver overlay2 failed to remove root filesystem 5f1c: remove /var/lib/docker/overlay2/5f1c/merged: device or resource busy",
        ],
        ..UNIT
    },
    Pattern {
        class: "status-refused",
        wanted: r#"[Ff]ailed to (?:update|patch) status(?: for pod)?.*(?P<why>pod updates may not change fields|admission webhook \\*"[^"]+" denied the request|failed calling (?:admission )?webhook)"#,
        samples: &[
            r#"I0504 09:19:50.000000 812 status_manager.go:877] "Failed to update status for pod" pod="batch/report-x7k2p" err="failed to patch status \"{\\\"metadata\\\":{\\\"uid\\\":\\\"70a42b33-781c-b5fe-3e4c-a06a50b1a1f0\\\"}}\" for pod \"batch\"/\"report-x7k2p\": pods \"report-x7k2p\" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`""#,
            r#"W0504 09:19:50.000000 812 status_manager.go:545] Failed to update status for pod "report-x7k2p_batch(70a42b33-781c-b5fe-3e4c-a06a50b1a1f0)": admission webhook "pods.guard.example" denied the request: no"#,
            r#"W1108 01:02:03.000000 99 status_manager.go:461] Failed to update status for pod "a_b(70a42b33-781c-b5fe-3e4c-a06a50b1a1f0)": Internal error occurred: failed calling admission webhook "w.example": Post https://w.b.svc:443/: no route to host"#,
        ],
        near: &[
            r#"I0504 09:19:50.000000 812 status_manager.go:877] "Failed to update status for pod" pod="batch/a" err="failed to patch status: Patch \"https://10.0.0.1:6443/api/v1\": dial tcp 10.0.0.1:6443: connect: connection refused""#,
            r#"Failed to update status for pod "a": Operation cannot be fulfilled on pods "a": the object has been modified"#,
            r#""Failed creating a mirror pod for" err="admission webhook \"pods.guard.example\" denied the request" pod="a/b""#,
        ],
        ..UNIT
    },
    Pattern {
        class: "readlink-invalid",
        wanted: r"readlink \S+: invalid argument",
        samples: &[
            r#"time="2026-05-04T09:19:41Z" level=error msg="Handler for GET /v1.31/images/cr.alder.example/develop/pms:175/json returned error: readlink /mnt/disk0/docker/data/overlay2: invalid argument""#,
            r#"E0504 09:19:41.000000 812 kuberuntime_image.go:78] ImageStatus "cr.example/a:1" from image service failed: rpc error: code = Unknown desc = Error response from daemon: readlink /var/lib/docker/overlay2/l: invalid argument"#,
        ],
        near: &[
            "readlink /var/lib/docker/overlay2/l/AB: no such file or directory",
            "readlink: invalid argument count",
        ],
        ..UNIT
    },
    Pattern {
        class: "unknown-blob",
        wanted: r"unknown blob|blob unknown to registry|BLOB_UNKNOWN",
        samples: &[
            r#"time="2019-03-04T09:19:41Z" level=error msg="Not continuing with pull after error: error pulling image configuration: unknown blob""#,
            r#"E0504 09:19:41.000000 812 remote_image.go:180] "PullImage from image service failed" err="rpc error: code = Unknown desc = reading blob sha256:aa: fetching blob: blob unknown to registry" image="cr.example/a:1""#,
        ],
        near: &["manifest unknown: manifest unknown", "failed to resolve reference: not found"],
        ..UNIT
    },
    Pattern {
        class: "pull-qps",
        wanted: r"pull QPS exceeded",
        samples: &[
            r#"E0504 09:19:40.000000 812 pod_workers.go:190] Error syncing pod 8566433c-80bf-e76d-601d-52d2fc3d487b ("a_b(8566433c-80bf-e76d-601d-52d2fc3d487b)"), skipping: failed to "StartContainer" for "a" with ErrImagePull: "pull QPS exceeded""#,
            r#"E0504 09:19:40.000000 812 kuberuntime_manager.go:1274] "Unhandled Error" err="container a start failed in pod a_b(8566433c): ErrImagePull: pull QPS exceeded""#,
        ],
        near: &["toomanyrequests: You have reached your pull rate limit", "QPS exceeded"],
        ..UNIT
    },
    Pattern {
        class: "pleg",
        wanted: r"PLEG is not healthy|pleg was last seen active",
        samples: &[
            r#"E0504 09:19:40.000000 812 kubelet.go:2447] "Skipping pod synchronization" err="PLEG is not healthy: pleg was last seen active 3m0.5s ago; threshold is 3m0s""#,
            "I0630 10:19:21.000000    2911 kubelet.go:1794] skipping pod synchronization - [PLEG is not healthy: pleg was last seen active 27h14m51.413818128s ago; threshold is 3m0s]",
        ],
        near: &[
            r#""Skipping pod synchronization" err="PLEG has yet to be successful""#,
            r#"SyncLoop (PLEG): event for pod" pod="a/b""#,
        ],
        ..UNIT
    },
    Pattern {
        class: "api-throttled",
        wanted: r"client-side throttling|Throttling request took|client rate limiter Wait returned an error",
        samples: &[
            "I0504 09:19:40.000000 812 request.go:690] Waited for 1.198s due to client-side throttling, not priority and fairness, request: PATCH:https://10.0.0.1:6443/api/v1/namespaces/shop/pods/cart-0/status",
            r#"I0205 13:35:21.293404 812 request.go:752] "Waited before sending request" delay="1.200875613s" reason="client-side throttling, not priority and fairness" verb="POST" URL="https://10.0.0.1:6443/api/v1/namespaces/shop/events""#,
            "I0601 10:00:00.000000 99 request.go:621] Throttling request took 1.04s, request: GET:https://10.0.0.1:6443/api/v1/nodes/a",
            r#"Failed to update status for pod "cart-0": client rate limiter Wait returned an error: context deadline exceeded"#,
        ],
        near: &[
            r#""Server rejected event (will not retry!)" err="the server has received too many requests""#,
            "Waited for 2s before the next sync",
        ],
        ..UNIT
    },
    // the words that matter are those of kubelets whose events say nothing more
    Pattern {
        class: "sandbox",
        wanted: r"(?i:creat\w* ?(?:pod ?)?sandbox\b|infra container: )(?:.*(?P<why>desc = |image pull failed))?",
        unless: Some(r"^I\d{4} |(?i:KillPodSandbox|StopPodSandbox|DeleteSandbox)"),
        samples: &[
            r#"E0504 09:19:20.000000 812 kuberuntime_sandbox.go:54] CreatePodSandbox for pod "dns-check-7q6dr_net(66a4)" failed: rpc error: code = Unknown desc = failed pulling image "hub.net.example:35000/infra/pod-infrastructure:7": Error response from daemon: {"message":"Get https://hub.net.example:35000/v2/infra/pod-infrastructure/manifests/7: no basic auth credentials"}"#,
            r#"E0106 12:54:36.165029 12073 kuberuntime_sandbox.go:72] "Failed to create sandbox for pod" err="rpc error: code = Unknown desc = failed to get sandbox image \"registry.k8s.io/pause:3.6\": failed to pull image" pod="kube-system/dns-0""#,
            r#"E0429 18:13:16.559646 3067 pod_workers.go:1281] "Error syncing pod, skipping" err="failed to \"CreatePodSandbox\" for \"dns-0_kube-system(d79d81b39a8fbfd55e971ba990a6e84f)\" with CreatePodSandboxError: \"Failed to create sandbox for pod: rpc error: code = Unknown desc = failed to setup network for sandbox \\\"2d21\\\": plugin type=\\\"bridge\\\" failed (add): no such device\"" pod="kube-system/dns-0" podUID="d79d81b39a8fbfd55e971ba990a6e84f""#,
        ],
        near: &[
            "I0504 09:19:20.000000 812 kuberuntime_manager.go:383] No ready sandbox for pod \"a_b(c)\" can be found. Need to start a new one",
            r#"E0504 09:19:20.000000 812 kuberuntime_manager.go:1079] "Failed to stop sandbox" podSandboxID="a" KillPodSandbox, not create sandbox"#,
            r#"time="2026-05-04T09:19:41Z" level=info msg="RunPodSandbox for a returns sandbox id""#,
        ],
        ..UNIT
    },
];
