//! What a replica stands on, with what can go wrong at each step of it: it is killed before, meanwhile or after, stopped, or not answered.

use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use podwhy_flow::act::again::{Again, Now};
use podwhy_flow::act::effect::done;
use podwhy_flow::act::record::{Remediation, Result as Of, Spec, Target};
use podwhy_flow::incident::record::Member;
use podwhy_flow::ports::{
    Access, ClusterError, ClusterWrite, KubernetesUser, LedgerError, Remediations, Write, WriteError,
};
use podwhy_kubernetes::{LiveCluster, RemediationLedger};
use serde_json::Value;

use super::life::{COLD, HOT, Life, Lost};
use super::replica::Broken;

/// A request that is made whatever becomes of who waits for it.
async fn asked<T: Send + 'static>(
    life: &Life,
    heat: u64,
    request: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let flight = life.time().fly(request);
    tokio::select! {
        answer = flight => answer.ok(),
        () = life.may_be_killed_meanwhile(heat) => None,
    }
}

/// The ledger.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    pub(super) own: RemediationLedger,
    pub(super) life: Life,
    pub(super) broken: Option<Broken>,
}

fn no_answer() -> LedgerError {
    LedgerError::Unclear("no answer".to_string())
}

impl Ledger {
    async fn ask<T: Send + 'static>(
        &self,
        heat: u64,
        request: impl Future<Output = Result<T, LedgerError>> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.life.between(heat).await;
        let answer = match self.life.lost(heat) {
            Some(Lost::NotDone) => Err(no_answer()),
            Some(Lost::Done) => {
                asked(&self.life, heat, request).await.ok_or_else(no_answer).and(Err(no_answer()))
            }
            None => asked(&self.life, heat, request).await.unwrap_or_else(|| Err(no_answer())),
        };
        self.life.between(heat).await;
        answer
    }
}

impl Remediations for Ledger {
    fn all(&self) -> BoxFuture<'_, Result<Vec<Remediation>, LedgerError>> {
        let own = self.own.clone();
        Box::pin(self.ask(COLD, async move { own.all().await }))
    }

    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Remediation>, LedgerError>> {
        let (own, name) = (self.own.clone(), name.to_string());
        Box::pin(self.ask(COLD, async move { own.get(&name).await }))
    }

    fn create<'a>(&'a self, remediation: &'a Remediation) -> BoxFuture<'a, Result<Remediation, LedgerError>> {
        self.own.create(remediation)
    }

    fn save<'a>(&'a self, remediation: &'a Remediation) -> BoxFuture<'a, Result<Remediation, LedgerError>> {
        let (own, new) = (self.own.clone(), remediation.clone());
        Box::pin(async move {
            let heat = if remediation.status.executing.is_some() { HOT } else { COLD };
            let saved = self.ask(heat, async move { own.save(&new).await }).await;
            let is_refused = matches!(saved, Err(LedgerError::Conflict | LedgerError::Refused(_)));
            if self.broken == Some(Broken::TakesAnyVersion) && is_refused {
                return Ok(remediation.clone());
            }
            saved
        })
    }

    fn remove<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), LedgerError>> {
        self.own.remove(name)
    }
}

/// A write that was sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// As the round's clock was.
    pub(super) at: Timestamp,
}

/// What all replicas of a round have in common of a cluster.
#[derive(Debug, Default)]
pub(super) struct Events {
    pub(super) sent: Mutex<Vec<Sent>>,
    /// No object can be read after a write without an answer.
    pub(super) goes_blind: bool,
    pub(super) is_blind: AtomicBool,
}

/// The cluster.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    pub(super) own: Arc<LiveCluster>,
    pub(super) life: Life,
    pub(super) events: Arc<Events>,
    pub(super) broken: Option<Broken>,
}

impl Cluster {
    async fn ask<T: Send + 'static>(
        &self,
        request: impl Future<Output = Result<T, ClusterError>> + Send + 'static,
    ) -> Result<T, ClusterError> {
        self.life.between(COLD).await;
        let answer = match self.life.lost(COLD) {
            Some(_) => None,
            None => asked(&self.life, COLD, request).await,
        };
        self.life.between(COLD).await;
        answer.unwrap_or_else(|| {
            Err(ClusterError::Unreachable { cluster: "prod".into(), why: "no answer".into() })
        })
    }

    fn send(
        &self,
        user: &KubernetesUser,
        write: &Write,
        dry_run: bool,
        within: Duration,
    ) -> impl Future<Output = Result<(), WriteError>> + Send + 'static {
        let (own, user, write) = (Arc::clone(&self.own), user.clone(), write.clone());
        async move { own.write(&user, &write, dry_run, within).await }
    }

    /// Nobody is stopped before it is sent: see the caveats of [`super`].
    async fn change(&self, user: &KubernetesUser, write: &Write, within: Duration) -> Result<(), WriteError> {
        let unclear = || WriteError::Unclear("no answer".to_string());
        self.life.may_be_killed(HOT).await;
        // as it stays for others if this one is killed before it has an answer
        self.events.is_blind.store(self.events.goes_blind, Ordering::SeqCst);
        let lost = self.life.lost(HOT);
        let answer = if lost == Some(Lost::NotDone) {
            Err(unclear())
        } else {
            self.sent();
            let answer = asked(&self.life, HOT, self.send(user, write, false, within)).await;
            let answer = answer.unwrap_or_else(|| Err(unclear()));
            if lost.is_some() { Err(unclear()) } else { answer }
        };
        let is_unclear = matches!(answer, Err(WriteError::Unclear(_)));
        self.events.is_blind.store(self.events.goes_blind && is_unclear, Ordering::SeqCst);
        if is_unclear && self.broken == Some(Broken::Repeats) {
            self.sent();
            return self.send(user, write, false, within).await;
        }
        self.life.between(HOT).await;
        answer
    }

    fn sent(&self) {
        let one = Sent { at: self.life.time().now() };
        self.events.sent.lock().unwrap_or_else(PoisonError::into_inner).push(one);
    }
}

impl ClusterWrite for Cluster {
    fn write<'a>(
        &'a self,
        user: &'a KubernetesUser,
        write: &'a Write,
        dry_run: bool,
        within: Duration,
    ) -> BoxFuture<'a, Result<(), WriteError>> {
        if !dry_run {
            return Box::pin(self.change(user, write, within));
        }
        Box::pin(async move {
            self.life.between(COLD).await;
            let answer = asked(&self.life, COLD, self.send(user, write, true, within)).await;
            let lost = self.life.lost(COLD);
            self.life.between(COLD).await;
            let no_answer = || Err(WriteError::Unclear("no answer".to_string()));
            answer.filter(|_| lost.is_none()).unwrap_or_else(no_answer)
        })
    }

    fn may<'a>(
        &'a self,
        user: &'a KubernetesUser,
        access: &'a Access,
    ) -> BoxFuture<'a, Result<bool, ClusterError>> {
        let (own, user, access) = (Arc::clone(&self.own), user.clone(), access.clone());
        Box::pin(self.ask(async move { own.may(&user, &access).await }))
    }

    fn look<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<Option<Value>, ClusterError>> {
        let (own, wanted) = (Arc::clone(&self.own), target.clone());
        let is_blind = self.events.is_blind.load(Ordering::SeqCst);
        Box::pin(self.ask(async move {
            if is_blind {
                let why = "no route to host".to_string();
                return Err(ClusterError::Unreachable { cluster: "prod".into(), why });
            }
            own.look(&wanted).await
        }))
    }
}

/// What the diagnosis finds of a round's object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The cause, until it is done.
    UntilDone,
    /// The cause, whatever is done.
    Always,
    /// Nothing: it is well already.
    Never,
}

/// The diagnosis: whether what was offered was done decides it.
#[derive(Clone, Debug)]
pub(super) struct Diagnosis {
    pub(super) cluster: Cluster,
    pub(super) spec: Spec,
    pub(super) reason: Reason,
}

impl Again for Diagnosis {
    fn look<'a>(&'a self, _subject: &'a Member) -> BoxFuture<'a, Result<Now, String>> {
        Box::pin(async move {
            let target = &self.spec.plan.targets[0];
            let object = self.cluster.look(target).await.map_err(|error| error.to_string())?;
            let is_done = done(&self.spec, target, object.as_ref()) == Of::Done;
            let fails = match self.reason {
                Reason::UntilDone => !is_done,
                Reason::Always => true,
                Reason::Never => false,
            };
            let root_cause = self.spec.root_cause.clone();
            let causes = Vec::from_iter(fails.then_some((root_cause.cause, root_cause.blame)));
            Ok(Now::Found { causes, is_well: !fails, summary: "seen again".to_string() })
        })
    }
}
