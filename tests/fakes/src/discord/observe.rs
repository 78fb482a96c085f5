//! What a test sees, and how it waits for it.

use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;
use tokio::time::Instant;

use super::FakeDiscord;
use super::interaction::{Interaction, Kind};
use super::message::Message;
use super::route::Route;
use super::session::Gateway;
use super::state::State;
use super::violations::Violation;

/// How long [`FakeDiscord::wait_for`] waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// A call of the REST API.
#[derive(Clone, Debug)]
pub struct Request {
    /// By whom: the name of the [`Door`](super::Door).
    pub client: String,
    /// The route, if there is such a one.
    pub route: Option<Route>,
    /// `GET`
    pub method: String,
    /// Its path, with `/api/v10`.
    pub path: String,
    /// Its JSON; null if it had none.
    pub body: Value,
    /// When it arrived.
    pub at: Instant,
    /// How it was answered; `None` if it was not.
    pub status: Option<u16>,
}

/// An attempt to acknowledge an interaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Callback {
    /// The interaction's id.
    pub interaction: u64,
    /// By whom: the name of the [`Door`](super::Door).
    pub client: String,
    /// The callback's type: 4 a message, 5 and 6 later, 7 an edit, 8 choices, 9 a form.
    pub kind: u64,
    /// How long after the dispatch.
    pub latency: Duration,
    /// How it was answered: 200 and 204 own the interaction.
    pub status: u16,
    /// The error's code: 40060 where another one had it; else 0.
    pub code: u64,
    /// What it said.
    pub data: Value,
}

/// A completion that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// The interaction's id.
    pub interaction: u64,
    /// Who typed.
    pub user: u64,
    /// The names and values that were offered; `None` if nothing was answered in time.
    pub choices: Option<Vec<(String, Value)>>,
}

impl State {
    /// The messages of a channel, thread or direct conversation that all there see, oldest first.
    pub fn messages(&self, channel: u64) -> Vec<Message> {
        let here =
            self.messages.values().filter(|m| m.channel == channel && !m.deleted && m.only_for.is_none());
        here.cloned().collect()
    }

    /// The messages that only this person sees, oldest first, anywhere.
    pub fn ephemerals(&self, user: u64) -> Vec<Message> {
        self.messages.values().filter(|m| m.only_for == Some(user) && !m.deleted).cloned().collect()
    }

    /// A message, also a deleted one.
    pub fn message(&self, id: u64) -> Option<&Message> {
        self.messages.get(&id)
    }

    /// The messages that still say "thinking…", anywhere.
    pub fn loading(&self) -> Vec<Message> {
        self.messages.values().filter(|message| message.is_loading() && !message.deleted).cloned().collect()
    }

    /// Everything people did with the bot, oldest first.
    pub fn interactions(&self) -> Vec<&Interaction> {
        self.interactions.values().collect()
    }

    /// What answers an interaction now, once it says something: the reply, or the message that was clicked on and changed.
    pub fn reply(&self, interaction: u64) -> Option<&Message> {
        let known = self.interactions.get(&interaction)?;
        let message = self.messages.get(&known.original?)?;
        let untouched = known.clicked == Some(message.id) && message.history.is_empty();
        (!message.is_loading() && !message.deleted && !untouched).then_some(message)
    }

    /// The completions that were asked for, oldest first.
    pub fn autocompletes(&self) -> Vec<Completion> {
        let asked = self.interactions.values().filter(|interaction| interaction.kind == Kind::Autocomplete);
        asked
            .map(|interaction| Completion {
                interaction: interaction.id,
                user: interaction.user,
                choices: self.choices(interaction.id),
            })
            .collect()
    }

    fn choices(&self, interaction: u64) -> Option<Vec<(String, Value)>> {
        let answered =
            self.callbacks.iter().find(|c| c.interaction == interaction && c.code == 0 && c.status < 300)?;
        let choices = answered.data["choices"].as_array().into_iter().flatten();
        Some(
            choices
                .map(|c| (c["name"].as_str().unwrap_or_default().to_string(), c["value"].clone()))
                .collect(),
        )
    }

    /// Every attempt to acknowledge, in the order of their arrival.
    pub fn callbacks(&self) -> &[Callback] {
        &self.callbacks
    }

    /// The interactions that nobody has acknowledged.
    pub fn unacknowledged(&self) -> Vec<u64> {
        let open = self.interactions.values().filter(|interaction| interaction.acknowledged.is_none());
        open.map(|interaction| interaction.id).collect()
    }

    /// Every call, in the order of their arrival.
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// Everything that was done against a rule.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// The commands that are registered for a guild, or with `None` for all.
    pub fn registered_commands(&self, guild: Option<u64>) -> Vec<Value> {
        self.commands.of(guild).to_vec()
    }

    /// The sessions that live.
    pub fn gateways(&self) -> Vec<Gateway> {
        self.gateways.live()
    }
}

impl FakeDiscord {
    /// Looks at everything at once.
    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        self.shared.look(look)
    }

    /// [`State::messages`]
    pub fn messages(&self, channel: u64) -> Vec<Message> {
        self.look(|state| state.messages(channel))
    }

    /// [`State::ephemerals`]
    pub fn ephemerals(&self, user: u64) -> Vec<Message> {
        self.look(|state| state.ephemerals(user))
    }

    /// [`State::autocompletes`]
    pub fn autocompletes(&self) -> Vec<Completion> {
        self.look(State::autocompletes)
    }

    /// [`State::callbacks`]
    pub fn callbacks(&self) -> Vec<Callback> {
        self.look(|state| state.callbacks().to_vec())
    }

    /// [`State::requests`]
    pub fn requests(&self) -> Vec<Request> {
        self.look(|state| state.requests().to_vec())
    }

    /// [`State::violations`]
    pub fn violations(&self) -> Vec<Violation> {
        self.look(|state| state.violations().to_vec())
    }

    /// [`State::registered_commands`]
    pub fn registered_commands(&self, guild: Option<u64>) -> Vec<Value> {
        self.look(|state| state.registered_commands(guild))
    }

    /// [`State::gateways`]
    pub fn gateways(&self) -> Vec<Gateway> {
        self.look(State::gateways)
    }

    /// Waits until a look at everything finds something, and returns it. It is looked again whenever something changed.
    ///
    /// # Errors
    /// When nothing is found within 30 s: with what was done against the rules and the last calls.
    pub async fn wait_for<T>(&self, what: &str, find: impl FnMut(&State) -> Option<T>) -> anyhow::Result<T> {
        self.wait_at_most(PATIENCE, what, find).await
    }

    /// The same with another deadline.
    ///
    /// # Errors
    /// When nothing is found by then.
    pub async fn wait_at_most<T>(
        &self,
        patience: Duration,
        what: &str,
        mut find: impl FnMut(&State) -> Option<T>,
    ) -> anyhow::Result<T> {
        let mut changes = self.shared.changes();
        let search = async {
            loop {
                changes.borrow_and_update();
                if let Some(found) = self.look(&mut find) {
                    return Ok(found);
                }
                changes.changed().await.context("the fake is gone")?;
            }
        };
        match tokio::time::timeout(patience, search).await {
            Ok(found) => found,
            Err(_) => bail!("{what}: not within {patience:?}; {}", self.look(State::summary)),
        }
    }

    /// Waits until so many clients are connected and identified.
    ///
    /// # Errors
    /// When they are not within 30 s.
    pub async fn wait_for_gateways(&self, count: usize) -> anyhow::Result<()> {
        let what = format!("{count} gateway sessions");
        self.wait_for(&what, |state| (state.gateways().len() == count).then_some(())).await
    }

    /// Waits for what answers an interaction: [`State::reply`].
    ///
    /// # Errors
    /// When nothing does within 30 s.
    pub async fn wait_for_reply(&self, interaction: u64) -> anyhow::Result<Message> {
        let what = format!("a reply to {interaction}");
        self.wait_for(&what, |state| state.reply(interaction).cloned()).await
    }
}

impl State {
    /// For a test that waited in vain.
    fn summary(&self) -> String {
        let calls = self.requests.iter().rev().take(10).rev();
        let calls: Vec<String> =
            calls.map(|call| format!("{:?} {} {:?}", call.route, call.client, call.status)).collect();
        format!("violations {:#?}; last calls {calls:#?}; sessions {:#?}", self.violations, self.gateways())
    }
}
