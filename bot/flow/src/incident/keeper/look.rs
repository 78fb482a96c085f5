//! Looks for a message of which it is not known whether it stands, and for doubles.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::Keeper;
use super::memory::Outcome;
use super::plan::Step;
use super::post::{find, find_standing};
use super::receipt::hold;
use crate::ports::BoardError;

impl Keeper {
    pub(super) async fn look_up(&self, step: &Step, attempted: Timestamp) -> Outcome {
        let begun = Instant::now();
        let found = match self.find(step, attempted).await {
            Ok(found) => found,
            Err(outcome) => return outcome,
        };
        let Some(oldest) = found.first() else { return Outcome::NotThere(attempted, begun) };
        if !self.lead.leads() {
            return Outcome::NotLeading;
        }
        // the attempt stays beside the id: another message of it may be shown later than this one
        let stored = self
            .store
            .status(&step.key.incident, |status| match find(&mut status.posts, &step.key) {
                Some(post) => {
                    let _which = hold(post, oldest, None);
                    post.message.clone()
                }
                None => None,
            })
            .await;
        match stored {
            Ok(Some(Some(kept))) => {
                if kept == *oldest {
                    self.counts().adopted.add();
                }
                self.only(step, &kept, &found).await;
                Outcome::Adopted
            }
            Ok(_) => Outcome::Raced,
            Err(_) => Outcome::Later,
        }
    }

    /// Looks once more for what was posted or found in doubt.
    pub(super) async fn check(&self, step: &Step, attempted: Timestamp, message: &str) -> Outcome {
        let found = match self.find(step, attempted).await {
            Ok(found) => found,
            Err(outcome) => return outcome,
        };
        // what this one knows may be old: the ledger itself says which is kept
        let Ok(incident) = self.store.read(&step.key.incident).await else { return Outcome::Later };
        let holds = incident.is_some_and(|incident| {
            let to = &step.key.to;
            let post = super::super::wanted::find(&incident.status.posts, &step.key.part, to);
            post.is_some_and(|post| post.message.as_deref() == Some(message))
        });
        if !holds {
            return Outcome::Raced;
        }
        if !self.only(step, message, &found).await {
            return Outcome::Later;
        }
        let stored = self
            .store
            .status(&step.key.incident, |status| {
                let checked = find_standing(&mut status.posts, &step.key, message)
                    .filter(|post| post.attempted_at == Some(attempted));
                if let Some(post) = checked {
                    post.attempted_at = None;
                }
            })
            .await;
        if stored.is_ok() { Outcome::Checked } else { Outcome::Later }
    }

    pub(super) async fn forget(&self, step: &Step, attempted: Timestamp) -> Outcome {
        match self.look_up(step, attempted).await {
            Outcome::NotThere(..) => {}
            found => return found,
        }
        let stored = self
            .store
            .status(&step.key.incident, |status| {
                status.posts.retain(|post| {
                    let is_it = post.is(&step.key.part, &step.key.to);
                    !is_it || post.message.is_some() || post.attempted_at != Some(attempted)
                });
            })
            .await;
        if stored.is_ok() { Outcome::Over } else { Outcome::Later }
    }

    async fn find(&self, step: &Step, attempted: Timestamp) -> Result<Vec<String>, Outcome> {
        let board = self.board(&step.key.to).ok_or(Outcome::Over)?;
        self.counts().lookups.add();
        let margin = SignedDuration::try_from(self.options.margin).unwrap_or_default();
        let since = attempted.checked_sub(margin).unwrap_or(Timestamp::MIN);
        board.find(&step.place, since).await.map_err(|error| match error {
            BoardError::Unclear(_) | BoardError::Later(_) | BoardError::Gone => Outcome::Later,
            // it cannot be looked for: neither is it posted again
            BoardError::Refused(why) => {
                tracing::warn!(id = step.place.id, why, "a message cannot be looked for");
                Outcome::Later
            }
        })
    }

    /// Takes away all but one; whether that was done.
    async fn only(&self, step: &Step, kept: &str, found: &[String]) -> bool {
        let mut done = true;
        for double in found.iter().filter(|found| *found != kept) {
            done &= self.lead.leads() && self.take_away(step, double).await;
        }
        done
    }

    /// Takes a double away; whether that was done.
    pub(super) async fn take_away(&self, step: &Step, double: &str) -> bool {
        let Some(board) = self.board(&step.key.to) else { return false };
        match board.remove(&step.place, double).await {
            Ok(()) | Err(BoardError::Gone) => {
                self.counts().doubles_removed.add();
                true
            }
            Err(error) => {
                tracing::warn!(id = step.place.id, %error, "a double could not be taken away yet");
                false
            }
        }
    }
}
