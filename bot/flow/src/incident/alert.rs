//! What an alert says, whoever sent it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use podwhy_knowledge::Target;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much an incident matters to people: by the alert's `severity` label, or by what fails.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nobody needs to look now.
    Info,
    /// Someone should look today.
    #[default]
    Warning,
    /// Someone is called: `critical`, `page`, `error`, `emergency`.
    Critical,
}

impl Severity {
    /// Of an alert's label; `None` for a word that is nobody's convention.
    pub fn of_label(label: &str) -> Option<Severity> {
        match label.to_ascii_lowercase().as_str() {
            "critical" | "crit" | "page" | "error" | "emergency" | "high" | "p1" | "p2" => {
                Some(Severity::Critical)
            }
            "warning" | "warn" | "ticket" | "medium" | "p3" => Some(Severity::Warning),
            "info" | "information" | "none" | "low" | "p4" | "p5" => Some(Severity::Info),
            _ => None,
        }
    }

    /// `info`, `warning`, `critical`: as configuration, metrics and the ledger have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Critical => "critical",
        }
    }
}

/// One alert. Every text in it is redacted and without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// podwhy's name of the cluster it is about.
    pub cluster: String,
    /// By which the sender knows it again.
    pub fingerprint: String,
    /// Since when it fires: the same fingerprint with another start is another alert.
    pub starts_at: Timestamp,
    /// Whether it fires; `false` when it is resolved.
    pub firing: bool,
    /// `alertname`.
    pub name: String,
    /// The `severity` label as it is written.
    pub severity: Option<String>,
    /// All its labels.
    pub labels: BTreeMap<String, String>,
    /// Its `summary`, else its `description`, else empty.
    pub summary: String,
    /// Its runbook, an http(s) URL.
    pub runbook: Option<String>,
    /// Where it comes from, an http(s) URL.
    pub link: Option<String>,
    /// The pod, workload, node or other object it names.
    pub about: Option<Target>,
    /// The group it was sent in.
    pub group: String,
    /// How many alerts of the group the sender left out.
    pub truncated: u64,
}

impl Alert {
    /// The same alert sent again has the same.
    pub fn key(&self) -> (&str, &str, Timestamp) {
        (&self.cluster, &self.fingerprint, self.starts_at)
    }

    /// What its severity means; `None` where it has none, or one that is nobody's convention.
    pub fn severity(&self) -> Option<Severity> {
        self.severity.as_deref().and_then(Severity::of_label)
    }
}
