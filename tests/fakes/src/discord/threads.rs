//! Threads, and channels as the bot asks for them.
//! <https://discord.com/developers/docs/topics/threads>

use serde_json::{Value, json};

use super::check::Form;
use super::message::HAS_THREAD;
use super::refusal::Refusal;
use super::rest::{Answer, Call};
use super::route::Route;
use super::setup::Permissions;
use super::state::State;
use super::world::{Channel, Place};

/// A public thread; what is started without a type would be a private one, which no bot of ours may.
const PUBLIC: u64 = 11;

impl State {
    pub(super) fn start_thread(&mut self, call: &Call) -> Result<Answer, Refusal> {
        let body = &call.sent.json;
        let from_message = call.route == Route::StartThreadFromMessage;
        let parent = self.reach(call)?;
        if parent.place != Place::Text {
            return Err(Refusal::wrong_kind_of_channel());
        }
        let parent = self.world.reach(parent.id, Permissions::CREATE_THREADS)?.id;
        self.check(call, if from_message { Form::ThreadFromMessage } else { Form::Thread }, body)?;
        let message = if from_message { Some(self.free_message(parent, call)?) } else { None };
        if message.is_none() && body["type"].as_u64() != Some(PUBLIC) {
            return Err(Refusal::missing_permissions());
        }
        let id = message.unwrap_or_else(|| self.clock.id());
        let minutes = body["auto_archive_duration"].as_u64().unwrap_or(4320);
        let name = body["name"].as_str().unwrap_or_default();
        let owner = self.world.application;
        let thread = self.put_thread(id, parent, name, owner, minutes)?;
        Answer::created(self.world.channel_object(&thread, false))
    }

    /// The message of a call, if no thread was started from it.
    fn free_message(&self, channel: u64, call: &Call) -> Result<u64, Refusal> {
        let message = self.seen(channel, call.params.id("message")?)?;
        if message.thread.is_some() {
            return Err(Refusal::thread_exists());
        }
        Ok(message.id)
    }

    /// A thread of this id, which is that of the message it was started from, if it was.
    pub(super) fn put_thread(
        &mut self,
        id: u64,
        parent: u64,
        name: &str,
        owner: u64,
        minutes: u64,
    ) -> Result<Channel, Refusal> {
        let since = self.clock.stamp();
        let thread = Channel {
            id,
            guild: self.world.channel(parent)?.guild,
            name: name.to_string(),
            bot: Permissions::NONE,
            place: Place::Thread { parent, owner, archived: false, since, minutes },
            last_message: None,
        };
        self.world.channels.insert(id, thread.clone());
        if let Some(message) = self.messages.get_mut(&id) {
            message.thread = Some(id);
            message.said.flags |= HAS_THREAD;
        }
        Ok(thread)
    }

    pub(super) fn active_threads(&mut self, call: &Call) -> Result<Answer, Refusal> {
        let guild = call.params.id("guild")?;
        if !self.world.guilds.contains_key(&guild) {
            return Err(Refusal::missing_access());
        }
        let here = self.world.channels.values().filter(|channel| channel.guild == Some(guild));
        let active = here.filter(|channel| {
            matches!(channel.place, Place::Thread { archived: false, .. })
                && self.world.permissions(channel).has(Permissions::VIEW)
        });
        let threads: Vec<Value> = active.map(|channel| self.world.channel_object(channel, false)).collect();
        Answer::ok(json!({"threads": threads, "members": []}))
    }

    /// A channel, read; a thread of the bot's own, changed. Deleting, and changing others, needs more than it may.
    pub(super) fn one_channel(&mut self, call: &Call) -> Result<Answer, Refusal> {
        let channel = self.reach(call)?;
        let own = matches!(channel.place, Place::Thread { owner, .. } if owner == self.world.application);
        match call.route {
            Route::GetChannel => Answer::ok(self.world.channel_object(channel, false)),
            Route::EditThread if own => {
                let id = channel.id;
                self.check(call, Form::ThreadEdit, &call.sent.json)?;
                self.change_thread(id, &call.sent.json)
            }
            _ => Err(Refusal::missing_permissions()),
        }
    }

    fn change_thread(&mut self, id: u64, body: &Value) -> Result<Answer, Refusal> {
        let channel = self.world.channels.get_mut(&id).ok_or_else(Refusal::unknown_channel)?;
        if let Some(name) = body["name"].as_str() {
            channel.name = name.to_string();
        }
        if let Place::Thread { archived, minutes, .. } = &mut channel.place {
            *archived = body["archived"].as_bool().unwrap_or(*archived);
            *minutes = body["auto_archive_duration"].as_u64().unwrap_or(*minutes);
        }
        let channel = self.world.channel(id)?;
        Answer::ok(self.world.channel_object(channel, false))
    }
}
