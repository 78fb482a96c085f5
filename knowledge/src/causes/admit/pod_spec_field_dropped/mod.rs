//! A field was applied and the API server did not keep it: a name it does not know, or one in the wrong place.

mod compare;
mod names;

use k8s_openapi::api::core::v1::Node;
use serde::Serialize;
use serde_json::Value;

use crate::cause::{Cause, Match};
use crate::container::{ContainerKind, ContainerView};
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
    hides: &[
        "app-exited",
        "command-not-found",
        "completed-but-restarted",
        "dependency-refused",
        "dns-lookup-failed",
    ],
    expected: false,
    remedies: &[RemedyKind::words("correct-field"), RemedyKind::words("validate")],
    wordings: &[
        Wording::telling(
            r#"ValidationError\([^)]*\): unknown field|unknown field "[^"]+" in io\.k8s\.|unknown field "(spec|template|jobTemplate)\."#,
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
    /// Before 1.25 only kubectl itself checks the fields.
    old: bool,
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
    /// What it holds was read with the types, which leave out fields newer than they are.
    typed: bool,
}

/// The subject first, then its owners.
fn sources(s: &Snapshot) -> Vec<Applied> {
    let mut found = Vec::new();
    if let Some(pod) = s.pod() {
        let text = pod.metadata.annotations.as_ref().and_then(|a| a.get(APPLIED));
        let raw = s.raw.get("spec").cloned();
        let typed = raw.is_none();
        let held = raw.or_else(|| serde_json::to_value(pod.spec.as_ref()?).ok());
        if let (Some(text), Some(held)) = (text, held) {
            let given = serde_json::from_str::<Value>(text).ok().and_then(|v| v.get("spec").cloned());
            // hardly anything of a pod's spec can be changed
            found.extend(given.map(|given| Applied {
                kind: "Pod".to_string(),
                name: s.name().to_string(),
                given,
                held,
                untouched: true,
                typed,
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
            found.push(Applied {
                kind: kind.camel().to_string(),
                name,
                given,
                held,
                untouched,
                typed: false,
            });
        }
    }
    found
}

fn matched(s: &Snapshot, applied: &Applied) -> Option<Match> {
    let mut gone = dropped(&applied.given, &applied.held, applied.untouched);
    gone.retain(|d| !applied.typed || nearest_of(d).is_some());
    // what is known not to be a field of Kubernetes first
    let strength = |d: &Dropped| link(s, &nearest_of(d), d.container.as_deref());
    gone.sort_by_key(|d| (d.known, std::cmp::Reverse(strength(d))));
    let fields: Vec<Field> = gone.iter().take(MAX_FIELDS).map(field).collect();
    let first = fields.first()?.clone();
    let related = gone.first().map_or(Link::None, strength);
    let well = s.condition("Ready").is_some_and(|c| c.status == "True") || s.phase() == "Succeeded";
    let sure = !first.newer && (first.real.is_some() || first.misplaced);
    let confidence = match (sure, related, well) {
        (true, Link::Strong, false) => Confidence::Certain,
        (_, Link::Strong | Link::Weak, _) | (true, _, true) => Confidence::Likely,
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
        explains: related > Link::None,
        well,
        old: is_old(s),
        fields,
        first,
    };
    let found = Match::new(confidence, s.top_owner(), facts)
        .because(Evidence::new(source, object.clone(), None, text))
        .because(Evidence::new(source, object, None, live));
    Some(match s.containers().iter().find_map(|c| s.from_waiting(c)).filter(|_| related > Link::None) {
        Some(waiting) => found.because(waiting),
        None => found,
    })
}

/// Whether the cluster is known to be older than 1.25: its nodes tell, for what is asked of the API server here says
/// nothing of its version.
fn is_old(s: &Snapshot) -> bool {
    let minor = |node: &Node| {
        let info = node.status.as_ref()?.node_info.as_ref()?;
        let version = info.kubelet_version.strip_prefix("v1.")?;
        version.split('.').next()?.parse::<u32>().ok()
    };
    s.world.nodes.values().filter_map(|node| minor(node)).max().is_some_and(|minor| minor < 25)
}

fn nearest_of(dropped: &Dropped) -> Option<Nearest> {
    // until 1.32 a pod had no resources of its own, and it is mostly the container's that are meant
    if dropped.known && dropped.name == "resources" && dropped.keys.is_empty() {
        let place = "spec.containers[]".to_string();
        return Some(Nearest { name: "resources".to_string(), place, misplaced: true });
    }
    if dropped.known {
        let name = dropped.name.clone();
        return Some(Nearest { name, place: dropped.parent.clone(), misplaced: false });
    }
    nearest(&dropped.keys, &dropped.name)
}

fn field(dropped: &Dropped) -> Field {
    let near = nearest_of(dropped).filter(|near| !dropped.known || near.misplaced);
    Field {
        path: format!("{}.{}", dropped.parent, dropped.name),
        name: dropped.name.clone(),
        misplaced: near.as_ref().is_some_and(|n| n.misplaced),
        newer: dropped.known && near.is_none(),
        place: near.as_ref().map(|n| n.place.clone()),
        real: near.map(|n| n.name),
    }
}

/// How much of what fails now the missing field explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Link {
    None,
    /// It may be so.
    Weak,
    /// Without it, this is what happens.
    Strong,
}

fn link(s: &Snapshot, near: &Option<Nearest>, container: Option<&str>) -> Link {
    let Some(name) = near.as_ref().map(|n| n.name.as_str()) else { return Link::None };
    let when = |holds: bool, link: Link| if holds { link } else { Link::None };
    let here = |name: &str| container.is_none_or(|own| own == name);
    match name {
        "tolerations" => {
            let said = s.scheduler_message().is_some_and(|(text, ..)| text.contains("taint"));
            when(s.is_unscheduled() && said, Link::Strong)
        }
        "imagePullSecrets" => when(s.containers().iter().any(is_denied), Link::Strong),
        "command" | "args" | "env" | "envFrom" | "volumeMounts" | "value" | "valueFrom" | "mountPath"
        | "subPath" => {
            when(s.containers().iter().any(|c| here(c.name) && ends_by_itself(s, c)), Link::Strong)
        }
        "workingDir" | "securityContext" | "stdin" | "tty" | "restartPolicy" | "serviceAccountName"
        | "initContainers" | "hostAliases" | "dnsConfig" | "dnsPolicy" => {
            when(s.containers().iter().any(|c| here(c.name) && ends_by_itself(s, c)), Link::Weak)
        }
        _ => Link::None,
    }
}

/// The registry wants credentials.
fn is_denied(container: &ContainerView<'_>) -> bool {
    let words = ["unauthorized", "denied", "no basic auth", "authentication", "authorization", "forbidden"];
    container.waiting().is_some_and(|(reason, message)| {
        let message = message.to_ascii_lowercase();
        reason.contains("Pull") && words.iter().any(|word| message.contains(word))
    })
}

/// Its program ended, for good or bad, and was not ended by the kernel or the kubelet.
fn ends_by_itself(s: &Snapshot, container: &ContainerView<'_>) -> bool {
    let ends = s.crashing().iter().any(|c| c.name == container.name)
        || (container.kind == ContainerKind::App && container.terminated().is_some());
    ends && container.last_end().is_some_and(|end| {
        !matches!(end.reason.as_deref(), Some("OOMKilled")) && !matches!(end.exit_code, 137 | 143)
    })
}
