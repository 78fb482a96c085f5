//! The limits of commands: <https://discord.com/developers/docs/interactions/application-commands>.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::limits::Problems;
use super::violations::Rule;

/// Characters of all names, descriptions and values of one command, in its longest language.
const TOTAL: usize = 8000;

/// Command names in the alphabet Discord gives, as far as it has no upper case.
static NAME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[-_'\p{L}\p{N}\p{Devanagari}\p{Thai}]{1,32}$").ok());

impl Problems {
    /// A command: of the slash, of a message's menu or of a person's.
    pub(super) fn command(&mut self, command: &Value) {
        match command["type"].as_u64().unwrap_or(1) {
            1 => {
                self.name("name", &command["name"]);
                self.required("description", &command["description"], 100);
                self.translations("description_localizations", &command["description_localizations"], 100);
                self.options("options", &command["options"], 0);
            }
            2 | 3 => {
                self.required("name", &command["name"], 32);
                if command["description"].as_str().is_some_and(|text| !text.is_empty()) {
                    let message = "Context menu commands cannot have description";
                    self.add(
                        Rule::Command,
                        "description",
                        "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION",
                        message,
                    );
                }
                if command["options"].as_array().is_some_and(|options| !options.is_empty()) {
                    self.add(
                        Rule::Command,
                        "options",
                        "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS",
                        "No options here",
                    );
                }
            }
            kind => self.add(Rule::Command, "type", "BASE_TYPE_CHOICES", format!("No type {kind}")),
        }
        self.translations("name_localizations", &command["name_localizations"], 32);
        let total = total(command);
        if total > TOTAL {
            let message = format!("Command exceeds maximum size ({TOTAL}): {total}");
            self.add(Rule::Limit, "", "APPLICATION_COMMAND_TOO_LARGE", message);
        }
    }

    fn name(&mut self, path: &str, name: &Value) {
        let text = name.as_str().unwrap_or_default();
        let fits = NAME.as_ref().is_some_and(|pattern| pattern.is_match(text));
        if !fits || text.to_lowercase() != text {
            let message = format!("Command name is invalid: {text:?}");
            self.add(Rule::Command, path, "APPLICATION_COMMAND_INVALID_NAME", message);
        }
    }

    fn translations(&mut self, path: &str, translations: &Value, most: usize) {
        for (language, text) in translations.as_object().into_iter().flatten() {
            self.required(&format!("{path}.{language}"), text, most);
        }
    }

    fn options(&mut self, path: &str, options: &Value, depth: usize) {
        let Some(list) = options.as_array() else { return };
        self.count(path, options, 0, 25);
        let mut names = BTreeSet::new();
        let mut optional_before = false;
        for (i, option) in list.iter().enumerate() {
            let path = format!("{path}.{i}");
            self.option(&path, option, depth);
            if !names.insert(option["name"].to_string()) {
                let message = "Option names must be unique";
                self.add(Rule::Command, &path, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message);
            }
            if option["required"] == true && optional_before {
                let message = "Required options must be placed before non-required options";
                self.add(Rule::Command, &path, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message);
            }
            optional_before |= option["required"] != true && option["type"].as_u64() > Some(2);
        }
        let nested = list.iter().filter(|option| matches!(option["type"].as_u64(), Some(1 | 2))).count();
        if nested != 0 && nested != list.len() {
            let message =
                "Sub-command and sub-command group option types are mutually exclusive to all other types";
            self.add(Rule::Command, path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message);
        }
    }

    fn option(&mut self, path: &str, option: &Value, depth: usize) {
        self.name(&format!("{path}.name"), &option["name"]);
        self.required(&format!("{path}.description"), &option["description"], 100);
        self.translations(&format!("{path}.name_localizations"), &option["name_localizations"], 32);
        self.translations(
            &format!("{path}.description_localizations"),
            &option["description_localizations"],
            100,
        );
        let has_choices = option["choices"].as_array().is_some_and(|choices| !choices.is_empty());
        if has_choices && option["autocomplete"] == true {
            let message = "Choices and autocomplete exclude each other";
            self.add(Rule::Command, path, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", message);
        }
        if has_choices {
            self.count(&format!("{path}.choices"), &option["choices"], 0, 25);
        }
        for (i, choice) in option["choices"].as_array().into_iter().flatten().enumerate() {
            self.required(&format!("{path}.choices.{i}.name"), &choice["name"], 100);
            self.at_most(&format!("{path}.choices.{i}.value"), &choice["value"], 100);
        }
        match (option["type"].as_u64(), depth) {
            (Some(1), 0 | 1) => self.options(&format!("{path}.options"), &option["options"], 2),
            (Some(2), 0) => self.options(&format!("{path}.options"), &option["options"], 1),
            (Some(3..=11), _) => {}
            (kind, _) => {
                let message = format!("No option of type {kind:?} here");
                self.add(
                    Rule::Command,
                    &format!("{path}.type"),
                    "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                    message,
                );
            }
        }
    }
}

/// Names, descriptions and values, each in its longest language.
fn total(value: &Value) -> usize {
    let longest = |name: &str| {
        let own = value[name].as_str().map_or(0, |text| text.chars().count());
        let translated = value[format!("{name}_localizations")].as_object().into_iter().flatten();
        translated.filter_map(|(_, text)| text.as_str()).map(|text| text.chars().count()).chain([own]).max()
    };
    let own = longest("name").unwrap_or_default() + longest("description").unwrap_or_default();
    let choice = value["value"].as_str().map_or(0, |text| text.chars().count());
    let below = ["options", "choices"].iter().flat_map(|list| value[*list].as_array().into_iter().flatten());
    own + choice + below.map(total).sum::<usize>()
}
