//! What is sent, whatever carries it. Its JSON Schema is `bot/flow/schema/notice.schema.json`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use podwhy_knowledge::Lang;
use podwhy_knowledge::redact::{clean_name, redact};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::super::alert::Severity;
use super::super::record::{Incident, Member, RootCause, Status};
use super::super::words;
use super::{News, Receiver};

/// The version of the schema. A field may be added without another; what is taken away or changed makes one.
pub const VERSION: u32 = 1;

/// At most this many of what fails are named.
const MEMBERS: usize = 20;
/// At most this many alerts are named.
const ALERTS: usize = 20;
/// At most this many namespaces are counted.
const NAMESPACES: usize = 20;
/// No text has more characters.
const LONGEST: usize = 1000;

/// What became of an incident, for one receiver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "What podwhy sends")]
pub struct Notice {
    /// Of this schema.
    pub version: u32,
    /// The same whenever the same is sent again, and never otherwise.
    pub id: String,
    /// What became of it.
    pub change: News,
    /// Counts up with what this receiver is told of this incident. Where an answer was lost, a number may come twice: what comes
    /// later is newer.
    pub number: u32,
    /// The incident as it is now: it may be further than `change` says.
    pub incident: Told,
}

/// An incident as it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// Its name, which never changes: `kubectl get incident NAME`.
    pub name: String,
    /// Whether something still fails.
    pub open: bool,
    /// How much it matters.
    pub severity: Severity,
    /// Why it fails, as far as it is known now.
    pub root_cause: Cause,
    /// How sure: `certain`, `likely`, `possible`; none for an unknown cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<String>,
    /// Its title as in the chats.
    pub title: String,
    /// One line with the names in it.
    pub summary: String,
    /// When it was opened.
    #[schemars(with = "String")]
    pub opened_at: Timestamp,
    /// When it was resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub resolved_at: Option<Timestamp>,
    /// What ended it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_by: Option<String>,
    /// The incident it turned out to be: what failed goes on there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// How often it came back.
    pub reopened: u32,
    /// How many fail now.
    pub failing: u32,
    /// How many failed at most at one time.
    pub most_failing: u32,
    /// What fails, the first of it.
    pub members: Vec<Member>,
    /// How many fail in each namespace, the first of them.
    #[serde(default)]
    pub namespaces: BTreeMap<String, u32>,
    /// The names of alerts about it that fire, the first of them.
    pub alerts: Vec<String>,
    /// Who is on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<TookIt>,
}

/// Why something fails, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cause {
    /// The cluster.
    pub cluster: String,
    /// The cause's id, as in `podwhy explain`; `unknown` where none is known, `alert` where an alert has none in Kubernetes.
    pub cause: String,
    /// The object at fault.
    pub blame: Blame,
}

/// The object at fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Blame {
    /// A Kubernetes kind in CamelCase, `Image` or `Registry`.
    pub kind: String,
    /// Its namespace, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// Who is on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TookIt {
    /// Their name, as the configuration has it.
    pub by: String,
    /// Since when.
    #[schemars(with = "String")]
    pub at: Timestamp,
}

impl Notice {
    /// Of what a receiver is told now.
    pub(super) fn new(change: News, number: u32, incident: Told, receiver: &Receiver) -> Notice {
        let whole = json!([receiver.name, change, number, incident]).to_string();
        Notice { version: VERSION, id: short(&whole), change, number, incident }
    }
}

impl Told {
    /// Redacted, escaped for nothing: what shows it has to.
    pub(super) fn of(incident: &Incident, receiver: &Receiver) -> Told {
        let status = &incident.status;
        let firing = status.alerts.iter().filter(|alert| alert.firing);
        let mut alerts: Vec<String> = Vec::new();
        for name in firing.map(|alert| cut(&alert.name)) {
            if alerts.len() < ALERTS && !alerts.contains(&name) {
                alerts.push(name);
            }
        }
        let namespaces = status.namespaces.iter().take(NAMESPACES);
        let taken = status.taken.as_ref().filter(|_| incident.is_open());
        Told {
            name: incident.name.clone(),
            open: incident.is_open(),
            severity: status.severity,
            root_cause: cause(&status.root_cause),
            confidence: status.confidence.as_deref().map(cut),
            title: cut(&words::title(incident, 0, receiver.lang)),
            summary: cut(&status.summary),
            opened_at: incident.spec.opened_at,
            resolved_at: status.resolved_at,
            fixed_by: fixed_by(status, receiver.lang),
            same_as: status.same_as.as_deref().map(cut),
            reopened: status.reopened,
            failing: status.failing,
            most_failing: status.most_failing,
            members: status.members.iter().filter(|_| incident.is_open()).take(MEMBERS).map(member).collect(),
            namespaces: namespaces.map(|(name, count)| (cut(name), *count)).collect(),
            alerts,
            taken: taken.map(|taken| TookIt { by: cut(&taken.by), at: taken.at }),
        }
    }

    /// By what it is known whether it is otherwise than it was told: for one who is woken, only by what it is.
    pub(super) fn digest(&self, receiver: &Receiver) -> String {
        let whole = match receiver.wakes {
            true => json!([self.root_cause, self.severity]),
            false => json!(self),
        };
        short(&whole.to_string())
    }
}

/// What was seen to be otherwise when it ended.
fn fixed_by(status: &Status, lang: Lang) -> Option<String> {
    let facts: Vec<String> = status.fixed.iter().map(|fact| words::fixed(fact, lang)).collect();
    (!facts.is_empty()).then(|| cut(&facts.join("; ")))
}

fn cause(root_cause: &RootCause) -> Cause {
    let blame = &root_cause.blame;
    let namespace = blame.namespace.as_deref().map(cut);
    let blame = Blame { kind: cut(&blame.kind), namespace, name: cut(&blame.name) };
    Cause { cluster: cut(&root_cause.cluster), cause: cut(&root_cause.cause), blame }
}

fn member(member: &Member) -> Member {
    Member { kind: cut(&member.kind), namespace: cut(&member.namespace), name: cut(&member.name) }
}

/// One line, without credentials, and not longer than anybody reads.
fn cut(text: &str) -> String {
    let text = clean_name(&redact(text));
    match text.char_indices().nth(LONGEST - 1) {
        Some((end, _)) if text.chars().count() > LONGEST => format!("{}…", &text[..end]),
        _ => text,
    }
}

fn short(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
