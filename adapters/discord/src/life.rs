//! Whether the bot runs, ends, or has ended.

use tokio::sync::watch;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Running,
    /// Nothing new is begun; what is under way goes on.
    Ending,
    /// What is under way is given up.
    Over,
}

/// The bot's life, to be waited on from anywhere.
pub(crate) struct Life(watch::Sender<Phase>);

impl Default for Life {
    fn default() -> Life {
        Life(watch::Sender::new(Phase::Running))
    }
}

impl Life {
    pub(crate) fn end(&self) {
        self.0.send_modify(|phase| *phase = (*phase).max(Phase::Ending));
    }

    pub(crate) fn give_up(&self) {
        self.0.send_replace(Phase::Over);
    }

    pub(crate) fn is_ending(&self) -> bool {
        *self.0.borrow() >= Phase::Ending
    }

    /// Returns once it ends.
    pub(crate) async fn ending(&self) {
        self.reached(Phase::Ending).await;
    }

    /// Returns once it is over.
    pub(crate) async fn over(&self) {
        self.reached(Phase::Over).await;
    }

    async fn reached(&self, wanted: Phase) {
        // an error would be a dropped sender, which `self` holds
        drop(self.0.subscribe().wait_for(|phase| *phase >= wanted).await);
    }
}
