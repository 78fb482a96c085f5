//! Credentials: never in the configuration itself, only where to read them.

use std::path::PathBuf;

use ::config::{Map, Value, ValueKind};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::check::entries;
use super::environment::Environment;
use super::error::ConfigError;
use super::problem::{Place, Problem, Rank};
use super::shape::{SECRET, Shape};

/// What is said of a credential that stands where only its source may.
pub(super) const REFUSED: &str = "plain text is refused; write { file = \"PATH\" } or { env = \"NAME\" }";

/// Where a credential is read from: `{ file = "PATH" }` or `{ env = "NAME" }`.
///
/// Holding only the source, it can be shown; what [`read`](SecretSource::read) returns shows as `[REDACTED]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Parts", try_from = "Parts")]
pub enum SecretSource {
    /// The file's text, without line breaks at its end.
    File(PathBuf),
    /// The variable's value.
    Env(String),
}

/// As it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    env: Option<String>,
}

impl From<SecretSource> for Parts {
    fn from(source: SecretSource) -> Self {
        match source {
            SecretSource::File(file) => Parts { file: Some(file), env: None },
            SecretSource::Env(env) => Parts { file: None, env: Some(env) },
        }
    }
}

impl TryFrom<Parts> for SecretSource {
    type Error = &'static str;

    fn try_from(parts: Parts) -> Result<Self, Self::Error> {
        match (parts.file, parts.env) {
            (Some(file), None) => Ok(SecretSource::File(file)),
            (None, Some(env)) => Ok(SecretSource::Env(env)),
            _ => Err("write either file or env"),
        }
    }
}

impl JsonSchema for SecretSource {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SecretSource".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Where a credential is read from: a file or an environment variable.",
            "type": "object",
            "format": SECRET,
            "properties": {
                "file": {"description": "The file that holds it.", "type": "string", "format": "podwhy-path"},
                "env": {"description": "The environment variable that holds it.", "type": "string"},
            },
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1,
        })
    }
}

impl SecretSource {
    /// The credential. `key` is the key the source stands at, for the message.
    ///
    /// # Errors
    /// [`ConfigError::Secret`] when it is not there or empty.
    pub fn read(&self, key: &str, environment: &Environment) -> Result<SecretString, ConfigError> {
        let fault = |message: String| ConfigError::Secret { key: key.to_string(), message };
        let (text, source) = match self {
            SecretSource::File(path) => {
                let source = format!("file {}", path.display());
                let text =
                    std::fs::read_to_string(path).map_err(|e| fault(format!("cannot read {source}: {e}")))?;
                (text, source)
            }
            SecretSource::Env(name) => {
                let source = format!("environment variable {name}");
                let text = environment.get(name).cloned();
                (text.ok_or_else(|| fault(format!("{source} is not set")))?, source)
            }
        };
        // `echo token > file` ends the line, and no token does
        match text.trim_end_matches(['\r', '\n']) {
            "" => Err(fault(format!("{source} is empty"))),
            text => Ok(SecretString::from(text)),
        }
    }
}

/// What is wrong with a source whose keys are known and hold texts.
pub(super) fn check(source: &Map<String, Value>) -> Result<(), &'static str> {
    let there = |key: &str| source.get(key).filter(|value| value.kind != ValueKind::Nil);
    match (there("file"), there("env").map(|value| &value.kind)) {
        (Some(_), None) => Ok(()),
        (None, Some(ValueKind::String(name))) if !is_variable_name(name) => {
            // the token itself may stand here: it is not repeated
            Err("env takes the name of a variable: letters, digits and _")
        }
        (None, Some(_)) => Ok(()),
        (Some(_), Some(_)) => Err("write file or env, not both"),
        (None, None) => Err("write { file = \"PATH\" } or { env = \"NAME\" }"),
    }
}

fn is_variable_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| !c.is_ascii_digit()) && name.chars().all(fits)
}

/// Whether a key of this name holds a credential.
pub(super) fn is_secret_name(name: &str) -> bool {
    ["_token", "_secret", "password", "_key"].iter().any(|ending| name.to_lowercase().ends_with(ending))
}

/// Credentials that stand in a file as they are, also under keys nobody knows: such a file may be shared already.
pub(super) fn refuse_plain(value: &Value, at: &Place, problems: &mut Vec<Problem>) {
    match &value.kind {
        ValueKind::Table(map) => {
            for (name, below) in entries(map) {
                let place = at.key(name, below.origin());
                if is_secret_name(name) && !matches!(below.kind, ValueKind::Table(_)) {
                    problems.push(place.problem(Rank::Wrong, REFUSED));
                } else {
                    refuse_plain(below, &place, problems);
                }
            }
        }
        ValueKind::Array(items) => {
            for (index, below) in items.iter().enumerate() {
                refuse_plain(below, &at.item(index), problems);
            }
        }
        _ => {}
    }
}

/// Names both keys of every source, so that a source of one layer replaces the one below it instead of joining it.
pub(super) fn settle(shape: &Shape, value: &mut Value) {
    let ValueKind::Table(map) = &mut value.kind else { return };
    if let Shape::Secret(fields) = shape {
        for field in fields {
            map.entry(field.name.clone()).or_default();
        }
    }
    for field in shape.fields().unwrap_or_default() {
        if let Some(below) = map.get_mut(&field.name) {
            settle(&field.shape, below);
        }
    }
}
