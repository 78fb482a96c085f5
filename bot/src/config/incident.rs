//! What can be configured of incidents: where they are told, and which alerts come in. The comments here are the reference.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use podwhy_flow::incident::Policy;
use podwhy_flow::incident::ring::Room;
use podwhy_knowledge::Lang;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::area::Area;
use super::chat::App;
use super::hours::Hours;
use super::secret::SecretSource;
use super::written;

/// What goes to one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The chat app.
    #[schemars(example = &"slack")]
    pub app: App,
    /// The channel's id: in Slack at the end of the channel's details, in Discord with "Copy Channel ID".
    #[schemars(length(min = 1), example = &"C0123456789")]
    pub channel: String,
    /// Where something fails: `CLUSTER:NAMESPACE` or `CLUSTER:*`; with one cluster, `NAMESPACE` or `*`. What belongs to no
    /// namespace, a node or an alert that names none, goes where all of a cluster does.
    #[schemars(schema_with = "written::areas", example = &["prod:shop"])]
    pub of: Vec<Area>,
    /// Whether podwhy itself watches here and tells what fails for longer than it should. Alerts of `alertmanager` are told in
    /// any case.
    #[serde(default)]
    #[schemars(example = true)]
    pub watch: bool,
    /// At least this severe.
    #[serde(default)]
    #[schemars(example = &"critical")]
    pub severity: Severity,
    /// Of these causes only; without it, of any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["oom-killed"])]
    pub causes: Vec<String>,
    /// Only what an alert with all these labels told: `LABEL=VALUE`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["team=shop"])]
    pub labels: Vec<String>,
    /// Who is called for what is critical, once for each incident: in Slack `<!subteam^ID>`, `<@ID>` or `<!here>`, in Discord
    /// `<@&ID>` (a role) or `<@ID>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), example = &"<!subteam^S0123456789>")]
    pub mention: Option<String>,
    /// When nobody is called, by the clocks of `time_zone`. What began then, is critical and still fails is called out when they end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::hours", example = &"22:00-06:00")]
    pub quiet: Option<Hours>,
    /// The language here; without it, the channel's, else `lang`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "written::maybe_text")]
    #[schemars(schema_with = "written::language", example = &"zh")]
    pub lang: Option<Lang>,
}

/// How much something matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Everything.
    #[default]
    Info,
    /// What someone should look at today.
    Warning,
    /// What someone is called for.
    Critical,
}

/// When an incident begins, ends and is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Incidents {
    /// The namespace of the Incidents, in the default cluster; without it, `serve.namespace`, else the one podwhy runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::namespace", example = &"podwhy")]
    pub namespace: Option<String>,
    /// As long as all must be well before an incident is over. Longer than the longest back-off of a restart, 5 minutes.
    #[serde(with = "written::duration")]
    #[schemars(schema_with = "written::duration_schema", example = &"15m")]
    pub settle: Duration,
    /// Within this time after its end what fails again is told in the same thread.
    #[serde(with = "written::duration")]
    #[schemars(schema_with = "written::duration_schema", example = &"2h")]
    pub reopen: Duration,
    /// Severities (the label `severity`) of alerts that are told although no cause was found in Kubernetes. An alert without the
    /// label is told.
    #[schemars(example = &["critical", "page", "warning"])]
    pub post_undiagnosed: Vec<String>,
    /// At most this many new threads a channel in `storm_window`; the rest are entries of one thread.
    #[schemars(range(min = 1, max = 50), example = 10)]
    pub storm_threads: i64,
    /// See `storm_threads`.
    #[serde(with = "written::duration")]
    #[schemars(schema_with = "written::duration_schema", example = &"10m")]
    pub storm_window: Duration,
    /// What is critical and nobody took is called out once more after this.
    #[serde(with = "written::duration")]
    #[schemars(schema_with = "written::duration_schema", example = &"30m")]
    pub remind: Duration,
    /// Incidents that are over are kept for as long.
    #[serde(with = "written::duration")]
    #[schemars(schema_with = "written::duration_schema", example = &"720h")]
    pub keep: Duration,
    /// Hosts whose https links in alerts (`runbook_url`, `generatorURL`) are shown: `HOST`, `*.HOST` for every host below it, with
    /// `:PORT` for another port than 443. Without it no link of an alert is shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["runbooks.example.com"])]
    pub runbook_hosts: Vec<String>,
    /// At most this many pieces of evidence stay with an incident; each is a few hundred bytes of it.
    #[schemars(range(min = 0, max = 24), example = 12)]
    pub excerpts: i64,
    /// The longest piece of evidence that stays with an incident, in bytes.
    #[schemars(range(min = 80, max = 1000), example = 600)]
    pub excerpt_bytes: i64,
    /// At most this many pods that failed are remembered, of all clusters, for whoever asks when they are gone. In memory: a few
    /// kilobytes each.
    #[schemars(range(min = 0, max = 20000), example = 5000)]
    pub ring_pods: i64,
    /// Pods that failed are remembered for as long.
    #[serde(with = "written::duration")]
    #[schemars(schema_with = "written::duration_schema", example = &"48h")]
    pub ring_age: Duration,
}

impl Default for Incidents {
    fn default() -> Self {
        let (policy, ring) = (Policy::default(), Room::default());
        let number = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
        Incidents {
            namespace: None,
            settle: policy.settle,
            reopen: policy.reopen,
            post_undiagnosed: policy.post_undiagnosed.into_iter().collect(),
            storm_threads: i64::try_from(policy.storm_threads).unwrap_or(i64::MAX),
            storm_window: policy.storm_window,
            remind: policy.remind.unwrap_or(Duration::MAX),
            keep: policy.keep,
            runbook_hosts: policy.runbook_hosts,
            excerpts: number(policy.excerpts.most),
            excerpt_bytes: number(policy.excerpts.longest),
            ring_pods: number(ring.pods),
            ring_age: ring.age,
        }
    }
}

/// Alertmanager, which sends its alerts to `/alertmanager` at `serve.listen`, or at `alertmanager.listen`. Without this section none
/// are taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alertmanager {
    /// What it sends as bearer token (`http_config.authorization.credentials_file`). Write this, or `user` and `password`; with
    /// `client_ca` neither is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = super::chat::secret_example("ALERTMANAGER_TOKEN"))]
    pub bearer_token: Option<SecretSource>,
    /// The user it sends (`http_config.basic_auth`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), example = &"alertmanager")]
    pub user: Option<String>,
    /// The password it sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = super::chat::secret_example("ALERTMANAGER_PASSWORD"))]
    pub password: Option<SecretSource>,
    /// The label of an alert that names the cluster.
    #[serde(default = "cluster_label")]
    #[schemars(length(min = 1), example = &"k8s_cluster")]
    pub cluster_label: String,
    /// The cluster that all alerts are about, whatever their label says. Without it the label decides: an alert without the label
    /// is about the default cluster, and one whose label names none of podwhy's clusters is told and not looked into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), example = &"prod")]
    pub cluster: Option<String>,
    /// Where alerts alone are taken, over TLS; with it they are not taken at `serve.listen`. Needs `tls_cert` and `tls_key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::address", example = &"0.0.0.0:8443")]
    pub listen: Option<SocketAddr>,
    /// The certificate shown at `listen`, in PEM, with what is between it and its authority. It, its key and `client_ca` are read
    /// anew for each connection: who replaces them has nothing else to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::path", example = &"/etc/podwhy/tls/tls.crt")]
    pub tls_cert: Option<PathBuf>,
    /// Its private key, in PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = super::outgoing::secret_file("/etc/podwhy/tls/tls.key"))]
    pub tls_key: Option<SecretSource>,
    /// The authority of clients at `listen`, in PEM (`http_config.tls_config.cert_file` is what a client shows): nobody else is
    /// taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::path", example = &"/etc/podwhy/tls/ca.crt")]
    pub client_ca: Option<PathBuf>,
    /// Of those clients, only ones whose certificate has one of these names: a DNS name or a URI of its subjectAltName.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["alertmanager.monitoring.svc"])]
    pub client_names: Vec<String>,
}

fn cluster_label() -> String {
    "cluster".to_string()
}
