//! The commands that were registered, for all guilds and for one.
//! <https://discord.com/developers/docs/interactions/application-commands>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::check::Form;
use super::limits::Problems;
use super::refusal::Refusal;
use super::rest::{Answer, Call};
use super::state::State;
use super::violations::Rule;
use super::world::merge;

/// How many commands of types 1, 2 and 3 there may be.
const MOST: [(u64, usize); 3] = [(1, 100), (2, 15), (3, 15)];

#[derive(Debug, Default)]
pub(super) struct Commands {
    /// `None`: global.
    registered: BTreeMap<Option<u64>, Vec<Value>>,
}

impl Commands {
    pub(super) fn of(&self, guild: Option<u64>) -> &[Value] {
        self.registered.get(&guild).map(Vec::as_slice).unwrap_or_default()
    }

    /// What is offered in a guild, or in direct messages with `None`: a guild's own command hides a global one of its name.
    pub(super) fn offered(&self, guild: Option<u64>) -> Vec<&Value> {
        let own = if guild.is_some() { self.of(guild) } else { &[] };
        let global =
            self.of(None).iter().filter(|command| guild.is_some() || is_for_direct_messages(command));
        let hidden = |command: &&Value| {
            own.iter().any(|o| (&o["name"], &o["type"]) == (&command["name"], &command["type"]))
        };
        own.iter().chain(global.filter(|command| !hidden(command))).collect()
    }
}

fn is_for_direct_messages(command: &Value) -> bool {
    let contexts = command["contexts"].as_array();
    contexts.map_or(command["dm_permission"] != false, |contexts| contexts.iter().any(|context| context == 1))
}

impl State {
    /// Whose commands a call is about.
    fn whose(&self, call: &Call) -> Result<Option<u64>, Refusal> {
        if call.params.id("application")? != self.world.application {
            return Err(Refusal::unknown_application());
        }
        if call.params.text("guild").is_empty() {
            return Ok(None);
        }
        let guild = call.params.id("guild")?;
        if self.world.guilds.contains_key(&guild) { Ok(Some(guild)) } else { Err(Refusal::missing_access()) }
    }

    pub(super) fn list_commands(&mut self, call: &Call) -> Result<Answer, Refusal> {
        let guild = self.whose(call)?;
        Answer::ok(Value::Array(self.commands.of(guild).to_vec()))
    }

    pub(super) fn set_commands(&mut self, call: &Call) -> Result<Answer, Refusal> {
        let guild = self.whose(call)?;
        let Some(list) = call.sent.json.as_array() else {
            self.violate(Rule::Body, &call.client, format!("{:?}: commands that are no list", call.route));
            return Err(Refusal::one("", "BASE_TYPE_BAD_TYPE", "Only iterables may be used in a ListType"));
        };
        let mut problems = Problems::default();
        let mut names = BTreeSet::new();
        for command in list {
            self.check(call, Form::Command, command)?;
            if !names.insert((command["name"].to_string(), command["type"].as_u64().unwrap_or(1))) {
                let message = "Application command names must be unique";
                problems.add(Rule::Command, "", "APPLICATION_COMMANDS_DUPLICATE_NAME", message);
            }
        }
        for (kind, most) in MOST {
            if names.iter().filter(|(_, k)| *k == kind).count() > most {
                let message = format!("Maximum number of application commands reached ({most}).");
                problems.add(Rule::Limit, "", "APPLICATION_COMMANDS_MAX", message);
            }
        }
        self.refuse_for(call, problems)?;
        let registered: Vec<Value> = list.iter().map(|command| self.registered(guild, command)).collect();
        self.commands.registered.insert(guild, registered.clone());
        Answer::ok(Value::Array(registered))
    }

    pub(super) fn add_command(&mut self, call: &Call) -> Result<Answer, Refusal> {
        let guild = self.whose(call)?;
        self.check(call, Form::Command, &call.sent.json)?;
        let command = self.registered(guild, &call.sent.json);
        let list = self.commands.registered.entry(guild).or_default();
        let before = list.len();
        list.retain(|known| known["id"] != command["id"]);
        let is_new = list.len() == before;
        list.push(command.clone());
        if is_new { Answer::created(command) } else { Answer::ok(command) }
    }

    /// A command as Discord keeps it: one of the same name and type keeps its id.
    fn registered(&mut self, guild: Option<u64>, command: &Value) -> Value {
        let kind = command["type"].as_u64().unwrap_or(1);
        let known = self
            .commands
            .of(guild)
            .iter()
            .find(|known| known["name"] == command["name"] && known["type"] == kind);
        let id = known.map(|known| known["id"].clone()).unwrap_or_else(|| json!(self.clock.id().to_string()));
        let mut object = json!({
            "default_member_permissions": null, "name_localizations": null, "description": "",
            "description_localizations": null, "dm_permission": true, "contexts": null, "integration_types": [0],
            "nsfw": false, "options": [],
        });
        merge(&mut object, command.clone());
        merge(
            &mut object,
            json!({
                "id": id, "type": kind, "application_id": self.world.application.to_string(),
                "version": self.clock.id().to_string(),
            }),
        );
        if let Some(guild) = guild {
            merge(&mut object, json!({"guild_id": guild.to_string()}));
        }
        object
    }
}
