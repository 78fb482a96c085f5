//! A namespace is being deleted and something in it, or a dead API group, keeps it.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/controller/namespace/deletion/namespaced_resources_deleter.go>

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::cause::{Cause, Match};
use crate::event::Event;
use crate::evidence::object_name;
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::target::Kind;
use crate::wording::Wording;

/// `namespace-stuck-terminating`
pub const CAUSE: Cause = Cause {
    id: "namespace-stuck-terminating",
    stage: Some(Stage::Terminate),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("remove-api-service"),
        RemedyKind::words("find-what-is-left"),
        RemedyKind::words("find-controller"),
    ],
    wordings: &[
        Wording::telling(
            r#"unable to create new content in namespace (?P<name>[\w.-]+) because it is being terminated"#,
            r#"pods "api-7f8b9c-x2k9p" is forbidden: unable to create new content in namespace shop because it is being terminated"#,
            "kube-apiserver 1.0–1.37",
        )
        .blames("Namespace"),
        Wording::telling(
            r"Some (content in the namespace has finalizers|resources are) remaining:|NamespaceDeletionDiscoveryFailure|NamespaceFinalizersRemaining|NamespaceContentRemaining",
            "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
            "namespace controller 1.16–1.37",
        ),
        Wording::hint(
            r"Discovery failed for some groups|unable to retrieve the complete list of server APIs",
            "Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: the server is currently unable to handle the request",
            "namespace controller 1.16–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// Deleting a namespace takes this long without anything being wrong, in seconds.
const USUAL_SECONDS: i64 = 120;

/// At most this many objects are named.
const MAX_NAMED: usize = 8;

#[derive(Serialize)]
struct Facts {
    name: String,
    since: Option<String>,
    /// What the namespace controller says is left, in its words.
    remaining: Option<String>,
    /// The finalizers it waits for, in its words.
    finalizers: Option<String>,
    /// An API group nobody serves any more.
    discovery: Option<String>,
    /// The APIService of that group.
    api_service: Option<String>,
    /// Objects with finalizers that were read: `Pod api-0 (example.com/hold)`.
    held: Vec<String>,
    first: Option<String>,
    /// Asked about a workload that can make no pods any more.
    refused: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if let Some(namespace) = s.object_of(Kind::Namespace) {
        return of_namespace(s, &namespace.name).into_iter().collect();
    }
    of_workload(s).into_iter().collect()
}

/// A condition of the namespace that is True: its type, message and time.
fn told(namespace: &Value, name: &str) -> Option<(String, Option<Timestamp>)> {
    let conditions = namespace.pointer("/status/conditions")?.as_array()?;
    let text = |c: &Value, field: &str| c.get(field).and_then(Value::as_str).unwrap_or_default().to_string();
    let condition = conditions.iter().find(|c| text(c, "type") == name && text(c, "status") == "True")?;
    Some((text(condition, "message"), text(condition, "lastTransitionTime").parse().ok()))
}

fn of_namespace(s: &Snapshot, name: &str) -> Option<Match> {
    let namespace = s.other("Namespace", "", name)?;
    let deleted: Timestamp =
        namespace.pointer("/metadata/deletionTimestamp").and_then(Value::as_str)?.parse().ok()?;
    let conditions = [
        "NamespaceDeletionDiscoveryFailure",
        "NamespaceDeletionGroupVersionParsingFailure",
        "NamespaceDeletionContentFailure",
        "NamespaceFinalizersRemaining",
        "NamespaceContentRemaining",
    ];
    let spoken: Vec<(&str, String, Option<Timestamp>)> = conditions
        .into_iter()
        .filter_map(|condition| told(namespace, condition).map(|(message, at)| (condition, message, at)))
        .collect();
    let held = held(s, name);
    let long = s.world.knows_the_age_of(deleted) && s.taken_at().seconds_since(deleted) > USUAL_SECONDS;
    let down = down_api_service(s);
    let confidence = match (spoken.is_empty(), held.is_empty() && down.is_none()) {
        (false, _) => Confidence::Certain,
        (true, false) if long => Confidence::Likely,
        (true, true) if long => Confidence::Possible,
        _ => return None,
    };
    let said = |name: &str| spoken.iter().find(|(known, ..)| *known == name).map(|(_, text, _)| text.clone());
    let discovery = said("NamespaceDeletionDiscoveryFailure");
    // before 1.16 the controller wrote no conditions; one that did would have named the group
    let down = down.filter(|_| spoken.is_empty() || discovery.is_some());
    let facts = Facts {
        name: name.to_string(),
        since: s.world.knows_the_age_of(deleted).then(|| s.taken_at().age(deleted)),
        remaining: said("NamespaceContentRemaining").as_deref().map(counted),
        finalizers: said("NamespaceFinalizersRemaining").as_deref().map(counted),
        api_service: discovery
            .as_deref()
            .and_then(api_service)
            .or(down.as_ref().map(|(name, _)| name.clone())),
        discovery: discovery.or(down.as_ref().map(|(_, evidence)| evidence.text.clone())),
        first: held.first().cloned(),
        held,
        refused: false,
    };
    let object = object_name("Namespace", "", name);
    let evidence = spoken.iter().map(|(condition, text, at)| {
        Evidence::new(Source::Condition, object.clone(), *at, format!("{condition}=True: {text}"))
    });
    let text = format!("metadata.deletionTimestamp {deleted}");
    Some(
        Match::new(confidence, Blame::global("Namespace", name), facts)
            .because_all(evidence)
            .because_all(down.map(|(_, evidence)| evidence))
            .because(Evidence::new(Source::Object, object.clone(), Some(deleted), text)),
    )
}

/// An APIService whose server does not answer: what is left of its group cannot be listed, in any namespace.
fn down_api_service(s: &Snapshot) -> Option<(String, Evidence)> {
    s.others("APIService", "").find_map(|(name, object)| {
        let conditions = object.pointer("/status/conditions")?.as_array()?;
        let text =
            |c: &Value, field: &str| c.get(field).and_then(Value::as_str).unwrap_or_default().to_string();
        let down =
            conditions.iter().find(|c| text(c, "type") == "Available" && text(c, "status") == "False")?;
        let said = format!("Available=False {}: {}", text(down, "reason"), text(down, "message"));
        let at = text(down, "lastTransitionTime").parse().ok();
        Some((
            name.to_string(),
            Evidence::new(Source::Condition, object_name("APIService", "", name), at, said),
        ))
    })
}

/// `configmaps. has 1 resource instances` of the controller's sentence.
fn after_colon(text: &str) -> String {
    text.split_once(": ").map_or(text, |(_, rest)| rest).to_string()
}

/// `strimzi.io/topic-operator in 2 resource instances` as `strimzi.io/topic-operator (2)`: a list reads the same in every
/// language.
fn counted(text: &str) -> String {
    let one = |part: &str| {
        let name = part.strip_suffix(" resource instances").and_then(|rest| {
            let (name, count) = rest.rsplit_once(' ')?;
            let name = name.strip_suffix(" in").or_else(|| name.strip_suffix(" has"))?;
            Some(format!("{name} ({count})"))
        });
        name.unwrap_or_else(|| part.to_string())
    };
    after_colon(text).split(", ").map(one).collect::<Vec<_>>().join(", ")
}

/// `v1beta1.metrics.k8s.io` of "unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: …".
fn api_service(text: &str) -> Option<String> {
    let group = text.split([' ', ',', ':', '[']).find(|word| word.contains('.') && word.contains('/'))?;
    let (group, version) = group.split_once('/')?;
    version.starts_with('v').then(|| format!("{version}.{group}"))
}

/// What was read of the namespace, is being deleted and has finalizers.
fn held(s: &Snapshot, namespace: &str) -> Vec<String> {
    let shown =
        |kind: &str, name: &str, finalizers: &[String]| format!("{kind} {name} ({})", finalizers.join(", "));
    let pods = s.world.pods.iter().filter(|((ns, _), _)| ns == namespace).filter_map(|((_, name), known)| {
        let meta = &known.pod.metadata;
        let finalizers = meta.finalizers.as_deref().filter(|list| !list.is_empty())?;
        meta.deletion_timestamp.as_ref().map(|_| shown("Pod", name, finalizers))
    });
    let claims =
        s.world.claims.iter().filter(|((ns, _), _)| ns == namespace).filter_map(|((_, name), claim)| {
            let finalizers = claim.metadata.finalizers.as_deref().filter(|list| !list.is_empty())?;
            claim
                .metadata
                .deletion_timestamp
                .as_ref()
                .map(|_| shown("PersistentVolumeClaim", name, finalizers))
        });
    let others = s.world.others.iter().filter(|((_, ns, _), _)| ns == namespace).filter_map(
        |((kind, _, name), raw)| {
            raw.pointer("/metadata/deletionTimestamp")?;
            let list = raw.pointer("/metadata/finalizers")?.as_array()?;
            let finalizers: Vec<String> =
                list.iter().filter_map(|f| f.as_str().map(str::to_string)).collect();
            (!finalizers.is_empty()).then(|| shown(kind, name, &finalizers))
        },
    );
    pods.chain(claims).chain(others).take(MAX_NAMED).collect()
}

/// A workload whose pods the API server refuses because of it.
fn of_workload(s: &Snapshot) -> Option<Match> {
    let workload = s.workload()?;
    let refusal = "because it is being terminated";
    let short = workload.desired.is_some_and(|desired| workload.current < desired);
    let event = s.events.iter().rev().find(|e| e.reason == "FailedCreate" && e.message.contains(refusal));
    let condition = workload.conditions.iter().find(|c| c.status == "True" && c.message.contains(refusal));
    if !short || (event.is_none() && condition.is_none()) {
        return None;
    }
    let namespace = s.namespace();
    let facts = Facts {
        name: namespace.to_string(),
        since: None,
        remaining: None,
        finalizers: None,
        discovery: None,
        api_service: None,
        held: held(s, namespace),
        first: None,
        refused: true,
    };
    let object = object_name(workload.kind.camel(), namespace, &workload.name);
    let from_condition = condition.map(|c| {
        Evidence::new(Source::Owner, object, c.at, format!("{}=True {}: {}", c.name, c.reason, c.message))
    });
    let evidence =
        event.map(|event: &std::sync::Arc<Event>| Evidence::event(event)).into_iter().chain(from_condition);
    Some(Match::new(Confidence::Certain, Blame::global("Namespace", namespace), facts).because_all(evidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dead_group_is_named() {
        let text = "Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: \
                    metrics.k8s.io/v1beta1: the server is currently unable to handle the request";
        assert_eq!(api_service(text).as_deref(), Some("v1beta1.metrics.k8s.io"));
        assert_eq!(api_service("no group here"), None);
    }
}
