//! Everything the fake knows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::blocks;
use super::chaos::Tricks;
use super::clock::Clock;
use super::message::{Author, Content, Message};
use super::modals::Trigger;
use super::rate::Rates;
use super::record::{Ack, Delivery, Ephemeral, File, Home, Kind, Modal, Request};
use super::response_url::ResponseUrl;
use super::setup::{Channel, ChannelKind, Setup, User, by_id};
use super::sockets::Sockets;
use super::violations::{Rule, Violation};

/// The workspace and all that happened in it, as [`super::FakeSlack::wait_for`] shows it.
#[derive(Debug)]
pub struct State {
    pub(crate) clock: Clock,
    /// `http://` and `ws://` addresses of the fake's own.
    pub(crate) base: String,
    pub(crate) link: String,
    pub(crate) setup: Setup,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) rooms: BTreeMap<String, Room>,
    pub(crate) ephemerals: Vec<Ephemeral>,
    pub(crate) homes: BTreeMap<String, Home>,
    /// Every modal that was opened, by its view's id.
    pub(crate) modals: BTreeMap<String, Modal>,
    pub(crate) triggers: BTreeMap<String, Trigger>,
    pub(crate) files: BTreeMap<String, File>,
    pub(crate) urls: BTreeMap<String, ResponseUrl>,
    pub(crate) sockets: Sockets,
    pub(crate) deliveries: Vec<Delivery>,
    /// Envelopes by id: the delivery's number, the attempt's place in it.
    pub(crate) envelopes: BTreeMap<String, (usize, usize)>,
    pub(crate) outbox: Vec<usize>,
    pub(crate) requests: Vec<Request>,
    pub(crate) acks: Vec<Ack>,
    pub(crate) violations: Vec<Violation>,
    pub(crate) rates: Rates,
    pub(crate) tricks: Tricks,
    pub(crate) revoked: BTreeSet<String>,
    counter: u64,
}

/// A channel and what was said in it.
#[derive(Debug)]
pub(crate) struct Room {
    pub channel: Channel,
    pub messages: BTreeMap<String, Message>,
    pub deleted: Vec<Message>,
}

impl State {
    pub(crate) fn new(mut setup: Setup, base: String, link: String) -> State {
        let channels = std::mem::take(&mut setup.channels);
        let mut state = State {
            clock: Clock::start(),
            base,
            link,
            users: by_id(&setup.users, |user| &user.id),
            setup,
            rooms: BTreeMap::new(),
            ephemerals: Vec::new(),
            homes: BTreeMap::new(),
            modals: BTreeMap::new(),
            triggers: BTreeMap::new(),
            files: BTreeMap::new(),
            urls: BTreeMap::new(),
            sockets: Sockets::default(),
            deliveries: Vec::new(),
            envelopes: BTreeMap::new(),
            outbox: Vec::new(),
            requests: Vec::new(),
            acks: Vec::new(),
            violations: Vec::new(),
            rates: Rates::default(),
            tricks: Tricks::default(),
            revoked: BTreeSet::new(),
            counter: 0,
        };
        for channel in channels {
            let (id, history) = (channel.id.clone(), channel.history.clone());
            state.open(channel);
            for (author, content) in history {
                state.store(&id, author, content, None, false);
            }
        }
        state
    }

    /// A new number.
    pub(crate) fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Writes a broken rule down.
    pub(crate) fn violate(&mut self, rule: Rule, detail: impl Into<String>) {
        let at = self.clock.now();
        self.violations.push(Violation { rule, detail: detail.into(), at });
    }

    pub(crate) fn open(&mut self, channel: Channel) {
        let room = Room { channel, messages: BTreeMap::new(), deleted: Vec::new() };
        self.rooms.insert(room.channel.id.clone(), room);
    }

    /// The direct messages of a person, opened where they are not yet.
    pub(crate) fn direct(&mut self, user: &str) -> String {
        let channel = Channel::direct(user);
        let id = channel.id.clone();
        if !self.rooms.contains_key(&id) {
            self.open(channel);
        }
        id
    }

    pub(crate) fn message(&self, channel: &str, ts: &str) -> Option<&Message> {
        self.rooms.get(channel)?.messages.get(ts)
    }

    pub(crate) fn message_mut(&mut self, channel: &str, ts: &str) -> Option<&mut Message> {
        self.rooms.get_mut(channel)?.messages.get_mut(ts)
    }

    /// Adds the ids and defaults that Slack adds.
    pub(crate) fn filled(&mut self, mut content: Content) -> Content {
        blocks::fill(&mut content.blocks, &mut || self.next());
        for attachment in &mut content.attachments {
            if let Some(Value::Array(nested)) = attachment.get_mut("blocks") {
                blocks::fill(nested, &mut || self.next());
            }
        }
        content
    }

    /// Puts a new message into a channel and returns its `ts`.
    pub(crate) fn store(
        &mut self,
        channel: &str,
        author: Author,
        content: Content,
        thread: Option<String>,
        broadcast: bool,
    ) -> String {
        let ts = self.clock.ts();
        if let Some(thread) = &thread
            && let Some(parent) = self.message_mut(channel, thread)
        {
            // with its first reply, a message becomes one of its own thread
            parent.thread = Some(thread.clone());
        }
        let message = Message {
            channel: channel.to_string(),
            ts: ts.clone(),
            author,
            content: self.filled(content),
            thread,
            broadcast,
            files: Vec::new(),
            edits: Vec::new(),
        };
        if let Some(room) = self.rooms.get_mut(channel) {
            room.messages.insert(ts.clone(), message);
        }
        ts
    }

    /// Shows something to one person.
    pub(crate) fn show(
        &mut self,
        user: &str,
        channel: &str,
        content: Content,
        thread: Option<String>,
    ) -> String {
        let (ts, content) = (self.clock.ts(), self.filled(content));
        let (user, channel) = (user.to_string(), channel.to_string());
        self.ephemerals.push(Ephemeral { user, channel, ts: ts.clone(), content, thread, edits: Vec::new() });
        ts
    }

    /// Whether people of other organisations are in the channel.
    pub(crate) fn is_shared(&self, channel: &str) -> bool {
        let members = self.rooms.get(channel).map(|room| &room.channel.members);
        let outside = |id: &String| self.users.get(id).is_some_and(|user| user.team.is_some());
        members.is_some_and(|members| members.iter().any(outside))
    }

    pub(crate) fn kind_of(&self, channel: &str) -> ChannelKind {
        self.rooms.get(channel).map_or(ChannelKind::Public, |room| room.channel.kind)
    }

    /// Queues something for the bot: [`super::deliver::flush`] sends it.
    pub(crate) fn queue(&mut self, kind: Kind, key: String, payload: Value) -> usize {
        let number = self.deliveries.len();
        self.deliveries.push(Delivery { number, kind, key, payload, tries: 0, attempts: Vec::new() });
        self.outbox.push(number);
        number
    }
}
