//! Values from environment variables (`PODWHY__TIMEOUTS__REQUEST=5s`) and from flags.

use std::collections::BTreeMap;

use ::config::{Map, Value, ValueKind};

use super::check::{nearest, unknown};
use super::formats::Format;
use super::problem::{Place, Problem, Rank};
use super::shape::Shape;

/// The variables of a process.
pub type Environment = BTreeMap<String, String>;

/// The variables of this process.
pub fn process_environment() -> Environment {
    let text = |os: std::ffi::OsString| os.to_string_lossy().into_owned();
    std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
}

/// A value given on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The flag as typed, for messages: `--lang`.
    pub flag: &'static str,
    /// The key it sets: `lang`, `timeouts.request`.
    pub key: &'static str,
    /// The value as typed.
    pub value: String,
}

/// Two underscores, because Kubernetes sets `PODWHY_SERVICE_HOST` and others where a Service is named podwhy.
const PREFIX: &str = "PODWHY__";

/// The values that variables set.
pub(super) fn variables(environment: &Environment, root: &Shape, problems: &mut Vec<Problem>) -> Value {
    let mut layer = Map::new();
    for (variable, text) in environment {
        let Some(rest) = variable.strip_prefix(PREFIX) else { continue };
        let origin = format!("environment variable {variable}");
        let names: Vec<&str> = rest.split("__").collect();
        match find(root, &names, Spelling::Variable) {
            Ok((path, shape)) => match typed(shape, text, variable, &origin) {
                Ok(value) => insert(&mut layer, &path, value),
                Err(message) => problems.push(Misfit { path, message }.problem(Rank::Wrong, &origin)),
            },
            Err(misfit) => problems.push(misfit.problem(Rank::Unknown, &origin)),
        }
    }
    Value::new(None, layer)
}

/// The values that flags set. Credentials are not among them: a command line is seen by every user of the machine.
pub(super) fn flags(flags: &[Flag], root: &Shape, problems: &mut Vec<Problem>) -> Value {
    let mut layer = Map::new();
    for Flag { flag, key, value } in flags {
        let origin = format!("flag {flag}");
        let names: Vec<&str> = key.split('.').collect();
        let read = |shape: &Shape| match shape {
            Shape::Secret(_) => {
                Err("a credential is read from a file or a variable, never from a flag".to_string())
            }
            shape => typed(shape, value, flag, &origin),
        };
        match find(root, &names, Spelling::Key) {
            Ok((path, shape)) => match read(shape) {
                Ok(value) => insert(&mut layer, &path, value),
                Err(message) => problems.push(Misfit { path, message }.problem(Rank::Wrong, &origin)),
            },
            Err(misfit) => problems.push(misfit.problem(Rank::Unknown, &origin)),
        }
    }
    Value::new(None, layer)
}

fn place(path: &[String], origin: &str) -> Place {
    path.iter().fold(Place::root(origin), |place, name| place.key(name, None))
}

/// A path that leads nowhere: how far it goes, and what is wrong there.
struct Misfit {
    path: Vec<String>,
    message: String,
}

impl Misfit {
    fn problem(self, rank: Rank, origin: &str) -> Problem {
        place(&self.path, origin).problem(rank, self.message)
    }
}

/// How the names of a path are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Key,
    Variable,
}

/// The shape at the end of a path, and the path in the keys' own spelling.
fn find<'a>(root: &'a Shape, names: &[&str], spelling: Spelling) -> Result<(Vec<String>, &'a Shape), Misfit> {
    let mut path: Vec<String> = Vec::new();
    let mut shape = root;
    for name in names {
        let Some(fields) = shape.fields() else {
            let message = match shape {
                Shape::List(_) => "the items of a list cannot be set one by one; write them in the file",
                _ => "there are no keys below it",
            };
            return Err(Misfit { path, message: message.to_string() });
        };
        let spelled = |key: &str| match spelling {
            Spelling::Key => key.to_string(),
            Spelling::Variable => key.to_ascii_uppercase(),
        };
        match fields.iter().find(|field| spelled(&field.name) == *name) {
            Some(field) => {
                path.push(field.name.clone());
                shape = &field.shape;
            }
            None => {
                let typed = name.to_ascii_lowercase();
                let meant = nearest(&typed, fields.iter().map(|field| field.name.as_str()));
                let message = match (spelling, meant) {
                    (Spelling::Variable, Some(meant)) => {
                        let above = path.iter().map(String::as_str).chain([meant]).collect::<Vec<_>>();
                        format!("unknown key; did you mean {}?", variable(&above))
                    }
                    _ => unknown(&typed, fields),
                };
                path.push(typed);
                return Err(Misfit { path, message });
            }
        }
    }
    Ok((path, shape))
}

/// The variable that sets the key at this path.
fn variable(path: &[&str]) -> String {
    format!("{PREFIX}{}", path.join("__").to_ascii_uppercase())
}

/// A text as what belongs there. What it cannot be read as stays a text, which the check then refuses.
fn typed(shape: &Shape, text: &str, name: &str, origin: &str) -> Result<Value, String> {
    let origin = origin.to_string();
    let value = |kind: ValueKind| Value::new(Some(&origin), kind);
    let as_text = || value(ValueKind::String(text.to_string()));
    match shape {
        Shape::Table(fields) => {
            let keys: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
            Err(format!("it is a table; set one of its keys: {}", keys.join(", ")))
        }
        Shape::List(item) => match &**item {
            Shape::Table(_) => {
                Err("a list of tables fits in no variable or flag; write it in the file".to_string())
            }
            item => {
                // a comma is part of many an expression
                let separator = if matches!(item, Shape::Text(Some(Format::Regex))) { '\n' } else { ',' };
                let parts = text.split(separator).map(str::trim).filter(|part| !part.is_empty());
                let items: Result<Vec<Value>, String> =
                    parts.map(|part| typed(item, part, name, &origin)).collect();
                Ok(value(ValueKind::Array(items?)))
            }
        },
        // the variable is itself a place to read a credential from: its value goes no further
        Shape::Secret(_) => {
            Ok(value(ValueKind::Table(Map::from([("env".to_string(), value(name.to_string().into()))]))))
        }
        Shape::Bool => Ok(text.parse().map_or_else(|_| as_text(), |flag: bool| value(flag.into()))),
        Shape::Int => Ok(text.parse().map_or_else(|_| as_text(), |number: i64| value(number.into()))),
        _ => Ok(as_text()),
    }
}

fn insert(table: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [last] => {
            table.insert(last.clone(), value);
        }
        [first, rest @ ..] => {
            let below =
                table.entry(first.clone()).or_insert_with(|| Value::new(None, Map::<String, Value>::new()));
            if let ValueKind::Table(below) = &mut below.kind {
                insert(below, rest, value);
            }
        }
    }
}
