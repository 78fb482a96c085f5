//! What can be configured of what is told outside the chats. The comments here are the reference.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::area::Area;
use super::incident::Severity;
use super::secret::SecretSource;
use super::written;

/// An address that is told what becomes of incidents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Its name, by which podwhy remembers what it was told: under another it is told of every open incident anew.
    #[schemars(length(min = 1), example = &"tickets")]
    pub name: String,
    /// Where it is: https, or http on this machine.
    #[schemars(length(min = 1), example = &"https://tickets.example.com/podwhy")]
    pub url: String,
    /// What each POST is signed with: `Podwhy-Signature: t=UNIX_SECONDS,v1=HEX`, the HMAC-SHA256 of `UNIX_SECONDS.BODY`.
    #[schemars(example = super::chat::secret_example("TICKETS_SIGNING_KEY"))]
    pub signing_key: SecretSource,
    /// Another key while `signing_key` is being replaced: each POST is signed with both, and the receiver takes either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = super::chat::secret_example("TICKETS_OTHER_SIGNING_KEY"))]
    pub other_signing_key: Option<SecretSource>,
    /// The authority of its certificate, in PEM, where it is one of your own: then no other is believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::path", example = &"/etc/podwhy/tickets-ca.crt")]
    pub ca: Option<PathBuf>,
    /// Where something fails: as `of` of a route.
    #[schemars(schema_with = "written::areas", example = &["prod:*"])]
    pub of: Vec<Area>,
    /// At least this severe.
    #[serde(default)]
    #[schemars(example = &"warning")]
    pub severity: Severity,
    /// Of these causes only; without it, of any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["oom-killed"])]
    pub causes: Vec<String>,
}

/// A service of PagerDuty that is told what becomes of incidents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PagerDuty {
    /// Its name, by which podwhy remembers what it was told: under another it is told of every open incident anew.
    #[schemars(length(min = 1), example = &"on-call")]
    pub name: String,
    /// The integration key of the service's integration "Events API V2".
    #[schemars(example = super::chat::secret_example("PAGERDUTY_ROUTING_KEY"))]
    pub routing_key: SecretSource,
    /// Where events go; accounts of the EU have another address.
    #[serde(default = "api")]
    #[schemars(length(min = 1), example = &"https://events.eu.pagerduty.com/v2/enqueue")]
    pub url: String,
    /// Where something fails: as `of` of a route.
    #[schemars(schema_with = "written::areas", example = &["prod:*"])]
    pub of: Vec<Area>,
    /// At least this severe: someone may be woken by it.
    #[serde(default = "critical")]
    #[schemars(example = &"critical")]
    pub severity: Severity,
    /// Of these causes only; without it, of any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["node-lost"])]
    pub causes: Vec<String>,
}

/// As `podwhy_outgoing::pagerduty::API`, which the terminal tool alone is built without.
fn api() -> String {
    "https://events.pagerduty.com/v2/enqueue".to_string()
}

fn critical() -> Severity {
    Severity::Critical
}

pub(super) fn secret_file(path: &str) -> serde_json::Value {
    serde_json::json!({"file": path})
}
