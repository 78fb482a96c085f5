//! What a diagnosis finds: a cause, who is to blame, and the evidence.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::changes::Changed;
use crate::gap::Gap;

/// How far the pod got when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The node itself.
    Node,
    /// Refused, changed or never made.
    Admit,
    /// No node was chosen.
    Schedule,
    /// The sandbox.
    Sandbox,
    /// Its volumes.
    Volume,
    /// Its images.
    Image,
    /// Creating a container.
    Create,
    /// Starting a container.
    Start,
    /// While it ran.
    Run,
    /// A probe.
    Probe,
    /// Removed by the kubelet or a controller.
    Evict,
    /// While being deleted.
    Terminate,
    /// What stands before it.
    Network,
    /// What the API says of it.
    Status,
}

impl Stage {
    /// Every stage, in the order a pod passes them.
    pub const ALL: [Stage; 14] = [
        Stage::Node,
        Stage::Admit,
        Stage::Schedule,
        Stage::Sandbox,
        Stage::Volume,
        Stage::Image,
        Stage::Create,
        Stage::Start,
        Stage::Run,
        Stage::Probe,
        Stage::Evict,
        Stage::Terminate,
        Stage::Network,
        Stage::Status,
    ];

    /// The word used in the JSON answer and as folder name.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Node => "node",
            Stage::Admit => "admit",
            Stage::Schedule => "schedule",
            Stage::Sandbox => "sandbox",
            Stage::Volume => "volume",
            Stage::Image => "image",
            Stage::Create => "create",
            Stage::Start => "start",
            Stage::Run => "run",
            Stage::Probe => "probe",
            Stage::Evict => "evict",
            Stage::Terminate => "terminate",
            Stage::Network => "network",
            Stage::Status => "status",
        }
    }
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Fits what is known; so do others.
    Possible,
    /// Everything known speaks for it; the proof itself was not read.
    Likely,
    /// The object, or the API's own status, condition or event that proves it, is cited.
    Certain,
}

impl Confidence {
    /// The word used in the JSON answer.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Possible => "possible",
            Confidence::Likely => "likely",
            Confidence::Certain => "certain",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The object at fault: threads and triage group by it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Blame {
    /// A Kubernetes kind in CamelCase, `Image` or `Registry`.
    pub kind: String,
    /// Its namespace, where it has one.
    pub namespace: Option<String>,
    /// Its name: an image reference as in the spec, a registry's `host[:port]`.
    pub name: String,
}

impl Blame {
    /// An object in a namespace.
    pub fn namespaced(kind: &str, namespace: &str, name: &str) -> Blame {
        Blame { kind: kind.to_string(), namespace: Some(namespace.to_string()), name: name.to_string() }
    }

    /// A node, an image or a registry.
    pub fn global(kind: &str, name: &str) -> Blame {
        Blame { kind: kind.to_string(), namespace: None, name: name.to_string() }
    }
}

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {}/{}", self.kind, namespace, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

/// Where a piece of evidence was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A status condition.
    Condition,
    /// A container state or another status field.
    State,
    /// A spec.
    Spec,
    /// An event.
    Event,
    /// A container's log.
    Log,
    /// A Node, its Lease or its pods.
    Node,
    /// An owner object.
    Owner,
    /// Another object.
    Object,
    /// The node agent.
    Agent,
    /// The text that was pasted.
    Message,
}

impl Source {
    /// The word used in the JSON answer.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Condition => "condition",
            Source::State => "state",
            Source::Spec => "spec",
            Source::Event => "event",
            Source::Log => "log",
            Source::Node => "node",
            Source::Owner => "owner",
            Source::Object => "object",
            Source::Agent => "agent",
            Source::Message => "message",
        }
    }
}

/// One fact with where and when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Where.
    pub source: Source,
    /// Of which object: `Pod shop/cart-0`.
    pub object: String,
    /// When it happened or was observed, if the object says so.
    pub at: Option<Timestamp>,
    /// What it says.
    pub text: String,
}

/// A cause that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The cause's id.
    pub cause: &'static str,
    /// `None` for `healthy` and `unknown`.
    pub stage: Option<Stage>,
    /// `None` for `healthy` and `unknown`.
    pub confidence: Option<Confidence>,
    /// The pod it was found on.
    pub pod: Option<String>,
    /// The container.
    pub container: Option<String>,
    /// Whose fault.
    pub blame: Blame,
    /// What proves or suggests it, most telling first.
    pub evidence: Vec<Evidence>,
    /// What the cause's page is rendered with.
    pub facts: Value,
    /// Nothing is wrong although the pod does not run: it was meant to be so.
    pub expected: bool,
}

/// The verdict over all findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing is wrong.
    Healthy,
    /// It does not run, and is not meant to now.
    Expected,
    /// No cause matched.
    Unknown,
    /// Something is wrong and has a name.
    Failing,
}

impl Verdict {
    /// The word used in the JSON answer.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Healthy => "healthy",
            Verdict::Expected => "expected",
            Verdict::Unknown => "unknown",
            Verdict::Failing => "failing",
        }
    }
}

/// The result of a diagnosis.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// The verdict.
    pub verdict: Verdict,
    /// Most likely first, never empty.
    pub findings: Vec<Finding>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// What changed around the time it began to fail, the latest first; nothing for what is well. No cause, and no
    /// proof of one.
    pub changes: Vec<Changed>,
}

impl Diagnosis {
    /// The first finding.
    pub fn top(&self) -> &Finding {
        &self.findings[0]
    }
}
