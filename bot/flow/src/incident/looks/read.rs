//! One reading for a look.

use std::collections::BTreeSet;

use futures::StreamExt;
use podwhy_knowledge::{GapReason, Kind, World};

use super::super::look::Scope;
use crate::ask::collect::Collected;
use crate::ports::{ClusterError, ClusterRead};

/// Of more namespaces than this the whole cluster is read: a namespace alone costs its nodes and workloads again.
const FEW: usize = 20;

/// So many namespaces at once: each is several requests.
const AT_ONCE: usize = 4;

/// What fails in a scope, and the scope that was read.
pub async fn read<C: ClusterRead>(cluster: &C, scope: Scope) -> Result<(Collected, Scope), ClusterError> {
    let wanted = match &scope {
        Scope::Namespaces(wanted) if wanted.len() <= FEW => wanted,
        _ => return Ok((cluster.failing(None).await?, scope)),
    };
    // owned names: a borrowed one would tie the future to this call's lifetime
    let asked = futures::stream::iter(wanted.clone())
        .map(|namespace| async move { (cluster.failing(Some(&namespace)).await, namespace) });
    let (mut whole, mut read, mut failed) = (None::<Collected>, BTreeSet::new(), None);
    for (answer, namespace) in asked.buffered(AT_ONCE).collect::<Vec<_>>().await {
        match (answer, &mut whole) {
            (Ok(part), Some(whole)) => whole.merge(part),
            (Ok(part), none) => *none = Some(part),
            // what was not read is not looked at: nothing in it is well by that
            (Err(error), _) => {
                failed = Some(error);
                continue;
            }
        }
        read.insert(namespace);
    }
    match (whole, failed) {
        (Some(whole), _) => Ok((whole, Scope::Namespaces(read))),
        (None, Some(error)) => Err(error),
        (None, None) => Ok((Collected::default(), Scope::Namespaces(read))),
    }
}

/// Whether what is not seen is well: no pod that was to be read is missing, and no list came too late.
///
/// A list of workloads or nodes that is refused is refused for ever: what it would show was never seen, and takes nothing away.
pub fn is_whole(world: &World, scope: &Scope) -> bool {
    let matters = |kind: &str, namespace: &str, name: &str, why: GapReason| match kind {
        "Pod" => namespace.is_empty() || scope.holds(namespace),
        "Node" => *scope == Scope::All && name.is_empty() && why == GapReason::TimedOut,
        kind => {
            let of_workloads = Kind::from_camel(kind).is_some_and(Kind::is_workload);
            of_workloads && name.is_empty() && why == GapReason::TimedOut
        }
    };
    !world.unread.iter().any(|((kind, namespace, name), why)| matters(kind, namespace, name, *why))
}
