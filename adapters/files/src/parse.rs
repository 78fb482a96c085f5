//! Text → objects: JSON values one after another, or YAML documents; Lists are opened.

use jiff::Timestamp;
use podwhy_knowledge::{GapReason, World};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What `podwhy dump` writes of the dump itself.
pub const META_FILE: &str = "podwhy-dump.json";

/// The content of [`META_FILE`].
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Meta {
    /// When the dump was made.
    pub taken_at: Option<Timestamp>,
    /// The cluster's name.
    pub cluster: Option<String>,
    /// Written by `podwhy dump`: what is not in it was not asked for, or is named in `absent` or `unread`.
    #[serde(default)]
    pub complete: bool,
    /// What the server said does not exist.
    #[serde(default)]
    pub absent: Vec<Named>,
    /// What it would not or could not tell.
    #[serde(default)]
    pub unread: Vec<Named>,
    /// Pods that were seen to be well and not read.
    #[serde(default)]
    pub well: usize,
}

/// An object that is not in a dump, and why.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Named {
    /// Its kind.
    pub kind: String,
    /// Its namespace, empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Its name, empty for a whole list.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// `forbidden` or `timed-out`; of what does not exist, none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Meta {
    /// Tells the world what the dump's writer knew of what is not in it.
    pub fn apply(&self, world: &mut World) {
        let key = |n: &Named| (n.kind.clone(), n.namespace.clone(), n.name.clone());
        world.live = self.complete;
        world.well = self.well;
        world.absent = self.absent.iter().map(key).collect();
        let reason = |named: &Named| match named.why.as_deref() {
            Some("timed-out") => GapReason::TimedOut,
            Some("forbidden") => GapReason::Forbidden,
            _ => GapReason::NotInDump,
        };
        world.unread = self.unread.iter().map(|named| (key(named), reason(named))).collect();
    }
}

/// Reads [`META_FILE`].
pub fn meta(text: &str) -> Result<Meta, serde_json::Error> {
    serde_json::from_str(text)
}

/// Lists within lists deeper than this are left alone.
const MAX_LIST_DEPTH: usize = 4;

/// The objects in a text. What cannot be parsed is named in a warning, and the rest is still read.
pub fn objects(text: &str, warnings: &mut Vec<String>) -> Vec<Value> {
    let text = text.trim_start_matches('\u{feff}');
    let documents = if text.trim_start().starts_with(['{', '[']) {
        let told = warnings.len();
        match json(text, warnings) {
            // YAML's flow style looks like JSON at first
            none if none.is_empty()
                && let Ok(parsed) = whole_yaml(text) =>
            {
                warnings.truncate(told);
                parsed
            }
            documents => documents,
        }
    } else {
        yaml(text, warnings)
    };
    let mut objects = Vec::new();
    for document in documents {
        open(document, &mut objects, 0);
    }
    objects
}

fn open(document: Value, objects: &mut Vec<Value>, depth: usize) {
    let is_list = document.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    match document {
        Value::Null => {}
        Value::Array(items) if depth < MAX_LIST_DEPTH => {
            items.into_iter().for_each(|item| open(item, objects, depth + 1));
        }
        Value::Object(mut map) if is_list && map.contains_key("items") && depth < MAX_LIST_DEPTH => {
            let kind = map.get("kind").and_then(Value::as_str).unwrap_or_default();
            // the items of a PodList need not say that they are Pods
            let item_kind = kind.strip_suffix("List").filter(|k| !k.is_empty()).map(str::to_string);
            let api_version = map.get("apiVersion").cloned();
            let items = match map.remove("items") {
                Some(Value::Array(items)) => items,
                _ => Vec::new(),
            };
            for mut item in items {
                if let (Value::Object(fields), Some(kind)) = (&mut item, &item_kind) {
                    fields.entry("kind").or_insert_with(|| kind.clone().into());
                    if let Some(version) = &api_version {
                        fields.entry("apiVersion").or_insert_with(|| version.clone());
                    }
                }
                open(item, objects, depth + 1);
            }
        }
        other => objects.push(other),
    }
}

/// `kubectl cluster-info dump` writes one JSON object after another. Behind a broken one, reading goes on at the next
/// line that begins an object.
fn json(text: &str, warnings: &mut Vec<String>) -> Vec<Value> {
    let mut documents = Vec::new();
    let mut rest = text;
    loop {
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        loop {
            match stream.next() {
                None => return documents,
                Some(Ok(document)) => documents.push(document),
                Some(Err(error)) => {
                    warnings.push(format!("JSON: {error}"));
                    break;
                }
            }
        }
        let from = stream.byte_offset();
        let Some(next) = rest.get(from..).and_then(|broken| broken.find("\n{")) else {
            return documents;
        };
        rest = &rest[from + next + 1..];
    }
}

fn whole_yaml(text: &str) -> Result<Vec<Value>, serde_saphyr::Error> {
    serde_saphyr::from_multiple_with_options::<Value>(text, options())
}

fn yaml(text: &str, warnings: &mut Vec<String>) -> Vec<Value> {
    if let Ok(documents) = whole_yaml(text) {
        return documents;
    }
    // one bad document must not lose the others
    let mut documents = Vec::new();
    for (number, part) in split_documents(text).into_iter().enumerate() {
        match serde_saphyr::from_multiple_with_options::<Value>(part, options()) {
            Ok(parsed) => documents.extend(parsed),
            Err(error) => {
                let first = error.to_string().lines().next().unwrap_or_default().to_string();
                warnings.push(format!("YAML document {}: {first}", number + 1));
            }
        }
    }
    documents
}

fn split_documents(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") {
            parts.push(&text[start..at]);
            start = at;
        }
        at += line.len();
    }
    parts.push(&text[start..]);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// Aliases are what a small file explodes with, and kubectl writes none: a few are allowed. The rest is bounded by the
/// size of the files.
fn options() -> serde_saphyr::Options {
    // YAML 1.2: `n` and `no` are names, as kubectl and every Kubernetes parser of today reads them
    serde_saphyr::options! {
        strict_booleans: true,
        budget: serde_saphyr::budget! {
            max_aliases: 1_000,
            max_anchors: 1_000,
            max_events: 100_000_000,
            max_nodes: 50_000_000,
            max_documents: 1_000_000,
            max_total_scalar_bytes: 512 * 1024 * 1024,
        },
    }
}
