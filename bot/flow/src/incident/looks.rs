//! Taking a look: one reading of a cluster, or of some of its namespaces, and what fails there by root cause.

mod keep;
mod read;
mod sights;
mod words;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use podwhy_knowledge::{Diagnosis, Lang, Snapshot, World};
use tokio::time::timeout;

pub(super) use self::sights::{Sight, Sights};
use super::annotations::annotate;
use super::bounds::Bounds;
use super::due::Crossed;
use super::look::{Look, Scope, Sighted};
use super::record::Member;
use super::ring::Remains;
use crate::ask::conceal::Foreign;
pub(super) use crate::ask::owner::top_owner;
use crate::ask::within::Visible;
use crate::ports::{ClusterError, ClusterRead};

/// A look takes no longer: each of its requests has a timeout of its own, far below.
pub const LONGEST: Duration = Duration::from_secs(60);

/// A look, and what else it brought.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The look.
    pub look: Look,
    /// Workloads that have no pod where they should: what no watch of pods sees.
    pub lacking: Vec<Member>,
    /// What is worth keeping of the pods that fail.
    pub remains: Vec<Remains>,
}

/// Looks at a cluster, as much of the scope as the bounds let it. A namespace that could not be read is not in the look's scope;
/// a scope of none asks nothing. `answered` is called once all is read: what takes long after that is no silence of the cluster.
///
/// # Errors
/// [`ClusterError`] when nothing could be read, or not in time. It is not tried again here: the next look is the next try.
pub async fn look<C: ClusterRead>(
    cluster: &C,
    scope: &Scope,
    due: &Crossed,
    bounds: &Bounds,
    now: Timestamp,
    answered: impl FnOnce() + Send,
) -> Result<Looked, ClusterError> {
    let (sights, at, scope, is_whole) = sights_of(cluster, scope, due, bounds, now, answered).await?;
    let Sights { sights, lacking, remains, standing } = sights;
    let sighted = sights.into_iter().map(|sight| sight.sighted).collect();
    let look = Look { cluster: cluster.name().to_string(), at, scope, is_whole, sighted, standing };
    Ok(Looked { look, lacking, remains })
}

/// What fails, when and where it was looked at, and whether nothing of it could not be read.
pub(super) async fn sights_of<C: ClusterRead>(
    cluster: &C,
    scope: &Scope,
    due: &Crossed,
    bounds: &Bounds,
    now: Timestamp,
    answered: impl FnOnce() + Send,
) -> Result<(Sights, Timestamp, Scope, bool), ClusterError> {
    let scope = bounds.cut(cluster.name(), scope.clone());
    if scope == Scope::Namespaces(BTreeSet::new()) {
        return Ok((Sights::default(), now, scope, true));
    }
    let late = || ClusterError::Unreachable {
        cluster: cluster.name().to_string(),
        why: format!("no answer within {} s", LONGEST.as_secs()),
    };
    let (mut collected, scope) =
        timeout(LONGEST, read::read(cluster, scope)).await.map_err(|_elapsed| late())??;
    answered();
    bounds.limit(cluster.name(), &mut collected);
    // a proxy may have left out the answer's date
    if collected.taken_at == Timestamp::UNIX_EPOCH {
        collected.taken_at = now;
    }
    let at = collected.taken_at;
    let world = Arc::new(collected.into_world());
    let is_whole = read::is_whole(&world, &scope);
    let mut sights = sights(cluster.name(), &world, &scope, due, bounds).await?;
    let found = sights.sights.iter_mut().map(|sight| &mut sight.sighted);
    annotate(cluster, &world, bounds, found, at).await;
    Ok((sights, at, scope, is_whole))
}

/// What fails in a world that was read before. Of thousands of pods this takes seconds, and no other cluster's look may wait for it.
///
/// # Errors
/// [`ClusterError`] when a rule of a cause is at fault.
pub(super) async fn sights(
    cluster: &str,
    world: &Arc<World>,
    scope: &Scope,
    due: &Crossed,
    bounds: &Bounds,
) -> Result<Sights, ClusterError> {
    let of = sights::Of {
        cluster: cluster.to_string(),
        world: Arc::clone(world),
        scope: scope.clone(),
        due: due.clone(),
        visible: bounds.visible(cluster),
        lang: bounds.lang,
    };
    let done = tokio::task::spawn_blocking(move || of.sights()).await;
    // a fault in one cause's rule must not end the watch
    done.map_err(|fault| {
        tracing::error!(cluster, %fault, "a look could not be diagnosed");
        ClusterError::Other { cluster: cluster.to_string(), why: "its diagnosis failed".to_string() }
    })
}

/// Why one object fails that triage does not group: a Service, a claim.
pub(super) fn sight_of(
    cluster: &str,
    snapshot: &Snapshot,
    diagnosis: &Diagnosis,
    bounds: &Bounds,
) -> Sighted {
    let of = sights::Of {
        cluster: cluster.to_string(),
        world: Arc::clone(&snapshot.world),
        scope: Scope::All,
        due: Crossed::default(),
        visible: bounds.visible(cluster),
        lang: bounds.lang,
    };
    let foreign = Foreign::of(&of.world, &of.visible);
    let finding = sights::of_subject(diagnosis, snapshot);
    // what no cause fits is a question about the object
    let subject = snapshot.subject_blame();
    let blame = if finding.cause == "unknown" { &subject } else { &finding.blame };
    let members = vec![sights::member_of(&subject)];
    let namespace = subject.namespace.as_deref().unwrap_or_default();
    let others = Foreign::of(&of.world, &Visible::Only(BTreeSet::new())).beyond(namespace);
    let evidence = of.kept(finding, &others);
    Sighted { is_due: true, evidence, ..of.sighted(finding, blame, members, &[], &foreign) }
}

/// The language summaries are compared in, whatever they are shown in: a name that is hidden is part of a root cause.
const KEYS: Lang = Lang::En;
