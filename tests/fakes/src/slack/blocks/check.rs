//! Holds blocks against the tables.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Surface;
use super::inputs::{MODAL, MODAL_VIEW};
use super::shapes::{Field, HOME, Kind, MESSAGE, NOT_HERE, Shape};
use crate::slack::violations::Rule;

/// What is wrong with a block, as Slack words it.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The rule it breaks.
    pub rule: Rule,
    /// `must be less than 3001 characters [json-pointer:/blocks/0/text/text]`
    pub message: String,
}

/// Everything that is wrong with these blocks. `at` is where they stand: `/blocks`, `/view/blocks`.
pub fn check(blocks: &Value, surface: Surface, at: &str) -> Vec<Problem> {
    let mut found = Found(Vec::new());
    let Some(list) = blocks.as_array() else {
        found.add(Rule::BadValue, at, "must be an array");
        return found.0;
    };
    if list.len() > surface.most() {
        let message = format!("no more than {} items allowed", surface.most());
        found.add(Rule::TooManyBlocks, at, &message);
    }
    let shapes = match surface {
        Surface::Message => MESSAGE,
        Surface::Home => HOME,
        Surface::Modal => MODAL,
    };
    for (index, block) in list.iter().enumerate() {
        let at = format!("{at}/{index}");
        found.typed(block, shapes, true, &at);
        found.once(block, "action_id", Rule::DuplicateActionId, &at);
        found.together(block, &at);
    }
    found.ids(list, at);
    found.0
}

/// Everything that is wrong with a modal. <https://docs.slack.dev/reference/views/modal-views>
pub fn check_modal(view: &Value) -> Vec<Problem> {
    let mut found = Found(Vec::new());
    found.typed(view, &[&MODAL_VIEW], false, "/view");
    let has_input = view["blocks"].as_array().is_some_and(|all| all.iter().any(|one| one["type"] == "input"));
    if has_input && view.get("submit").is_none() {
        found.add(Rule::MissingKey, "/view", "submit is required when an input is in the blocks");
    }
    found.0.extend(check(&view["blocks"], Surface::Modal, "/view/blocks"));
    found.0
}

struct Found(Vec<Problem>);

impl Found {
    fn add(&mut self, rule: Rule, at: &str, message: &str) {
        self.0.push(Problem { rule, message: format!("{message} [json-pointer:{at}]") });
    }

    fn typed(&mut self, value: &Value, shapes: &[&'static Shape], block: bool, at: &str) {
        let Some(object) = value.as_object() else {
            return self.add(Rule::BadValue, at, "must be an object");
        };
        let Some(name) = object.get("type").and_then(Value::as_str) else {
            return self.add(Rule::MissingKey, at, "missing required field: type");
        };
        match shapes.iter().find(|shape| shape.name == name) {
            Some(shape) => self.object(object, shape, &["type"], block, at),
            None if NOT_HERE.contains(&name) => {
                let message = format!("{name} is a type of Slack's that this fake does not have");
                self.add(Rule::UnknownType, at, &message);
            }
            None => self.add(Rule::UnknownType, at, &format!("unsupported type: {name}")),
        }
    }

    fn object(&mut self, object: &Map<String, Value>, shape: &Shape, own: &[&str], block: bool, at: &str) {
        for key in object.keys() {
            let known = own.contains(&key.as_str())
                || (block && key == "block_id")
                || shape.fields.iter().any(|field| field.key == key);
            if !known {
                self.add(Rule::UnknownKey, at, &format!("additional property in {}: {key}", shape.name));
            }
        }
        if let Some(id) = object.get("block_id").filter(|_| block) {
            self.value(id, &Kind::Str { least: 1, most: 255 }, &format!("{at}/block_id"));
        }
        for Field { key, required, kind } in shape.fields {
            match object.get(*key) {
                Some(value) => self.value(value, kind, &format!("{at}/{key}")),
                None if *required => {
                    self.add(Rule::MissingKey, at, &format!("missing required field: {key}"));
                }
                None => {}
            }
        }
    }

    fn value(&mut self, value: &Value, kind: &'static Kind, at: &str) {
        match kind {
            Kind::Text { mrkdwn, most } => self.text(value, *mrkdwn, *most, at),
            Kind::Str { least, most } => match value.as_str() {
                Some(text) => self.length(text, *least, *most, at),
                None => self.add(Rule::BadValue, at, "must be a string"),
            },
            Kind::OneOf(words) => {
                if !value.as_str().is_some_and(|word| words.contains(&word)) {
                    self.add(Rule::BadValue, at, &format!("must be one of {}", words.join(", ")));
                }
            }
            Kind::Url => match value.as_str() {
                Some(url) if !is_link(url) => self.add(Rule::BadValue, at, "invalid URL"),
                Some(url) => self.length(url, 1, 3000, at),
                None => self.add(Rule::BadValue, at, "must be a string"),
            },
            Kind::Integer { least, most } => {
                if !value.as_i64().is_some_and(|number| (*least..=*most).contains(&number)) {
                    self.add(Rule::BadValue, at, &format!("must be an integer from {least} to {most}"));
                }
            }
            Kind::Blocks if !value.is_array() => self.add(Rule::BadValue, at, "must be an array"),
            Kind::Number if !value.is_number() => self.add(Rule::BadValue, at, "must be a number"),
            Kind::Flag if !value.is_boolean() => self.add(Rule::BadValue, at, "must be a boolean"),
            Kind::Blocks | Kind::Number | Kind::Flag => {}
            Kind::Object(shape) => match value.as_object() {
                Some(object) => self.object(object, shape, &[], false, at),
                None => self.add(Rule::BadValue, at, "must be an object"),
            },
            // a rich text in a table cell is a block, and may have a block_id
            Kind::Typed(shapes) => self.typed(value, shapes, value["type"] == "rich_text", at),
            Kind::List { of, least, most } => self.list(value, of, *least, *most, at),
        }
    }

    fn list(&mut self, value: &Value, of: &'static Kind, least: usize, most: usize, at: &str) {
        let Some(items) = value.as_array() else {
            return self.add(Rule::BadValue, at, "must be an array");
        };
        if items.len() > most {
            self.add(Rule::TooMany, at, &format!("no more than {most} items allowed"));
        }
        if items.len() < least {
            self.add(Rule::Empty, at, &format!("no fewer than {least} items allowed"));
        }
        for (index, item) in items.iter().enumerate() {
            self.value(item, of, &format!("{at}/{index}"));
        }
    }

    fn text(&mut self, value: &Value, mrkdwn: bool, most: usize, at: &str) {
        let Some(object) = value.as_object() else {
            return self.add(Rule::BadValue, at, "must be a text object");
        };
        let own = match object.get("type").and_then(Value::as_str) {
            Some("plain_text") => "emoji",
            Some("mrkdwn") if mrkdwn => "verbatim",
            Some("mrkdwn") => return self.add(Rule::TextType, at, "must be plain_text, not mrkdwn"),
            _ => return self.add(Rule::TextType, at, "unsupported type of text object"),
        };
        for (key, value) in object {
            if key == own && !value.is_boolean() {
                self.add(Rule::BadValue, at, &format!("{key} must be a boolean"));
            } else if !["type", "text", own].contains(&key.as_str()) {
                self.add(Rule::UnknownKey, at, &format!("additional property in a text object: {key}"));
            }
        }
        let at = format!("{at}/text");
        match object.get("text").and_then(Value::as_str) {
            Some(text) => self.length(text, 1, most, &at),
            None => self.add(Rule::MissingKey, &at, "missing required field: text"),
        }
    }

    fn length(&mut self, text: &str, least: usize, most: usize, at: &str) {
        let length = text.chars().count();
        if length < least {
            self.add(Rule::Empty, at, "must be more than 0 characters");
        }
        if length > most {
            self.add(Rule::TooLong, at, &format!("must be less than {} characters", most.saturating_add(1)));
        }
    }

    /// Each value of `key` anywhere in the block, once.
    fn once(&mut self, block: &Value, key: &str, rule: Rule, at: &str) {
        let mut seen = BTreeSet::new();
        for id in every(block, key) {
            if !seen.insert(id) {
                self.add(rule, at, &format!("`{key}` {id} already exists"));
            }
        }
    }

    fn ids(&mut self, blocks: &[Value], at: &str) {
        let mut seen = BTreeSet::new();
        for id in blocks.iter().filter_map(|block| block["block_id"].as_str()) {
            if !seen.insert(id) {
                self.add(Rule::DuplicateBlockId, at, &format!("`block_id` {id} already exists"));
            }
        }
        if blocks.iter().filter(|block| block["type"] == "table").count() > 1 {
            self.add(Rule::TooMany, at, "only one table allowed");
        }
        let markdown = blocks.iter().filter(|block| block["type"] == "markdown");
        let long: usize =
            markdown.filter_map(|block| block["text"].as_str()).map(|t| t.chars().count()).sum();
        if long > 12_000 {
            self.add(Rule::TooLong, at, "all markdown blocks together must be less than 12001 characters");
        }
    }

    /// Keys of which one, and only one, must be there.
    fn together(&mut self, value: &Value, at: &str) {
        let has = |key: &str| value.get(key).is_some();
        match value["type"].as_str() {
            Some("section") if !has("text") && !has("fields") => {
                self.add(Rule::MissingKey, at, "missing required field: text or fields");
            }
            Some("image") if has("image_url") == has("slack_file") => {
                self.add(Rule::MissingKey, at, "one of image_url and slack_file is required");
            }
            Some("static_select") if has("options") == has("option_groups") => {
                self.add(Rule::MissingKey, at, "one of options and option_groups is required");
            }
            _ => {}
        }
        if let Some(accessory) = value.get("accessory") {
            self.together(accessory, &format!("{at}/accessory"));
        }
        for (index, element) in value["elements"].as_array().into_iter().flatten().enumerate() {
            self.together(element, &format!("{at}/elements/{index}"));
        }
    }
}

fn is_link(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "mailto" | "slack"))
}

/// Every string under this key, at any depth.
fn every<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    match value {
        Value::Array(items) => items.iter().flat_map(|item| every(item, key)).collect(),
        Value::Object(object) => {
            let own = object.get(key).and_then(Value::as_str);
            own.into_iter().chain(object.values().flat_map(|nested| every(nested, key))).collect()
        }
        _ => Vec::new(),
    }
}
