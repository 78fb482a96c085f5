//! The catalogue: every cause by the stage it strikes at, in the order of a pod's life. Names only.

pub mod admit;
pub mod create;
pub mod evict;
pub mod image;
pub mod network;
pub mod node;
pub mod probe;
pub mod run;
pub mod sandbox;
pub mod schedule;
pub mod start;
pub mod status;
pub mod terminate;
pub mod volume;

use crate::cause::Cause;

/// The stages' lists, in the order ties are broken.
const STAGES: [&[&Cause]; 14] = [
    node::CAUSES,
    admit::CAUSES,
    schedule::CAUSES,
    sandbox::CAUSES,
    volume::CAUSES,
    image::CAUSES,
    create::CAUSES,
    start::CAUSES,
    run::CAUSES,
    probe::CAUSES,
    evict::CAUSES,
    terminate::CAUSES,
    network::CAUSES,
    status::CAUSES,
];

/// What is said when no cause matched, in the order they are tried.
pub const ENDINGS: [&str; 2] = ["healthy", "unknown"];

/// Causes that say which part failed and not why, outermost first: each stands before what failed inside it, however
/// sure that is.
pub const WRAPPERS: [&str; 3] = ["job-deadline-exceeded", "backoff-limit-reached", "init-container-failing"];

/// Every cause.
pub fn catalogue() -> impl Iterator<Item = &'static Cause> {
    STAGES.iter().flat_map(|stage| stage.iter().copied())
}

/// The cause of this id.
pub fn find(id: &str) -> Option<&'static Cause> {
    catalogue().find(|cause| cause.id == id)
}
