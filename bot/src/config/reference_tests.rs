//! The schema and the reference page are written from the types and kept current by these tests.
//!
//! `UPDATE_EXPECT=1 cargo test -p podwhy reference` rewrites them.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value as Json;

use super::shape::{Shape, resolve};
use super::{Inputs, Settings, load, schema};

const NOTE: &str = "<!-- Generated from bot/src/config/settings.rs; do not edit. UPDATE_EXPECT=1 cargo test -p podwhy reference -->";

const INTRO: &str = "# Configuration

podwhy works without any. What it reads, each outranking the ones before it:

1. the defaults below;
2. a file in [TOML](https://toml.io), or in JSON where its name ends with `.json`: the one `--config PATH` names, else the
   one the variable `PODWHY_CONFIG` names, else
   `$XDG_CONFIG_HOME/podwhy/config.toml` or `~/.config/podwhy/config.toml` if it exists;
3. environment variables: `PODWHY__` and the key in capitals with `__` for each `.`, as in `PODWHY__TIMEOUTS__REQUEST=5s`.
   Lists are separated by commas, lists of regular expressions by line breaks; lists of tables (`clusters`) are for the
   file only;
4. flags.

An unknown key or a wrong type is an error that names the key and the nearest valid one; all of them are told at once.
`podwhy config check` checks the file and the variables without connecting to anything, and prints what is in force and
where each value came from. `podwhy config schema` prints the JSON Schema, also at
[schema/config.schema.json](schema/config.schema.json).

A credential (a key that ends in `_token`, `_secret`, `password` or `_key`) never stands in the file as it is: write where
to read it, `{ file = \"PATH\" }` or `{ env = \"NAME\" }`.
";

/// The page, and an example that sets every key that may stand beside the others.
struct Page {
    schema: Json,
    text: String,
    example: String,
}

impl Page {
    fn write() -> Page {
        let schema = schema().to_value();
        let text = format!("{NOTE}\n\n{INTRO}");
        let mut page = Page { schema: schema.clone(), text, example: String::new() };
        page.table(&schema, "", "");
        let example = page.example.trim_start().to_string();
        write!(page.text, "\n## Example\n\n```toml\n{example}```\n").unwrap();
        page
    }

    /// One table: its keys that hold values as rows, then each table below it.
    fn table(&mut self, node: &Json, path: &str, header: &str) {
        let root = self.schema.clone();
        let node = resolve(node, &root);
        self.text.push_str("\n| key | type | default | meaning | example |\n|---|---|---|---|---|\n");
        if !header.is_empty() {
            write!(self.example, "\n{header}\n").unwrap();
        }
        let properties = node["properties"].as_object().unwrap();
        let below = |name: &str| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
        for (name, field) in properties {
            match Shape::read(field, &root) {
                Shape::Table(_) => {}
                Shape::List(item) if item.fields().is_some() => {}
                shape => self.row(name, &below(name), field, &shape, node),
            }
        }
        for (name, field) in properties {
            let key = below(name);
            let about = one_line(&field["description"]);
            match Shape::read(field, &root) {
                Shape::Table(_) => {
                    write!(self.text, "\n## {key}\n\n{about}\n").unwrap();
                    self.table(field, &key, &format!("[{key}]"));
                }
                Shape::List(item) if item.fields().is_some() => {
                    write!(self.text, "\n## {key}\n\n{about} A list of tables, `[[{key}]]`.\n").unwrap();
                    self.table(&field["items"], &format!("{key}[]"), &format!("[[{key}]]"));
                }
                _ => {}
            }
        }
    }

    fn row(&mut self, name: &str, key: &str, field: &Json, shape: &Shape, table: &Json) {
        let required = table["required"].as_array().is_some_and(|r| r.iter().any(|r| r == name));
        let default = match &field["default"] {
            Json::Null if required => "required".to_string(),
            Json::Null => "none".to_string(),
            value => format!("`{value}`"),
        };
        let example = field["examples"][0].clone();
        assert!(!example.is_null(), "{key} has no example");
        let expected = shape.expected().replace('|', "\\|");
        let mut meaning = one_line(&field["description"]).replace('|', "\\|");
        assert!(!meaning.is_empty(), "{key} has no description");
        for word in resolve(field, &self.schema)["oneOf"].as_array().into_iter().flatten() {
            write!(meaning, " `{}`: {}", word["const"].as_str().unwrap(), one_line(&word["description"]))
                .unwrap();
        }
        let line = match (shape, &example) {
            (Shape::Secret(_), Json::Object(source)) => {
                let (from, what) = source.iter().next().unwrap();
                format!("{name} = {{ {from} = {what} }}")
            }
            _ => format!("{name} = {example}"),
        };
        writeln!(self.text, "| `{key}` | {expected} | {default} | {meaning} | `{line}` |").unwrap();
        // excludes others of the example
        if !["bearer_token", "in_cluster", "signing_secret"].contains(&name) {
            writeln!(self.example, "{line}").unwrap();
        }
    }
}

fn one_line(description: &Json) -> String {
    description.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn assert_current(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var("UPDATE_EXPECT").is_ok_and(|v| v == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, text, "{name} is not current; run UPDATE_EXPECT=1 cargo test -p podwhy reference");
}

#[test]
fn the_reference_page_is_current() {
    assert_current("CONFIGURATION.md", &Page::write().text);
}

#[test]
fn the_reference_schema_is_current() {
    let text = serde_json::to_string_pretty(&schema()).unwrap();
    assert_current("schema/config.schema.json", &format!("{text}\n"));
}

#[test]
fn the_example_of_the_reference_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, Page::write().example).unwrap();
    let loaded = load(&Inputs { file: Some(file), ..Inputs::default() }).unwrap();
    assert_eq!(loaded.settings.clusters.len(), 1);
    assert_ne!(loaded.settings, Settings::default());
}
