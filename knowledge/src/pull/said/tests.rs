//! Sentences as they were written, each with the one failure it tells of.

use super::*;

#[test]
fn words_are_shown_without_their_wrapping() {
    for (text, expected) in [
        (
            "Back-off pulling image \"r/a:1\": ErrImagePull: rpc error: code = Unknown desc = failed to pull and unpack image \"r/a:1\": failed to resolve reference \"r/a:1\": dial tcp: lookup r: no such host",
            "dial tcp: lookup r: no such host",
        ),
        ("Failed to pull image \"a\": pull QPS exceeded", "pull QPS exceeded"),
        ("Back-off pulling image \"a\"", "Back-off pulling image \"a\""),
        ("", ""),
    ] {
        assert_eq!(essence(text), expected);
    }
}

#[test]
fn each_sentence_tells_of_one_failure() {
    use Failure::{Broken as B, DiskFull, NodeCopy, Platform, Qps, RateLimited, Timeout, Unreachable};
    for (text, expected) in [
        ("pull QPS exceeded", Some(Qps)),
        ("Error: Status 429 trying to pull repository google_containers/kube-ui", Some(RateLimited)),
        (
            "failed to copy: httpReadSeeker: failed open: unexpected status code https://r/v2/a/manifests/sha256:8d: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.",
            Some(RateLimited),
        ),
        ("reading manifest 1 in docker.io/a/b: toomanyrequests: You have reached", Some(RateLimited)),
        (
            "failed to register layer: Error processing tar file(exit status 1): write /a.rpm: no space left on device",
            Some(DiskFull),
        ),
        ("no match for platform in manifest sha256:2f: not found", Some(Platform)),
        ("no matching manifest for linux/arm64/v8 in the manifest list entries", Some(Platform)),
        (
            r#"choosing image instance: no image found in image index for architecture "arm64", variant "v8", OS "linux""#,
            Some(Platform),
        ),
        ("error pulling image configuration: unknown blob", Some(B(Broken::Lost))),
        (
            "failed to copy: httpReadSeeker: failed open: content at https://reg.example/v2/a/b/blobs/sha256:ab not found: not found",
            Some(B(Broken::Lost)),
        ),
        (
            "failed to copy: httpReadSeeker: failed open: could not fetch content descriptor sha256:2a (application/x) from remote: not found",
            Some(B(Broken::Lost)),
        ),
        (
            "unexpected commit digest sha256:aa, expected sha256:bb: failed precondition",
            Some(B(Broken::Mismatch)),
        ),
        ("filesystem layer verification failed for digest sha256:aa", Some(B(Broken::Mismatch))),
        (
            "failed to register layer: rename /var/lib/docker/image/overlay/layerdb/tmp/layer-7 /x: directory not empty",
            Some(NodeCopy),
        ),
        (
            "Error response from daemon: readlink /mnt/disk0/docker/data/overlay2: invalid argument",
            Some(NodeCopy),
        ),
        (
            "failed to stat parent: stat /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/201/fs: no such file or directory",
            Some(NodeCopy),
        ),
        ("dial tcp: lookup registry.corp on 10.0.0.2:53: no such host", Some(Unreachable(Reach::Dns))),
        (
            "lookup gcr.io on 10.0.0.2:53: read udp 10.0.0.9:4->10.0.0.2:53: i/o timeout",
            Some(Unreachable(Reach::Dns)),
        ),
        ("dial tcp 108.160.165.173:443: i/o timeout", Some(Unreachable(Reach::NoAnswer))),
        (
            "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
            Some(Unreachable(Reach::NoAnswer)),
        ),
        ("net/http: TLS handshake timeout", Some(Unreachable(Reach::NoAnswer))),
        ("dial tcp 10.4.4.4:443: connect: connection refused", Some(Unreachable(Reach::Refused))),
        ("proxyconnect tcp: dial tcp 10.4.4.4:3128: i/o timeout", Some(Unreachable(Reach::Proxy))),
        (r#"Head "https://10.172.49.246/v2/a/blobs/sha256:68": EOF"#, Some(Unreachable(Reach::Cut))),
        ("read tcp 10.0.0.1:5->10.0.0.2:443: read: connection reset by peer", Some(Unreachable(Reach::Cut))),
        ("received unexpected HTTP status: 503 Service Unavailable", Some(Unreachable(Reach::Unavailable))),
        ("rpc error: code = Unknown desc = context canceled", Some(Timeout(Slow::NoProgress))),
        (
            "rpc error: code = DeadlineExceeded desc = context deadline exceeded",
            Some(Timeout(Slow::Deadline)),
        ),
        ("failed to copy: read tcp 10.0.0.1:5->10.0.0.2:443: i/o timeout", Some(Timeout(Slow::Deadline))),
        ("manifest for a/b:1 not found: manifest unknown: manifest unknown", None),
        (
            r#"rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused""#,
            None,
        ),
        ("rpc error: code = Unavailable desc = error reading from server: EOF", None),
        ("failed to stat \"/mnt/storage/data\": stat /mnt/storage/data: no such file or directory", None),
        ("readlink /var/lib/kubelet/plugins/a: invalid argument", None),
        (
            "failed to create containerd task: failed to create shim task: failed to mount rootfs component: no such file or directory: unknown",
            Some(NodeCopy),
        ),
        ("failed to get reader from content store: content digest sha256:aa: not found", Some(NodeCopy)),
        (
            "error creating overlay mount to /var/lib/docker/overlay2/aa/merged: no such file or directory",
            Some(NodeCopy),
        ),
        ("readlink /var/lib/containers/storage/overlay/l/AB: no such file or directory", Some(NodeCopy)),
        (
            "failed to register layer: Error processing tar file(exit status 1): archive/tar: invalid tar header",
            Some(B(Broken::Format)),
        ),
        ("failed to register layer: ApplyLayer exit status 1: lchown /etc/x: invalid argument", None),
        (
            "failed to register layer: devmapper: Thin Pool has 12 free data blocks which is less than minimum required 163 free data blocks",
            Some(DiskFull),
        ),
        ("failed to register layer: container id 197609 cannot be mapped to a host id", None),
        ("failed to register layer: Error processing tar file(signal: killed)", None),
        // what an image or its registry is called says nothing
        (
            "failed to do request: Head \"https://registry.sockshop.example/v2/\": dial tcp 10.9.9.9:443: connect: connection refused",
            Some(Unreachable(Reach::Refused)),
        ),
        (
            "failed to resolve reference \"hub.lab/pki/x509:1.2\": dial tcp: lookup hub.lab: no such host",
            Some(Unreachable(Reach::Dns)),
        ),
        (
            "failed to resolve reference \"toomanyrequests.example/short-name-resolver:1\": toomanyrequests.example/short-name-resolver:1: not found",
            None,
        ),
        ("x509: certificate signed by unknown authority", None),
        ("unauthorized: authentication required", None),
        ("Back-off pulling image", None),
    ] {
        assert_eq!(failure(text), expected, "{text}");
    }
}
