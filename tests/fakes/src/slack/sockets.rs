//! Socket Mode: the WebSockets a bot opens to be sent what happens.
//! <https://docs.slack.dev/apis/events-api/using-socket-mode>

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

use super::shared::Shared;
use super::violations::Rule;
use super::{deliver, payloads};

/// <https://docs.slack.dev/apis/events-api/using-socket-mode#connections>
const MOST: usize = 10;

/// How often Slack pings; clients take its silence for a dead socket.
const PING: Duration = Duration::from_secs(10);

/// From the warning to the end.
const WARNED: Duration = Duration::from_secs(10);

/// What a socket's task is told.
#[derive(Clone, Debug)]
pub(crate) enum Frame {
    /// Send this.
    Text(String),
    /// Close properly.
    Close,
    /// Drop the connection.
    Drop,
    /// Neither read nor write any more.
    Mute,
}

/// The open sockets, and the tickets for new ones.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    open: BTreeMap<u64, Socket>,
    tickets: BTreeSet<String>,
    opened: u64,
    last_used: u64,
}

#[derive(Debug)]
struct Socket {
    orders: UnboundedSender<Frame>,
    muted: bool,
}

impl Sockets {
    pub fn ticket(&mut self, ticket: String) {
        self.tickets.insert(ticket);
    }

    /// How many are open, dead ones included.
    pub fn count(&self) -> usize {
        self.open.len()
    }

    /// How many were ever opened.
    pub fn opened(&self) -> u64 {
        self.opened
    }

    /// Whether a delivery on this socket can still be acknowledged.
    pub fn is_alive(&self, id: u64) -> bool {
        self.open.get(&id).is_some_and(|socket| !socket.muted)
    }

    /// The next in turn; not the one that failed, where there is another.
    pub fn next(&mut self, failed: Option<u64>) -> Option<u64> {
        let fit = |id: &u64| Some(*id) != failed || self.open.len() == 1;
        let later = self.open.range(self.last_used + 1..).map(|(id, _)| *id).find(fit);
        let chosen = later.or_else(|| self.open.keys().copied().find(fit))?;
        self.last_used = chosen;
        Some(chosen)
    }

    pub fn send(&self, id: u64, text: String) -> bool {
        self.open.get(&id).is_some_and(|socket| socket.orders.send(Frame::Text(text)).is_ok())
    }

    /// Ends all of them in this way.
    pub fn end(&mut self, how: Frame) {
        for (_, socket) in std::mem::take(&mut self.open) {
            // a task that ended by itself needs no order
            socket.orders.send(how.clone()).ok();
        }
    }

    pub fn mute(&mut self) {
        for socket in self.open.values_mut() {
            socket.muted = true;
            socket.orders.send(Frame::Mute).ok();
        }
    }

    fn add(&mut self) -> Option<(u64, UnboundedReceiver<Frame>)> {
        if self.open.len() >= MOST {
            return None;
        }
        self.opened += 1;
        let (orders, received) = unbounded_channel();
        self.open.insert(self.opened, Socket { orders, muted: false });
        Some((self.opened, received))
    }
}

/// Sends `disconnect` on every open socket and ends it when Slack would.
pub(crate) fn disconnect(shared: &Arc<Shared>, reason: &str) {
    let orders: Vec<(u64, UnboundedSender<Frame>)> = shared.change(|state| {
        let frame = payloads::disconnect(&state.setup.identity, reason, state.sockets.count());
        let text = frame.to_string();
        let open = std::mem::take(&mut state.sockets.open);
        let told = open.iter().map(|(id, socket)| {
            socket.orders.send(Frame::Text(text.clone())).ok();
            (*id, socket.orders.clone())
        });
        let told = told.collect();
        if reason == "warning" {
            // it goes on being used until it is closed
            state.sockets.open = open;
        }
        told
    });
    if reason != "warning" {
        orders.iter().for_each(|(_, order)| _ = order.send(Frame::Close));
        return;
    }
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        tokio::time::sleep(WARNED).await;
        shared.change(|state| orders.iter().for_each(|(id, _)| _ = state.sockets.open.remove(id)));
        orders.iter().for_each(|(_, order)| _ = order.send(Frame::Close));
    });
}

/// Takes connections until it is aborted.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    // a listener on loopback that fails ends with the fake
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(connection(stream, Arc::clone(&shared)));
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    #[allow(clippy::result_large_err, reason = "the handshake's callback is made so")]
    let admit = |request: &Request, response: Response| admit(&shared, request, response);
    let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, admit).await else { return };
    let Some((id, orders)) = shared.change(|state| state.sockets.add()) else {
        let refusal = shared.change(|state| {
            state.violate(Rule::TooManySockets, format!("more than {MOST} sockets"));
            payloads::disconnect(&state.setup.identity, "too_many_websockets", state.sockets.count())
        });
        // a client that is gone already needs no refusal
        socket.send(Message::text(refusal.to_string())).await.ok();
        socket.close(None).await.ok();
        return;
    };
    let hello = shared.read(|state| payloads::hello(&state.setup.identity, state.sockets.count()));
    talk(&mut socket, id, orders, &shared, hello).await;
    shared.change(|state| state.sockets.open.remove(&id));
}

#[allow(clippy::result_large_err, reason = "the handshake's callback is made so")]
fn admit(shared: &Shared, request: &Request, response: Response) -> Result<Response, ErrorResponse> {
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let given = url::form_urlencoded::parse(query).find(|(key, _)| key == "ticket");
    let known = shared.change(|state| {
        let known = given.is_some_and(|(_, ticket)| state.sockets.tickets.remove(&*ticket));
        if !known {
            state.violate(Rule::Ticket, "a socket opened with a ticket that was not given, or used before");
        }
        known
    });
    if known {
        return Ok(response);
    }
    let mut refusal = ErrorResponse::new(None);
    *refusal.status_mut() = http::StatusCode::UNAUTHORIZED;
    Err(refusal)
}

async fn talk(
    socket: &mut WebSocketStream<TcpStream>,
    id: u64,
    mut orders: UnboundedReceiver<Frame>,
    shared: &Arc<Shared>,
    hello: Value,
) {
    if socket.send(Message::text(hello.to_string())).await.is_err() {
        return;
    }
    let mut pings = interval(PING);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(Frame::Text(text)) => {
                    if socket.send(Message::text(text)).await.is_err() {
                        return;
                    }
                }
                Some(Frame::Mute) => return muted(orders, socket.get_mut()).await,
                Some(Frame::Close) => {
                    socket.close(None).await.ok();
                    // until the client has closed too: acknowledgements may be on their way
                    while let Some(Ok(frame)) = socket.next().await {
                        if let Message::Text(text) = frame {
                            deliver::acknowledge(shared, id, &text);
                        }
                    }
                    return;
                }
                Some(Frame::Drop) | None => return,
            },
            frame = socket.next() => match frame {
                Some(Ok(Message::Text(text))) => deliver::acknowledge(shared, id, &text),
                Some(Ok(Message::Binary(_))) => {
                    shared.change(|state| state.violate(Rule::AckShape, "a binary frame"));
                }
                // pings are answered by the library
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            _ = pings.tick() => {
                if socket.send(Message::Ping("Ping from applink-fake".into())).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Holds the connection open until the fake ends it, or the client does. What comes is not even taken apart: to read a ping
/// is to answer it.
async fn muted(mut orders: UnboundedReceiver<Frame>, stream: &mut TcpStream) {
    let mut unheard = [0_u8; 512];
    loop {
        tokio::select! {
            order = orders.recv() => if matches!(order, None | Some(Frame::Close | Frame::Drop)) {
                return;
            },
            read = stream.read(&mut unheard) => if !matches!(read, Ok(1..)) {
                return;
            },
        }
    }
}
