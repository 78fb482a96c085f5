//! What people press: shortcuts, buttons, menus.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::FakeSlack;
use super::payloads;
use super::people::Sent;
use super::record::Kind;
use super::response_url::Origin;

impl FakeSlack {
    /// A shortcut of the message's menu.
    ///
    /// # Errors
    /// As [`FakeSlack::slash`]; also when there is no such message.
    pub fn shortcut(&self, user: &str, channel: &str, ts: &str, callback: &str) -> Result<Sent> {
        self.send(user, channel, true, |state, actor, place| {
            let identity = state.setup.identity.clone();
            let message = state.message(&place.id, ts).context("no such message")?.json(&identity, true);
            let (trigger, action_ts) = (state.trigger(&actor.user), state.clock.ts());
            let url = state.response_url(&place.id, &actor.user, Origin::Asked);
            let mut payload =
                payloads::shortcut(&identity, actor, place, callback, message, &trigger, &action_ts);
            payload["response_url"] = json!(url);
            Ok(Sent { numbers: vec![state.queue(Kind::Interaction, trigger, payload)], ts: None })
        })
    }

    /// A click on a button of the bot's, on a message or on what this person alone was shown. The value and the block are
    /// those of the message as it is stored.
    ///
    /// # Errors
    /// As [`FakeSlack::slash`]; also when there is no such message or button.
    pub fn click(&self, user: &str, channel: &str, ts: &str, action: &str) -> Result<Sent> {
        self.act(user, channel, ts, action, None)
    }

    /// A choice from a menu of the bot's, by the option's value.
    ///
    /// # Errors
    /// As [`FakeSlack::click`]; also when there is no such option.
    pub fn choose(&self, user: &str, channel: &str, ts: &str, action: &str, value: &str) -> Result<Sent> {
        self.act(user, channel, ts, action, Some(value))
    }

    fn act(&self, user: &str, channel: &str, ts: &str, action: &str, value: Option<&str>) -> Result<Sent> {
        self.send(user, channel, true, |state, actor, place| {
            let identity = state.setup.identity.clone();
            let (blocks, message, origin) = match state.message(&place.id, ts) {
                Some(message) => {
                    let nested =
                        message.content.attachments.iter().filter_map(|one| one["blocks"].as_array());
                    let blocks: Vec<Value> =
                        message.content.blocks.iter().chain(nested.flatten()).cloned().collect();
                    (blocks, Some(message.json(&identity, true)), Origin::Message(ts.to_string()))
                }
                None => {
                    let shown = state.ephemerals.iter().find(|e| e.ts == ts && e.user == actor.user);
                    let shown = shown.with_context(|| format!("no message {ts} in {}", place.id))?;
                    (shown.content.blocks.clone(), None, Origin::Ephemeral(ts.to_string()))
                }
            };
            let action = pressed(&blocks, action, value, &state.clock.ts())?;
            let trigger = state.trigger(&actor.user);
            let url = state.response_url(&place.id, &actor.user, origin);
            let mut payload = payloads::click(&identity, actor, place, &action, ts, message, &trigger);
            payload["response_url"] = json!(url);
            Ok(Sent { numbers: vec![state.queue(Kind::Interaction, trigger, payload)], ts: None })
        })
    }

    /// A click on a button of App Home.
    ///
    /// # Errors
    /// As [`FakeSlack::click`]; also when nothing was published.
    pub fn click_home(&self, user: &str, action: &str) -> Result<Sent> {
        let channel = self.direct_channel(user);
        self.send(user, &channel, true, |state, actor, _| {
            let home = state.homes.get(&actor.user).context("nothing was published")?.clone();
            let (action, trigger) =
                (pressed(&home.blocks, action, None, &state.clock.ts())?, state.trigger(&actor.user));
            let payload = payloads::click_home(&state.setup.identity, actor, &home, &action, &trigger);
            Ok(Sent { numbers: vec![state.queue(Kind::Interaction, trigger, payload)], ts: None })
        })
    }
}

/// What a click on the element with this `action_id` sends.
fn pressed(blocks: &[Value], action: &str, value: Option<&str>, ts: &str) -> Result<Value> {
    let elements = |block: &Value| {
        let own = block["elements"].as_array().cloned().unwrap_or_default();
        own.into_iter().chain(block.get("accessory").cloned()).collect::<Vec<_>>()
    };
    let found = blocks.iter().find_map(|block| {
        let element = elements(block).into_iter().find(|element| element["action_id"] == action)?;
        Some((block["block_id"].clone(), element))
    });
    let (block, element) = found.with_context(|| format!("nothing to press is called {action}"))?;
    let mut pressed = json!({"action_id": action, "block_id": block, "type": element["type"],
        "action_ts": ts});
    match (element["type"].as_str(), value) {
        (Some("button"), None) => {
            for key in ["text", "value", "style"] {
                if let Some(value) = element.get(key) {
                    pressed[key] = value.clone();
                }
            }
        }
        (Some("overflow" | "static_select"), Some(value)) => {
            let groups = element["option_groups"].as_array().into_iter().flatten();
            let nested = groups.filter_map(|group| group["options"].as_array()).flatten();
            let mut options = element["options"].as_array().into_iter().flatten().chain(nested);
            let chosen = options.find(|option| option["value"] == value);
            pressed["selected_option"] = chosen.with_context(|| format!("no option {value}"))?.clone();
        }
        (kind, _) => bail!("{action} is a {kind:?}: buttons are clicked, menus are chosen from"),
    }
    Ok(pressed)
}
