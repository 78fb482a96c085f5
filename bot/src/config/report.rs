//! The settings as TOML, each with where its value came from.

use std::fmt::Write as _;

use ::config::{Value, ValueKind};
use podwhy_knowledge::redact::clean_name;
use serde_json::Value as Json;

use super::check::origin_of;
use super::shape::{Field, Shape};

/// `effective` says what is in force, `merged` where it came from.
pub(super) fn report(shape: &Shape, effective: &Json, merged: &Value) -> String {
    let mut out = String::new();
    table(&mut out, shape.fields().unwrap_or_default(), "", effective, Some(merged));
    out
}

/// Values first, then tables, then lists of tables: TOML gives a value to the table named last.
fn table(out: &mut String, fields: &[Field], path: &str, effective: &Json, merged: Option<&Value>) {
    let there = fields.iter().filter_map(|field| {
        let value = effective.get(&field.name).filter(|value| !value.is_null())?;
        Some((field, value, merged.and_then(|merged| key_of(merged, &field.name))))
    });
    for (field, value, source) in there.clone() {
        if let Some(written) = inline(&field.shape, value) {
            let origin = source.and_then(origin_of);
            let origin =
                origin.map_or_else(|| "default".to_string(), |origin| format!("from {}", clean_name(origin)));
            // writing to a String does not fail
            let _ = writeln!(out, "{} = {written}  # {origin}", field.name);
        }
    }
    for (field, value, source) in there {
        let path = if path.is_empty() { field.name.clone() } else { format!("{path}.{}", field.name) };
        match &field.shape {
            Shape::Table(fields) => {
                let _ = writeln!(out, "\n[{path}]");
                table(out, fields, &path, value, source);
            }
            Shape::List(item) => {
                let Some(fields) = item.fields() else { continue };
                for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                    let _ = writeln!(out, "\n[[{path}]]");
                    table(out, fields, &path, value, source.and_then(|list| item_of(list, index)));
                }
            }
            _ => {}
        }
    }
}

/// The value on one line, unless it is a table or a list of some.
fn inline(shape: &Shape, value: &Json) -> Option<String> {
    match (shape, value) {
        (Shape::Table(_), _) => None,
        (Shape::List(item), Json::Array(items)) => {
            let written: Vec<String> = items.iter().filter_map(|value| inline(item, value)).collect();
            (written.len() == items.len()).then(|| format!("[{}]", written.join(", ")))
        }
        (Shape::Secret(fields), _) => fields.iter().find_map(|field| {
            let written = inline(&field.shape, value.get(&field.name)?)?;
            Some(format!("{{ {} = {written} }}", field.name))
        }),
        (_, Json::String(text)) => Some(toml::Value::from(text.as_str()).to_string()),
        (_, scalar) => Some(scalar.to_string()),
    }
}

fn key_of<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match &value.kind {
        ValueKind::Table(map) => map.get(key),
        _ => None,
    }
}

fn item_of(list: &Value, index: usize) -> Option<&Value> {
    match &list.kind {
        ValueKind::Array(items) => items.get(index),
        _ => None,
    }
}
