//! A ConfigMap or Secret exists but lacks a key the pod names.

use crate::cause::Cause;
use crate::config::{self, Wanted};
use crate::finding::Stage;
use crate::remedy::RemedyKind;
use crate::wording::Wording;

/// `config-key-missing`
pub const CAUSE: Cause = Cause {
    id: "config-key-missing",
    stage: Some(Stage::Volume),
    since: "0.1.0",
    hides: &["volume-mount-failed"],
    expected: false,
    remedies: &[
        RemedyKind::words("fix-key"),
        RemedyKind::words("add-key"),
        RemedyKind::words("make-optional"),
    ],
    wordings: &[
        Wording::telling(
            r"couldn't find key (?P<key>\S+) in (?P<object>ConfigMap|Secret) (?P<namespace>[^/\s]+)/(?P<name>[^\s,]+)",
            "couldn't find key region in ConfigMap shop/rates-config",
            "kubelet 1.8–1.37",
        ),
        Wording::telling(
            r"references non-existent (config|secret) key(: (?P<key>\S+))?",
            r#"MountVolume.SetUp failed for volume "scripts" : configmap references non-existent config key: REPLICAS"#,
            "kubelet 1.3–1.37",
        ),
    ],
    detect: |s| config::detect(s, Wanted::Key),
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};
