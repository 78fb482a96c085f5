//! What people read while the ledger is away.

use crate::words::Words;

/// What becomes of alerts.
pub(super) const NOT_TAKEN: Words = Words(
    "Its podwhy can write nothing down: alerts are not taken (503), stay in Alertmanager, and are sent again when it is back.",
    "podwhy 目前无法记录任何内容：告警不会被接收（503），仍保留在 Alertmanager 中，恢复后会重新发送。",
);

/// Before the incidents that are not kept current.
pub(super) const OUT_OF_DATE: Words =
    Words("Until then these incidents here may be out of date:", "在此期间，本频道的以下事件可能已过时：");

/// In place of a second thread.
pub(super) const TOLD_ELSEWHERE: Words =
    Words("This is told in another thread of this channel.", "该情况在本频道的另一消息串中说明。");

/// The name of a link.
pub(super) const THE_THREAD: Words = Words("the thread", "前往该消息串");
