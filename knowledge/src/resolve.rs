//! From what was typed to what is meant: a pod, else a workload, in one namespace; a miss names the nearest names.

use std::sync::Arc;

use thiserror::Error;

use crate::snapshot::Snapshot;
use crate::target::{Kind, Target};
use crate::world::World;

/// Why a target could not be found.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ResolveError {
    /// No such object. `nearest` are names a person may have meant.
    #[error("{what} not found{}", hint(nearest))]
    NotFound {
        /// What was looked for.
        what: String,
        /// The most similar names.
        nearest: Vec<String>,
    },
    /// Several objects answer to it.
    #[error("{name} is in several namespaces: {}; name one with -n or NAMESPACE/NAME", candidates.join(", "))]
    Ambiguous {
        /// What was looked for.
        name: String,
        /// What it could be.
        candidates: Vec<String>,
    },
}

fn hint(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!("; did you mean {}?", nearest.join(" or ")) }
}

/// How similar a name must be to be offered.
const SIMILAR: f64 = 0.8;

/// Cuts the snapshot a target means out of the world. Without a namespace, `default_namespace` is looked into first;
/// if there is none, or nothing in it, a name that is unique in the world is taken.
///
/// # Errors
/// [`ResolveError`] when nothing, or more than one thing, answers to it.
pub fn resolve(
    world: &Arc<World>,
    target: &Target,
    default_namespace: Option<&str>,
) -> Result<Snapshot, ResolveError> {
    if let Some(kind) = target.kind
        && !kind.is_namespaced()
    {
        return Snapshot::of_object(world, kind, "", &target.name)
            .ok_or_else(|| not_found(world, target, None));
    }
    if let Some(namespace) = target.namespace.as_deref().or(default_namespace) {
        return in_namespace(world, target, namespace)
            .ok_or_else(|| not_found(world, target, Some(namespace)));
    }
    let mut found: Vec<Snapshot> =
        world.namespaces().filter_map(|namespace| in_namespace(world, target, namespace)).collect();
    match found.len() {
        0 => Err(not_found(world, target, None)),
        1 => Ok(found.remove(0)),
        _ => Err(ResolveError::Ambiguous {
            name: target.name.clone(),
            candidates: found.iter().map(|s| format!("{}/{}", s.namespace(), s.name())).collect(),
        }),
    }
}

fn in_namespace(world: &Arc<World>, target: &Target, namespace: &str) -> Option<Snapshot> {
    let of_kind = |kind: Kind| match kind {
        Kind::Pod => Snapshot::of_pod(world, namespace, &target.name),
        kind if kind.is_workload() => Snapshot::of_workload(world, kind, namespace, &target.name),
        kind => Snapshot::of_object(world, kind, namespace, &target.name),
    };
    match target.kind {
        Some(kind) => of_kind(kind),
        None => std::iter::once(Kind::Pod).chain(Kind::WORKLOADS).find_map(of_kind),
    }
}

fn not_found(world: &World, target: &Target, namespace: Option<&str>) -> ResolveError {
    let kind = target.kind.map_or("pod or workload".to_string(), |kind| kind.short().to_string());
    let namespaced = target.kind.is_none_or(Kind::is_namespaced);
    let place = namespace.filter(|_| namespaced).map_or(String::new(), |namespace| format!("{namespace}/"));
    ResolveError::NotFound {
        what: format!("{kind} {place}{}", target.name),
        nearest: match nearest(world, target, target.kind, namespace) {
            // the name may be right and the kind wrong
            none if none.is_empty() => nearest(world, target, None, namespace),
            some => some,
        },
    }
}

/// How similar a name is to what was asked: a part of it is what people remember.
fn similarity(asked: &str, name: &str) -> f64 {
    let part = asked.len() >= 3 && (name.contains(asked) || name.len() >= 3 && asked.contains(name));
    strsim::jaro_winkler(asked, name).max(if part { 0.9 } else { 0.0 })
}

/// Up to three names: the same name elsewhere first, then similar ones.
fn nearest(world: &World, target: &Target, of: Option<Kind>, namespace: Option<&str>) -> Vec<String> {
    let pods = world.pods.keys().map(|(ns, name)| (Kind::Pod, ns, name));
    let workloads = world.workloads.keys().map(|(kind, ns, name)| (*kind, ns, name));
    let around = around(world, of);
    let mut scored: Vec<(f64, String)> = pods
        .chain(workloads)
        .chain(around.iter().map(|(kind, ns, name)| (*kind, ns, name)))
        .filter(|(kind, ..)| of.is_none_or(|wanted| wanted == *kind))
        .map(|(kind, ns, name)| {
            let here = namespace.is_none_or(|wanted| wanted == ns) || !kind.is_namespaced();
            let similar_place = namespace.map_or(1.0, |wanted| strsim::jaro_winkler(wanted, ns));
            // a pod is often asked for by its workload's name, or the other way round
            let similar = similarity(&target.name, name);
            let score = if here { similar } else { similar * (0.5 + similar_place / 2.0) };
            let shown = match kind {
                Kind::Pod => format!("{ns}/{name}"),
                _ if kind.is_namespaced() => format!("{ns}/{}/{name}", kind.short()),
                _ => format!("{}/{name}", kind.short()),
            };
            (score, shown)
        })
        .filter(|(score, _)| *score >= SIMILAR)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    scored.truncate(3);
    scored.into_iter().map(|(_, shown)| shown).collect()
}

/// What stands around pods, of the kind that was asked for: a pod is never meant by a Service's name.
fn around(world: &World, of: Option<Kind>) -> Vec<(Kind, String, String)> {
    let cluster_wide = |kind: Kind, name: &str| (kind, String::new(), name.to_string());
    match of {
        Some(Kind::Node) => world.nodes.keys().map(|name| cluster_wide(Kind::Node, name)).collect(),
        Some(Kind::Namespace) => world.namespaces().map(|name| cluster_wide(Kind::Namespace, name)).collect(),
        Some(kind @ Kind::PersistentVolumeClaim) => {
            world.claims.keys().map(|(ns, name)| (kind, ns.clone(), name.clone())).collect()
        }
        Some(kind @ Kind::Service) => {
            let services = world.others.keys().filter(|(known, ..)| known == kind.camel());
            services.map(|(_, ns, name)| (kind, ns.clone(), name.clone())).collect()
        }
        _ => Vec::new(),
    }
}
