//! App Home, and modals.

use serde_json::{Value, json};

use crate::slack::arguments::{Arguments, Refusal};
use crate::slack::blocks::{self, Surface};
use crate::slack::payloads;
use crate::slack::record::{Home, Modal};
use crate::slack::state::State;
use crate::slack::violations::Rule;

/// The keys of a Home tab, and how long their texts may be.
const KEYS: &[(&str, usize)] =
    &[("type", 4), ("blocks", 0), ("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)];

/// <https://docs.slack.dev/reference/methods/views.publish>
pub(crate) fn publish(state: &mut State, arguments: &Arguments) -> Result<Value, Refusal> {
    let user = arguments.text("user_id").unwrap_or_default();
    if !state.users.contains_key(user) {
        return Err(state.refuse(Rule::UserNotFound, "user_not_found", user));
    }
    let view = arguments.values.get("view").cloned().unwrap_or_default();
    check(state, &view)?;
    let before = state.homes.get(user).cloned();
    let hash = arguments.text("hash");
    if let (Some(hash), Some(before)) = (hash, &before)
        && hash != before.hash
    {
        return Err(state.refuse(Rule::HashConflict, "hash_conflict", "the view has been published since"));
    }
    let mut filled = view["blocks"].as_array().cloned().unwrap_or_default();
    blocks::fill(&mut filled, &mut || state.next());
    let number = state.next();
    let home = Home {
        id: before.as_ref().map_or_else(|| format!("V0HOME{number}"), |home| home.id.clone()),
        hash: format!("{}.{number:08}", state.clock.unix()),
        blocks: filled,
        view,
        published: before.map_or(1, |home| home.published + 1),
    };
    let told = payloads::view(&state.setup.identity, &home);
    state.homes.insert(user.to_string(), home);
    Ok(json!({"view": told}))
}

/// <https://docs.slack.dev/reference/methods/views.open>
pub(crate) fn open(state: &mut State, arguments: &Arguments) -> Result<Value, Refusal> {
    let mut view = arguments.values.get("view").cloned().unwrap_or_default();
    // a view that is refused does not use the trigger up
    state.refuse_all("invalid_arguments", blocks::check_modal(&view))?;
    let user = state.exchange(arguments.text("trigger_id").unwrap_or_default())?;
    if let Some(blocks) = view["blocks"].as_array_mut() {
        blocks::fill(blocks, &mut || state.next());
    }
    let id = format!("V0MODAL{}", state.next());
    let modal = Modal { id: id.clone(), user, view, submitted: None };
    let told = payloads::modal(&state.setup.identity, &modal, &json!({}));
    state.modals.insert(id, modal);
    Ok(json!({"view": told}))
}

fn check(state: &mut State, view: &Value) -> Result<(), Refusal> {
    let keys: Vec<String> = view.as_object().map(|o| o.keys().cloned().collect()).unwrap_or_default();
    for key in keys {
        let known = KEYS.iter().find(|(name, _)| *name == key);
        let length = view[&key].as_str().map_or(0, |text| text.chars().count());
        let (rule, detail) = match known {
            None => (Rule::UnknownKey, format!("a Home tab has no {key}")),
            Some((_, most)) if length > *most => (Rule::TooLong, format!("{key}: {length} of {most}")),
            Some(_) => continue,
        };
        return Err(state.refuse(rule, "invalid_arguments", detail));
    }
    if view["type"] != "home" {
        return Err(state.refuse(Rule::BadValue, "invalid_arguments", "a Home tab's type is home"));
    }
    let problems = blocks::check(&view["blocks"], Surface::Home, "/view/blocks");
    state.refuse_all("invalid_arguments", problems)
}
