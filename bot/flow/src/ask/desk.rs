//! The clusters that can be asked, and the answer to a command: what every chat, the console's too, stands on.

use std::sync::Arc;

use futures::future::join_all;
use podwhy_knowledge::resolve::ResolveError;
use podwhy_knowledge::{GapReason, Lang, PageError, Target, World};
use thiserror::Error;

use super::collect::Collected;
use super::command::Command;
use super::conceal::Foreign;
use super::diagnose::{ask, diagnose, find, read};
use super::intake::Request;
use super::order::OrderError;
use super::past;
use super::render;
use super::told::{self, Lines};
use super::within::{Visible, Within};
use crate::answer::{EventsAnswer, GapAnswer, LogsAnswer, TriageAnswer, WhyAnswer};
use crate::error::UserError;
use crate::ports::{ClusterError, ClusterRead, LogOf, Past};
use crate::words;

/// What a command brought.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To `why`.
    Why(WhyAnswer),
    /// To `triage`, of the cluster of this name.
    Triage(String, TriageAnswer),
    /// To `logs`.
    Logs(LogsAnswer),
    /// To `events`.
    Events(EventsAnswer),
    /// Of a cluster that could not be asked, beside others that could: the reason.
    Unread(String),
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
    past: Option<Arc<dyn Past>>,
}

impl<C: ClusterRead> Desk<C> {
    /// The first is asked where none is named.
    pub fn new(clusters: Vec<C>) -> Desk<C> {
        Desk { clusters, past: None }
    }

    /// The same, which knows what failed before.
    pub fn remembering(self, past: Arc<dyn Past>) -> Desk<C> {
        Desk { past: Some(past), ..self }
    }

    /// What failed before, where that is known.
    pub fn past(&self) -> Option<&dyn Past> {
        self.past.as_deref()
    }

    /// Every cluster.
    pub fn clusters(&self) -> &[C] {
        &self.clusters
    }

    /// The cluster of a name.
    pub fn of_name(&self, name: &str) -> Option<&C> {
        self.clusters.iter().find(|cluster| cluster.name() == name)
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
        self.of_name(named).ok_or_else(|| {
            let nearest = podwhy_knowledge::config::nearest(named, self.clusters.iter().map(C::name));
            UserError::Input(words::no_cluster(named, nearest, Lang::En))
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
        let cluster = command.cluster().or(source);
        match command {
            Command::Explain(text) => Ok(Answer::Explain(render::explain(text, lang))),
            Command::Help => Ok(Answer::Help),
            Command::Incident(_) => Err(UserError::from(OrderError::Elsewhere).into()),
            _ => self.answer_within(self.cluster(cluster)?, command, &Within::ALL, lang).await,
        }
    }

    /// Answers a command about a cluster, as far as the question reaches.
    ///
    /// # Errors
    /// [`AskError`] when the cluster cannot be asked, the target names nothing, or a page is faulty.
    pub async fn answer_within(
        &self,
        cluster: &C,
        command: &Command,
        within: &Within,
        lang: Lang,
    ) -> Result<Answer, AskError> {
        match command {
            Command::Why(target) => self.why(cluster, target, within, lang).await.map(Answer::Why),
            Command::Triage { namespace, .. } => {
                let triage = triage(cluster, namespace.as_deref(), within, lang).await?;
                Ok(Answer::Triage(cluster.name().to_string(), triage))
            }
            Command::Logs { target, container, previous } => {
                let request = Request { target: target.clone(), lang };
                logs(cluster, &request, container.as_deref(), *previous, within).await.map(Answer::Logs)
            }
            Command::Events(target) => {
                let request = Request { target: target.clone(), lang };
                let snapshot = read(cluster, &request, within).await?;
                let mut events = told::events(&snapshot);
                Foreign::of(&snapshot.world, &within.visible).from_events(&mut events, lang);
                Ok(Answer::Events(events))
            }
            Command::Explain(text) => Ok(Answer::Explain(render::explain(text, lang))),
            Command::Incident(_) => Err(UserError::from(OrderError::Elsewhere).into()),
            Command::Help => Ok(Answer::Help),
        }
    }

    async fn why(
        &self,
        cluster: &C,
        target: &Target,
        within: &Within,
        lang: Lang,
    ) -> Result<WhyAnswer, AskError> {
        let request = Request { target: target.clone(), lang };
        let diagnosed = match (ask(cluster, &request, within).await, &self.past) {
            (Ok(diagnosed), _) => diagnosed,
            (Err(missing @ UserError::Resolve(ResolveError::NotFound { .. })), Some(past)) => {
                let gone = past::gone(past.as_ref(), cluster, target, within, lang).await;
                return gone.ok_or_else(|| missing.into());
            }
            (Err(error), _) => return Err(error.into()),
        };
        let mut why = render::why(&diagnosed, lang)?;
        let before =
            self.past.as_ref().and_then(|past| past::before(past.as_ref(), &diagnosed, within, lang));
        why.notices.extend(before);
        Foreign::of(&diagnosed.snapshot.world, &within.visible).from_why(&mut why, lang);
        Ok(why)
    }

    /// What fails in every cluster; one that does not answer takes nothing from the others.
    pub async fn failing(&self, lang: Lang) -> Vec<(String, Result<TriageAnswer, AskError>)> {
        let asked = self.clusters.iter().map(|cluster| async move {
            (cluster.name().to_string(), triage(cluster, None, &Within::ALL, lang).await)
        });
        join_all(asked).await
    }
}

async fn triage<C: ClusterRead>(
    cluster: &C,
    namespace: Option<&str>,
    within: &Within,
    lang: Lang,
) -> Result<TriageAnswer, AskError> {
    if let (Some(named), Visible::Only(listed)) = (namespace, &within.visible)
        && !listed.contains(named)
    {
        return Err(no_namespace(named, listed.iter().map(String::as_str)).into());
    }
    let mut found = match (namespace, &within.visible) {
        (Some(_), _) | (None, Visible::All) => cluster.failing(namespace).await.map_err(UserError::from)?,
        (None, Visible::Only(listed)) => {
            let read = join_all(listed.iter().map(|listed| cluster.failing(Some(listed)))).await;
            joined(read)?
        }
    };
    within.limit(&mut found);
    let world = Arc::new(found.into_world());
    let wanted = |name: &str| within.visible.shows(name) && namespace.is_none_or(|named| named == name);
    let mut triage = render::triage_answer(&world, wanted, lang)?;
    Foreign::of(&world, &within.visible).from_triage(&mut triage, lang);
    if let (Some(named), Visible::All) = (namespace, &within.visible)
        && triage.failing + triage.expected + triage.healthy == 0
    {
        let known = cluster.names(None).await;
        if !known.is_empty() && !known.iter().any(|name| name == named) {
            return Err(no_namespace(named, known.iter().map(String::as_str)).into());
        }
    }
    Ok(triage)
}

/// What was read of several namespaces as one; what one of them refuses is a gap, unless all do.
fn joined(read: Vec<Result<Collected, ClusterError>>) -> Result<Collected, UserError> {
    let mut whole: Option<Collected> = None;
    let mut refused: Option<ClusterError> = None;
    for part in read {
        match (part, &mut whole) {
            (Ok(part), Some(whole)) => whole.merge(part),
            (Ok(part), none) => *none = Some(part),
            (Err(error), _) => refused = Some(error),
        }
    }
    match (whole, refused) {
        (Some(mut whole), Some(_)) => {
            whole.unread("Pod", "", "", GapReason::Forbidden);
            Ok(whole)
        }
        (Some(whole), None) => Ok(whole),
        (None, Some(error)) => Err(error.into()),
        (None, None) => Ok(Collected::default()),
    }
}

/// At most this many lines of each container.
const LOG_LINES: usize = 200;

async fn logs<C: ClusterRead>(
    cluster: &C,
    request: &Request,
    container: Option<&str>,
    previous: bool,
    within: &Within,
) -> Result<LogsAnswer, AskError> {
    let snapshot = read(cluster, request, within).await?;
    let Some(pod) = told::logged_pod(&snapshot) else {
        let what = format!("{}/{} has no pod, so no log", snapshot.namespace(), snapshot.name());
        return Err(UserError::Input(what).into());
    };
    let containers = told::containers(pod, container);
    if let (Some(named), true) = (container, containers.is_empty()) {
        let known = told::containers(pod, None).join(", ");
        return Err(UserError::Input(format!("there is no container {named:?}; there are: {known}")).into());
    }
    let (namespace, name) = (pod.namespace(), pod.name());
    let asked = containers.iter().map(|container| async move {
        let log = LogOf { namespace, pod: name, container, previous, lines: LOG_LINES };
        (container, cluster.log(log).await)
    });
    let (mut lines, mut gaps) = (Vec::new(), Vec::new());
    for (container, answer) in join_all(asked).await {
        match answer {
            Ok(Some(read)) => lines.push((container.clone(), read)),
            // of a container that has not started, or has no run before this one, there is nothing to read
            Ok(None) => lines.push((container.clone(), Lines { text: String::new(), cut: false })),
            Err(error) => gaps.push(GapAnswer {
                what: format!("log of {container}: {error}"),
                why: GapReason::Forbidden.as_str().to_string(),
                could_hide: Vec::new(),
            }),
        }
    }
    Ok(told::logs(pod, previous, lines, gaps))
}

/// Answers a command from a world that was read before.
///
/// # Errors
/// [`AskError`] when the target names nothing in it, or a page is faulty.
pub fn answer_from(world: &Arc<World>, command: &Command, lang: Lang) -> Result<Answer, AskError> {
    match command {
        Command::Why(target) => {
            let request = Request { target: target.clone(), lang };
            Ok(Answer::Why(render::why(&diagnose(world, &request)?, lang)?))
        }
        Command::Triage { namespace, .. } => {
            let namespace = namespace.as_deref().map(|name| known_namespace(world, name)).transpose()?;
            let wanted = |name: &str| namespace.is_none_or(|named| named == name);
            let triage = render::triage_answer(world, wanted, lang)?;
            Ok(Answer::Triage(world.cluster.clone(), triage))
        }
        Command::Logs { target, container, previous } => {
            let request = Request { target: target.clone(), lang };
            let snapshot = find(world, &request)?;
            let pod = told::logged_pod(&snapshot).unwrap_or(&snapshot);
            let held = told::containers(pod, container.as_deref()).into_iter().map(|name| {
                let log = pod.log(&name);
                let text =
                    log.and_then(|log| if *previous { log.previous.clone() } else { log.current.clone() });
                (name, Lines { text: text.as_deref().unwrap_or_default().to_string(), cut: false })
            });
            Ok(Answer::Logs(told::logs(pod, *previous, held.collect(), Vec::new())))
        }
        Command::Events(target) => {
            let request = Request { target: target.clone(), lang };
            Ok(Answer::Events(told::events(&find(world, &request)?)))
        }
        Command::Explain(text) => Ok(Answer::Explain(render::explain(text, lang))),
        Command::Incident(_) => Err(UserError::from(OrderError::Elsewhere).into()),
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
