//! Finds and reads the configuration file.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ::config::{FileFormat, Map, Source, Value, ValueKind};

use super::environment::Environment;
use super::error::ConfigError;
use super::load::Inputs;

/// The variable that names the file.
const VARIABLE: &str = "PODWHY_CONFIG";

/// A configuration file as it was read, not yet checked.
pub(super) struct Read {
    pub(super) path: PathBuf,
    pub(super) value: Value,
}

/// The file that is named, else the one at the usual place if there is one.
pub(super) fn read(inputs: &Inputs) -> Result<Option<Read>, ConfigError> {
    let Some((path, named_by)) = locate(inputs) else { return Ok(None) };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        // nobody asked for the file at the usual place
        Err(e)
            if named_by.is_empty() && matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
        {
            return Ok(None);
        }
        Err(error) => {
            return Err(ConfigError::Unreadable { file: path, named_by, reason: error.to_string() });
        }
    };
    let map = parse(&path, &text)?;
    let value = stamped(Value::new(None, map), &path.display().to_string());
    Ok(Some(Read { path, value }))
}

/// The file and who named it. An empty variable is one that is not set, as everywhere.
fn locate(inputs: &Inputs) -> Option<(PathBuf, &'static str)> {
    if let Some(path) = &inputs.file {
        return Some((path.clone(), " named by --config"));
    }
    match set(&inputs.environment, VARIABLE) {
        Some(path) => Some((PathBuf::from(path), " named by PODWHY_CONFIG")),
        None => usual(&inputs.environment).map(|path| (path, "")),
    }
}

/// By the XDG base directory specification, which has relative folders ignored.
fn usual(environment: &Environment) -> Option<PathBuf> {
    let folder = set(environment, "XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = folder.or_else(|| set(environment, "HOME").map(|home| Path::new(home).join(".config")))?;
    Some(folder.join("podwhy").join("config.toml"))
}

fn set<'a>(environment: &'a Environment, name: &str) -> Option<&'a str> {
    environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

fn parse(path: &Path, text: &str) -> Result<Map<String, Value>, ConfigError> {
    let is_json = path.extension().is_some_and(|end| end == "json");
    let (parser, format) = if is_json { (FileFormat::Json, "JSON") } else { (FileFormat::Toml, "TOML") };
    ::config::File::from_str(text, parser).collect().map_err(|error| {
        let (position, message) = told(text, &error);
        let message = message.replace('\n', " ");
        ConfigError::Syntax { format, file: path.to_path_buf(), position, message }
    })
}

/// Where it is wrong, and why. The parsers' own display may repeat the line, and the line may hold a credential.
fn told(text: &str, error: &::config::ConfigError) -> (String, String) {
    let ::config::ConfigError::FileParse { cause, .. } = error else {
        return (String::new(), error.to_string());
    };
    if let Some(cause) = cause.downcast_ref::<toml::de::Error>() {
        let at = cause.span().map(|span| position(text, span.start));
        return (at.unwrap_or_default(), cause.message().to_string());
    }
    match cause.downcast_ref::<serde_json::Error>() {
        Some(cause) if cause.is_data() => (place(cause), "it is no JSON object".to_string()),
        Some(cause) => (place(cause), without_place(cause)),
        None => (String::new(), error.to_string()),
    }
}

fn place(error: &serde_json::Error) -> String {
    format!(":{}:{}", error.line(), error.column())
}

/// `expected value`, of `expected value at line 1 column 2`.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(message, _)| message.to_string())
}

/// `:LINE:COLUMN`
fn position(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!(":{line}:{column}")
}

/// The value with its origin noted throughout: the crate notes none for a text.
fn stamped(value: Value, origin: &String) -> Value {
    let kind = match value.kind {
        ValueKind::Table(map) => {
            ValueKind::Table(map.into_iter().map(|(key, below)| (key, stamped(below, origin))).collect())
        }
        ValueKind::Array(items) => {
            ValueKind::Array(items.into_iter().map(|below| stamped(below, origin)).collect())
        }
        kind => kind,
    };
    Value::new(Some(origin), kind)
}
