//! A simulated cluster inside the process, for trying podwhy without one: one failing pod for every cause of the
//! knowledge base, over the Kubernetes wire protocol on loopback, so that `kubectl` can look at it too.
//!
//! - `scenario`: a cause's own case, at the present time; its failing and its healed state.
//! - `clusters`: which cases live together.
//! - `api`: objects, versions and changes behind the wire protocol.
//! - `change`, `custom`, `evict`: what a request changes, with its dry run.
//! - `rights`: who may do what: RBAC, reviews, impersonation.
//! - `life`: what happens by itself: time passes, pods end and are replaced, failures come and go.
//!
//! # When not
//! It is not a cluster: no scheduler, no controllers beyond a pod's replacement and a rollout, no validation, no admission. It
//! authenticates nobody: a caller is its owner, who may do everything, or acts as a user by the impersonation headers, whom RBAC then
//! allows or refuses. No disruption budget is counted anew.
//! It listens on loopback only, has no data but the cases', and forgets everything when the process ends.

mod api;
mod change;
mod clusters;
mod custom;
mod events;
mod evict;
mod kinds;
mod kubeconfig;
mod life;
mod logs;
mod rights;
mod scenario;
mod selector;
mod server;

pub use api::Store;
pub use life::ScenarioState;
pub use logs::Logs;
pub use scenario::Scenario;
pub use server::{Options, Playground};

#[cfg(test)]
mod tests;
