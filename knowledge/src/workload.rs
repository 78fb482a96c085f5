//! The kinds that make pods, brought to one shape.

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::PodSpec;
use serde_json::Value;

use crate::target::Kind;

/// A Deployment, ReplicaSet, StatefulSet, DaemonSet, Job or CronJob, as far as causes read it.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The controller that owns it, as (kind, name).
    pub owner: Option<(String, String)>,
    /// How many pods should be ready; `None` where the kind does not say (a CronJob).
    pub desired: Option<i64>,
    /// How many are ready.
    pub ready: i64,
    /// How many exist.
    pub current: i64,
    /// Deployment: `spec.paused`; Job and CronJob: `spec.suspend`.
    pub paused: bool,
    /// Job: whether its work is done.
    pub complete: bool,
    /// The pods it would make.
    pub template: Option<Arc<PodSpec>>,
    /// Its status conditions.
    pub conditions: Vec<Condition>,
    /// The object as the API wrote it.
    pub raw: Arc<Value>,
}

/// A status condition of any object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// `type`
    pub name: String,
    /// `True`, `False` or `Unknown`
    pub status: String,
    /// `reason`
    pub reason: String,
    /// `message`
    pub message: String,
    /// `lastTransitionTime`
    pub at: Option<Timestamp>,
}

impl Workload {
    /// Whether it is a Job that still works: it has pods, and has not given up.
    pub fn is_at_work(&self) -> bool {
        self.kind == Kind::Job && self.current > 0 && !self.has_failed()
    }

    /// Whether no other workload makes it. An operator's object that owns it is no workload: it cannot speak for it.
    pub fn is_outermost(&self) -> bool {
        self.owner.as_ref().is_none_or(|(kind, _)| !Kind::from_camel(kind).is_some_and(Kind::is_workload))
    }

    /// A time of its status.
    pub fn time_of(&self, field: &str) -> Option<Timestamp> {
        self.raw.get("status")?.get(field)?.as_str()?.parse().ok()
    }

    /// CronJob: the first Job of it that runs.
    pub fn active_job(&self) -> Option<&str> {
        self.raw.pointer("/status/active/0/name")?.as_str()
    }

    /// Reads a workload object; `None` when the kind makes no pods.
    pub fn from_value(kind: Kind, raw: Arc<Value>) -> Option<Workload> {
        if !kind.is_workload() {
            return None;
        }
        let text = |path: &str| raw.pointer(path).and_then(Value::as_str).unwrap_or_default().to_string();
        let number = |path: &str| raw.pointer(path).and_then(Value::as_i64);
        let flag = |path: &str| raw.pointer(path).and_then(Value::as_bool).unwrap_or(false);
        let conditions = conditions(&raw);
        let complete =
            kind == Kind::Job && conditions.iter().any(|c| c.name == "Complete" && c.status == "True");
        let (desired, ready, current) = match kind {
            Kind::DaemonSet => (
                Some(number("/status/desiredNumberScheduled").unwrap_or(0)),
                number("/status/numberReady"),
                number("/status/currentNumberScheduled"),
            ),
            Kind::Job => {
                let parallelism = number("/spec/parallelism").unwrap_or(1);
                let active = number("/status/active");
                (Some(if complete { 0 } else { parallelism }), number("/status/ready"), active)
            }
            Kind::CronJob => (None, None, None),
            _ => (
                Some(number("/spec/replicas").unwrap_or(1)),
                number("/status/readyReplicas"),
                number("/status/replicas"),
            ),
        };
        let template = match kind {
            Kind::CronJob => raw.pointer("/spec/jobTemplate/spec/template/spec"),
            _ => raw.pointer("/spec/template/spec"),
        };
        Some(Workload {
            kind,
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name"),
            uid: text("/metadata/uid"),
            created: text("/metadata/creationTimestamp").parse().ok(),
            owner: controller_of(&raw),
            desired,
            ready: ready.unwrap_or(0),
            current: current.unwrap_or(0),
            paused: if kind == Kind::Deployment { flag("/spec/paused") } else { flag("/spec/suspend") },
            complete,
            template: template.and_then(|t| serde_json::from_value(t.clone()).ok()).map(Arc::new),
            conditions,
            raw,
        })
    }

    /// Whether a Job gave up.
    pub fn has_failed(&self) -> bool {
        self.kind == Kind::Job && self.condition("Failed").is_some_and(|c| c.status == "True")
    }

    /// The condition of this type.
    pub fn condition(&self, name: &str) -> Option<&Condition> {
        self.conditions.iter().find(|c| c.name == name)
    }
}

/// The status conditions of an object.
pub fn conditions(object: &Value) -> Vec<Condition> {
    let text = |c: &Value, key: &str| c.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
    let list = object.pointer("/status/conditions").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .map(|c| Condition {
            name: text(c, "type"),
            status: text(c, "status"),
            reason: text(c, "reason"),
            message: text(c, "message"),
            at: text(c, "lastTransitionTime").parse().ok(),
        })
        .collect()
}

/// The (kind, name) of the owner reference with `controller: true`.
pub fn controller_of(object: &Value) -> Option<(String, String)> {
    let owners = object.pointer("/metadata/ownerReferences")?.as_array()?;
    let owner = owners.iter().find(|o| o.get("controller").and_then(Value::as_bool) == Some(true))?;
    Some((owner.get("kind")?.as_str()?.to_string(), owner.get("name")?.as_str()?.to_string()))
}
