//! Posts a message: the attempt is stored, it is posted, its id is stored.

use jiff::Timestamp;
use tokio::time::timeout;

use super::super::book::Call;
use super::super::record::Post;
use super::super::wanted::{ANSWER, PARENT, Says};
use super::Keeper;
use super::memory::{Key, Outcome};
use super::plan::Step;
use crate::ports::BoardError;

/// A thread is no archive: notes that stand are forgotten when an incident has more messages than this.
const MOST_POSTS: usize = 40;

impl Keeper {
    pub(super) async fn ask(&self, step: &Step) -> Outcome {
        let Says::Answer(lang) = &step.says else { return Outcome::Over };
        let asked = self.answers.answer(&step.incident, &step.key.to, *lang);
        match timeout(self.options.answer, asked).await {
            Ok(Some(reply)) => Outcome::Answered(Box::new(reply)),
            Ok(None) | Err(_) => Outcome::NoAnswer,
        }
    }

    pub(super) async fn post(
        &self,
        step: &Step,
        attempted: Option<Timestamp>,
        is_first: bool,
        is_doubtful: bool,
    ) -> Outcome {
        let (Says::Body(body), Some(board)) = (&step.says, self.board(&step.key.to)) else {
            return Outcome::Over;
        };
        let stamp = self.stamp();
        let call = self.with_call(step, body);
        let claimed = self
            .store
            .status(&step.key.incident, |status| {
                // its own, whose answer was lost
                if find(&mut status.posts, &step.key).is_some_and(|post| is_own(post, stamp)) {
                    return true;
                }
                let claimed = attempt(&mut status.posts, &step.key, attempted, stamp);
                if claimed && call.is_some() {
                    status.called(&step.key.to, Call::First, stamp);
                }
                claimed
            })
            .await;
        let body = call.as_ref().unwrap_or(body);
        match claimed {
            Ok(Some(true)) if self.lead.leads() => {}
            Ok(Some(false) | None) => return Outcome::Raced,
            // whether the attempt is in the ledger or not: nothing was posted at it
            Ok(Some(true)) | Err(_) => return Outcome::NotPosted(stamp),
        }
        match board.post(&step.place, body).await {
            Ok(message) => {
                self.counts().posts.add();
                if step.key.part == PARENT && is_first {
                    let lasted = self.clock.now().duration_since(step.incident.spec.opened_at);
                    self.counts().to_thread.add(lasted.try_into().unwrap_or_default());
                    self.measure(step);
                }
                self.receipt(step, &message, stamp, is_doubtful, body).await
            }
            Err(BoardError::Unclear(why)) => {
                tracing::debug!(id = step.place.id, why, "it is not known whether a message was posted");
                self.counts().unclear.add();
                Outcome::Unclear(stamp)
            }
            Err(BoardError::Later(why)) => {
                tracing::debug!(id = step.place.id, why, "a message is put off");
                self.counts().later.add();
                Outcome::NotPosted(stamp)
            }
            Err(BoardError::Gone) => {
                self.doubt_parent(step).await;
                Outcome::NotPosted(stamp)
            }
            Err(BoardError::Refused(why)) => self.refuse(step, why).await,
        }
    }

    /// The time from a failure's beginning to its thread; another's clock may be ahead of ours.
    fn measure(&self, step: &Step) {
        if let Some(begun) = self.counts().beginnings.of(&step.incident) {
            let lasted = self.clock.now().duration_since(begun);
            self.counts().from_failure.add(lasted.try_into().unwrap_or_default());
        }
    }

    /// A thread is gone, and so may be the message it hangs on: an edit of that one will tell.
    async fn doubt_parent(&self, step: &Step) {
        let parent = Key { part: PARENT.to_string(), ..step.key.clone() };
        let lost = self
            .store
            .status(&step.key.incident, |status| {
                if let Some(post) =
                    find(&mut status.posts, &parent).filter(|post| post.message == step.place.thread)
                {
                    post.shown = None;
                }
            })
            .await;
        if let Err(error) = lost {
            tracing::warn!(id = step.place.id, %error, "that a thread is gone could not be stored yet");
        }
    }

    /// The app will never take it: told once, and counted.
    pub(super) async fn refuse(&self, step: &Step, why: String) -> Outcome {
        tracing::warn!(
            id = step.place.id,
            channel = step.place.channel,
            why,
            "an incident's message is refused for good"
        );
        self.counts().refused.add();
        let stored = self
            .store
            .status(&step.key.incident, |status| {
                if let Some(post) = find(&mut status.posts, &step.key) {
                    post.refused = Some(why.clone());
                }
            })
            .await;
        if stored.is_ok() { Outcome::Over } else { Outcome::Later }
    }
}

/// Writes an attempt down, if the ledger still has the one before; whether it did.
fn attempt(posts: &mut Vec<Post>, key: &Key, before: Option<Timestamp>, stamp: Timestamp) -> bool {
    if let Some(post) = find(posts, key) {
        let is_free = post.message.is_none() && post.refused.is_none() && post.attempted_at == before;
        if is_free {
            post.attempted_at = Some(stamp);
        }
        return is_free;
    }
    if before.is_some() {
        return false;
    }
    if posts.len() >= MOST_POSTS {
        let is_note = |post: &Post| !matches!(post.part.as_str(), PARENT | ANSWER);
        posts.retain(|post| !is_note(post) || post.message.is_none() || post.attempted_at.is_some());
    }
    posts.push(Post { attempted_at: Some(stamp), ..Post::new(&key.part, &key.to) });
    true
}

fn is_own(post: &Post, stamp: Timestamp) -> bool {
    post.attempted_at == Some(stamp) && post.message.is_none() && post.refused.is_none()
}

/// What the ledger has of a message.
pub(super) fn find<'p>(posts: &'p mut [Post], key: &Key) -> Option<&'p mut Post> {
    posts.iter_mut().find(|post| post.is(&key.part, &key.to))
}

/// The same, if the ledger has this message of it still.
pub(super) fn find_standing<'p>(posts: &'p mut [Post], key: &Key, message: &str) -> Option<&'p mut Post> {
    find(posts, key).filter(|post| post.message.as_deref() == Some(message))
}
