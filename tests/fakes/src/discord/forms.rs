//! Forms that pop up, and what people fill into them.
//! <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-modal>

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::FakeDiscord;
use super::interaction::{Deed, Kind};
use super::limits::{Problems, says_something};
use super::state::State;
use super::violations::Rule;

/// Components of a form; the description allows more, the documentation these.
const FIELDS: usize = 5;
/// What a text of a form holds at most.
const TEXT: u64 = 4000;

impl FakeDiscord {
    /// Somebody fills in the form that popped up for what they did, field by field, and sends it. Returns the new interaction's
    /// id.
    ///
    /// # Errors
    /// When Discord would not have let them: no form popped up for that, or it was sent already and taken; there is no such
    /// field; a text is too short or too long.
    pub fn submit_modal(&self, interaction: u64, filled: &[(&str, &str)]) -> anyhow::Result<u64> {
        self.shared.change(|state| state.submit(interaction, filled))
    }
}

impl State {
    fn submit(&mut self, interaction: u64, filled: &[(&str, &str)]) -> anyhow::Result<u64> {
        let opened = self.interactions.get(&interaction).cloned().context("no such interaction")?;
        let form = opened.form.context("no form popped up for it")?;
        // it stays open until an answer to it is taken
        let mut sent = self.interactions.values().filter(|one| one.form_of == Some(interaction));
        ensure!(!sent.any(|one| one.acknowledged.is_some()), "the form is shut");
        let fields: Vec<&Value> = rows(&form).flat_map(inputs).collect();
        for (name, _) in filled {
            ensure!(fields.iter().any(|field| field["custom_id"] == *name), "no field {name:?} in {form}");
        }
        let mut next = 0;
        let given =
            rows(&form).map(|row| sent_row(row, filled, &mut next)).collect::<anyhow::Result<Vec<_>>>()?;
        let place = self.place(opened.user, opened.channel)?;
        let deed = Deed {
            kind: if opened.clicked.is_some() { Kind::FormOfClick } else { Kind::Form },
            user: opened.user,
            channel: opened.channel,
            data: json!({"custom_id": form["custom_id"], "components": given}),
            clicked: opened.clicked,
            form_of: Some(interaction),
            name: String::new(),
            reply_type: 0,
        };
        Ok(self.interact(deed, &place))
    }
}

fn rows(form: &Value) -> impl Iterator<Item = &Value> {
    form["components"].as_array().into_iter().flatten()
}

/// What a row holds, or a label.
fn inputs(row: &Value) -> impl Iterator<Item = &Value> {
    row["components"].as_array().into_iter().flatten().chain(row.get("component"))
}

/// A row as it comes back: numbered, with the values, and without what only shows.
fn sent_row(row: &Value, filled: &[(&str, &str)], next: &mut u64) -> anyhow::Result<Value> {
    let mut id = |given: &Value| {
        *next += 1;
        if given.is_null() { json!(*next) } else { given.clone() }
    };
    let own = id(&row["id"]);
    let fields: Vec<Value> = inputs(row)
        .map(|field| {
            let value = value_of(field, filled)?;
            Ok(json!({"type": field["type"], "id": id(&field["id"]), "custom_id": field["custom_id"], "value": value}))
        })
        .collect::<anyhow::Result<_>>()?;
    Ok(match row["type"].as_u64() {
        Some(1) => json!({"type": 1, "id": own, "components": fields}),
        Some(18) => json!({"type": 18, "id": own, "component": fields.first()}),
        _ => json!({"type": row["type"], "id": own}),
    })
}

/// What is filled into a field, or stood there before.
fn value_of(field: &Value, filled: &[(&str, &str)]) -> anyhow::Result<String> {
    ensure!(field["type"] == 4, "only texts are filled in here: {field}");
    let given = filled.iter().find(|(name, _)| field["custom_id"] == *name).map(|(_, value)| *value);
    let value = given.or(field["value"].as_str()).unwrap_or_default().to_string();
    let (length, least) = (value.chars().count() as u64, field["min_length"].as_u64().unwrap_or_default());
    let most = field["max_length"].as_u64().unwrap_or(TEXT);
    let may_be_empty = field["required"] == false;
    ensure!(length > 0 || may_be_empty, "{} is required", field["custom_id"]);
    ensure!(
        length == 0 || (least..=most).contains(&length),
        "{} takes {least} to {most}, not {length}",
        field["custom_id"]
    );
    Ok(value)
}

impl Problems {
    /// A form that pops up. What is newer than rows and labels is the schema's matter.
    pub(super) fn modal(&mut self, data: &Value) {
        self.required("data.title", &data["title"], 45);
        self.required("data.custom_id", &data["custom_id"], 100);
        self.count("data.components", &data["components"], 1, FIELDS);
        let mut ids = BTreeSet::new();
        for (i, row) in rows(data).enumerate() {
            let path = format!("data.components.{i}");
            match row["type"].as_u64() {
                // a row of a form holds one text, whose label is its own
                Some(1) => {
                    self.count(&format!("{path}.components"), &row["components"], 1, 1);
                    for (i, input) in inputs(row).enumerate() {
                        let path = format!("{path}.components.{i}");
                        self.required(&format!("{path}.label"), &input["label"], 45);
                        self.input(&path, input, &mut ids);
                    }
                }
                Some(18) => {
                    self.required(&format!("{path}.label"), &row["label"], 45);
                    self.at_most(&format!("{path}.description"), &row["description"], 100);
                    self.input(&format!("{path}.component"), &row["component"], &mut ids);
                }
                Some(10) => {}
                _ => {
                    let message =
                        format!("Value of field \"type\" must be one of (1, 10, 18). ({})", row["type"]);
                    self.add(Rule::Component, &format!("{path}.type"), "UNION_TYPE_CHOICES", message);
                }
            }
        }
    }

    fn input(&mut self, path: &str, input: &Value, ids: &mut BTreeSet<String>) {
        let at = format!("{path}.custom_id");
        self.required(&at, &input["custom_id"], 100);
        if says_something(&input["custom_id"]) && !ids.insert(input["custom_id"].to_string()) {
            let message = "Component custom id cannot be duplicated";
            self.add(Rule::Duplicate, &at, "COMPONENT_CUSTOM_ID_DUPLICATED", message);
        }
        if input["type"] != 4 {
            return;
        }
        if !matches!(input["style"].as_u64(), Some(1 | 2)) {
            let message = "Value must be one of {1, 2}.";
            self.add(Rule::Component, &format!("{path}.style"), "BASE_TYPE_CHOICES", message);
        }
        self.at_most(&format!("{path}.placeholder"), &input["placeholder"], 100);
        self.at_most(&format!("{path}.value"), &input["value"], 4000);
        let least = input["min_length"].as_u64().unwrap_or_default();
        let most = input["max_length"].as_u64().unwrap_or(TEXT);
        if most == 0 || most > TEXT || least > most {
            let message = format!("Not a length between 1 and {TEXT}: {least} to {most}");
            self.add(Rule::Limit, &format!("{path}.max_length"), "NUMBER_TYPE_MAX", message);
        }
    }
}
