//! All incidents as they are known here, and the way they are written: several replicas write, and none overwrites another.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::watch;

use super::change::Change;
use super::counts::Counts;
use super::record::{Incident, Status};
use crate::ports::{Ledger, LedgerError};

/// So often something is tried on what was read anew; others write, too, but each of them only once in a while.
const TRIES: u32 = 8;

/// After the n-th try as many times as long, so that two who met do not meet again at once.
const PAUSE: Duration = Duration::from_millis(20);

/// So many changes are under way at once: a storm opens hundreds of incidents.
const AT_ONCE: usize = 8;

/// The incidents of the ledger, held here for whoever reads.
#[derive(Debug)]
pub struct Store {
    ledger: Arc<dyn Ledger>,
    counts: Arc<Counts>,
    known: Mutex<Known>,
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Known {
    incidents: BTreeMap<String, Arc<Incident>>,
    /// How many writes and reads of one there were, and at which of them each incident came in: a list that began before is
    /// older.
    turn: u64,
    came_in: BTreeMap<String, u64>,
}

impl Store {
    /// Over a ledger; it holds nothing until [`Store::load`].
    pub fn new(ledger: Arc<dyn Ledger>, counts: Arc<Counts>) -> Store {
        Store { ledger, counts, known: Mutex::default(), changed: watch::Sender::new(0) }
    }

    /// What was done, counted.
    pub fn counts(&self) -> &Arc<Counts> {
        &self.counts
    }

    /// Reads every incident anew.
    ///
    /// # Errors
    /// [`LedgerError`]; what is known stays.
    pub async fn load(&self) -> Result<(), LedgerError> {
        let begun = self.known().turn;
        let all = self.ledger.all().await.inspect_err(|_| self.counts.ledger_errors.add())?;
        let is_new = {
            let mut known = self.known();
            let mut incidents: BTreeMap<String, Arc<Incident>> = BTreeMap::new();
            for incident in all {
                let same = known.incidents.get(&incident.name).filter(|own| own.version == incident.version);
                let incident = same.cloned().unwrap_or_else(|| Arc::new(incident));
                incidents.insert(incident.name.clone(), incident);
            }
            let came_in = std::mem::take(&mut known.came_in);
            known.came_in = came_in.into_iter().filter(|(_, turn)| *turn > begun).collect();
            for name in known.came_in.keys() {
                match known.incidents.get(name) {
                    Some(own) => incidents.insert(name.clone(), own.clone()),
                    None => incidents.remove(name),
                };
            }
            let is_new = !same(&known.incidents, &incidents);
            known.incidents = incidents;
            is_new
        };
        if is_new {
            self.tell();
        }
        Ok(())
    }

    /// Every incident, by name.
    pub fn incidents(&self) -> Vec<Arc<Incident>> {
        self.known().incidents.values().cloned().collect()
    }

    /// One of them.
    pub fn incident(&self, name: &str) -> Option<Arc<Incident>> {
        self.known().incidents.get(name).cloned()
    }

    /// Told whenever an incident is known otherwise than before.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Writes what `decide` says of all incidents, until it says nothing more. Where another wrote meanwhile it is asked again,
    /// about what stands then: it has to say nothing about what was done already. Only when all is stored this returns.
    ///
    /// # Errors
    /// [`LedgerError`] of the last try: some of it may be stored.
    pub async fn write(
        &self,
        mut decide: impl FnMut(&[Arc<Incident>]) -> Vec<Change> + Send,
    ) -> Result<(), LedgerError> {
        let mut met = LedgerError::Conflict;
        for turn in 0..TRIES {
            let changes = decide(&self.incidents());
            let mut again = false;
            for part in changes.chunks(AT_ONCE) {
                for done in join_all(part.iter().map(|change| self.apply(change))).await {
                    if let Some(error) = done? {
                        (again, met) = (true, error);
                    }
                }
            }
            if !again {
                return Ok(());
            }
            tokio::time::sleep(PAUSE * 2_u32.pow(turn)).await;
        }
        Err(met)
    }

    /// Makes one change. After a conflict or a lost answer, which is what it says then, it is known here what stands now.
    async fn apply(&self, change: &Change) -> Result<Option<LedgerError>, LedgerError> {
        let done = match change {
            Change::Create(incident) => self.ledger.create(incident).await.map(Some),
            Change::Update(incident) => self.ledger.save(incident).await.map(Some),
            Change::Remove(name) => self.ledger.remove(name).await.map(|()| None),
        };
        match done {
            Ok(stored) => {
                self.know(change.name(), stored);
                Ok(None)
            }
            Err(error) => {
                self.count(&error);
                if !matches!(error, LedgerError::Conflict | LedgerError::Unclear(_)) {
                    return Err(error);
                }
                self.read(change.name()).await?;
                Ok(Some(error))
            }
        }
    }

    /// Changes what is known of an incident and its messages, whatever else is changed meanwhile; what `change` says, or `None` when
    /// there is no such incident any more. It may be called several times, each time on what stands then.
    ///
    /// # Errors
    /// [`LedgerError`]: it may be stored nevertheless.
    pub(crate) async fn status<T: Send>(
        &self,
        name: &str,
        mut change: impl FnMut(&mut Status) -> T + Send,
    ) -> Result<Option<T>, LedgerError> {
        let mut met = LedgerError::Conflict;
        for turn in 0..TRIES {
            let Some(incident) = self.incident(name) else { return Ok(None) };
            let mut next = Incident::clone(&incident);
            let said = change(&mut next.status);
            if next.status == incident.status {
                return Ok(Some(said));
            }
            match self.ledger.save(&next).await {
                Ok(stored) => {
                    self.know(name, Some(stored));
                    return Ok(Some(said));
                }
                Err(error) => {
                    self.count(&error);
                    if !matches!(error, LedgerError::Conflict | LedgerError::Unclear(_)) {
                        return Err(error);
                    }
                    self.read(name).await?;
                    met = error;
                }
            }
            // one that met another's write goes on at once, the second time it gives way
            if turn > 0 {
                tokio::time::sleep(PAUSE * 2_u32.pow(turn)).await;
            }
        }
        Err(met)
    }

    /// Reads one anew; as it stands.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub(crate) async fn read(&self, name: &str) -> Result<Option<Arc<Incident>>, LedgerError> {
        let found = self.ledger.get(name).await.inspect_err(|error| self.count(error))?;
        self.know(name, found);
        Ok(self.incident(name))
    }

    fn know(&self, name: &str, incident: Option<Incident>) {
        {
            let mut known = self.known();
            known.turn += 1;
            let turn = known.turn;
            known.came_in.insert(name.to_string(), turn);
            match incident {
                Some(incident) => known.incidents.insert(name.to_string(), Arc::new(incident)),
                None => known.incidents.remove(name),
            };
        }
        self.tell();
    }

    fn tell(&self) {
        self.changed.send_modify(|turn| *turn = turn.wrapping_add(1));
    }

    fn count(&self, error: &LedgerError) {
        match error {
            LedgerError::Conflict => self.counts.ledger_conflicts.add(),
            _ => self.counts.ledger_errors.add(),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // nothing in it is half done where a holder panicked
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn same(one: &BTreeMap<String, Arc<Incident>>, other: &BTreeMap<String, Arc<Incident>>) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|((_, one), (_, other))| Arc::ptr_eq(one, other))
}

#[cfg(test)]
mod tests;
