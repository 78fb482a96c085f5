//! The answers as JSON: stable, described by the schemas committed beside this crate.

mod remediation;

pub use remediation::{
    AgreedAnswer, ChangedAnswer, NeedsAnswer, RemediationAnswer, RemediationsAnswer, StepAnswer,
};

use podwhy_knowledge::Blame;
use podwhy_knowledge::redact::clean_name;
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde::Serialize;

/// The answer to `podwhy why` and `podwhy explain`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "podwhy why", deny_unknown_fields)]
pub struct WhyAnswer {
    /// What was asked about; null for `explain`.
    pub target: Option<TargetAnswer>,
    /// The verdict over all findings.
    #[schemars(schema_with = "verdicts")]
    pub verdict: String,
    /// One line with the names in it.
    pub verdict_text: String,
    /// What is to be known before the rest is read: that what was asked about is gone, and what stands in its place. Names stand
    /// between backquotes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// Most likely first, never empty. `healthy` and `unknown` stand alone.
    #[schemars(length(min = 1))]
    pub findings: Vec<FindingAnswer>,
    /// What could not be read.
    pub gaps: Vec<GapAnswer>,
    /// What changed around the time it began to fail: facts beside the findings, not causes.
    pub changes: Vec<ChangeAnswer>,
}

/// What was asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TargetAnswer {
    /// The cluster's name; empty when it has none.
    pub cluster: String,
    /// A Kubernetes kind in CamelCase.
    pub kind: String,
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

/// A cause that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FindingAnswer {
    /// The cause's id.
    #[schemars(schema_with = "cause_ids")]
    pub cause: String,
    /// How far the pod got; null for `healthy` and `unknown`.
    #[schemars(schema_with = "stages")]
    pub stage: Option<String>,
    /// How sure; null for `healthy` and `unknown`.
    #[schemars(schema_with = "confidences")]
    pub confidence: Option<String>,
    /// The pod it was found on.
    pub pod: Option<String>,
    /// The container.
    pub container: Option<String>,
    /// Whose fault. For `explain`, the name is empty when the text does not give it.
    pub blame: BlameAnswer,
    /// One line with the names in it.
    pub summary: String,
    /// What it means; for `explain`, what to look at to be sure.
    pub explanation: String,
    /// What proves or suggests it, most telling first.
    pub evidence: Vec<EvidenceAnswer>,
    /// What to do.
    pub remedies: Vec<RemedyAnswer>,
}

/// The object at fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BlameAnswer {
    /// A Kubernetes kind in CamelCase, `Image` or `Registry`.
    pub kind: String,
    /// Its namespace, where it has one.
    pub namespace: Option<String>,
    /// Its name: an image reference as in the spec, a registry's `host[:port]`.
    pub name: String,
}

impl From<&Blame> for BlameAnswer {
    fn from(blame: &Blame) -> Self {
        BlameAnswer {
            kind: clean_name(&blame.kind),
            namespace: blame.namespace.as_deref().map(clean_name),
            name: clean_name(&blame.name),
        }
    }
}

/// One fact with where and when it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EvidenceAnswer {
    /// Where.
    #[schemars(schema_with = "sources")]
    pub source: String,
    /// Of which object.
    pub object: String,
    /// When (RFC 3339), if the object says so.
    pub at: Option<String>,
    /// What it says, credentials taken out.
    pub text: String,
}

/// What may be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RemedyAnswer {
    /// Unique within the cause.
    pub id: String,
    /// The floor of what the action needs.
    #[schemars(schema_with = "risks")]
    pub risk: String,
    /// What to do.
    pub title: String,
    /// What to paste, if there is something.
    pub command: Option<String>,
}

/// Something that was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GapAnswer {
    /// What.
    pub what: String,
    /// Why.
    #[schemars(schema_with = "gap_reasons")]
    pub why: String,
    /// The causes that could stand there.
    pub could_hide: Vec<String>,
}

/// Something that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ChangeAnswer {
    /// When (RFC 3339), if the objects say so.
    pub at: Option<String>,
    /// Of which object: `Deployment shop/cart`.
    pub object: String,
    /// By how many seconds it came before the first sign of the failure; negative when after.
    pub before_failure: Option<i64>,
    /// In words.
    pub text: String,
}

/// The answer to `podwhy triage`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "podwhy triage", deny_unknown_fields)]
pub struct TriageAnswer {
    /// When the cluster was read (RFC 3339).
    pub taken_at: String,
    /// Pods that fail, and workloads that have no pod to fail.
    pub failing: usize,
    /// Pods that do not run and are not meant to.
    pub expected: usize,
    /// Pods that are well.
    pub healthy: usize,
    /// One a root cause, largest harm first.
    pub groups: Vec<GroupAnswer>,
    /// What could not be read.
    pub gaps: Vec<GapAnswer>,
}

/// Pods and workloads that fail for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GroupAnswer {
    /// The cause's id.
    #[schemars(schema_with = "cause_ids")]
    pub cause: String,
    /// How sure, of the surest member; null for `unknown`.
    #[schemars(schema_with = "confidences")]
    pub confidence: Option<String>,
    /// Whose fault.
    pub blame: BlameAnswer,
    /// One line, of the first member.
    pub summary: String,
    /// Pods, or workloads where none has a pod.
    pub count: usize,
    /// The pods.
    pub pods: Vec<ObjectName>,
    /// The workloads they belong to, or that have no pod at all.
    pub workloads: Vec<BlameAnswer>,
}

/// A pod's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ObjectName {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// The answer to `logs`: the last lines of a pod's containers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "podwhy logs", deny_unknown_fields)]
pub struct LogsAnswer {
    /// The pod.
    pub target: TargetAnswer,
    /// One for each container that was read.
    pub logs: Vec<LogAnswer>,
    /// What could not be read.
    pub gaps: Vec<GapAnswer>,
}

/// The last lines of one container, redacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LogAnswer {
    /// The container.
    pub container: String,
    /// Whether of its previous run.
    pub previous: bool,
    /// The lines; empty where it wrote none.
    pub text: String,
    /// Whether there were earlier lines, which are not here.
    pub cut: bool,
}

/// The answer to `events`: what was told about an object, the newest last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "podwhy events", deny_unknown_fields)]
pub struct EventsAnswer {
    /// What was asked about.
    pub target: TargetAnswer,
    /// The events, redacted.
    pub events: Vec<EventAnswer>,
    /// What could not be read.
    pub gaps: Vec<GapAnswer>,
}

/// One event, redacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EventAnswer {
    /// When it was last told, RFC 3339.
    pub at: Option<String>,
    /// `Normal` or `Warning`.
    pub r#type: String,
    /// Its reason, as `FailedScheduling`.
    pub reason: String,
    /// What it is about: `Pod shop/cart-0`.
    pub object: String,
    /// How often it was told.
    pub count: i64,
    /// Its message.
    pub text: String,
}

/// The JSON Schema of an answer.
pub fn schema_of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

fn verdicts(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": ["healthy", "expected", "failing", "unknown", "gone"]})
}

/// Any kebab-case id: the catalogue grows, and an answer of a later version stays valid.
fn cause_ids(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"})
}

fn stages(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"enum": ["admit", "schedule", "sandbox", "volume", "image", "create", "start", "run", "probe",
        "evict", "node", "terminate", "network", "status", null]})
}

fn confidences(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"enum": ["certain", "likely", "possible", null]})
}

fn sources(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": ["condition", "state", "spec", "event", "log", "node", "owner", "object",
        "agent", "message"]})
}

fn risks(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": ["words", "button", "two-approvals"]})
}

fn gap_reasons(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": ["forbidden", "timed-out", "expired", "not-in-dump"]})
}
