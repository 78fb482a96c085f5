//! No node the pod could run on has enough memory left.

use crate::cause::Cause;
use crate::finding::Stage;
use crate::remedy::RemedyKind;
use crate::schedule::insufficient;

/// `insufficient-memory`
pub const CAUSE: Cause = Cause {
    id: "insufficient-memory",
    stage: Some(Stage::Schedule),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("smallest-change"),
        RemedyKind::words("lower-request"),
        RemedyKind::words("free-room"),
        RemedyKind::words("add-node"),
    ],
    // the scheduler's sentences are read by schedule::message
    wordings: &[],
    detect: |s| insufficient::detect(s, "insufficient-memory"),
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};
