//! A simulated cluster inside the process, for trying podwhy without one: one failing pod for every cause of the
//! knowledge base, over the Kubernetes wire protocol on loopback, so that `kubectl` can look at it too.
//!
//! - `scenario`: a cause's own case, at the present time; its failing and its healed state.
//! - `clusters`: which cases live together.
//! - `store`: objects, versions, changes.
//! - `http`: the API: discovery, get, list, Table, watch, logs, delete, patch. Everything else is an honest 404 or 405.
//!
//! # When not
//! It is not a cluster: no scheduler, no controllers beyond a pod's replacement, no validation, no admission, no users.
//! It listens on loopback only, has no data but the cases', and forgets everything when the process ends.

mod clusters;
mod discovery;
mod failure;
mod http;
mod kubeconfig;
mod life;
mod page;
mod read;
mod resources;
mod scenario;
mod select;
mod server;
mod store;
mod table;
mod watch;
mod write;

pub use life::ScenarioState;
pub use scenario::Scenario;
pub use server::{Options, Playground};
pub use store::Store;
