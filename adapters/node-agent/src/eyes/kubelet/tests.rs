use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;

fn node() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "proc/1/comm", "systemd\n");
    root
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn runs(root: &Path, pid: u32, comm: &str, group: &str, line: &str) {
    write(root, &format!("proc/{pid}/comm"), &format!("{comm}\n"));
    write(root, &format!("proc/{pid}/cgroup"), &format!("0::{group}\n"));
    write(root, &format!("proc/{pid}/cmdline"), &(line.replace(' ', "\0") + "\0"));
}

const FILE: &str = "\
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
maxPods: 0
eventRecordQPS: 0
kubeAPIQPS: 20
kubeAPIBurst: 40
evictionHard: {memory.available: 200Mi, nodefs.available: \"5%\"}
staticPodPath: /etc/kubernetes/manifests
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
";

fn limits(seen: &Seen<Kubelet>) -> [Option<i64>; 7] {
    let l = seen.found.limits;
    [
        l.max_pods,
        l.event_qps,
        l.event_burst,
        l.kube_api_qps,
        l.kube_api_burst,
        l.registry_pull_qps,
        l.registry_burst,
    ]
}

#[test]
fn a_zero_is_a_zero_only_where_the_kubelet_can_tell_it_from_nothing() {
    let root = node();
    runs(
        root.path(),
        900,
        "kubelet",
        "/system.slice/kubelet.service",
        "kubelet --config=/var/lib/kubelet/config.yaml",
    );
    write(root.path(), "var/lib/kubelet/config.yaml", FILE);
    let seen = configuration(&Host::at(root.path()), "v1.31.2");
    assert_eq!(seen.gaps, []);
    assert_eq!(limits(&seen), [Some(110), Some(0), Some(100), Some(20), Some(40), Some(5), Some(10)]);
    let thresholds: Vec<_> = seen.found.eviction_hard.iter().map(|(k, v)| format!("{k}<{v}")).collect();
    assert_eq!(thresholds, ["memory.available<200Mi", "nodefs.available<5%"]);
    assert_eq!(seen.found.static_pods.as_deref(), Some("/etc/kubernetes/manifests"));
    assert_eq!(seen.found.runtime_endpoint.as_deref(), Some("unix:///run/containerd/containerd.sock"));
}

#[test]
fn a_flag_wins_over_drop_ins_and_those_over_the_file_in_their_order() {
    let root = node();
    let line = "kubelet --config /etc/k.yaml --config-dir=/etc/k.d --max-pods=250 --event-qps=0 \
                --eviction-hard=memory.available<1Gi,nodefs.available<3% --root-dir=/data/kubelet";
    runs(root.path(), 900, "kubelet", "/system.slice/kubelet.service", line);
    write(root.path(), "etc/k.yaml", FILE);
    write(
        root.path(),
        "etc/k.d/20-b.conf",
        "kubeAPIQPS: 70\nmaxPods: 60\nevictionHard: {memory.available: 5Gi}",
    );
    write(root.path(), "etc/k.d/10-a.conf", "kubeAPIQPS: 60\nkubeAPIBurst: 120\nstaticPodPath: null\n");
    write(root.path(), "etc/k.d/30-c.yaml", "kubeAPIQPS: 80");
    let seen = configuration(&Host::at(root.path()), "v1.30.0");
    assert_eq!(seen.gaps, []);
    assert_eq!(limits(&seen), [Some(250), Some(0), Some(100), Some(70), Some(120), Some(5), Some(10)]);
    assert_eq!(seen.found.eviction_hard["memory.available"], "1Gi");
    assert_eq!(seen.found.eviction_hard.len(), 2);
    assert_eq!((seen.found.static_pods, seen.found.root.as_str()), (None, "/data/kubelet"));
}

#[test]
fn defaults_follow_the_version_and_are_left_out_without_one() {
    let root = node();
    runs(root.path(), 900, "kubelet", "/system.slice/kubelet.service", "kubelet --kubeconfig=/etc/k.conf");
    // no --config: whatever lies there is not read
    write(root.path(), "var/lib/kubelet/config.yaml", FILE);
    let host = Host::at(root.path());
    let old = configuration(&host, "v1.26.9-gke.100");
    assert_eq!(limits(&old), [Some(110), Some(5), Some(10), Some(5), Some(10), Some(5), Some(10)]);
    assert_eq!(old.found.eviction_hard["nodefs.inodesFree"], "5%");
    assert_eq!(old.found.static_pods, None);
    assert_eq!(limits(&configuration(&host, "v1.27.0"))[3..5], [Some(50), Some(100)]);
    assert_eq!(limits(&configuration(&host, "")), [None; 7]);
}

#[test]
fn a_drop_ins_threshold_is_merged_into_the_defaults() {
    let root = node();
    runs(root.path(), 900, "kubelet", "/system.slice/kubelet.service", "kubelet --config-dir=/etc/k.d");
    write(root.path(), "etc/k.d/a.conf", "evictionHard: {memory.available: 300Mi}");
    let seen = configuration(&Host::at(root.path()), "v1.33.1");
    assert_eq!(seen.found.eviction_hard.len(), 4);
    assert_eq!(seen.found.eviction_hard["memory.available"], "300Mi");
}

#[test]
fn of_a_kubelet_that_is_down_the_usual_files_are_read_and_the_flags_are_a_gap() {
    let root = node();
    write(root.path(), "var/lib/kubelet/config.yaml", FILE);
    write(root.path(), "etc/kubernetes/kubelet.conf.d/a.conf", "maxPods: 42");
    let seen = configuration(&Host::at(root.path()), "v1.31.2");
    assert_eq!(
        (limits(&seen), seen.gaps.len()),
        ([Some(42), Some(0), None, Some(20), Some(40), None, None], 1)
    );
    assert!(seen.gaps[0].why.starts_with("no kubelet runs"), "{:?}", seen.gaps);
}

#[test]
fn where_no_process_is_seen_it_is_not_said_that_no_kubelet_runs() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "var/lib/kubelet/config.yaml", FILE);
    let host = Host::at(root.path());
    assert!(configuration(&host, "").gaps[0].why.starts_with("/proc: No such file"));
    fs::create_dir_all(root.path().join("proc")).unwrap();
    assert_eq!(configuration(&host, "").gaps[0].why, "/proc: it shows no processes");
    assert_eq!(configuration(&host, "").found.limits.kube_api_qps, Some(20));
}

#[test]
fn no_default_stands_in_for_a_file_that_cannot_be_read() {
    let root = node();
    runs(
        root.path(),
        900,
        "kubelet",
        "/system.slice/kubelet.service",
        "kubelet --config=/etc/k.yaml --event-qps=3",
    );
    let host = Host::at(root.path());
    for text in ["maxPods: [", "- a", "\u{0}"] {
        write(root.path(), "etc/k.yaml", text);
        let seen = configuration(&host, "v1.31.2");
        assert_eq!(limits(&seen), [None, Some(3), None, None, None, None, None], "{text}");
        assert_eq!(seen.found.static_pods.as_deref(), Some(STATIC_PODS));
        assert!(seen.gaps[0].why.starts_with("/etc/k.yaml: "), "{:?}", seen.gaps);
    }
    fs::remove_file(root.path().join("etc/k.yaml")).unwrap();
    assert_eq!(configuration(&host, "v1.31.2").gaps.len(), 1);
}

#[test]
fn a_pod_that_calls_itself_kubelet_is_none() {
    let root = node();
    runs(root.path(), 10, "kubelet", "/kubepods.slice/kubepods-pod1.slice/a.scope", "kubelet --max-pods=7");
    runs(root.path(), 900, "kubelet", "/system.slice/kubelet.service", "kubelet --max-pods=8");
    assert_eq!(configuration(&Host::at(root.path()), "").found.limits.max_pods, Some(8));
}

#[test]
fn k3s_and_microk8s_keep_their_flags_in_files() {
    let root = node();
    runs(root.path(), 20, "k3s-agent", "/system.slice/k3s-agent.service", "/usr/local/bin/k3s agent");
    write(
        root.path(),
        "etc/rancher/k3s/config.yaml",
        "token: abc\nkubelet-arg:\n- max-pods=200\n- event-qps=9\n",
    );
    write(
        root.path(),
        "var/lib/rancher/k3s/agent/etc/kubelet.conf.d/00-k3s.conf",
        "registryBurst: 77\nmaxPods: 3",
    );
    let seen = configuration(&Host::at(root.path()), "v1.32.1+k3s1");
    assert_eq!((seen.gaps.len(), limits(&seen)[0], limits(&seen)[6]), (0, Some(200), Some(77)));

    let root = node();
    let line = "/snap/microk8s/1/kubelite --kubelet-args-file=/var/snap/microk8s/current/args/kubelet";
    runs(root.path(), 20, "kubelite", "/system.slice/snap.microk8s.daemon-kubelite.service", line);
    let host = Host::at(root.path());
    assert_eq!(configuration(&host, "v1.30.0").gaps.len(), 1);
    write(root.path(), "var/snap/microk8s/current/args/kubelet", "--max-pods=\"99\"\n--event-qps 4\n");
    let seen = configuration(&host, "v1.30.0");
    assert_eq!((seen.gaps.len(), &limits(&seen)[..2]), (0, &[Some(99), Some(4)][..]));
}
