//! Gateway sessions: what was dispatched to each, and on which connection it lives.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::setup::Setup;
use super::state::State;

/// How much of what was dispatched can be sent again.
const REMEMBERED: usize = 5_000;

/// What a connection is told to do.
#[derive(Clone, Debug)]
pub(super) enum Frame {
    Send(Value),
    Close(u16),
    Drop,
}

/// A client's session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) client: String,
    pub(super) intents: u64,
    pub(super) seq: u64,
    pub(super) connection: Option<u64>,
    pub(super) resumable: bool,
    pub(super) heartbeats: u64,
    pub(super) resumed: u64,
    log: VecDeque<Value>,
}

impl Session {
    /// The next dispatch.
    fn dispatch(&mut self, event: &str, data: &Value) -> Value {
        self.seq += 1;
        let payload = json!({"op": 0, "t": event, "s": self.seq, "d": data});
        self.log.push_back(payload.clone());
        if self.log.len() > REMEMBERED {
            self.log.pop_front();
        }
        payload
    }

    /// What came after this number.
    pub(super) fn missed(&self, after: u64) -> Vec<Value> {
        self.log.iter().filter(|p| p["s"].as_u64() > Some(after)).cloned().collect()
    }
}

/// A live session, as a test sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// The client: the name of the [`Door`](super::Door) it came through.
    pub client: String,
    /// The session's id.
    pub session: String,
    /// The intents it asked for.
    pub intents: u64,
    /// How many heartbeats were heard.
    pub heartbeats: u64,
    /// How often it was resumed.
    pub resumed: u64,
}

/// All sessions and connections.
#[derive(Debug)]
pub(super) struct Gateways {
    pub(super) heartbeat: Duration,
    pub(super) privileged: bool,
    pub(super) sessions: Vec<Session>,
    connections: BTreeMap<u64, UnboundedSender<Frame>>,
    opened: u64,
}

impl Gateways {
    pub(super) fn new(setup: &Setup) -> Gateways {
        Gateways {
            heartbeat: setup.heartbeat,
            privileged: setup.privileged_intents,
            sessions: Vec::new(),
            connections: BTreeMap::new(),
            opened: 0,
        }
    }

    pub(super) fn opened(&mut self, sender: UnboundedSender<Frame>) -> u64 {
        self.opened += 1;
        self.connections.insert(self.opened, sender);
        self.opened
    }

    /// A connection ended; its session lives on unless the client itself closed it.
    pub(super) fn closed(&mut self, connection: u64, by_client: bool) {
        self.connections.remove(&connection);
        if let Some(session) = self.of(connection) {
            session.connection = None;
            session.resumable &= !by_client;
        }
    }

    pub(super) fn of(&mut self, connection: u64) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| session.connection == Some(connection))
    }

    /// A new session. Its id is as opaque as a real one.
    pub(super) fn begin(&mut self, connection: u64, client: &str, intents: u64) -> String {
        let id = format!(
            "{:032x}",
            u128::from(connection).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)
        );
        self.sessions.push(Session {
            id: id.clone(),
            client: client.to_string(),
            intents,
            seq: 0,
            connection: Some(connection),
            resumable: true,
            heartbeats: 0,
            resumed: 0,
            log: VecDeque::new(),
        });
        id
    }

    /// Goes on with a session on another connection; the one it had is dropped.
    pub(super) fn resume(&mut self, id: &str, connection: u64) -> Option<&mut Session> {
        let place = self.sessions.iter().position(|session| session.id == id && session.resumable)?;
        let session = self.sessions.get_mut(place)?;
        let before = session.connection.replace(connection);
        if let Some(sender) = before.and_then(|before| self.connections.get(&before)) {
            tell(sender, Frame::Drop);
        }
        Some(session)
    }

    pub(super) fn hang_up(&mut self, code: Option<u16>) {
        let frame = code.map_or(Frame::Drop, Frame::Close);
        let ends = code.is_some_and(|code| !may_be_resumed_after(code));
        for session in self.sessions.iter_mut().filter(|session| session.connection.is_some()) {
            session.resumable &= !ends;
        }
        self.connections.values().for_each(|connection| tell(connection, frame.clone()));
    }

    pub(super) fn ask_to_reconnect(&mut self) {
        let frame = Frame::Send(json!({"op": 7, "d": null}));
        self.connections.values().for_each(|connection| tell(connection, frame.clone()));
    }

    pub(super) fn invalidate(&mut self, resumable: bool) {
        for session in &mut self.sessions {
            session.resumable &= resumable;
        }
        let frame = Frame::Send(json!({"op": 9, "d": resumable}));
        self.connections.values().for_each(|connection| tell(connection, frame.clone()));
    }

    pub(super) fn live(&self) -> Vec<Gateway> {
        let live = self.sessions.iter().filter(|session| session.connection.is_some());
        live.map(|session| Gateway {
            client: session.client.clone(),
            session: session.id.clone(),
            intents: session.intents,
            heartbeats: session.heartbeats,
            resumed: session.resumed,
        })
        .collect()
    }
}

impl State {
    /// Dispatches to every session, live or resumable: each replica of a shard gets everything. Returns to how many.
    pub(super) fn dispatch(&mut self, event: &str, data: &Value) -> usize {
        let Gateways { sessions, connections, .. } = &mut self.gateways;
        let silent = self.chaos.silent;
        let reached = sessions.iter_mut().filter(|s| s.resumable || s.connection.is_some());
        reached
            .map(|session| {
                let payload = session.dispatch(event, data);
                let connection = session.connection.filter(|_| !silent).and_then(|c| connections.get(&c));
                connection.into_iter().for_each(|connection| tell(connection, Frame::Send(payload.clone())));
            })
            .count()
    }

    /// Dispatches to the session of one connection.
    pub(super) fn dispatch_to(&mut self, connection: u64, event: &str, data: &Value) -> Option<Value> {
        Some(self.gateways.of(connection)?.dispatch(event, data))
    }
}

/// A connection whose task has ended needs to be told nothing.
fn tell(connection: &UnboundedSender<Frame>, frame: Frame) {
    connection.send(frame).unwrap_or_default();
}

/// <https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes>
fn may_be_resumed_after(code: u16) -> bool {
    !matches!(code, 1000 | 1001 | 4004 | 4007 | 4009 | 4010..=4014)
}
