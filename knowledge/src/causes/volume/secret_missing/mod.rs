//! The pod names a Secret that does not exist.

use crate::cause::Cause;
use crate::config::{self, Wanted};
use crate::finding::Stage;
use crate::remedy::RemedyKind;
use crate::wording::Wording;

/// `secret-missing`
pub const CAUSE: Cause = Cause {
    id: "secret-missing",
    stage: Some(Stage::Volume),
    since: "0.1.0",
    hides: &["volume-mount-failed"],
    expected: false,
    remedies: &[
        RemedyKind::words("fix-name"),
        RemedyKind::words("create"),
        RemedyKind::words("make-optional"),
        RemedyKind::words("delete-pod"),
    ],
    wordings: &[
        Wording::telling(
            r#"\bsecrets? "(?P<name>[^"]+)" not found"#,
            r#"MountVolume.SetUp failed for volume "v" : secret "shop-settings" not found"#,
            "kubelet 1.2–1.37",
        )
        .blames("Secret"),
        Wording::hint(
            r#"secrets? "(?P<name>[^"]+)" is forbidden: User "system:node:[^\n]*no relationship found between node"#,
            r#"secrets "web" is forbidden: User "system:node:wrk-2" cannot get resource "secrets" in API group "" in the namespace "shop": no relationship found between node 'wrk-2' and this object"#,
            "kubelet 1.8–1.37, node authorizer",
        )
        .blames("Secret"),
    ],
    detect: |s| config::detect(s, Wanted::Secret),
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};
