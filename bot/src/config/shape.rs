//! What a value of the configuration may look like, read from the JSON Schema of its type.

use schemars::JsonSchema;
use serde_json::Value as Json;

use super::formats::Format;
use super::settings::schema_of;

/// What one value may be.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Table(Vec<Field>),
    List(Box<Shape>),
    Choice(Vec<String>),
    Text(Option<Format>),
    Bool,
    Int,
    /// Where a credential is read from: `{ file = … }` or `{ env = … }`.
    Secret(Vec<Field>),
    /// Something the schema does not narrow; only its type can refuse it.
    Any,
}

/// One key of a table.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) shape: Shape,
    pub(super) required: bool,
}

/// The `format` of a table that says where a credential is read from.
pub(super) const SECRET: &str = "podwhy-secret";

impl Shape {
    pub(super) fn of<T: JsonSchema>() -> Shape {
        let schema = schema_of::<T>();
        Shape::read(schema.as_value(), schema.as_value())
    }

    pub(super) fn read(node: &Json, root: &Json) -> Shape {
        let node = resolve(node, root);
        if let Some(choice) = choices(node) {
            return Shape::Choice(choice);
        }
        match type_of(node) {
            Some("object") if node["format"] == SECRET => Shape::Secret(fields(node, root)),
            Some("object") => Shape::Table(fields(node, root)),
            Some("array") => Shape::List(Box::new(Shape::read(&node["items"], root))),
            Some("string") => Shape::Text(node["format"].as_str().and_then(Format::from_tag)),
            Some("boolean") => Shape::Bool,
            Some("integer") => Shape::Int,
            _ => Shape::Any,
        }
    }

    /// The keys below it, if it has any.
    pub(super) fn fields(&self) -> Option<&[Field]> {
        match self {
            Shape::Table(fields) | Shape::Secret(fields) => Some(fields),
            _ => None,
        }
    }

    /// What to write, as a noun.
    pub(super) fn expected(&self) -> String {
        match self {
            Shape::Table(_) => "a table".to_string(),
            Shape::List(item) => match &**item {
                Shape::Table(_) => "a list of tables".to_string(),
                Shape::Text(Some(Format::Regex)) => "a list of regular expressions".to_string(),
                Shape::Text(Some(Format::Namespace)) => "a list of namespaces".to_string(),
                Shape::Text(Some(Format::Area)) => "a list of namespaces of clusters".to_string(),
                _ => "a list of texts".to_string(),
            },
            Shape::Choice(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                match quoted.split_last() {
                    Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
                    _ => quoted.concat(),
                }
            }
            Shape::Text(Some(format)) => format.expected().to_string(),
            Shape::Text(None) => "a text".to_string(),
            Shape::Bool => "true or false".to_string(),
            Shape::Int => "a whole number".to_string(),
            Shape::Secret(_) => "{ file = \"PATH\" } or { env = \"NAME\" }".to_string(),
            Shape::Any => "a value".to_string(),
        }
    }
}

fn fields(node: &Json, root: &Json) -> Vec<Field> {
    let required = |name: &str| node["required"].as_array().is_some_and(|r| r.iter().any(|r| r == name));
    let properties = node["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, below)| Field {
            name: name.clone(),
            shape: Shape::read(below, root),
            required: required(name),
        })
        .collect()
}

/// The schema behind references and behind "or nothing". TOML has no null, so nothing is a key left out.
pub(super) fn resolve<'a>(node: &'a Json, root: &'a Json) -> &'a Json {
    if let Some(pointer) = node["$ref"].as_str().and_then(|r| r.strip_prefix('#')) {
        return root.pointer(pointer).map_or(node, |below| resolve(below, root));
    }
    let some = node["anyOf"].as_array().and_then(|any| any.iter().find(|one| one["type"] != "null"));
    some.map_or(node, |below| resolve(below, root))
}

fn type_of(node: &Json) -> Option<&str> {
    match &node["type"] {
        Json::Array(types) => types.iter().filter_map(Json::as_str).find(|name| *name != "null"),
        one => one.as_str(),
    }
}

/// The words of an enumeration, however the schema writes it: with descriptions it is one `const` for each.
fn choices(node: &Json) -> Option<Vec<String>> {
    let words = |list: &Json| {
        let list = list.as_array().into_iter().flatten();
        list.filter_map(Json::as_str).map(str::to_string).collect::<Vec<_>>()
    };
    if node["enum"].is_array() {
        return Some(words(&node["enum"]));
    }
    let each = node["oneOf"].as_array()?.iter();
    let words: Vec<String> = each
        .flat_map(|one| match one["const"].as_str() {
            Some(word) => vec![word.to_string()],
            None => words(&one["enum"]),
        })
        .collect();
    (!words.is_empty()).then_some(words)
}
