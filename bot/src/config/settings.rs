//! What can be configured. The comments here are the reference.

use std::path::PathBuf;
use std::time::Duration;

use podwhy_knowledge::Lang;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

use super::annotations::Annotations;
use super::chat::{Channel, ChatGroup, Direct, Discord, Person, Read, Serve, Slack};
use super::digest::Digest;
use super::incident::{Alertmanager, Incidents, Route};
use super::outgoing::{PagerDuty, Webhook};
use super::pattern::Pattern;
use super::remediation::Remediation;
use super::thresholds::Thresholds;
use super::written;
use super::zone::Zone;

/// The configuration of podwhy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "Configuration of podwhy")]
pub struct Settings {
    /// The language of answers.
    #[serde(with = "written::text")]
    #[schemars(schema_with = "written::language", example = &"zh")]
    pub lang: Lang,
    /// Whose clocks and days `digests`, `routes[].quiet` and `remediation.rules[].hours` go by: a name of the IANA's time zones. They
    /// are compiled in. Times in messages are UTC, as in the cluster's events and logs.
    #[serde(with = "written::text")]
    #[schemars(schema_with = "written::time_zone", example = &"Europe/Berlin")]
    pub time_zone: Zone,
    /// The cluster that is asked when a target names none: the name of one of `clusters`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), example = &"prod")]
    pub default_cluster: Option<String>,
    /// The clusters that can be asked.
    pub clusters: Vec<Cluster>,
    /// What may be read of Secrets. RBAC cannot limit `list` and `get` of Secrets to their names: with `names` or
    /// `keys` the identity needs rights with which it could read the values, although podwhy never decodes them.
    #[schemars(example = &"names")]
    pub secrets: Secrets,
    /// How long to wait for a cluster.
    pub timeouts: Timeouts,
    /// What is taken out of every output.
    pub redact: Redact,
    /// A folder of your own words, read once at start: `CAUSE.note.md` (or `CAUSE.note.zh.md` for one language) is shown
    /// with every answer of that cause, a runbook or whom to call; `CAUSE.en.md` stands in the place of the built-in page
    /// and has its headings and remedies. The causes and their pages: knowledge/reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::path", example = &"/etc/podwhy/pages")]
    pub pages: Option<PathBuf>,
    /// How `podwhy serve` runs.
    pub serve: Serve,
    /// Slack. Without this section podwhy has nothing to do with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slack: Option<Slack>,
    /// Discord. Without this section podwhy has nothing to do with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discord: Option<Discord>,
    /// Who may read what in a chat.
    pub read: Read,
    /// The channels that may ask; what is not listed can be read from nowhere.
    pub channels: Vec<Channel>,
    /// People who may ask where there is no channel: in a direct message, and on Slack's App Home.
    pub direct: Vec<Direct>,
    /// Who someone in a chat is to the clusters.
    pub people: Vec<Person>,
    /// Groups of a chat app's own that add groups of Kubernetes to the people in them.
    pub chat_groups: Vec<ChatGroup>,
    /// Where incidents are told: what fails becomes one thread for each root cause. Without any, nothing is told unasked.
    pub routes: Vec<Route>,
    /// When an incident begins, ends and is told.
    pub incidents: Incidents,
    /// How long something may be unwell before podwhy's own watch tells it, or `never`: chosen so that a rollout, a blip, a Job that
    /// tries again, scaling and a drained node page nobody. At least 1m, as far as a cluster's clock may be off. Alerts are told
    /// without it.
    pub thresholds: Thresholds,
    /// Where annotations of namespaces and workloads are honoured, and which. Without any, none is read. They are
    /// `podwhy.dev/channel`, `podwhy.dev/runbook` and `podwhy.dev/mute-until`.
    pub annotations: Vec<Annotations>,
    /// Messages at fixed times: what fails by root cause, what is open and for how long, what was resolved since the last one, alerts
    /// that were not told, and what is muted.
    pub digests: Vec<Digest>,
    /// Alertmanager, which sends its alerts to `/alertmanager` at `serve.listen`, or at `alertmanager.listen`. Without this section
    /// none are taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alertmanager: Option<Alertmanager>,
    /// Addresses that are told what becomes of incidents, by a signed POST. Without any, none is.
    pub webhooks: Vec<Webhook>,
    /// Services of PagerDuty that are told what becomes of incidents. Without any, none is.
    pub pagerduty: Vec<PagerDuty>,
    /// What may be done by buttons. Without this section podwhy changes nothing, and what can be done is told as commands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<Remediation>,
}

/// One cluster that can be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// What stands before `:` in a target: with `prod`, `prod:shop/cart-0` asks this cluster. No two clusters have the
    /// same.
    #[schemars(schema_with = "written::cluster_name", example = &"prod")]
    pub name: String,
    /// The context of the kubeconfig to use; without it, the kubeconfig's current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), example = &"admin@prod")]
    pub context: Option<String>,
    /// The kubeconfig to read; without it, the one `kubectl` would read. A relative path starts at the working
    /// directory; `~` is not expanded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::path", example = &"/etc/podwhy/prod.kubeconfig")]
    pub kubeconfig: Option<PathBuf>,
    /// Whether podwhy runs as a pod in this cluster and uses its own service account. Excludes `context` and
    /// `kubeconfig`.
    #[serde(default)]
    #[schemars(example = true)]
    pub in_cluster: bool,
    /// The namespace of a target that names none; without it, the context's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::namespace", example = &"shop")]
    pub namespace: Option<String>,
    /// The namespaces in which the identity has rights, where it has them in some only; without it, all are asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::namespaces", example = &["shop", "payments"])]
    pub namespaces: Option<Vec<String>>,
    /// The namespace of podwhy's node agents, where this cluster has any. What they report is read there, tickets are given to them
    /// there, and a node whose agent is heard is not dead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::namespace", example = &"podwhy")]
    pub agents: Option<String>,
}

/// What may be read of Secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Secrets {
    /// Nothing. That a Secret is missing is told by the kubelet's words.
    #[default]
    None,
    /// Which Secrets there are.
    Names,
    /// Which Secrets there are, and the keys in them.
    Keys,
}

impl Secrets {
    /// What to consider before granting the rights this needs.
    pub fn warning(self) -> Option<&'static str> {
        (self != Secrets::None).then_some(
            "RBAC cannot limit list and get of Secrets to their names: the identity could read their values, \
             although podwhy never decodes them",
        )
    }
}

/// How long to wait for a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// For one request.
    #[serde(with = "written::duration")]
    #[schemars(schema_with = "written::duration_schema", example = &"5s")]
    pub request: Duration,
    /// For all that one question needs; at least `timeouts.request`.
    #[serde(with = "written::duration")]
    #[schemars(schema_with = "written::duration_schema", example = &"1m30s")]
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts { request: Duration::from_secs(10), total: Duration::from_secs(30) }
    }
}

/// What is taken out of every output.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Redact {
    /// Regular expressions for what must not be shown, in addition to the built-in ones for credentials. What matches
    /// is taken out of every output. As a variable: one expression a line.
    #[schemars(schema_with = "written::patterns", example = &["ACME-[0-9]{6}"])]
    pub patterns: Vec<Pattern>,
}

/// The JSON Schema of the configuration file.
pub fn schema() -> Schema {
    schema_of::<Settings>()
}

pub(super) fn schema_of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_deserialize().into_generator().into_root_schema_for::<T>()
}
