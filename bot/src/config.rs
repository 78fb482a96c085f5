//! The configuration: defaults, then the file, then the environment, then flags; each outranks the ones before it.
//!
//! The types in `settings` are the only place that says what can be configured. Their JSON Schema is what files and
//! variables are checked against, what editors get, and what the reference is written from.

mod annotations;
mod area;
mod chat;
mod check;
mod dead_node;
mod digest;
mod environment;
mod error;
mod file;
mod formats;
mod hours;
mod impersonated;
mod incident;
mod load;
mod outgoing;
mod pattern;
mod problem;
mod remediation;
mod report;
mod rules;
mod secret;
mod settings;
mod shape;
mod threshold;
mod thresholds;
mod written;
mod zone;

pub use annotations::{Annotations, NamedChannel};
pub use area::Area;
pub use chat::{
    App, Channel, ChatGroup, Claims, Direct, Discord, LogLevel, Logs, Person, Read, ReadAs, Serve, Slack,
};
pub use dead_node::{DeadNode, PowerProbe};
pub use digest::{Day, Digest, TimeOfDay};
pub use environment::{Environment, Flag, process_environment};
pub use error::ConfigError;
pub use hours::Hours;
pub use impersonated::Impersonated;
pub use incident::{Alertmanager, Incidents, Route, Severity};
pub use load::{Inputs, Loaded, load};
pub use outgoing::{PagerDuty, Webhook};
pub use pattern::Pattern;
pub use problem::Problem;
pub use remediation::{Remediation, RemedyWord, Risk, Rule};
pub use secret::SecretSource;
pub use settings::{Cluster, Redact, Secrets, Settings, Timeouts, schema};
pub use threshold::{OfCause, Threshold};
pub use thresholds::{Thresholds, ThresholdsOf};
pub use zone::Zone;

#[cfg(test)]
mod reference_tests;
#[cfg(test)]
mod tests;
