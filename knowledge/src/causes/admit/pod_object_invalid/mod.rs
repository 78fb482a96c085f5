//! The owner makes pods that the API server refuses as invalid.

mod hint;

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::PodSpec;
use regex::Regex;
use serde::Serialize;
use serde_json::Value;

use crate::cause::{Cause, Match};
use crate::evidence::{cut, object_name};
use crate::finding::{Evidence, Source, Stage};
use crate::redact::redact;
use crate::refused::{Class, FieldError, Refusal, field_errors, of_class};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `pod-object-invalid`
pub const CAUSE: Cause = Cause {
    id: "pod-object-invalid",
    stage: Some(Stage::Admit),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[RemedyKind::words("fix-fields"), RemedyKind::words("try-first")],
    wordings: &[
        Wording::telling(
            r#"\b(Pods?|Deployment(\.apps)?|StatefulSet(\.apps)?|DaemonSet(\.apps)?|ReplicaSet(\.apps)?|CronJob(\.batch)?|Job(\.batch)?|jobs\.batch)( "[^"]*")? is invalid: \[?(spec|metadata)[.\[]"#,
            r#"create Pod atlantis-0 in StatefulSet atlantis failed error: Pod "atlantis-0" is invalid: spec.containers[0].env[0].valueFrom.secretKeyRef.key: Required value"#,
            "API server 1.0–1.37",
        ),
        Wording::telling(
            r#"no PriorityClass with name (?P<name>\S+) was found"#,
            r#"Error creating: pods "web-1-" is forbidden: no PriorityClass with name urgent was found"#,
            "API server 1.8–1.37",
        )
        .blames("PriorityClass"),
        Wording::telling(
            r#"^(Error creating: )?pods? ("[^"]*" )?is forbidden: (pod (node label selector conflicts with its|tolerations .{1,60} conflict with its)|pod rejected: )"#,
            r#"Error creating: pods "web-1-" is forbidden: pod node label selector conflicts with its namespace node label selector"#,
            "API server 1.5–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Clone, Debug, Serialize)]
struct Field {
    /// `spec.containers[0].ports[1].name`
    path: String,
    /// The container that the index means, by name.
    container: Option<String>,
    /// `Required value`, `Duplicate value: "http"` …
    problem: String,
    hint: Option<hint::Hint>,
}

#[derive(Serialize)]
struct Facts {
    workload: String,
    maker: String,
    have: i64,
    want: i64,
    fields: Vec<Field>,
    first: Option<Field>,
    more: usize,
    /// A cluster-wide object the template names: `PriorityClass urgent`.
    missing: Option<String>,
    /// The LimitRange whose default is the limit that the request exceeds: it stands nowhere in the template.
    by_range: Option<String>,
    /// The whole sentence, where it has no fields.
    sentence: String,
    /// It is the sentence of a plugin that compares pods with their namespace or another object.
    plugin: bool,
    owner: String,
    /// A Job: its template cannot be changed.
    fixed: bool,
}

static LIMIT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"less than or equal to (?P<resource>\S+) limit").ok());

static MISSING: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"no PriorityClass with name (?P<name>\S+) was found").ok());

fn detect(s: &Snapshot) -> Vec<Match> {
    let classes = [Class::Invalid, Class::Plugin];
    classes.into_iter().flat_map(|class| of_class(s, class)).map(|refusal| matched(s, &refusal)).collect()
}

/// What a plugin says, without whom it says it of: the name is one of many that were tried.
fn sentence(refusal: &Refusal) -> &str {
    let words = refusal.message.split_once(" is forbidden: ").filter(|_| refusal.class == Class::Plugin);
    words.map_or(refusal.message.as_str(), |(_, words)| words)
}

fn matched(s: &Snapshot, refusal: &Refusal) -> Match {
    let errors = field_errors(&refusal.message);
    let fields: Vec<Field> = errors
        .iter()
        .map(|error| Field {
            path: error.path.clone(),
            container: hint::container(refusal.template.as_deref(), &error.path),
            problem: if error.detail.is_empty() {
                error.kind.clone()
            } else {
                cut(&redact(&format!("{}: {}", error.kind, error.detail)), 240)
            },
            hint: hint::of(error),
        })
        .collect();
    let missing = MISSING
        .as_ref()
        .and_then(|re| re.captures(&refusal.message))
        .and_then(|found| Some(format!("PriorityClass {}", found.name("name")?.as_str())));
    let by_range = errors.iter().find_map(|error| default_of(s, refusal.template.as_deref(), error));
    let owner = s.top_owner();
    let facts = Facts {
        by_range: by_range.as_ref().map(|(name, _)| name.clone()),
        workload: format!("{} {}", s.kind().camel(), s.name()),
        maker: refusal.maker.clone(),
        have: refusal.have,
        want: refusal.want,
        first: fields.first().map(|field| Field { problem: cut(&field.problem, 90), ..field.clone() }),
        more: fields.len().saturating_sub(1),
        fields,
        missing,
        sentence: cut(&redact(sentence(refusal)), 160),
        plugin: refusal.class == Class::Plugin,
        fixed: owner.kind == "Job",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
    };
    Match::new(refusal.confidence, owner, facts)
        .because_all(refusal.evidence.clone())
        .because_all(by_range.map(|(_, evidence)| evidence))
}

/// The LimitRange that gives the container the limit which its request exceeds.
/// <https://kubernetes.io/docs/concepts/policy/limit-range/#limitrange-and-admission-checks-for-pods>
fn default_of(s: &Snapshot, template: Option<&PodSpec>, error: &FieldError) -> Option<(String, Evidence)> {
    let captures = LIMIT.as_ref()?.captures(&error.detail)?;
    let resource = captures.name("resource")?.as_str();
    let name = hint::container(template, &error.path)?;
    let mut containers = template?.containers.iter().chain(template?.init_containers.iter().flatten());
    let limits = containers.find(|c| c.name == name)?.resources.as_ref().and_then(|r| r.limits.as_ref());
    if limits.is_some_and(|limits| limits.contains_key(resource)) {
        return None;
    }
    s.others("LimitRange", s.namespace()).find_map(|(range, object)| {
        let items = object.pointer("/spec/limits").and_then(Value::as_array)?;
        let default = items
            .iter()
            .filter(|item| item.get("type").and_then(Value::as_str) == Some("Container"))
            .find_map(|item| item.get("default")?.get(resource)?.as_str())?;
        let text = format!("spec.limits: default.{resource} {default}");
        let object = object_name("LimitRange", s.namespace(), range);
        Some((range.to_string(), Evidence::new(Source::Object, object, None, text)))
    })
}
