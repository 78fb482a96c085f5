//! One ticket, from its coming to what came of it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use podwhy_api::report::MOST_EXCERPT;
use podwhy_api::ticket::{MOST_LINES, Order, Phase, Refusal, Status, Ticket};
use podwhy_knowledge::redact::redact;
use serde_json::Value;
use thiserror::Error;
use tokio::time::sleep;
use tracing::{error, info, warn};

use super::hands::{Ended, Hands};
use super::journal::{Begun, Entry, Journal};
use super::judge::{Mine, Rules, judge};
use super::keys::Keyring;

/// A message has at most so many characters.
const LONGEST: usize = 1_000;

/// What could not be told is told again after this, and after twice as long, up to [`LAST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_secs(60);

/// So many refused objects are remembered, the latest: their status says the same, where it could be written.
const MOST_REFUSED: usize = 1_000;

/// A ticket as the API server has it.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// What changes with each writing.
    pub version: String,
    /// What is ordered.
    pub spec: Value,
    /// What was told of it.
    pub status: Option<Value>,
}

/// Why something could not be told.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TellError {
    /// It is another one by now, or gone, or it may not be written: telling it again is of no use.
    #[error("{0}")]
    Never(String),
    /// There was no answer, or none that says so.
    #[error("{0}")]
    NotNow(String),
}

/// Where tickets come from, and what is told of them goes to.
pub trait Desk: Send + Sync {
    /// The uid of this agent's Node, asked now.
    ///
    /// # Errors
    /// [`TellError`]
    fn node_uid(&self) -> BoxFuture<'_, Result<String, TellError>>;

    /// Writes what came of the ticket of this name and uid. `version` is what it has to have, where it may not have been written
    /// meanwhile.
    ///
    /// # Errors
    /// [`TellError`]
    fn tell<'a>(
        &'a self,
        name: &'a str,
        uid: &'a str,
        version: Option<&'a str>,
        status: &'a Status,
    ) -> BoxFuture<'a, Result<(), TellError>>;

    /// Says aloud that a ticket was refused: an event, and a number.
    fn refused<'a>(&'a self, name: &'a str, uid: &'a str, why: &'a Refusal) -> BoxFuture<'a, ()>;
}

/// Obeys tickets, one at a time.
pub struct Orders {
    pub(super) node: String,
    keys: Keyring,
    pub(super) rules: Rules,
    pub(super) hands: Arc<dyn Hands>,
    pub(super) desk: Arc<dyn Desk>,
    pub(super) clock: fn() -> Timestamp,
    journal: Arc<Mutex<Journal>>,
    /// The uids of objects that were refused by this run, so that each is told once.
    refused: Mutex<VecDeque<String>>,
}

impl Orders {
    /// For this node.
    pub fn new(
        node: &str,
        keys: Keyring,
        rules: Rules,
        journal: Journal,
        hands: Arc<dyn Hands>,
        desk: Arc<dyn Desk>,
        clock: fn() -> Timestamp,
    ) -> Orders {
        let journal = Arc::new(Mutex::new(journal));
        Orders { node: node.to_string(), keys, rules, hands, desk, clock, journal, refused: Mutex::default() }
    }

    /// Takes a ticket that came or was changed. What is not this node's, or has ended, is left alone.
    pub async fn came(&self, told: &Told) {
        if told.spec.get("node").and_then(Value::as_str) != Some(&self.node) {
            return;
        }
        let status = told.status.as_ref().filter(|status| !status.is_null());
        if let Some(status) = status {
            return self.was_told(told, status).await;
        }
        if self.refused().contains(&told.uid) {
            return;
        }
        // of an object that was obeyed, as it was before that was told: its words never change
        if let Some(entry) = self.own_entry(told) {
            if let Some(status) = entry.ended {
                self.tell(&told.name, &told.uid, &status).await;
            }
            return;
        }
        match self.judged(told).await {
            Ok(Some(order)) => self.obey(told, &order).await,
            Ok(None) => {}
            Err(why) => self.refuse(told, &why).await,
        }
    }

    /// One whose end this node knows and the API server does not: a run that was ended, or an API server that was away.
    async fn was_told(&self, told: &Told, status: &Value) {
        let phase = status.get("phase").cloned().and_then(|phase| serde_json::from_value(phase).ok());
        if phase.is_none_or(Phase::is_over) {
            return;
        }
        if let Some(status) = self.own_entry(told).and_then(|entry| entry.ended) {
            self.tell(&told.name, &told.uid, &status).await;
        }
    }

    /// What the journal has of this very object.
    fn own_entry(&self, told: &Told) -> Option<Entry> {
        let uid = told.spec.get("remediationUid").and_then(Value::as_str).unwrap_or_default();
        self.journal().entry(uid).filter(|entry| entry.begun.uid == told.uid).cloned()
    }

    /// `None` where it cannot be judged yet: the API server is asked again when the ticket comes again.
    async fn judged(&self, told: &Told) -> Result<Option<Order>, Refusal> {
        let ticket: Ticket = serde_json::from_value(told.spec.clone())
            .map_err(|error| Refusal::Malformed(short(&error.to_string())))?;
        // nobody unknown makes this agent ask for anything
        let keys = self.keys.of(&ticket).await?;
        let uid = loop {
            match self.desk.node_uid().await {
                Ok(uid) => break uid,
                Err(TellError::Never(why)) => {
                    warn!(ticket = told.name, why, "the Node of this agent cannot be read");
                    return Ok(None);
                }
                Err(TellError::NotNow(why)) if (self.clock)() < ticket.order.expires_at => {
                    warn!(ticket = told.name, why, "the Node of this agent cannot be read yet");
                    sleep(FIRST_PAUSE).await;
                }
                Err(TellError::NotNow(_)) => return Err(Refusal::Expired(ticket.order.expires_at)),
            }
        };
        let mine = Mine { node: &self.node, uid: &uid };
        judge(&ticket, &told.name, &keys, &self.rules, mine, &self.journal(), (self.clock)())?;
        Ok(Some(ticket.order))
    }

    async fn refuse(&self, told: &Told, why: &Refusal) {
        warn!(ticket = told.name, reason = why.word(), why = short(&why.to_string()), "a ticket is refused");
        self.desk.refused(&told.name, &told.uid, why).await;
        self.refused_as(told, why.word(), why).await;
    }

    /// Nothing of it is begun, and that is told once.
    async fn refused_as(&self, told: &Told, reason: &str, why: impl ToString) {
        self.remember_refused(&told.uid);
        let status = self.status(Ended::new(Phase::Refused, reason, why));
        self.tell(&told.name, &told.uid, &status).await;
    }

    async fn obey(&self, told: &Told, order: &Order) {
        let before = match self.hands.before(order.action).await {
            Ok(before) => before,
            Err(why) => return self.refused_as(told, "NotPossible", why).await,
        };
        let begun = Begun {
            remediation_uid: order.remediation_uid.clone(),
            name: told.name.clone(),
            uid: told.uid.clone(),
            action: order.action,
            at: (self.clock)(),
            before,
        };
        if let Err(why) = self.write(move |journal| journal.begin(begun)).await {
            error!(ticket = told.name, why, "the journal cannot be written: nothing is obeyed");
            return self.refused_as(told, "NoJournal", why).await;
        }
        let ended = match self.tell_begun(told, order).await {
            Ok(()) => {
                info!(ticket = told.name, action = order.action.as_str(), "a ticket is obeyed");
                self.hands.act(order).await
            }
            // nobody was told that it begins: nobody waits for it, and it does not begin
            Err(why) => Ended::new(Phase::Refused, "NotTold", why),
        };
        info!(ticket = told.name, phase = ?ended.phase, why = ended.message, "a ticket has ended");
        self.ends(&told.name, &told.uid, &order.remediation_uid, ended).await;
    }

    /// What came of one that was begun: on the disk before it is told.
    pub(super) async fn ends(&self, name: &str, uid: &str, remediation_uid: &str, ended: Ended) {
        let status = self.status(ended);
        let (of, kept) = (remediation_uid.to_string(), status.clone());
        if let Err(why) = self.write(move |journal| journal.end(&of, kept)).await {
            error!(ticket = name, why, "what came of a ticket could not be written into the journal");
        }
        self.tell(name, uid, &status).await;
    }

    /// Known to the API server before anything is touched, within the ticket's time, and by this agent alone.
    async fn tell_begun(&self, told: &Told, order: &Order) -> Result<(), String> {
        let status = self.status(Ended::new(Phase::Begun, "", ""));
        loop {
            if (self.clock)() >= order.expires_at {
                return Err("its time was over before the API server knew that it begins".to_string());
            }
            match self.desk.tell(&told.name, &told.uid, Some(&told.version), &status).await {
                // its answer may have taken a while
                Ok(()) if (self.clock)() < order.expires_at => return Ok(()),
                Ok(()) => {}
                Err(TellError::Never(why)) => {
                    return Err(format!("it could not be told that it begins: {why}"));
                }
                Err(TellError::NotNow(why)) => {
                    // the answer may be what was lost: the next one is a conflict then, and it does not begin
                    warn!(ticket = told.name, why, "it could not be told yet that a ticket begins");
                    sleep(FIRST_PAUSE).await;
                }
            }
        }
    }

    /// Until it is told, or cannot be.
    async fn tell(&self, name: &str, uid: &str, status: &Status) {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.desk.tell(name, uid, None, status).await {
                Ok(()) => return,
                Err(TellError::Never(why)) => {
                    return warn!(ticket = name, why, "what came of a ticket cannot be told");
                }
                Err(TellError::NotNow(why)) => {
                    warn!(ticket = name, why, "what came of a ticket could not be told yet");
                    sleep(pause).await;
                    pause = (pause * 2).min(LAST_PAUSE);
                }
            }
        }
    }

    fn status(&self, ended: Ended) -> Status {
        let Ended { phase, reason, message, before, after, lines } = ended;
        let at = (self.clock)();
        // the last ones tell
        let surplus = lines.len().saturating_sub(MOST_LINES);
        let lines =
            lines.iter().skip(surplus).map(|line| line.chars().take(MOST_EXCERPT).collect()).collect();
        Status { phase, reason, message: short(&message), at, before, after, lines }
    }

    /// Off the threads that wait.
    pub(super) async fn write<E: ToString + Send + 'static>(
        &self,
        write: impl FnOnce(&mut Journal) -> Result<(), E> + Send + 'static,
    ) -> Result<(), String> {
        let journal = Arc::clone(&self.journal);
        let wrote = tokio::task::spawn_blocking(move || {
            write(&mut journal.lock().unwrap_or_else(PoisonError::into_inner)).map_err(|why| why.to_string())
        });
        wrote.await.unwrap_or_else(|error| Err(error.to_string()))
    }

    pub(super) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember_refused(&self, uid: &str) {
        let mut refused = self.refused();
        if refused.len() >= MOST_REFUSED {
            refused.pop_front();
        }
        refused.push_back(uid.to_string());
    }

    fn refused(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn short(text: &str) -> String {
    redact(text).chars().take(LONGEST).collect()
}
