//! The kubelet ended the pod, or did not let it in, because its node ran short of process ids.

use crate::cause::Cause;
use crate::evicted::{self, Short};
use crate::finding::Stage;
use crate::remedy::RemedyKind;
use crate::wording::Wording;

/// `evicted-pid`
pub const CAUSE: Cause = Cause {
    id: "evicted-pid",
    stage: Some(Stage::Evict),
    since: "0.1.0",
    hides: &["container-status-lost", "pod-disrupted", "volume-mount-failed"],
    expected: false,
    remedies: &[
        RemedyKind::button("delete-pod"),
        RemedyKind::words("find-processes"),
        RemedyKind::words("bound-processes"),
    ],
    wordings: &[
        Wording::telling(
            r"node was low on resource: \[?pids?\b",
            "The node was low on resource: pids. Threshold quantity: 1000, available: 812. ",
            "kubelet 1.14–1.37",
        ),
        Wording::telling(
            r"node had condition:? \[?[\w, ]*PIDPressure",
            "The node had condition: [PIDPressure]. ",
            "kubelet 1.14–1.37",
        ),
    ],
    detect: |s| evicted::detect(s, Short::Pid, "PIDPressure"),
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};
