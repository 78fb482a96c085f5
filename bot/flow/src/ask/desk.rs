//! The clusters that can be asked, and the answer to a command: what every chat, the console's too, stands on.

use std::sync::Arc;

use futures::future::join_all;
use podwhy_knowledge::{Kind, Lang, PageError, World};
use thiserror::Error;

use super::command::Command;
use super::diagnose::{ask, diagnose};
use super::intake::Request;
use super::render;
use crate::answer::{TriageAnswer, WhyAnswer};
use crate::error::UserError;
use crate::ports::ClusterRead;

/// What a command brought.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To `why`.
    Why(WhyAnswer),
    /// To `triage`, of the cluster of this name.
    Triage(String, TriageAnswer),
    /// To `explain`.
    Explain(WhyAnswer),
    /// To `help`.
    Help,
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum AskError {
    /// To be shown as it stands.
    #[error(transparent)]
    User(#[from] UserError),
    /// A page that does not fit its finding: a fault of podwhy's own.
    #[error(transparent)]
    Fault(#[from] PageError),
}

/// The clusters of one chat, each with its name.
#[derive(Debug)]
pub struct Desk<C> {
    clusters: Vec<C>,
}

impl<C: ClusterRead> Desk<C> {
    /// The first is asked where none is named.
    pub fn new(clusters: Vec<C>) -> Desk<C> {
        Desk { clusters }
    }

    /// Every cluster.
    pub fn clusters(&self) -> &[C] {
        &self.clusters
    }

    /// The cluster of a name, else the first.
    ///
    /// # Errors
    /// [`UserError`] when there is none of this name; it says which is nearest.
    pub fn cluster(&self, named: Option<&str>) -> Result<&C, UserError> {
        let Some(named) = named else {
            let none =
                || UserError::Input("no cluster is configured; drop a dump, or name a kubeconfig".into());
            return self.clusters.first().ok_or_else(none);
        };
        self.clusters.iter().find(|cluster| cluster.name() == named).ok_or_else(|| {
            let nearest = podwhy_knowledge::config::nearest(named, self.clusters.iter().map(C::name));
            let hint = nearest.map(|name| format!("; did you mean {name}?")).unwrap_or_default();
            UserError::Input(format!("there is no cluster {named:?} here{hint}"))
        })
    }

    /// Answers a command; `source` is the cluster that is asked where the command names none.
    ///
    /// # Errors
    /// [`AskError`] when the cluster cannot be asked, the target names nothing, or a page is faulty.
    pub async fn answer(
        &self,
        command: &Command,
        source: Option<&str>,
        lang: Lang,
    ) -> Result<Answer, AskError> {
        match command {
            Command::Why(target) => {
                let cluster = self.cluster(target.cluster.as_deref().or(source))?;
                let request = Request { target: target.clone(), lang };
                Ok(Answer::Why(render::why(&ask(cluster, &request).await?, lang)?))
            }
            Command::Triage { cluster, namespace } => {
                let cluster = self.cluster(cluster.as_deref().or(source))?;
                let triage = self.triage(cluster, namespace.as_deref(), lang).await?;
                Ok(Answer::Triage(cluster.name().to_string(), triage))
            }
            Command::Explain(text) => Ok(Answer::Explain(render::explain(text, lang))),
            Command::Help => Ok(Answer::Help),
        }
    }

    async fn triage(
        &self,
        cluster: &C,
        namespace: Option<&str>,
        lang: Lang,
    ) -> Result<TriageAnswer, AskError> {
        let world = Arc::new(cluster.failing(namespace).await.map_err(UserError::from)?.into_world());
        let triage = render::triage_answer(&world, namespace, lang)?;
        if let Some(named) = namespace
            && triage.failing + triage.expected + triage.healthy == 0
        {
            let known = cluster.names(None).await;
            if !known.is_empty() && !known.iter().any(|name| name == named) {
                return Err(no_namespace(named, known.iter().map(String::as_str)).into());
            }
        }
        Ok(triage)
    }

    /// What fails in every cluster; one that does not answer takes nothing from the others.
    pub async fn failing(&self, lang: Lang) -> Vec<(String, Result<TriageAnswer, AskError>)> {
        let asked = self.clusters.iter().map(|cluster| async move {
            (cluster.name().to_string(), self.triage(cluster, None, lang).await)
        });
        join_all(asked).await
    }
}

/// Answers a command from a world that was read before.
///
/// # Errors
/// [`AskError`] when the target names nothing in it, or a page is faulty.
pub fn answer_from(world: &Arc<World>, command: &Command, lang: Lang) -> Result<Answer, AskError> {
    match command {
        Command::Why(target) => {
            if let Some(kind) = target.kind
                && kind != Kind::Pod
                && !kind.is_workload()
            {
                return Err(
                    UserError::from(podwhy_knowledge::resolve::ResolveError::Unsupported(kind)).into()
                );
            }
            let request = Request { target: target.clone(), lang };
            Ok(Answer::Why(render::why(&diagnose(world, &request)?, lang)?))
        }
        Command::Triage { namespace, .. } => {
            let namespace = namespace.as_deref().map(|name| known_namespace(world, name)).transpose()?;
            let triage = render::triage_answer(world, namespace, lang)?;
            Ok(Answer::Triage(world.cluster.clone(), triage))
        }
        Command::Explain(text) => Ok(Answer::Explain(render::explain(text, lang))),
        Command::Help => Ok(Answer::Help),
    }
}

/// A namespace that holds nothing is mostly a typing mistake.
///
/// # Errors
/// [`UserError::Input`] with the nearest name.
pub fn known_namespace<'n>(world: &World, name: &'n str) -> Result<&'n str, UserError> {
    if world.well > 0 || world.namespaces().any(|known| known == name) {
        return Ok(name);
    }
    Err(no_namespace(name, world.namespaces()))
}

fn no_namespace<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> UserError {
    let nearest = podwhy_knowledge::config::nearest(name, known);
    let hint = nearest.map(|nearest| format!("; did you mean {nearest}?")).unwrap_or_default();
    UserError::Input(format!("namespace {name} not found{hint}"))
}
