//! Does what was approved: once, within ten seconds, as a person who agreed; and says what came of it.
//!
//! 1. Everything is looked at again: the seals, the people's rights, the objects, the diagnosis, a dry run. What is otherwise ends it.
//! 2. That it begins is stored. Only the run whose store succeeded writes; one whose answer was lost reads back who began.
//! 3. Directly before each write it asks whether it leads and whether its own clock is still within the ten seconds.
//! 4. A write without an answer is looked up when no request of it can be under way any more, and never repeated.

mod begin;
mod check;
mod dead;
mod finalizer;
mod look;
mod rules;
mod ticket;
mod verify;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::again::{Again, Looking};
use super::dead::Proving;
use super::machine::{Event, Refused, next};
use super::policy::Policy;
use super::proven::Proven;
use super::record::{Phase, Remediation};
use super::seal::Sealer;
use crate::ports::{
    Clock, ClusterNodes, ClusterRead, ClusterSearch, ClusterWrite, KubernetesUser, Lead, LedgerError,
    Remediations,
};

/// A cluster that is acted on.
#[derive(Clone, Debug)]
pub struct Acted {
    /// How it is changed.
    pub write: Arc<dyn ClusterWrite>,
    /// How it is diagnosed.
    pub again: Arc<dyn Again>,
    /// How it is searched.
    pub search: Arc<dyn ClusterSearch>,
    /// What stands on its nodes.
    pub nodes: Arc<dyn ClusterNodes>,
    /// What proves its nodes dead; nothing is done to a dead node without.
    pub dead: Option<Proving>,
    /// Which of its revisions are known to be good; those that have ready pods are, without.
    pub proven: Option<Arc<Proven>>,
}

impl Acted {
    /// A cluster of which nothing proves nodes dead or revisions good.
    pub fn new<C>(cluster: &Arc<C>) -> Acted
    where
        C: ClusterRead + ClusterWrite + ClusterSearch + ClusterNodes + 'static,
    {
        Acted {
            write: cluster.clone(),
            again: Arc::new(Looking(Arc::clone(cluster))),
            search: cluster.clone(),
            nodes: cluster.clone(),
            dead: None,
            proven: None,
        }
    }
}

/// What an executor stands on.
#[derive(Debug)]
pub struct Executor {
    /// The clusters, by name.
    pub clusters: BTreeMap<String, Acted>,
    /// Where remediations are kept.
    pub remediations: Arc<dyn Remediations>,
    /// Who made the seals.
    pub sealer: Sealer,
    /// Who may agree to anything at all, by the clusters' names: with their groups.
    pub people: BTreeMap<String, KubernetesUser>,
    /// Whether this replica leads.
    pub lead: Arc<dyn Lead>,
    /// The time, as it is written down.
    pub clock: Clock,
    /// This run of this process: no other run has the same.
    pub run: String,
    /// What the configuration asks for; without it, nothing is asked for but seals and rights.
    policy: Option<Policy>,
    begun: Mutex<BTreeSet<String>>,
}

/// Why a step was not taken. It is taken again, or by somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotNow {
    /// The ledger could not be read or written.
    Ledger(LedgerError),
    /// It is in another phase by now, or it is too early.
    Refused(Refused),
    /// It is there no more, or its cluster is not configured.
    Nothing,
    /// The cluster could not be asked.
    Cluster(String),
}

impl Executor {
    /// Over these.
    #[allow(clippy::too_many_arguments, reason = "each is another port, and all are needed")]
    pub fn new(
        clusters: BTreeMap<String, Acted>,
        remediations: Arc<dyn Remediations>,
        sealer: Sealer,
        people: BTreeMap<String, KubernetesUser>,
        lead: Arc<dyn Lead>,
        clock: Clock,
        run: String,
    ) -> Executor {
        Executor {
            clusters,
            remediations,
            sealer,
            people,
            lead,
            clock,
            run,
            policy: None,
            begun: Mutex::default(),
        }
    }

    /// Takes the next step of one, whatever it is. For the leader; nothing is repeated by calling it again.
    ///
    /// # Errors
    /// [`NotNow`]; the next call tries again.
    pub async fn step(&self, name: &str) -> Result<Phase, NotNow> {
        let one = self.remediations.get(name).await.map_err(NotNow::Ledger)?.ok_or(NotNow::Nothing)?;
        let is_late = self.clock.now() >= one.spec.expires_at();
        match one.status.phase {
            Phase::Offered | Phase::Approved if is_late => {
                self.happens(&one, Event::Expire { who: self.run.clone() }).await.map(|one| one.status.phase)
            }
            Phase::Approved => self.execute(one).await,
            Phase::Executing => self.look_after(one).await,
            Phase::Verifying => self.verify(one).await,
            phase => Ok(phase),
        }
    }

    /// Stores what happened, if nobody stored something else meanwhile.
    async fn happens(&self, one: &Remediation, event: Event) -> Result<Remediation, NotNow> {
        let status = next(&one.spec, &one.status, &event, self.clock.now()).map_err(NotNow::Refused)?;
        let changed = Remediation { status, ..one.clone() };
        self.remediations.save(&changed).await.map_err(NotNow::Ledger)
    }

    fn acted(&self, one: &Remediation) -> Result<&Acted, NotNow> {
        self.clusters.get(&one.spec.root_cause.cluster).ok_or(NotNow::Nothing)
    }

    /// Whether this process wrote for it before; from now on it did.
    fn is_first(&self, name: &str) -> bool {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_string())
    }

    /// Whom the writes are made as: the one who agreed first.
    fn writer(&self, one: &Remediation) -> Option<KubernetesUser> {
        self.person(one.status.approvals.first()?)
    }
}

/// What is left of a time.
fn left(now: Timestamp, until: Timestamp) -> Duration {
    until.duration_since(now).try_into().unwrap_or_default()
}

#[cfg(test)]
pub(in crate::act) mod tests;
