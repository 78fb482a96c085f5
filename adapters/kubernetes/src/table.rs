//! The server's own Table: what `kubectl get` prints, at a twentieth of the cost of the objects.
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables>

use serde::Deserialize;
use serde_json::Value;

/// A Table, or a page of one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Table {
    #[serde(default)]
    pub(crate) metadata: ListMeta,
    #[serde(default)]
    column_definitions: Vec<Column>,
    #[serde(default)]
    rows: Option<Vec<RawRow>>,
}

/// A list's own metadata.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ListMeta {
    #[serde(default, rename = "continue")]
    pub(crate) next: String,
}

#[derive(Debug, Deserialize)]
struct Column {
    name: String,
}

#[derive(Debug, Deserialize)]
struct RawRow {
    cells: Vec<Value>,
    #[serde(default)]
    object: Option<RowObject>,
}

#[derive(Debug, Deserialize)]
struct RowObject {
    #[serde(default)]
    metadata: RowMeta,
}

#[derive(Debug, Default, Deserialize)]
struct RowMeta {
    #[serde(default)]
    namespace: String,
}

/// A pod as a Table shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PodRow {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) ready: String,
    pub(crate) status: String,
    pub(crate) restarts: String,
    pub(crate) node: String,
    pub(crate) gates: String,
}

impl Table {
    /// The rows of a pod Table of one namespace, or of several when the rows bring their metadata.
    pub(crate) fn pods(self, namespace: &str) -> Vec<PodRow> {
        let column = |name: &str| self.column_definitions.iter().position(|c| c.name == name);
        let (name, ready, status) = (column("Name"), column("Ready"), column("Status"));
        let (restarts, node, gates) = (column("Restarts"), column("Node"), column("Readiness Gates"));
        self.rows
            .unwrap_or_default()
            .into_iter()
            .map(|row| {
                let cell =
                    |at: Option<usize>| at.and_then(|at| row.cells.get(at)).map(show).unwrap_or_default();
                PodRow {
                    namespace: match &row.object {
                        Some(object) if namespace.is_empty() => object.metadata.namespace.clone(),
                        _ => namespace.to_string(),
                    },
                    name: cell(name),
                    ready: cell(ready),
                    status: cell(status),
                    restarts: cell(restarts),
                    node: cell(node),
                    gates: cell(gates),
                }
            })
            .collect()
    }

    /// The first column of every row.
    pub(crate) fn names(self) -> Vec<String> {
        self.rows
            .unwrap_or_default()
            .iter()
            .filter_map(|row| Some(row.cells.first()?.as_str()?.to_string()))
            .collect()
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

impl PodRow {
    /// Whether nothing of it calls for reading it: all containers ready, or done; no restart within an hour; its gates met.
    pub(crate) fn is_plainly_well(&self) -> bool {
        let all_ready = self.ready.split_once('/').is_some_and(|(ready, all)| ready == all && all != "0");
        let gates_met = match self.gates.split_once('/') {
            Some((met, all)) => met == all,
            None => true,
        };
        match self.status.as_str() {
            "Completed" | "Succeeded" => true,
            "Running" => all_ready && gates_met && self.last_restart_is_long_ago(),
            _ => false,
        }
    }

    /// `0`, `7 (3h ago)`: of unknown age is not long ago.
    fn last_restart_is_long_ago(&self) -> bool {
        let (count, age) = self.restarts.split_once(" (").unwrap_or((&self.restarts, ""));
        if count.trim() == "0" {
            return true;
        }
        // an hour and more is shown in hours, days or years
        let age = age.trim_end_matches(" ago)");
        age.contains(['h', 'd', 'y'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(ready: &str, status: &str, restarts: &str, gates: &str) -> PodRow {
        let table: Table = serde_json::from_value(json!({
            "columnDefinitions": [{"name": "Name"}, {"name": "Ready"}, {"name": "Status"}, {"name": "Restarts"},
                {"name": "Age"}, {"name": "IP"}, {"name": "Node"}, {"name": "Nominated Node"}, {"name": "Readiness Gates"}],
            "rows": [{"cells": ["a", ready, status, restarts, "1d", "10.0.0.1", "n1", "<none>", gates], "object": null}],
        }))
        .unwrap();
        table.pods("shop").remove(0)
    }

    #[test]
    fn only_what_is_plainly_well_is_not_read() {
        for (ready, status, restarts, gates, well) in [
            ("1/1", "Running", "0", "<none>", true),
            ("1/1", "Running", "7 (3h ago)", "<none>", true),
            ("1/1", "Running", "7 (59m ago)", "<none>", false),
            ("1/1", "Running", "7", "<none>", false),
            ("0/1", "Running", "0", "<none>", false),
            ("1/1", "Running", "0", "0/1", false),
            ("1/1", "Terminating", "0", "<none>", false),
            ("0/1", "Completed", "0", "<none>", true),
            ("0/1", "CrashLoopBackOff", "0", "<none>", false),
        ] {
            assert_eq!(
                row(ready, status, restarts, gates).is_plainly_well(),
                well,
                "{ready} {status} {restarts}"
            );
        }
    }
}
