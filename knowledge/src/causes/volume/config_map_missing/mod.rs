//! The pod names a ConfigMap that does not exist.

use crate::cause::Cause;
use crate::config::{self, Wanted};
use crate::finding::Stage;
use crate::remedy::RemedyKind;
use crate::wording::Wording;

/// `config-map-missing`
pub const CAUSE: Cause = Cause {
    id: "config-map-missing",
    stage: Some(Stage::Volume),
    since: "0.1.0",
    hides: &["volume-mount-failed"],
    expected: false,
    remedies: &[
        RemedyKind::words("fix-name"),
        RemedyKind::words("create"),
        RemedyKind::words("make-optional"),
        RemedyKind::words("look-at-publisher"),
    ],
    wordings: &[
        Wording::telling(
            r#"\bconfigmaps? "(?P<name>[^"]+)" not found"#,
            r#"MountVolume.SetUp failed for volume "v" : configmap "shop-settings" not found"#,
            "kubelet 1.2–1.37",
        )
        .blames("ConfigMap"),
        Wording::hint(
            r#"configmaps? "(?P<name>[^"]+)" is forbidden: User "system:node:[^\n]*no relationship found between node"#,
            r#"configmaps "web" is forbidden: User "system:node:wrk-2" cannot get resource "configmaps" in API group "" in the namespace "shop": no relationship found between node 'wrk-2' and this object"#,
            "kubelet 1.8–1.37, node authorizer",
        )
        .blames("ConfigMap"),
    ],
    detect: |s| config::detect(s, Wanted::ConfigMap),
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};
