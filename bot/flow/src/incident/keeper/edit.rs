//! Makes a message show what is wanted now.

use super::super::wanted::{Says, digest};
use super::Keeper;
use super::memory::Outcome;
use super::plan::Step;
use super::post::find_standing;
use crate::ports::BoardError;

impl Keeper {
    /// What it shows is struck out of the ledger first: whoever takes over in the middle of it would else believe the old,
    /// and leave the new one standing when all turns back to the old.
    pub(super) async fn edit(&self, step: &Step, message: &str, is_last: bool) -> Outcome {
        let (Says::Body(body), Some(board)) = (&step.says, self.board(&step.key.to)) else {
            return Outcome::Over;
        };
        let struck = self
            .store
            .status(&step.key.incident, |status| {
                let own = find_standing(&mut status.posts, &step.key, message);
                own.map(|post| post.shown = None).is_some()
            })
            .await;
        match struck {
            Ok(Some(true)) if self.lead.leads() => {}
            Ok(Some(true)) => return Outcome::NotLeading,
            Ok(_) => return Outcome::Raced,
            Err(_) => return Outcome::Later,
        }
        let shows = digest(body);
        match board.edit(&step.place, message, body).await {
            Ok(()) => {
                self.counts().edits.add();
                if is_last { self.shows(step, message, shows).await } else { edited(shows, is_last) }
            }
            Err(BoardError::Unclear(why)) => {
                tracing::debug!(id = step.place.id, why, "it is not known whether a message was edited");
                self.counts().unclear.add();
                Outcome::EditUnclear
            }
            Err(BoardError::Later(why)) => {
                tracing::debug!(id = step.place.id, why, "an edit is put off");
                self.counts().later.add();
                Outcome::Later
            }
            Err(BoardError::Gone) => self.lose(step, message).await,
            Err(BoardError::Refused(why)) => self.refuse(step, why).await,
        }
    }

    async fn shows(&self, step: &Step, message: &str, shows: String) -> Outcome {
        let stored = self
            .store
            .status(&step.key.incident, |status| {
                if let Some(post) = find_standing(&mut status.posts, &step.key, message) {
                    post.shown = Some(shows.clone());
                }
            })
            .await;
        // else it is edited once more, to the same
        if stored.is_ok() { edited(shows, true) } else { Outcome::Later }
    }

    /// Somebody took it away: it is posted again.
    async fn lose(&self, step: &Step, message: &str) -> Outcome {
        let stored = self
            .store
            .status(&step.key.incident, |status| {
                if let Some(post) = find_standing(&mut status.posts, &step.key, message) {
                    (post.message, post.shown) = (None, None);
                }
            })
            .await;
        if stored.is_ok() { Outcome::Gone } else { Outcome::Later }
    }
}

fn edited(digest: String, is_last: bool) -> Outcome {
    Outcome::Edited { digest, is_last }
}
