//! What Alertmanager sends: <https://prometheus.io/docs/alerting/latest/configuration/#webhook_config>

use std::collections::BTreeMap;

use jiff::Timestamp;
use podwhy_flow::incident::Alert;
use podwhy_knowledge::redact::{clean, redact};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::about::about;

/// No label and no annotation is longer, in characters, once it is taken in.
const LONGEST: usize = 600;

/// No alert has more labels, once it is taken in.
const MOST_LABELS: usize = 64;

/// The group, its alerts unread.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    version: String,
    group_key: String,
    #[serde(default)]
    truncated_alerts: u64,
    alerts: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    status: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    starts_at: Timestamp,
    #[serde(default, rename = "generatorURL")]
    generator_url: String,
    fingerprint: String,
}

/// How an alert's cluster is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clusters {
    /// The names of podwhy's clusters.
    pub known: Vec<String>,
    /// The label that names one.
    pub label: String,
    /// The cluster of every alert, whatever its label says.
    pub always: Option<String>,
    /// The cluster of alerts without the label.
    pub default: String,
}

/// What was read of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// What could be read.
    pub alerts: Vec<Alert>,
    /// What could not, by field.
    pub problems: Vec<String>,
}

/// Reads a request's body.
///
/// # Errors
/// What is wrong with it, by field, when nothing of it can be read.
pub fn read(body: &[u8], clusters: &Clusters) -> Result<Read, String> {
    let group: Group = serde_json::from_slice(body).map_err(|error| format!("the body: {error}"))?;
    if group.version != "4" {
        return Err(format!("version: {:?} is not known; podwhy reads \"4\"", short(&group.version)));
    }
    let (mut alerts, mut problems) = (Vec::new(), Vec::new());
    for (index, sent) in group.alerts.into_iter().enumerate() {
        match alert(sent, &group.group_key, group.truncated_alerts, clusters) {
            Ok(alert) => alerts.push(alert),
            Err(problem) => problems.push(format!("alerts[{index}]: {problem}")),
        }
    }
    Ok(Read { alerts, problems })
}

fn alert(sent: Value, group: &str, truncated: u64, clusters: &Clusters) -> Result<Alert, String> {
    let sent: Sent = serde_json::from_value(sent).map_err(|error| error.to_string())?;
    let firing = match sent.status.as_str() {
        "firing" => true,
        "resolved" => false,
        other => return Err(format!("status: {:?} is neither \"firing\" nor \"resolved\"", short(other))),
    };
    if sent.fingerprint.is_empty() {
        return Err("fingerprint: it is empty".to_string());
    }
    let annotation = |name: &str| sent.annotations.get(name).filter(|text| !text.trim().is_empty());
    let summary = ["summary", "description", "message"].into_iter().find_map(annotation);
    let named = clusters.of(&sent.labels);
    let target = named.is_known.then(|| about(&sent.labels)).flatten();
    let labels = sent.labels.iter().take(MOST_LABELS);
    Ok(Alert {
        fingerprint: short(&sent.fingerprint),
        starts_at: sent.starts_at,
        firing,
        name: short(sent.labels.get("alertname").map_or("alert", String::as_str)),
        severity: sent.labels.get("severity").map(|text| short(text)),
        labels: labels.map(|(name, value)| (short(name), short(value))).collect(),
        summary: summary.map(|text| short(text)).unwrap_or_default(),
        runbook: annotation("runbook_url").and_then(|url| link(url)),
        link: link(&sent.generator_url),
        about: target.map(|target| podwhy_knowledge::Target { cluster: Some(named.name.clone()), ..target }),
        cluster: named.name,
        group: short(group),
        truncated,
    })
}

struct Named {
    name: String,
    is_known: bool,
}

impl Clusters {
    /// A cluster that is none of podwhy's is not asked: a pod of the same name in another is another pod.
    fn of(&self, labels: &BTreeMap<String, String>) -> Named {
        if let Some(always) = &self.always {
            return Named { name: always.clone(), is_known: true };
        }
        match labels.get(&self.label) {
            None => Named { name: self.default.clone(), is_known: true },
            Some(label) if self.known.contains(label) => Named { name: label.clone(), is_known: true },
            Some(label) => Named { name: short(label), is_known: false },
        }
    }
}

/// Redacted, without control characters, and not longer than anybody reads.
fn short(text: &str) -> String {
    let text = clean(&redact(text));
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Only what a browser opens, and without credentials.
fn link(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    let fits = matches!(url.scheme(), "http" | "https") && is_plain && text.len() <= 2000;
    fits.then(|| redact(url.as_str()))
}
