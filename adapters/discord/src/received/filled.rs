//! The options of a slash command that were filled in.

use serde_json::Value;

/// Options by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Filled(Vec<(String, Value)>);

impl Filled {
    /// A text, trimmed; `None` where it is empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// Whether a switch is on.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.value(name).and_then(Value::as_bool) == Some(true)
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// The subcommand, what is filled in, and which is being typed.
pub(super) fn options(data: &Value) -> (String, Filled, Option<String>) {
    let none = Vec::new();
    let outer = data["options"].as_array().unwrap_or(&none);
    let sub = outer.iter().find(|option| option["type"].as_u64() == Some(1));
    let inner = sub.map_or(outer, |sub| sub["options"].as_array().unwrap_or(&none));
    let name = |option: &Value| option["name"].as_str().unwrap_or_default().to_string();
    let filled = inner.iter().map(|option| (name(option), option["value"].clone())).collect();
    let focused = inner.iter().find(|option| option["focused"].as_bool() == Some(true)).map(name);
    (sub.map(name).unwrap_or_default(), Filled(filled), focused)
}
