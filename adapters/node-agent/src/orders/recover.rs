//! What an earlier run began and did not end.

use podwhy_api::report::Unit;
use podwhy_api::ticket::Phase;
use tracing::warn;

use super::hands::Ended;
use super::journal::Begun;
use super::obey::Orders;

impl Orders {
    /// Tells what became of what was begun and not ended. Nothing is begun again: this process was ended in the middle of it, which is
    /// what happens where it restarts the runtime that it runs under.
    pub async fn recover(&self) {
        let unfinished = self.journal().unfinished();
        for begun in unfinished {
            let after = match &begun.before {
                Some(before) => self.hands.now(&before.name).await,
                None => None,
            };
            let ended = ended(&begun, after);
            warn!(ticket = begun.name, phase = ?ended.phase, "a ticket was begun by an earlier run of this agent");
            self.ends(&begun.name, &begun.uid, &begun.remediation_uid, ended).await;
        }
    }
}

/// That the unit runs as another invocation proves that it was restarted since, which is what was ordered.
fn ended(begun: &Begun, after: Option<Unit>) -> Ended {
    let is_another = |before: &Unit, after: &Unit| {
        let known = !before.invocation.is_empty() && !after.invocation.is_empty();
        known && before.invocation != after.invocation && after.active == "active"
    };
    let was_restarted =
        begun.before.as_ref().zip(after.as_ref()).is_some_and(|(before, after)| is_another(before, after));
    let (phase, reason, message) = if was_restarted {
        let message = "it runs since as another invocation; the agent was ended in the middle of it";
        (Phase::Done, "", message)
    } else {
        let message = "the agent was ended in the middle of it: it may or may not have been done";
        (Phase::Unclear, "Interrupted", message)
    };
    Ended { before: begun.before.clone(), after, ..Ended::new(phase, reason, message) }
}
