//! Stores the id of a message that was posted.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;

use super::super::card::Body;
use super::super::record::Post;
use super::super::wanted::digest;
use super::Keeper;
use super::memory::Outcome;
use super::plan::Step;
use super::post::find;

/// The id of a message is worth so many tries: after them it has to be looked for.
const RECEIPTS: u32 = 3;

/// After the first of them as long, after the next twice as long.
const PAUSE: Duration = Duration::from_millis(200);

/// Which message the ledger has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// This one.
    This,
    /// Another: this one is a double.
    Another,
}

impl Keeper {
    /// Stores a message's id. Of two who posted, the ledger has the first; the other's is taken away by the one who posted it.
    pub(super) async fn receipt(
        &self,
        step: &Step,
        message: &str,
        stamp: Timestamp,
        is_doubtful: bool,
        body: &Body,
    ) -> Outcome {
        let shows = digest(body);
        for turn in 0..RECEIPTS {
            let stored = self
                .store
                .status(&step.key.incident, |status| {
                    let Some(post) = find(&mut status.posts, &step.key) else { return Holds::This };
                    let holds = hold(post, message, Some(&shows));
                    match holds {
                        Holds::This if !is_doubtful && post.attempted_at == Some(stamp) => {
                            post.attempted_at = None;
                        }
                        Holds::This => {}
                        // kept until someone has seen that there is one: this one may be cut off before it takes its own away
                        Holds::Another => {
                            post.attempted_at.get_or_insert(stamp);
                        }
                    }
                    holds
                })
                .await;
            match stored {
                Ok(Some(Holds::This)) => return Outcome::Stands,
                Ok(Some(Holds::Another)) => {
                    self.take_away(step, message).await;
                    return Outcome::Raced;
                }
                // nobody keeps the incident any more; what stands, stands
                Ok(None) => return Outcome::Over,
                Err(error) => {
                    tracing::warn!(id = step.place.id, %error, "the id of a message could not be stored yet");
                    sleep(PAUSE * 2_u32.pow(turn)).await;
                }
            }
        }
        Outcome::Unclear(stamp)
    }
}

/// Takes a message's id in, unless there is one already.
pub(super) fn hold(post: &mut Post, message: &str, shown: Option<&str>) -> Holds {
    match &post.message {
        None => {
            post.message = Some(message.to_string());
            post.shown = shown.map(str::to_string);
            Holds::This
        }
        Some(own) if own == message => Holds::This,
        Some(_) => Holds::Another,
    }
}
