//! The kubelet ended the pod, or did not let it in, because its node ran short of memory.

use crate::cause::Cause;
use crate::evicted::{self, Short};
use crate::finding::Stage;
use crate::remedy::RemedyKind;
use crate::wording::Wording;

/// `evicted-memory`
pub const CAUSE: Cause = Cause {
    id: "evicted-memory",
    stage: Some(Stage::Evict),
    since: "0.1.0",
    hides: &["container-status-lost", "pod-disrupted", "volume-mount-failed"],
    expected: false,
    remedies: &[
        RemedyKind::button("delete-pod"),
        RemedyKind::words("see-node"),
        RemedyKind::words("give-requests"),
    ],
    wordings: &[
        Wording::telling(
            r"node was low on resource: \[?memory|node was low on compute resources",
            "The node was low on resource: memory. Threshold quantity: 100Mi, available: 51200Ki. Container ranker was using 3256Ki, request is 2048Ki, has larger consumption of memory. ",
            "kubelet 1.4–1.37",
        ),
        Wording::telling(
            r"node had condition:? \[?[\w, ]*MemoryPressure",
            "The node had condition: [MemoryPressure]. ",
            "kubelet 1.3–1.37",
        ),
        // an event of the node: whom it will evict is not said
        Wording::hint(
            r#"(Attempting|must evict pod\(s\)) to reclaim(" resourceName=")? ?memory"#,
            "EvictionThresholdMet  Attempting to reclaim memory",
            "kubelet 1.4–1.37",
        ),
    ],
    detect: |s| evicted::detect(s, Short::Memory, "MemoryPressure"),
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};
