//! What happened to a remediation, as Kubernetes events:
//! <https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/>

use jiff::Timestamp;
use podwhy_flow::act::record::{Phase, Remediation, Step};
use serde_json::{Value, json};

use crate::paths;
use crate::resource::{GROUP, VERSION};

/// A longer note is refused, and so are longer names of who tells:
/// <https://github.com/kubernetes/kubernetes/blob/v1.30.0/pkg/apis/core/validation/events.go>
const LONGEST_NOTE: usize = 1024;
const LONGEST_INSTANCE: usize = 128;

/// Where events are made.
pub(super) fn list(namespace: &str) -> String {
    format!("/apis/events.k8s.io/v1/namespaces/{}/events", paths::escape(namespace))
}

/// How many there are of it: the offer, and each step since.
pub(super) fn count(stored: &Remediation) -> usize {
    stored.status.history.len() + 1
}

/// One of them; the offer is number 0. Its name is made of the uid and the number, so that a second one is refused.
pub(super) fn event(stored: &Remediation, number: usize, namespace: &str, instance: &str) -> Option<Value> {
    let step = match number.checked_sub(1) {
        None => offer(stored),
        Some(at) => stored.status.history.get(at)?.clone(),
    };
    let kind = match step.phase {
        Phase::Partial | Phase::Failed | Phase::Unclear => "Warning",
        _ => "Normal",
    };
    Some(json!({
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": format!("remediation-{}-{number}", stored.uid), "namespace": namespace},
        "eventTime": micro(step.at),
        "reportingController": format!("{GROUP}/podwhy"),
        "reportingInstance": cut(instance, LONGEST_INSTANCE),
        "action": stored.spec.plan.remedy.as_str(),
        "reason": step.phase.as_str(),
        "regarding": {"apiVersion": format!("{GROUP}/{VERSION}"), "kind": "Remediation", "namespace": namespace,
            "name": stored.name, "uid": stored.uid},
        "note": cut(&podwhy_knowledge::redact::redact(&note(stored, &step)), LONGEST_NOTE),
        "type": kind,
    }))
}

/// An offer is no step of the history.
fn offer(stored: &Remediation) -> Step {
    let who = stored.spec.asked_by.clone().unwrap_or_else(|| "podwhy".to_string());
    Step { phase: Phase::Offered, at: stored.spec.offered_at, who, why: String::new() }
}

fn note(stored: &Remediation, step: &Step) -> String {
    let spec = &stored.spec;
    let mut targets = spec.plan.targets.iter();
    let first = targets.next().map(|target| match target.namespace.as_str() {
        "" => format!("{} {}", target.kind, target.name),
        namespace => format!("{} {namespace}/{}", target.kind, target.name),
    });
    let more = match targets.count() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let who = match step.phase {
        Phase::Approved => {
            let users: Vec<&str> = stored.status.approvals.iter().map(|known| known.user.as_str()).collect();
            users.join(", ")
        }
        _ => step.who.clone(),
    };
    let (remedy, cluster) = (spec.plan.remedy.as_str(), &spec.root_cause.cluster);
    let why = if step.why.is_empty() { String::new() } else { format!(": {}", step.why) };
    format!("{remedy} of {}{more} in {cluster}, by {who}{why}", first.unwrap_or_default())
}

/// As Go reads a MicroTime: with six digits of a second.
fn micro(at: Timestamp) -> String {
    format!("{at:.6}")
}

fn cut(text: &str, longest: usize) -> &str {
    let mut end = text.len().min(longest);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
