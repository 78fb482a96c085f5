//! The limits of messages, embeds and components, where the OpenAPI description does not know them and where it does: this list
//! stands also without it.
//!
//! <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>,
//! <https://discord.com/developers/docs/components/reference>

use std::collections::BTreeSet;

use serde_json::Value;

use super::refusal::Problem;
use super::violations::Rule;

/// Characters of a message's text, from a bot.
const CONTENT: usize = 2000;
/// Embeds of a message, and characters of all of them.
const EMBEDS: usize = 10;
const EMBED_TOTAL: usize = 6000;
/// Rows of a message, and buttons of a row.
const ROWS: usize = 5;
const BUTTONS: usize = 5;
/// Choices of a completion; options of a selection.
pub(super) const CHOICES: usize = 25;

/// What is wrong, each by its rule.
#[derive(Debug, Default)]
pub(super) struct Problems(pub(super) Vec<(Rule, Problem)>);

impl Problems {
    pub(super) fn add(&mut self, rule: Rule, path: &str, code: &'static str, message: impl Into<String>) {
        self.0.push((rule, Problem { path: path.to_string(), code, message: message.into() }));
    }

    /// A text of at most so many characters. What is no text is the schema's matter.
    pub(super) fn at_most(&mut self, path: &str, value: &Value, most: usize) {
        let length = value.as_str().map_or(0, |text| text.chars().count());
        if length > most {
            let message = format!("Must be {most} or fewer in length. ({length})");
            self.add(Rule::Limit, path, "BASE_TYPE_MAX_LENGTH", message);
        }
    }

    /// A text that must be there and say something: Discord trims it before it looks.
    pub(super) fn required(&mut self, path: &str, value: &Value, most: usize) {
        if value.as_str().is_none_or(|text| text.trim().is_empty()) {
            self.add(Rule::Empty, path, "BASE_TYPE_REQUIRED", "This field is required");
        }
        self.at_most(path, value, most);
    }

    /// A list of at least and at most so many.
    pub(super) fn count(&mut self, path: &str, value: &Value, least: usize, most: usize) {
        let count = value.as_array().map_or(0, Vec::len);
        if count < least || count > most {
            let message = format!("Must be between {least} and {most} in length. ({count})");
            self.add(Rule::Limit, path, "BASE_TYPE_BAD_LENGTH", message);
        }
    }

    /// Text, embeds and components of a message. `at` is its path with a dot, or nothing.
    pub(super) fn message(&mut self, at: &str, body: &Value) {
        self.at_most(&format!("{at}content"), &body["content"], CONTENT);
        if let Some(embeds) = body["embeds"].as_array() {
            let path = format!("{at}embeds");
            self.count(&path, &body["embeds"], 0, EMBEDS);
            embeds.iter().enumerate().for_each(|(i, embed)| self.embed(&format!("{path}.{i}"), embed));
            let total: usize = embeds.iter().map(size).sum();
            if total > EMBED_TOTAL {
                let message = format!("Embed size exceeds maximum size of {EMBED_TOTAL} ({total})");
                self.add(Rule::Limit, &path, "MAX_EMBED_SIZE_EXCEEDED", message);
            }
        }
        self.at_most(&format!("{at}nonce"), &body["nonce"], 25);
        if body["attachments"].is_array() {
            self.count(&format!("{at}attachments"), &body["attachments"], 0, 10);
        }
        let is_new = body["flags"].as_u64().is_some_and(|flags| flags & super::message::COMPONENTS_V2 != 0);
        if let Some(rows) = body["components"].as_array().filter(|_| !is_new) {
            let path = format!("{at}components");
            self.count(&path, &body["components"], 0, ROWS);
            let mut ids = BTreeSet::new();
            rows.iter().enumerate().for_each(|(i, row)| self.row(&format!("{path}.{i}"), row, &mut ids));
        }
    }

    fn embed(&mut self, path: &str, embed: &Value) {
        self.at_most(&format!("{path}.title"), &embed["title"], 256);
        self.at_most(&format!("{path}.description"), &embed["description"], 4096);
        for (part, key, most) in [("footer", "text", 2048), ("author", "name", 256)] {
            if embed[part].is_object() {
                self.required(&format!("{path}.{part}.{key}"), &embed[part][key], most);
            }
        }
        let fields = embed["fields"].as_array().into_iter().flatten();
        if embed["fields"].is_array() {
            self.count(&format!("{path}.fields"), &embed["fields"], 0, 25);
        }
        for (i, field) in fields.enumerate() {
            self.required(&format!("{path}.fields.{i}.name"), &field["name"], 256);
            self.required(&format!("{path}.fields.{i}.value"), &field["value"], 1024);
        }
        let says = ["title", "description"].iter().any(|key| says_something(&embed[key]))
            || embed["fields"].as_array().is_some_and(|fields| !fields.is_empty())
            || ["footer", "author", "image", "thumbnail"].iter().any(|part| embed[part].is_object());
        if !says {
            self.add(
                Rule::Empty,
                &format!("{path}.description"),
                "BASE_TYPE_REQUIRED",
                "This field is required",
            );
        }
    }

    fn row(&mut self, path: &str, row: &Value, ids: &mut BTreeSet<String>) {
        if row["type"] != 1 {
            let message = format!("Value of field \"type\" must be one of (1,). ({})", row["type"]);
            self.add(Rule::Component, &format!("{path}.type"), "UNION_TYPE_CHOICES", message);
            return;
        }
        let path = format!("{path}.components");
        let components = row["components"].as_array().map(Vec::as_slice).unwrap_or_default();
        let has_selection = components.iter().any(|component| component["type"] != 2);
        self.count(&path, &row["components"], 1, if has_selection { 1 } else { BUTTONS });
        for (i, component) in components.iter().enumerate() {
            let path = format!("{path}.{i}");
            match component["type"].as_u64() {
                Some(2) => self.button(&path, component),
                _ => self.selection(&path, component),
            }
            let id = component["custom_id"].as_str().unwrap_or_default();
            self.at_most(&format!("{path}.custom_id"), &component["custom_id"], 100);
            if !id.is_empty() && !ids.insert(id.to_string()) {
                let message = "Component custom id cannot be duplicated";
                self.add(
                    Rule::Duplicate,
                    &format!("{path}.custom_id"),
                    "COMPONENT_CUSTOM_ID_DUPLICATED",
                    message,
                );
            }
        }
    }

    fn button(&mut self, path: &str, button: &Value) {
        self.at_most(&format!("{path}.label"), &button["label"], 80);
        if !says_something(&button["label"]) && !button["emoji"].is_object() {
            self.add(
                Rule::Component,
                path,
                "BUTTON_COMPONENT_LABEL_REQUIRED",
                "A button needs a label or an emoji",
            );
        }
        let is_link = button["style"] == 5;
        let (needed, excluded) = if is_link { ("url", "custom_id") } else { ("custom_id", "url") };
        if !says_something(&button[needed]) {
            self.add(
                Rule::Component,
                path,
                "BUTTON_COMPONENT_ID_REQUIRED",
                format!("This button needs a {needed}"),
            );
        }
        if !button[excluded].is_null() {
            let message = format!("A {needed} and a {excluded} cannot both be specified");
            self.add(Rule::Component, path, "BUTTON_COMPONENT_CUSTOM_ID_AND_URL", message);
        }
        self.at_most(&format!("{path}.url"), &button["url"], 512);
        if is_link && !button["url"].as_str().is_some_and(is_link_that_opens) {
            let message = "Scheme must be one of ('http', 'https', 'discord').";
            self.add(Rule::Component, &format!("{path}.url"), "URL_TYPE_INVALID_SCHEME", message);
        }
    }

    fn selection(&mut self, path: &str, selection: &Value) {
        self.required(&format!("{path}.custom_id"), &selection["custom_id"], 100);
        self.at_most(&format!("{path}.placeholder"), &selection["placeholder"], 150);
        if selection["type"] != 3 {
            return;
        }
        self.count(&format!("{path}.options"), &selection["options"], 1, CHOICES);
        let mut values = BTreeSet::new();
        for (i, option) in selection["options"].as_array().into_iter().flatten().enumerate() {
            let path = format!("{path}.options.{i}");
            self.required(&format!("{path}.label"), &option["label"], 100);
            self.required(&format!("{path}.value"), &option["value"], 100);
            self.at_most(&format!("{path}.description"), &option["description"], 100);
            if !values.insert(option["value"].to_string()) {
                let message = "The specified option value is already used";
                self.add(
                    Rule::Duplicate,
                    &format!("{path}.value"),
                    "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                    message,
                );
            }
        }
    }

    /// The choices of a completion.
    pub(super) fn completion(&mut self, data: &Value) {
        self.count("data.choices", &data["choices"], 0, CHOICES);
        for (i, choice) in data["choices"].as_array().into_iter().flatten().enumerate() {
            self.required(&format!("data.choices.{i}.name"), &choice["name"], 100);
            if choice["value"].is_string() {
                self.required(&format!("data.choices.{i}.value"), &choice["value"], 100);
            }
        }
    }
}

/// The characters of an embed that count: title, description, fields, footer, author.
fn size(embed: &Value) -> usize {
    let count = |value: &Value| value.as_str().map_or(0, |text| text.trim().chars().count());
    let fields = embed["fields"].as_array().into_iter().flatten();
    count(&embed["title"])
        + count(&embed["description"])
        + count(&embed["footer"]["text"])
        + count(&embed["author"]["name"])
        + fields.map(|field| count(&field["name"]) + count(&field["value"])).sum::<usize>()
}

pub(super) fn says_something(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

fn is_link_that_opens(link: &str) -> bool {
    url::Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "discord"))
}
