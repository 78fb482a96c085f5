//! A request → what it means in this cluster, and why it fails.

use std::sync::Arc;

use podwhy_knowledge::resolve::resolve;
use podwhy_knowledge::{Diagnosis, Snapshot, World};

use super::intake::Request;
use crate::error::UserError;

/// The snapshot that was asked about, and its diagnosis.
#[derive(Clone, Debug)]
pub struct Diagnosed {
    /// What was looked at.
    pub snapshot: Snapshot,
    /// What was found.
    pub diagnosis: Diagnosis,
}

/// Finds the request's target in the world and diagnoses it.
///
/// # Errors
/// [`UserError`] when it names another cluster, or nothing, or more than one thing.
pub fn diagnose(world: &Arc<World>, request: &Request) -> Result<Diagnosed, UserError> {
    if let Some(asked) = &request.target.cluster
        && *asked != world.cluster
    {
        return Err(UserError::Cluster { asked: asked.clone(), known: world.cluster.clone() });
    }
    let snapshot = resolve(world, &request.target, None)?;
    let diagnosis = podwhy_knowledge::diagnose(&snapshot);
    Ok(Diagnosed { snapshot, diagnosis })
}
