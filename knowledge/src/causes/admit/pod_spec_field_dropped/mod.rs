//! A field was applied and the API server did not keep it: a name it does not know, or one in the wrong place.

mod compare;
mod names;

use serde::Serialize;
use serde_json::Value;

use crate::cause::{Cause, Match};
use crate::container::ContainerKind;
use crate::evidence::object_name;
use crate::finding::{Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::target::Kind;
use crate::wording::Wording;

use compare::{Dropped, dropped};
use names::{Nearest, nearest};

/// `pod-spec-field-dropped`
pub const CAUSE: Cause = Cause {
    id: "pod-spec-field-dropped",
    stage: Some(Stage::Admit),
    since: "0.1.0",
    hides: &["app-exited"],
    expected: false,
    remedies: &[RemedyKind::words("correct-field"), RemedyKind::words("validate")],
    wordings: &[
        Wording::telling(
            r#"unknown field "(?P<key>[^"]+)""#,
            r#"error validating data: ValidationError(Pod.spec.containers[0]): unknown field "commnad" in io.k8s.api.core.v1.Container"#,
            "kubectl 1.8–1.37",
        ),
        Wording::telling(
            r"found invalid field (?P<key>\S+) for v1\.",
            "error validating data: found invalid field tolerations for v1.PodSpec",
            "kubectl 1.0–1.7",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// Where `kubectl apply` keeps what it was given.
/// <https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#how-apply-calculates-differences-and-merges-changes>
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// At most this many fields are named.
const MAX_FIELDS: usize = 8;

#[derive(Clone, Debug, Serialize)]
struct Field {
    /// `spec.containers[app].commnad`
    path: String,
    name: String,
    /// The real name, if there is a similar one.
    real: Option<String>,
    /// Where the real one belongs.
    place: Option<String>,
    /// The name is right and the place is not.
    misplaced: bool,
    /// A field of newer versions, or behind a feature gate: the name is right.
    newer: bool,
}

#[derive(Serialize)]
struct Facts {
    /// `Deployment web`, whose annotation it is.
    object: String,
    target: String,
    first: Field,
    fields: Vec<Field>,
    more: usize,
    /// The pod fails in a way this field can explain.
    explains: bool,
    well: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if s.is_deleting() || s.workload().is_some_and(|w| !s.members.is_empty() || w.desired.unwrap_or(0) == 0) {
        return Vec::new();
    }
    sources(s).into_iter().find_map(|source| matched(s, &source)).into_iter().collect()
}

/// An object that was applied, with what it was given and what it holds.
struct Applied {
    kind: String,
    name: String,
    given: Value,
    held: Value,
    /// Nothing of the spec was changed since: what is missing was never there.
    untouched: bool,
}

/// The subject first, then its owners.
fn sources(s: &Snapshot) -> Vec<Applied> {
    let mut found = Vec::new();
    if let Some(pod) = s.pod() {
        let text = pod.metadata.annotations.as_ref().and_then(|a| a.get(APPLIED));
        let held = s.raw.get("spec").cloned().or_else(|| serde_json::to_value(pod.spec.as_ref()?).ok());
        if let (Some(text), Some(held)) = (text, held) {
            let given = serde_json::from_str::<Value>(text).ok().and_then(|v| v.get("spec").cloned());
            // hardly anything of a pod's spec can be changed
            found.extend(given.map(|given| Applied {
                kind: "Pod".to_string(),
                name: s.name().to_string(),
                given,
                held,
                untouched: true,
            }));
        }
    }
    let own = s.workload().map(|w| (w.kind, w.name.clone(), std::sync::Arc::clone(&w.raw)));
    let owners = s.owners.iter().map(|w| (w.kind, w.name.clone(), std::sync::Arc::clone(&w.raw)));
    for (kind, name, raw) in own.into_iter().chain(owners) {
        let path = match kind {
            Kind::CronJob => "/spec/jobTemplate/spec/template/spec",
            _ => "/spec/template/spec",
        };
        let text = raw.pointer("/metadata/annotations").and_then(|a| a.get(APPLIED)).and_then(Value::as_str);
        let given = text.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let given = given.and_then(|given| given.pointer(path).cloned());
        let untouched = raw.pointer("/metadata/generation").and_then(Value::as_i64) == Some(1);
        if let (Some(given), Some(held)) = (given, raw.pointer(path).cloned()) {
            found.push(Applied { kind: kind.camel().to_string(), name, given, held, untouched });
        }
    }
    found
}

fn matched(s: &Snapshot, applied: &Applied) -> Option<Match> {
    let mut gone = dropped(&applied.given, &applied.held, applied.untouched);
    // what is known not to be a field of Kubernetes first
    gone.sort_by_key(|d| (d.known, !explains(s, &nearest_of(d), d.container.as_deref())));
    let fields: Vec<Field> = gone.iter().take(MAX_FIELDS).map(field).collect();
    let first = fields.first()?.clone();
    let related = gone.first().is_some_and(|d| explains(s, &nearest_of(d), d.container.as_deref()));
    let well = s.condition("Ready").is_some_and(|c| c.status == "True") || s.phase() == "Succeeded";
    let sure = !first.newer && (first.real.is_some() || first.misplaced);
    let confidence = match (sure, related, well) {
        (true, true, false) => Confidence::Certain,
        (_, true, _) | (true, _, true) => Confidence::Likely,
        // it was dropped, but what fails is something else
        _ => Confidence::Possible,
    };
    let object = object_name(&applied.kind, s.namespace(), &applied.name);
    let (given, held) = (&first.path, gone.first()?);
    // what was written there may be a password: the name is enough
    let text = format!("metadata.annotations[{APPLIED}]: has {given}");
    let live = format!("{}: not there; the fields there are {}", held.parent, held.present.join(", "));
    let source = if applied.kind == "Pod" { Source::Spec } else { Source::Owner };
    let facts = Facts {
        object: format!("{} {}", applied.kind, applied.name),
        target: format!("{}/{}", applied.kind.to_lowercase(), applied.name),
        more: fields.len().saturating_sub(1),
        explains: related,
        well,
        fields,
        first,
    };
    let found = Match::new(confidence, s.top_owner(), facts)
        .because(Evidence::new(source, object.clone(), None, text))
        .because(Evidence::new(source, object, None, live));
    Some(match s.containers().iter().find_map(|c| s.from_waiting(c)).filter(|_| related) {
        Some(waiting) => found.because(waiting),
        None => found,
    })
}

fn nearest_of(dropped: &Dropped) -> Option<Nearest> {
    if dropped.known {
        let name = dropped.name.clone();
        return Some(Nearest { name, place: dropped.parent.clone(), misplaced: false });
    }
    nearest(&dropped.keys, &dropped.name)
}

fn field(dropped: &Dropped) -> Field {
    let near = nearest_of(dropped).filter(|_| !dropped.known);
    Field {
        path: format!("{}.{}", dropped.parent, dropped.name),
        name: dropped.name.clone(),
        misplaced: near.as_ref().is_some_and(|n| n.misplaced),
        place: near.as_ref().map(|n| n.place.clone()),
        real: near.map(|n| n.name),
        newer: dropped.known,
    }
}

/// Whether the pod fails now in a way that the missing field brings about.
fn explains(s: &Snapshot, near: &Option<Nearest>, container: Option<&str>) -> bool {
    let Some(name) = near.as_ref().map(|n| n.name.as_str()) else { return false };
    let containers = s.containers();
    let here = || containers.iter().filter(|c| container.is_none_or(|name| name == c.name));
    match name {
        "tolerations"
        | "nodeSelector"
        | "affinity"
        | "priorityClassName"
        | "schedulerName"
        | "nodeName"
        | "topologySpreadConstraints"
        | "runtimeClassName" => s.is_unscheduled(),
        "imagePullSecrets" | "imagePullPolicy" => {
            here().any(|c| c.waiting().is_some_and(|(reason, _)| reason.contains("Pull")))
        }
        "command" | "args" | "env" | "envFrom" | "workingDir" | "volumeMounts" | "securityContext"
        | "stdin" | "tty" | "restartPolicy" | "value" | "valueFrom" | "mountPath" | "subPath"
        | "serviceAccountName" | "initContainers" | "hostAliases" | "dnsConfig" | "dnsPolicy" => {
            let keeps = s.crashing();
            let crashing = here().any(|c| keeps.iter().any(|k| k.name == c.name));
            crashing || here().any(|c| c.kind == ContainerKind::App && c.terminated().is_some())
        }
        _ => false,
    }
}
