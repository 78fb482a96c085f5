//! Server-side printing: a list as the Table a real API server answers `as=Table;g=meta.k8s.io;v=v1` with.
//!
//! - `printers`: which columns and which cells a resource has.
//! - `pod`, `workload`, `cluster`, `event`, `storage`: the cells of a kind.
//! - `read`: fields of an object, ages, containers and selectors as text.
//!
//! The rules are those of
//! [printers.go](https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/printers/internalversion/printers.go).
//! Column descriptions are left empty: no client decides by them.

mod cluster;
mod event;
mod pod;
mod printers;
mod read;
mod storage;
mod workload;

use crate::api::read::metadata_of;
use jiff::Timestamp;
use serde_json::{Value, json};

/// How much of each object its row carries: the parameter `includeObject`
/// ([IncludeObjectPolicy](https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/apis/meta/v1/types.go)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Include {
    /// `None`: the row's object is null.
    None,
    /// `Metadata`, the server's default: a `PartialObjectMetadata`.
    Metadata,
    /// `Object`: the whole object, as given.
    Object,
}

/// What the cells of one object may depend on beside that object.
struct Scope<'a> {
    now: Timestamp,
    items: &'a [Value],
}

/// The Table of a list: `resource` is (group, plural), `metadata` the list's own.
///
/// A row's whole object is passed on as it is, so the items should carry `kind` and `apiVersion`, which a
/// JSON list leaves out
/// ([asTable](https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/endpoints/handlers/response.go)).
pub fn table(
    resource: (&str, &str),
    items: &[Value],
    include: Include,
    metadata: Value,
    now: Timestamp,
) -> Value {
    let (columns, cells) = printers::printer(resource);
    let scope = Scope { now, items };
    let row = |object: &Value| {
        let mut row = json!({ "cells": cells(object, &scope), "object": shown(object, include) });
        if resource == ("", "pods")
            && let Some(conditions) = pod::conditions(object)
        {
            row["conditions"] = conditions;
        }
        row
    };
    let rows: Value = items.iter().map(row).collect();
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": columns.split('|').map(column).collect::<Value>(),
        // The default convertor appends to a nil slice, which an empty list leaves null.
        "rows": if items.is_empty() && columns == printers::DEFAULT { Value::Null } else { rows },
    })
}

/// One column of the notation of [`printers`]: `+` first is priority 1, a last `#` an integer, `?` a boolean,
/// `@` a date.
fn column(text: &str) -> Value {
    let (text, priority) = text.strip_prefix('+').map_or((text, 0), |rest| (rest, 1));
    let (name, kind) = match text.char_indices().last() {
        Some((end, '#')) => (&text[..end], "integer"),
        Some((end, '?')) => (&text[..end], "boolean"),
        Some((end, '@')) => (&text[..end], "date"),
        _ => (text, "string"),
    };
    let format = if name == "Name" { "name" } else { "" };
    json!({ "name": name, "type": kind, "format": format, "description": "", "priority": priority })
}

fn shown(object: &Value, include: Include) -> Value {
    match include {
        Include::None => Value::Null,
        Include::Metadata => metadata_of(object),
        Include::Object => object.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cells of one object at 18:54:38 on the day the real server was asked.
    pub(super) fn cells(resource: (&str, &str), object: Value) -> Value {
        let now = "2026-11-24T18:54:38Z".parse().unwrap();
        table(resource, &[object], Include::None, json!({}), now)["rows"][0]["cells"].take()
    }

    #[test]
    fn a_table_has_the_real_servers_shape() {
        let role = json!({ "metadata": { "name": "role", "creationTimestamp": "2026-11-24T18:40:38Z" } });
        let shown = |include| {
            table(
                ("", "limitranges"),
                std::slice::from_ref(&role),
                include,
                json!({ "resourceVersion": "7" }),
                Timestamp::UNIX_EPOCH,
            )
        };
        assert_eq!(
            shown(Include::None),
            json!({
                "kind": "Table",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": { "resourceVersion": "7" },
                "columnDefinitions": [
                    { "name": "Name", "type": "string", "format": "name", "description": "", "priority": 0 },
                    { "name": "Created At", "type": "date", "format": "", "description": "", "priority": 0 },
                ],
                "rows": [{ "cells": ["role", "2026-11-24T18:40:38Z"], "object": null }],
            })
        );
        let partial = &shown(Include::Metadata)["rows"][0]["object"];
        assert_eq!(partial["kind"], "PartialObjectMetadata");
        assert_eq!(partial["metadata"], role["metadata"]);
        assert_eq!(shown(Include::Object)["rows"][0]["object"], role);
    }

    #[test]
    fn an_empty_list_has_no_rows() {
        let rows =
            |plural| table(("", plural), &[], Include::None, json!({}), Timestamp::UNIX_EPOCH)["rows"].take();
        assert_eq!((rows("pods"), rows("limitranges")), (json!([]), Value::Null));
    }
}
