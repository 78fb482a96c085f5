//! What a test lets people do.

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

use super::FakeDiscord;
use super::interaction::{Deed, Kind};
use super::limits::says_something;
use super::message::Said;
use super::state::State;
use super::world::{Channel, Place};

impl FakeDiscord {
    /// Somebody runs `/name sub` with these options, in a channel, a thread or a direct conversation. `name` is that of the
    /// registered command which has the subcommand. Returns the interaction's id.
    ///
    /// # Errors
    /// When Discord would not have let them: nothing registered has such a subcommand, option or choice, or a required option is
    /// missing.
    pub fn slash(
        &self,
        user: u64,
        channel: u64,
        sub: &str,
        options: &[(&str, Value)],
    ) -> anyhow::Result<u64> {
        self.shared.change(|state| state.slash(user, channel, sub, options))
    }

    /// Somebody has typed this much of an option of `/name sub`. Returns the interaction's id.
    ///
    /// # Errors
    /// When nothing registered has such an option, or it has no autocomplete.
    pub fn autocomplete(
        &self,
        user: u64,
        channel: u64,
        sub: &str,
        focused: &str,
        value: &str,
    ) -> anyhow::Result<u64> {
        self.autocomplete_after(user, channel, sub, &[], focused, value)
    }

    /// The same, where other options were filled in before.
    ///
    /// # Errors
    /// As of [`autocomplete`](Self::autocomplete).
    pub fn autocomplete_after(
        &self,
        user: u64,
        channel: u64,
        sub: &str,
        filled: &[(&str, Value)],
        focused: &str,
        value: &str,
    ) -> anyhow::Result<u64> {
        self.shared.change(|state| state.autocomplete(user, channel, sub, filled, (focused, value)))
    }

    /// Somebody chooses the one command that is registered for messages, on a message. Returns the interaction's id.
    ///
    /// # Errors
    /// When there is not exactly one such command, or no such message that they see.
    pub fn message_command(&self, user: u64, channel: u64, message: u64) -> anyhow::Result<u64> {
        self.shared.change(|state| state.message_command(user, channel, message))
    }

    /// Somebody clicks a button of a message, which may be one that only they see. Returns the interaction's id.
    ///
    /// # Errors
    /// When there is no such message that they see, or no such button that can be clicked.
    pub fn click(&self, user: u64, channel: u64, message: u64, custom_id: &str) -> anyhow::Result<u64> {
        self.shared.change(|state| state.click(user, channel, message, custom_id))
    }

    /// The direct conversation of somebody with the bot, opened if need be. Returns its channel's id.
    pub fn direct_messages(&self, user: u64) -> u64 {
        self.shared.change(|state| {
            let State { world, clock, .. } = state;
            world.direct(user, clock)
        })
    }

    /// Somebody, or another bot, posts a message with this text and these embeds. Returns its id.
    ///
    /// # Errors
    /// When there is no such channel.
    pub fn post(&self, author: u64, channel: u64, content: &str, embeds: Vec<Value>) -> anyhow::Result<u64> {
        self.shared.change(|state| {
            ensure!(state.world.channels.contains_key(&channel), "no channel {channel}");
            let said = Said { content: content.to_string(), embeds, ..Said::default() };
            let message = state.new_message(channel, author, said);
            Ok(state.put_message(message))
        })
    }

    /// Somebody starts a thread in a channel. Returns its id.
    ///
    /// # Errors
    /// When there is no such channel.
    pub fn open_thread(&self, owner: u64, channel: u64, name: &str) -> anyhow::Result<u64> {
        self.shared.change(|state| {
            let id = state.clock.id();
            let thread = state.put_thread(id, channel, name, owner, 1440);
            thread.ok().map(|thread| thread.id).with_context(|| format!("no channel {channel}"))
        })
    }

    /// A moderator deletes a message.
    pub fn delete(&self, message: u64) {
        self.shared.change(|state| state.remove(message));
    }
}

impl State {
    pub(super) fn place(&self, user: u64, channel: u64) -> anyhow::Result<Channel> {
        ensure!(self.world.users.contains_key(&user), "no user {user}");
        let known = self.world.channels.get(&channel).with_context(|| format!("no channel {channel}"))?;
        if let Place::Direct { user: whose } = known.place {
            ensure!(whose == user, "{user} is not in this conversation");
        }
        Ok(known.clone())
    }

    fn slash(
        &mut self,
        user: u64,
        channel: u64,
        sub: &str,
        options: &[(&str, Value)],
    ) -> anyhow::Result<u64> {
        let place = self.place(user, channel)?;
        let (command, definition) = self.subcommand(&place, sub)?;
        let given: Vec<Value> = options
            .iter()
            .map(|(name, value)| filled_in(&definition, name, value, true))
            .collect::<anyhow::Result<_>>()?;
        let known = definition["options"].as_array().into_iter().flatten();
        for needed in known.filter(|option| option["required"] == true) {
            ensure!(given.iter().any(|g| g["name"] == needed["name"]), "{sub} needs {}", needed["name"]);
        }
        let data = data_of(&command, 1, &[json!({"name": sub, "type": 1, "options": given})]);
        let name = format!("{} {sub}", command["name"].as_str().unwrap_or_default());
        let deed = Deed {
            kind: Kind::Command,
            user,
            channel,
            data,
            clicked: None,
            form_of: None,
            name,
            reply_type: 20,
        };
        Ok(self.interact(deed, &place))
    }

    fn autocomplete(
        &mut self,
        user: u64,
        channel: u64,
        sub: &str,
        filled: &[(&str, Value)],
        (focused, value): (&str, &str),
    ) -> anyhow::Result<u64> {
        let place = self.place(user, channel)?;
        let (command, definition) = self.subcommand(&place, sub)?;
        let option = option_of(&definition, focused)?;
        ensure!(option["autocomplete"] == true, "{focused} has no autocomplete");
        let mut given: Vec<Value> = filled
            .iter()
            .map(|(name, value)| filled_in(&definition, name, value, false))
            .collect::<anyhow::Result<_>>()?;
        given.push(json!({"name": focused, "type": option["type"], "value": value, "focused": true}));
        let data = data_of(&command, 1, &[json!({"name": sub, "type": 1, "options": given})]);
        let name = format!("{} {sub}", command["name"].as_str().unwrap_or_default());
        let deed = Deed {
            kind: Kind::Autocomplete,
            user,
            channel,
            data,
            clicked: None,
            form_of: None,
            name,
            reply_type: 20,
        };
        Ok(self.interact(deed, &place))
    }

    fn message_command(&mut self, user: u64, channel: u64, message: u64) -> anyhow::Result<u64> {
        let place = self.place(user, channel)?;
        let offered = self.commands.offered(place.guild);
        let mut fitting = offered.into_iter().filter(|command| command["type"] == 3);
        let command = fitting.next().cloned().context("no command for messages is registered here")?;
        ensure!(fitting.next().is_none(), "several commands for messages are registered here");
        let object = self.shown(user, channel, message)?;
        let mut data = data_of(&command, 3, &[]);
        super::world::merge(
            &mut data,
            json!({
                "target_id": message.to_string(), "resolved": {"messages": {message.to_string(): object}},
            }),
        );
        let name = command["name"].as_str().unwrap_or_default().to_string();
        let deed = Deed {
            kind: Kind::Command,
            user,
            channel,
            data,
            clicked: None,
            form_of: None,
            name,
            reply_type: 23,
        };
        Ok(self.interact(deed, &place))
    }

    fn click(&mut self, user: u64, channel: u64, message: u64, custom_id: &str) -> anyhow::Result<u64> {
        let place = self.place(user, channel)?;
        self.shown(user, channel, message)?;
        let buttons = self.messages.get(&message).map(|message| message.buttons()).unwrap_or_default();
        ensure!(buttons.iter().any(|(_, id)| id == custom_id), "no button {custom_id:?} among {buttons:?}");
        let data = json!({"id": 2, "custom_id": custom_id, "component_type": 2});
        let deed = Deed {
            kind: Kind::Click,
            user,
            channel,
            data,
            clicked: Some(message),
            form_of: None,
            name: String::new(),
            reply_type: 0,
        };
        Ok(self.interact(deed, &place))
    }

    /// A message as somebody sees it.
    fn shown(&self, user: u64, channel: u64, message: u64) -> anyhow::Result<Value> {
        let known = self.messages.get(&message).filter(|m| m.channel == channel && !m.deleted);
        let known = known.filter(|m| m.only_for.is_none_or(|only| only == user));
        known.map(|m| m.object(&self.world)).with_context(|| format!("{user} sees no message {message}"))
    }

    /// The command that has this subcommand, and the subcommand's definition.
    fn subcommand(&self, place: &Channel, sub: &str) -> anyhow::Result<(Value, Value)> {
        let offered = self.commands.offered(place.guild);
        for command in offered.iter().filter(|command| command["type"] == 1) {
            let mut options = command["options"].as_array().into_iter().flatten();
            if let Some(definition) = options.find(|option| option["type"] == 1 && option["name"] == sub) {
                return Ok(((*command).clone(), definition.clone()));
            }
        }
        bail!("no subcommand {sub:?} is registered here")
    }
}

fn data_of(command: &Value, kind: u8, options: &[Value]) -> Value {
    let mut data = json!({"id": command["id"], "name": command["name"], "type": kind});
    if !options.is_empty() {
        super::world::merge(&mut data, json!({"options": options}));
    }
    if says_something(&command["guild_id"]) {
        super::world::merge(&mut data, json!({"guild_id": command["guild_id"]}));
    }
    data
}

fn option_of<'a>(definition: &'a Value, name: &str) -> anyhow::Result<&'a Value> {
    let mut options = definition["options"].as_array().into_iter().flatten();
    options.find(|option| option["name"] == name).with_context(|| format!("no option {name:?} is registered"))
}

/// An option with its value. While a command is still being typed its values may be anything.
fn filled_in(definition: &Value, name: &str, value: &Value, is_sent: bool) -> anyhow::Result<Value> {
    let option = option_of(definition, name)?;
    let fits = match option["type"].as_u64() {
        Some(3) => value.is_string(),
        Some(4) => value.is_i64() || value.is_u64(),
        Some(5) => value.is_boolean(),
        Some(10) => value.is_number(),
        _ => value.is_string(),
    };
    ensure!(fits || !is_sent, "{name} does not take {value}");
    let mut choices = option["choices"].as_array().into_iter().flatten().peekable();
    let chosen = choices.peek().is_none() || choices.any(|choice| choice["value"] == *value);
    ensure!(chosen || !is_sent, "{name} has no choice {value}");
    Ok(json!({"name": name, "type": option["type"], "value": value}))
}
