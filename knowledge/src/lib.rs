//! Why a pod is failing, as pure functions.
//!
//! Three verbs: [`diagnose`] a [`Snapshot`], [`interpret`] a pasted text, and render a finding's [`page`]. Nothing
//! here reads a file, a clock, a network or an environment variable: the same input gives the same bytes.
//!
//! A cause is one folder under `causes/<stage>/<cause>/`: detection over the snapshot, a page in each language, and
//! cases that must and must not match. See `ARCHITECTURE.md` for what holds the parts together.

pub mod agent;
pub mod brief;
pub mod cause;
pub mod causes;
pub mod changes;
pub mod config;
pub mod container;
pub mod dependency;
mod diagnose;
pub mod event;
pub mod evicted;
pub mod evidence;
pub mod finding;
pub mod gap;
pub mod image;
mod interpret;
pub mod job;
pub mod lang;
pub mod launch;
pub mod logs;
pub mod moment;
pub mod mount;
pub mod node_state;
pub mod probes;
pub mod pull;
pub mod quantity;
pub mod redact;
pub mod references;
pub mod refused;
pub mod remedy;
pub mod resolve;
pub mod sandbox;
pub mod schedule;
pub mod service;
pub mod snapshot;
pub mod target;
pub mod terminating;
pub mod text;
pub mod triage;
pub mod usage;
pub mod wording;
pub mod workload;
pub mod world;

pub use agent::NodeFacts;
pub use changes::Changed;
pub use diagnose::diagnose;
pub use finding::{Blame, Confidence, Diagnosis, Evidence, Finding, Source, Stage, Verdict};
pub use gap::{Gap, GapReason};
pub use interpret::{MAX_TEXT as MAX_PASTED_TEXT, interpret};
pub use lang::Lang;
pub use snapshot::{Snapshot, Subject};
pub use target::{Kind, Target, TargetError};
pub use text::{Page, PageError, page};
pub use world::World;
