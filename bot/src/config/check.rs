//! Holds values against the shape they should have, and tells everything that does not fit.

use ::config::{Map, Value, ValueKind};

use super::problem::{Place, Problem, Rank};
use super::secret;
use super::shape::{Field, Shape};

/// The table's entries, in the same order each time.
pub(super) fn entries(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    entries
}

/// Where a value came from, or one of the values in it: the layers are joined key by key, so a table has no origin of
/// its own.
pub(super) fn origin_of(value: &Value) -> Option<&str> {
    let within = || match &value.kind {
        ValueKind::Table(map) => entries(map).into_iter().find_map(|(_, below)| origin_of(below)),
        _ => None,
    };
    value.origin().or_else(within)
}

/// Unknown keys and values of the wrong kind.
pub(super) fn check(shape: &Shape, value: &Value, at: &Place, problems: &mut Vec<Problem>) {
    match (shape, &value.kind) {
        (_, ValueKind::Nil) | (Shape::Any, _) => {}
        (Shape::Table(fields), ValueKind::Table(map)) => table(fields, map, at, problems),
        (Shape::Secret(fields), ValueKind::Table(map)) => {
            let before = problems.len();
            table(fields, map, at, problems);
            if problems.len() == before
                && let Err(message) = secret::check(map)
            {
                problems.push(at.problem(Rank::Wrong, message));
            }
        }
        (Shape::Secret(_), _) => problems.push(at.problem(Rank::Wrong, secret::REFUSED)),
        (Shape::List(item), ValueKind::Array(items)) => {
            for (index, value) in items.iter().enumerate() {
                check(item, value, &at.item(index), problems);
            }
        }
        (Shape::Choice(words), ValueKind::String(text)) if words.contains(text) => {}
        (Shape::Choice(words), ValueKind::String(text)) => {
            let hint = nearest(text, words.iter().map(String::as_str));
            let hint = hint.map(|word| format!("; did you mean {word:?}?")).unwrap_or_default();
            problems.push(wrong(shape, value, at, &hint));
        }
        (Shape::Text(None), ValueKind::String(text)) if !text.is_empty() => {}
        (Shape::Text(Some(format)), ValueKind::String(text)) => {
            if let Err(reason) = format.check(text) {
                let hint = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
                problems.push(wrong(shape, value, at, &hint));
            }
        }
        (Shape::Bool, ValueKind::Boolean(_)) | (Shape::Int, ValueKind::I64(_)) => {}
        _ => problems.push(wrong(shape, value, at, "")),
    }
}

fn table(fields: &[Field], map: &Map<String, Value>, at: &Place, problems: &mut Vec<Problem>) {
    for (name, value) in entries(map) {
        let place = at.key(name, value.origin());
        match fields.iter().find(|field| field.name == *name) {
            Some(field) => check(&field.shape, value, &place, problems),
            None => problems.push(place.problem(Rank::Unknown, unknown(name, fields))),
        }
    }
}

/// What to say of a key that is not among `fields`.
pub(super) fn unknown(name: &str, fields: &[Field]) -> String {
    let names = || fields.iter().map(|field| field.name.as_str());
    match nearest(name, names()) {
        Some(meant) => format!("unknown key; did you mean {meant}?"),
        None => format!("unknown key; the keys here are {}", names().collect::<Vec<_>>().join(", ")),
    }
}

/// The key or word that was most probably meant.
pub(super) fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase().replace('-', "_");
    known
        .map(|name| (strsim::jaro_winkler(&typed, name), name))
        .filter(|(score, _)| *score >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name)
}

fn wrong(shape: &Shape, value: &Value, at: &Place, hint: &str) -> Problem {
    let message = format!("expected {}, found {}{hint}", shape.expected(), found(&value.kind));
    at.problem(Rank::Wrong, message)
}

/// The longest text that is repeated in a message.
const SHOWN: usize = 60;

fn found(kind: &ValueKind) -> String {
    match kind {
        ValueKind::String(text) if text.is_empty() => "an empty text".to_string(),
        ValueKind::String(text) if text.chars().count() > SHOWN => {
            format!("the text {:?}…", text.chars().take(SHOWN).collect::<String>())
        }
        ValueKind::String(text) => format!("the text {text:?}"),
        ValueKind::Table(_) => "a table".to_string(),
        ValueKind::Array(_) => "a list".to_string(),
        ValueKind::Boolean(value) => value.to_string(),
        number => format!("the number {number}"),
    }
}

/// Keys that must be there and are not. Asked of all layers together: one may supply what another leaves out.
pub(super) fn missing(shape: &Shape, value: &Value, at: &Place, problems: &mut Vec<Problem>) {
    match (shape, &value.kind) {
        (Shape::Table(fields), ValueKind::Table(map)) => {
            for field in fields {
                match map.get(&field.name).filter(|below| below.kind != ValueKind::Nil) {
                    Some(below) => {
                        missing(&field.shape, below, &at.key(&field.name, below.origin()), problems);
                    }
                    None if field.required => {
                        let message = format!("missing: write {}", field.shape.expected());
                        problems.push(at.key(&field.name, origin_of(value)).problem(Rank::Missing, message));
                    }
                    None => {}
                }
            }
        }
        (Shape::List(item), ValueKind::Array(items)) => {
            for (index, below) in items.iter().enumerate() {
                missing(item, below, &at.item(index), problems);
            }
        }
        _ => {}
    }
}
