//! Modals: the triggers that open them, and what people type into them.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};

use super::FakeSlack;
use super::arguments::Refusal;
use super::payloads;
use super::people::Sent;
use super::record::{Kind, Modal};
use super::state::State;
use super::violations::Rule;

/// How long a trigger opens a modal.
/// <https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses>
pub const TRIGGER: Duration = Duration::from_secs(3);

/// What came with something a person did, to open a modal with.
#[derive(Clone, Debug)]
pub(crate) struct Trigger {
    user: String,
    at: Duration,
    used: bool,
}

impl FakeSlack {
    /// What a person types into a modal that stands before them, each by the `block_id` of its input, and sends off. An input
    /// they leave alone keeps what stood in it. They may do it again until the bot has acknowledged it.
    ///
    /// # Errors
    /// As [`FakeSlack::slash`]; also where there is no such modal before this person, or Slack itself would not take what they
    /// typed: too much, too little, nothing where something is required.
    pub fn submit_modal(&self, user: &str, view: &str, values: &[(&str, &str)]) -> Result<Sent> {
        let channel = self.direct_channel(user);
        self.send(user, &channel, true, |state, actor, _| {
            let modal = state.modals.get(view).filter(|modal| modal.user == user);
            let modal = modal.with_context(|| format!("no modal {view} stands before {user}"))?.clone();
            let is_over = modal.submitted.is_some_and(|number| state.deliveries[number].is_acked());
            ensure!(!is_over, "{view} is closed");
            let values = typed(&modal, values)?;
            let trigger = state.trigger(user);
            let payload = payloads::submission(&state.setup.identity, actor, &modal, &values, &trigger);
            let number = state.queue(Kind::Interaction, trigger, payload);
            if let Some(modal) = state.modals.get_mut(view) {
                modal.submitted = Some(number);
            }
            Ok(Sent { numbers: vec![number], ts: None })
        })
    }
}

/// The state of a modal's inputs.
fn typed(modal: &Modal, given: &[(&str, &str)]) -> Result<Value> {
    let blocks = modal.view["blocks"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    let mut values = Map::new();
    for block in blocks.iter().filter(|block| block["type"] == "input") {
        let (id, element) = (block["block_id"].as_str().unwrap_or_default(), &block["element"]);
        let typed = given.iter().find(|(of, _)| *of == id).map(|(_, text)| *text);
        let text = typed.or(element["initial_value"].as_str()).filter(|text| !text.is_empty());
        ensure!(text.is_some() || block["optional"] == true, "{id} is required");
        let length = text.unwrap_or_default().chars().count() as u64;
        let fits = element["max_length"].as_u64().is_none_or(|most| length <= most)
            && element["min_length"].as_u64().is_none_or(|least| length >= least);
        ensure!(fits || text.is_none(), "{length} characters do not fit in {id}");
        let action = element["action_id"].as_str().unwrap_or_default();
        values.insert(id.to_string(), json!({action: {"type": element["type"], "value": text}}));
    }
    if let Some((unknown, _)) = given.iter().find(|(id, _)| !values.contains_key(*id)) {
        bail!("nothing can be typed into {unknown}");
    }
    Ok(Value::Object(values))
}

impl State {
    /// A new trigger of this person's.
    pub(crate) fn trigger(&mut self, user: &str) -> String {
        let id = format!("{}.{}.trigger", self.next(), self.clock.unix());
        let trigger = Trigger { user: user.to_string(), at: self.clock.now(), used: false };
        self.triggers.insert(id.clone(), trigger);
        id
    }

    /// Uses a trigger up; whose it is. A bot that was sent the same twice may try twice: one of them is told no, and neither
    /// is to blame.
    pub(crate) fn exchange(&mut self, id: &str) -> Result<String, Refusal> {
        let now = self.clock.now();
        let Some(trigger) = self.triggers.get_mut(id) else {
            return Err(self.refuse(
                Rule::Trigger,
                "invalid_trigger_id",
                format!("no trigger {id} was given"),
            ));
        };
        if trigger.used {
            let copied = self.deliveries.iter().any(|one| one.key == id && one.attempts.len() > 1);
            let error = "exchanged_trigger_id";
            if copied {
                return Err(Refusal { error: error.to_string(), messages: Vec::new() });
            }
            return Err(self.refuse(Rule::Trigger, error, "a trigger opens one modal"));
        }
        if now.saturating_sub(trigger.at) > TRIGGER {
            return Err(self.refuse(Rule::Trigger, "expired_trigger_id", "a trigger lasts 3 s"));
        }
        trigger.used = true;
        Ok(trigger.user.clone())
    }
}
