//! In what two pod templates differ.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::evidence::cut;
use crate::redact::redact;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// The image of a container.
    Image {
        /// Which container.
        container: String,
        /// Before.
        from: String,
        /// Now.
        to: String,
    },
    /// A request or limit.
    Resource {
        /// Which container.
        container: String,
        /// `limits.memory`
        resource: String,
        /// Before; `None` where there was none.
        from: Option<String>,
        /// Now.
        to: Option<String>,
    },
    /// Variables by name: their values may be secret.
    Variables {
        /// Which container.
        container: String,
        /// Those that are new, gone, or of another value.
        names: Vec<String>,
    },
    /// A container that is new.
    Added(String),
    /// A container that is gone.
    Removed(String),
    /// Any other field: `containers[app].livenessProbe`, `nodeSelector`.
    Field(String),
    /// Nothing but the mark of `kubectl rollout restart`.
    Restarted,
}

/// At most this many are told.
const MAX: usize = 10;

/// At most this many characters of a value are told.
const MAX_VALUE: usize = 120;

/// What differs between two pod templates, as the API wrote them.
pub fn between(old: &Value, new: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    for list in ["initContainers", "containers"] {
        containers(&named(old, list), &named(new, list), list, &mut found);
    }
    let (old_spec, new_spec) = (fields(old.get("spec")), fields(new.get("spec")));
    for key in keys(&old_spec, &new_spec) {
        if !matches!(key.as_str(), "containers" | "initContainers") && differs(&old_spec, &new_spec, &key) {
            found.push(Difference::Field(shown(&key)));
        }
    }
    metadata(old, new, &mut found);
    found.sort();
    found.truncate(MAX);
    found
}

fn metadata(old: &Value, new: &Value, found: &mut Vec<Difference>) {
    for place in ["annotations", "labels"] {
        let at = |template: &Value| fields(template.pointer(&format!("/metadata/{place}")));
        let (old, new) = (at(old), at(new));
        for key in keys(&old, &new) {
            if !differs(&old, &new, &key) || key == "pod-template-hash" {
                continue;
            }
            found.push(match key.as_str() {
                "kubectl.kubernetes.io/restartedAt" => Difference::Restarted,
                _ => Difference::Field(shown(&format!("{place}[{key}]"))),
            });
        }
    }
}

fn containers(
    old: &[(String, Map<String, Value>)],
    new: &[(String, Map<String, Value>)],
    list: &str,
    found: &mut Vec<Difference>,
) {
    let of = |all: &[(String, Map<String, Value>)], name: &str| {
        all.iter().find(|(n, _)| n == name).map(|(_, c)| c.clone())
    };
    found.extend(
        old.iter()
            .filter(|(name, _)| of(new, name).is_none())
            .map(|(name, _)| Difference::Removed(name.clone())),
    );
    for (name, now) in new {
        let Some(before) = of(old, name) else {
            found.push(Difference::Added(name.clone()));
            continue;
        };
        for key in keys(&before, now) {
            if differs(&before, now, &key) {
                container(name, list, &key, &before, now, found);
            }
        }
    }
}

fn container(
    name: &str,
    list: &str,
    key: &str,
    before: &Map<String, Value>,
    now: &Map<String, Value>,
    found: &mut Vec<Difference>,
) {
    let text =
        |fields: &Map<String, Value>| shown(fields.get(key).and_then(Value::as_str).unwrap_or_default());
    match key {
        "image" => {
            found.push(Difference::Image { container: name.to_string(), from: text(before), to: text(now) })
        }
        "env" => {
            let names = variables(before.get(key), now.get(key));
            found.push(Difference::Variables { container: name.to_string(), names });
        }
        "resources" => resources(name, before.get(key), now.get(key), found),
        _ => found.push(Difference::Field(shown(&format!("{list}[{name}].{key}")))),
    }
}

fn resources(name: &str, before: Option<&Value>, now: Option<&Value>, found: &mut Vec<Difference>) {
    for part in ["limits", "requests"] {
        let at = |value: Option<&Value>| fields(value.and_then(|value| value.get(part)));
        let (before, now) = (at(before), at(now));
        for key in keys(&before, &now) {
            let amount = |fields: &Map<String, Value>| match fields.get(&key)? {
                Value::String(text) => Some(shown(text)),
                other => Some(shown(&other.to_string())),
            };
            let (from, to) = (amount(&before), amount(&now));
            if from != to {
                let resource = shown(&format!("{part}.{key}"));
                found.push(Difference::Resource { container: name.to_string(), resource, from, to });
            }
        }
    }
}

fn variables(before: Option<&Value>, now: Option<&Value>) -> Vec<String> {
    let all = |list: Option<&Value>| -> Vec<(String, Value)> {
        let items = list.and_then(Value::as_array).into_iter().flatten();
        items.filter_map(|item| Some((item.get("name")?.as_str()?.to_string(), item.clone()))).collect()
    };
    let (before, now) = (all(before), all(now));
    let names: BTreeSet<&String> = before.iter().chain(&now).map(|(name, _)| name).collect();
    let of = |all: &[(String, Value)], name: &str| {
        all.iter().find(|(n, _)| n == name).map(|(_, item)| item.clone())
    };
    names
        .into_iter()
        .filter(|name| of(&before, name) != of(&now, name))
        .map(|name| shown(name))
        .take(MAX)
        .collect()
}

fn named(template: &Value, list: &str) -> Vec<(String, Map<String, Value>)> {
    let items = template.pointer(&format!("/spec/{list}")).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| Some((shown(item.get("name")?.as_str()?), item.as_object()?.clone()))).collect()
}

fn fields(value: Option<&Value>) -> Map<String, Value> {
    value.and_then(Value::as_object).cloned().unwrap_or_default()
}

fn keys(a: &Map<String, Value>, b: &Map<String, Value>) -> BTreeSet<String> {
    a.keys().chain(b.keys()).cloned().collect()
}

fn differs(a: &Map<String, Value>, b: &Map<String, Value>, key: &str) -> bool {
    // what is absent, null and empty is the same to the API
    let there = |value: Option<&Value>| {
        value.filter(|value| !value.is_null() && value.as_object().is_none_or(|map| !map.is_empty())).cloned()
    };
    there(a.get(key)) != there(b.get(key))
}

fn shown(text: &str) -> String {
    cut(&redact(text), MAX_VALUE)
}
