//! A request → what it means in this cluster, and why it fails.

use std::sync::Arc;

use podwhy_knowledge::resolve::resolve;
use podwhy_knowledge::{Diagnosis, Kind, Snapshot, World};

use super::intake::Request;
use super::within::{Within, only_visible};
use crate::error::UserError;
use crate::ports::ClusterRead;

/// The snapshot that was asked about, and its diagnosis.
#[derive(Clone, Debug)]
pub struct Diagnosed {
    /// What was looked at.
    pub snapshot: Snapshot,
    /// What was found.
    pub diagnosis: Diagnosis,
}

/// Reads what hangs on the request's target, as far as the question reaches, and cuts the snapshot out of it.
///
/// # Errors
/// [`UserError`] when the cluster cannot be asked, or the target names nothing in it.
pub async fn read(
    cluster: &impl ClusterRead,
    request: &Request,
    within: &Within,
) -> Result<Snapshot, UserError> {
    let mut collected = cluster.subject(&request.target).await?;
    within.limit(&mut collected);
    if request.target.kind == Some(Kind::Node) {
        within.limit_node(&mut collected);
    }
    let world = Arc::new(collected.into_world());
    let namespace = cluster.default_namespace().to_string();
    resolve(&world, &request.target, Some(&namespace))
        .map_err(|error| only_visible(error, &within.visible).into())
}

/// Reads what hangs on the request's target, and diagnoses it.
///
/// # Errors
/// [`UserError`] when the cluster cannot be asked, or the target names nothing in it.
pub async fn ask(
    cluster: &impl ClusterRead,
    request: &Request,
    within: &Within,
) -> Result<Diagnosed, UserError> {
    Ok(diagnosed(read(cluster, request, within).await?))
}

/// Finds the request's target in a world that was read before.
///
/// # Errors
/// [`UserError`] when it names another cluster, or nothing, or more than one thing.
pub fn find(world: &Arc<World>, request: &Request) -> Result<Snapshot, UserError> {
    if let Some(asked) = &request.target.cluster
        && *asked != world.cluster
    {
        return Err(UserError::Cluster { asked: asked.clone(), known: world.cluster.clone() });
    }
    Ok(resolve(world, &request.target, None)?)
}

/// Finds the request's target in a world that was read before, and diagnoses it.
///
/// # Errors
/// As of [`find`].
pub fn diagnose(world: &Arc<World>, request: &Request) -> Result<Diagnosed, UserError> {
    Ok(diagnosed(find(world, request)?))
}

fn diagnosed(snapshot: Snapshot) -> Diagnosed {
    let diagnosis = podwhy_knowledge::diagnose(&snapshot);
    Diagnosed { snapshot, diagnosis }
}
