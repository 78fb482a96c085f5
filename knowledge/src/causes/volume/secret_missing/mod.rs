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
    ],
    wordings: &[Wording::telling(
        r#"\bsecrets? "(?P<name>[^"]+)" not found"#,
        r#"MountVolume.SetUp failed for volume "v" : secret "shop-settings" not found"#,
        "kubelet 1.2–1.37",
    )],
    detect: |s| config::detect(s, Wanted::Secret),
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};
