//! Reading what happened, and waiting for it.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{Instant, timeout_at};

use super::FakeSlack;
use super::message::{Author, Message};
use super::people::Sent;
use super::record::{Ack, Delivery, Ephemeral, File, Home, Modal, Request};
use super::state::State;
use super::violations::{Rule, Violation};

impl State {
    /// A channel's messages, oldest first, replies among them.
    pub fn messages(&self, channel: &str) -> Vec<&Message> {
        self.rooms.get(channel).map(|room| room.messages.values().collect()).unwrap_or_default()
    }

    /// Of a channel's messages the bot's that begin a thread, or could.
    pub fn parents(&self, channel: &str) -> Vec<&Message> {
        // one that has replies names itself
        let is_first = |message: &Message| message.thread.as_ref().is_none_or(|thread| *thread == message.ts);
        let of_bot = |message: &&Message| message.author == Author::Bot && is_first(message);
        self.messages(channel).into_iter().filter(of_bot).collect()
    }

    /// The messages of a channel that were deleted.
    pub fn deleted(&self, channel: &str) -> &[Message] {
        self.rooms.get(channel).map(|room| room.deleted.as_slice()).unwrap_or_default()
    }

    /// What one person alone was shown, oldest first.
    pub fn ephemerals(&self, user: &str) -> Vec<&Ephemeral> {
        self.ephemerals.iter().filter(|shown| shown.user == user).collect()
    }

    /// One person's App Home.
    pub fn home(&self, user: &str) -> Option<&Home> {
        self.homes.get(user)
    }

    /// The modals that were opened before one person, oldest first.
    pub fn modals(&self, user: &str) -> Vec<&Modal> {
        let mut modals: Vec<&Modal> = self.modals.values().filter(|modal| modal.user == user).collect();
        // ids are numbered, and of the same length or longer
        modals.sort_by_key(|modal| (modal.id.len(), modal.id.clone()));
        modals
    }

    /// The files that were shared in a channel.
    pub fn files(&self, channel: &str) -> Vec<&File> {
        self.files.values().filter(|file| file.channel.as_deref() == Some(channel)).collect()
    }

    /// Every call of the bot's, in order.
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// Every rule that was broken, in order.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Every acknowledgement, in order.
    pub fn acks(&self) -> &[Ack] {
        &self.acks
    }

    /// Everything that was sent to the bot.
    pub fn deliveries(&self) -> &[Delivery] {
        &self.deliveries
    }

    /// How many sockets are open; those that died silently count.
    pub fn sockets(&self) -> usize {
        self.sockets.count()
    }

    /// How many sockets were ever opened.
    pub fn sockets_opened(&self) -> u64 {
        self.sockets.opened()
    }
}

impl FakeSlack {
    /// [`State::messages`]
    pub fn messages(&self, channel: &str) -> Vec<Message> {
        self.shared.read(|state| state.messages(channel).into_iter().cloned().collect())
    }

    /// [`State::parents`]
    pub fn parents(&self, channel: &str) -> Vec<Message> {
        self.shared.read(|state| state.parents(channel).into_iter().cloned().collect())
    }

    /// [`State::ephemerals`]
    pub fn ephemerals(&self, user: &str) -> Vec<Ephemeral> {
        self.shared.read(|state| state.ephemerals(user).into_iter().cloned().collect())
    }

    /// [`State::home`]
    pub fn home(&self, user: &str) -> Option<Home> {
        self.shared.read(|state| state.home(user).cloned())
    }

    /// [`State::modals`]
    pub fn modals(&self, user: &str) -> Vec<Modal> {
        self.shared.read(|state| state.modals(user).into_iter().cloned().collect())
    }

    /// [`State::files`]
    pub fn files(&self, channel: &str) -> Vec<File> {
        self.shared.read(|state| state.files(channel).into_iter().cloned().collect())
    }

    /// [`State::requests`]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.read(|state| state.requests.clone())
    }

    /// [`State::violations`]
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.read(|state| state.violations.clone())
    }

    /// The violations of all rules but these: for what the world of a test makes happen to a right client, as
    /// [`Rule::NotInChannel`] to one that tries before it answers otherwise.
    pub fn violations_except(&self, expected: &[Rule]) -> Vec<Violation> {
        let mut violations = self.violations();
        violations.retain(|violation| !expected.contains(&violation.rule));
        violations
    }

    /// [`State::acks`]
    pub fn acks(&self) -> Vec<Ack> {
        self.shared.read(|state| state.acks.clone())
    }

    /// [`State::deliveries`]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.read(|state| state.deliveries.clone())
    }

    /// Looks at the state.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        self.shared.read(look)
    }

    /// Waits until `look` finds what it looks for; it looks at once, and again after every change.
    ///
    /// # Errors
    /// When it has not found it within this time, of tokio's clock. The error says what the fake saw last.
    pub async fn wait_for<T>(
        &self,
        within: Duration,
        mut look: impl FnMut(&State) -> Option<T>,
    ) -> Result<T> {
        let mut changes = self.shared.changes();
        let deadline = Instant::now() + within;
        loop {
            if let Some(found) = self.shared.read(&mut look) {
                return Ok(found);
            }
            if !matches!(timeout_at(deadline, changes.changed()).await, Ok(Ok(()))) {
                bail!("not within {within:?}. {}", self.shared.read(summary));
            }
        }
    }

    /// Waits until all of what was sent is acknowledged, and gives the acknowledgements.
    ///
    /// # Errors
    /// As [`FakeSlack::wait_for`].
    pub async fn acked(&self, sent: &Sent, within: Duration) -> Result<Vec<Ack>> {
        self.wait_for(within, |state| {
            let first = |number: &usize| state.acks.iter().find(|ack| ack.delivery == *number).cloned();
            sent.numbers.iter().map(first).collect()
        })
        .await
    }
}

/// The end of what happened, for a test that waited in vain.
fn summary(state: &State) -> String {
    let requests = state.requests.iter().rev().take(8).rev();
    let requests: Vec<String> = requests
        .map(|request| match &request.answer {
            Some(answer) => {
                let error = answer.error.as_deref().unwrap_or_default();
                format!("{} {} {error}", request.method, answer.status).trim().to_string()
            }
            None => format!("{} unanswered", request.method),
        })
        .collect();
    let acked = state.deliveries.iter().filter(|delivery| delivery.is_acked()).count();
    let violations: Vec<String> = state.violations.iter().map(ToString::to_string).collect();
    format!(
        "{} of {} deliveries acknowledged, {} sockets; last calls: {requests:?}; violations: {violations:?}",
        acked,
        state.deliveries.len(),
        state.sockets.count(),
    )
}
