//! The kubelet ended the pod, or did not let it in, because its node ran short of disk space or inodes.

use crate::cause::Cause;
use crate::evicted::{self, Short};
use crate::finding::Stage;
use crate::remedy::RemedyKind;
use crate::wording::Wording;

/// `evicted-disk`
pub const CAUSE: Cause = Cause {
    id: "evicted-disk",
    stage: Some(Stage::Evict),
    since: "0.1.0",
    hides: &["container-status-lost", "pod-disrupted", "volume-mount-failed"],
    expected: false,
    remedies: &[
        RemedyKind::button("delete-pod"),
        RemedyKind::words("see-node"),
        RemedyKind::words("free-space"),
        RemedyKind::words("bound-usage"),
    ],
    wordings: &[
        Wording::telling(
            r"node was low on resource: \[?(ephemeral-storage|nodefs|imagefs|containerfs|inodes|disk)",
            "The node was low on resource: ephemeral-storage. Container exporter was using 73712Ki, which exceeds its request of 0. ",
            "kubelet 1.4–1.37",
        ),
        Wording::telling(
            r"node had condition:? \[?[\w, ]*DiskPressure",
            "Pod The node had condition: [DiskPressure]. ",
            "kubelet 1.3–1.37",
        ),
        // an event of the node: whom it will evict is not said
        Wording::hint(
            r#"(Attempting|must evict pod\(s\)) to reclaim(" resourceName=")? ?(ephemeral-storage|nodefs|imagefs|containerfs|inodes)"#,
            "EvictionThresholdMet  Attempting to reclaim ephemeral-storage",
            "kubelet 1.4–1.37",
        ),
    ],
    detect: |s| evicted::detect(s, Short::Disk, "DiskPressure"),
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};
