//! The flow is asked. A panic or an overrun in it is a fault with an id: of one question, not of the bot.

use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::FutureExt;
use podwhy_flow::chat::desk::fault_id;
use podwhy_flow::chat::{Accepted, Audience, Content, Intake, Question, Reply};
use podwhy_knowledge::Lang;
use tracing::error;

use super::Work;

impl Work {
    /// Reads a question.
    pub(super) fn read(&self, question: &Question) -> Intake {
        let read = catch_unwind(AssertUnwindSafe(|| self.answering.intake(question)));
        read.unwrap_or_else(|_| {
            let reply = self.fault("the reading of a question panicked", self.lang, None);
            Intake::Now(Reply { audience: Audience::Asker, ..reply })
        })
    }

    /// Answers what was accepted.
    pub(super) async fn answered(&self, accepted: &Accepted) -> Reply {
        // the semaphore is never closed
        let _seat = self.seats.acquire().await;
        let answer = AssertUnwindSafe(async { self.answering.answer(accepted).await }).catch_unwind();
        let why = match tokio::time::timeout(self.patience, answer).await {
            Ok(Ok(reply)) => return reply,
            Ok(Err(_)) => "an answer panicked",
            Err(_) => "an answer took too long",
        };
        let reply = self.fault(why, accepted.lang, accepted.line.clone());
        Reply { audience: accepted.audience, ..reply }
    }

    /// A fault of podwhy's own, in the log under the id that is told.
    pub(super) fn fault(&self, why: &'static str, lang: Lang, line: Option<String>) -> Reply {
        let id = fault_id();
        error!(id, "{why}");
        self.metrics.question("fault");
        Reply { lang, audience: Audience::Asker, content: Content::Fault(id), line, fix: false }
    }
}
