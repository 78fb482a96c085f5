//! The keys whose tickets are obeyed, as they are now: a Secret that is changed is mounted anew while the agent runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use podwhy_api::seal::Keys;
use podwhy_api::ticket::{Refusal, Ticket};
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use tracing::info;

/// They are read anew at most this often, whatever tickets say.
const AGAIN: Duration = Duration::from_secs(60);

type Read = dyn Fn() -> Option<Keys> + Send + Sync;

/// The keys, and how they are read anew.
pub struct Keyring {
    read: Arc<Read>,
    known: Mutex<Known>,
}

struct Known {
    keys: Keys,
    read: Option<Instant>,
}

impl Keyring {
    /// These, until a ticket has another: then `read` is asked, which may block. Where it gives none, these stay.
    pub fn new(keys: Keys, read: impl Fn() -> Option<Keys> + Send + Sync + 'static) -> Keyring {
        say(&keys);
        Keyring { read: Arc::new(read), known: Mutex::new(Known { keys, read: None }) }
    }

    /// The keys to judge this ticket by, one of which signed it. Where the ticket's key is none that is known, they are read anew, and
    /// those that are gone by then are gone.
    ///
    /// # Errors
    /// [`Refusal`]; a key that is not known either way is [`Refusal::UnknownKey`].
    pub async fn of(&self, ticket: &Ticket) -> Result<Keys, Refusal> {
        let keys = self.known().keys.clone();
        match keys.open(ticket) {
            Ok(_) => return Ok(keys),
            Err(Refusal::UnknownKey(_)) if self.is_due() => {}
            Err(why) => return Err(why),
        }
        let read = Arc::clone(&self.read);
        if let Ok(Some(keys)) = spawn_blocking(move || read()).await {
            say(&keys);
            self.known().keys = keys;
        }
        let keys = self.known().keys.clone();
        keys.open(ticket)?;
        Ok(keys)
    }

    fn is_due(&self) -> bool {
        let (mut known, now) = (self.known(), Instant::now());
        let due = known.read.is_none_or(|at| now.duration_since(at) >= AGAIN);
        if due {
            known.read = Some(now);
        }
        due
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn say(keys: &Keys) {
    let ids: Vec<String> = keys.ids().collect();
    info!(keys = ids.join(" "), "tickets of these keys are obeyed");
}
