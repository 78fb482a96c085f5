//! What people want done: offered, agreed to or declined, shown, and carried out by the leader.

mod agree;
mod limits;
mod offer;
mod orders;
mod run;
#[cfg(test)]
mod tests;
mod word;

use std::fmt::Debug;
use std::sync::Arc;

use futures::future::BoxFuture;
use podwhy_knowledge::Lang;
use tracing::warn;

use super::execute::Executor;
use super::freeze::{self, Frozen};
use super::plan::causes_of;
use super::policy::Policy;
use super::record::Remediation;
use super::story;
use crate::incident::Change;
use crate::incident::policy::Fixes;
use crate::incident::record::Incident;
use crate::incident::store::Store;
use crate::ports::{Click, Clock, ClusterRead, KubernetesUser, Ordered};

/// Does what people want of actions.
pub trait Acting: Send + Sync + Debug {
    /// An order about actions, by someone who is known.
    ///
    /// # Errors
    /// Why not, in words for whoever said it.
    fn obey<'a>(
        &'a self,
        ordered: &'a Ordered,
        user: Option<&'a KubernetesUser>,
        lang: Lang,
    ) -> BoxFuture<'a, Result<String, String>>;

    /// A button of an offer, pressed by someone who is known.
    ///
    /// # Errors
    /// Why not, in words for whoever pressed.
    fn pressed<'a>(
        &'a self,
        click: &'a Click,
        user: &'a KubernetesUser,
        lang: Lang,
    ) -> BoxFuture<'a, Result<String, String>>;
}

/// Over the clusters and the ledgers.
#[derive(Debug)]
pub struct Actions<C> {
    clusters: Vec<Arc<C>>,
    executor: Executor,
    store: Arc<Store>,
    policy: Policy,
    clock: Clock,
}

impl<C: ClusterRead + Debug> Actions<C> {
    /// Offers what the policy allows, and has it done by this executor, under the same policy.
    pub fn new(
        clusters: Vec<Arc<C>>,
        executor: Executor,
        store: Arc<Store>,
        policy: Policy,
        clock: Clock,
    ) -> Actions<C> {
        let executor = executor.under(policy.clone());
        Actions { clusters, executor, store, policy, clock }
    }

    /// What has a button to be done about: what the policy allows.
    pub fn fixes(&self) -> Fixes {
        Fixes { areas: self.policy.areas.clone(), causes: causes_of(&self.policy.remedies) }
    }

    /// Why nothing is begun now, if so.
    fn frozen(&self) -> Option<Frozen> {
        let own = self.policy.frozen.then(|| Frozen { by: String::new(), until: None });
        own.or_else(|| freeze::of(&self.store.incidents(), self.clock.now()))
    }

    /// Shows it as it is by now; whether that is written. What is not, is written by the leader's next round.
    async fn tell(&self, one: &Remediation) -> bool {
        let decide = |known: &[Arc<Incident>]| {
            let own = known.iter().find(|record| record.name == one.name);
            let after = own.and_then(|record| story::told(record, one));
            Vec::from_iter(after.map(|after| Change::Update(Box::new(after))))
        };
        let told = self.store.write(decide).await;
        if let Err(error) = &told {
            warn!(%error, remediation = one.name, "what is done could not be told yet");
        }
        told.is_ok()
    }
}

impl<C: ClusterRead + Debug> Acting for Actions<C> {
    fn obey<'a>(
        &'a self,
        ordered: &'a Ordered,
        user: Option<&'a KubernetesUser>,
        lang: Lang,
    ) -> BoxFuture<'a, Result<String, String>> {
        Box::pin(self.ordered(ordered, user, lang))
    }

    fn pressed<'a>(
        &'a self,
        click: &'a Click,
        user: &'a KubernetesUser,
        lang: Lang,
    ) -> BoxFuture<'a, Result<String, String>> {
        Box::pin(self.press(click, user, lang))
    }
}
