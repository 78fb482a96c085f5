//! One socket: dialled, greeted, read. Every envelope is acknowledged before anything else is done with it.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};
use tracing::debug;
use url::Url;

use super::Sockets;
use super::envelope::{Frame, acknowledgement};
use crate::metrics::Counted;
use crate::options::is_loopback;
use crate::stop::Stop;

/// Slack's messages are far smaller.
const LARGEST: usize = 8 * 1024 * 1024;

/// How long a socket may take to be closed properly.
const GOODBYE: Duration = Duration::from_secs(1);

/// A socket that stands.
pub(super) struct Connection {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    began: Instant,
    heard: Instant,
    _alive: Counted,
    _health: Alive,
}

/// Alive for readiness until it is dropped.
struct Alive(std::sync::Arc<crate::health::Health>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.socket_ended();
    }
}

/// Why a socket is no longer read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// podwhy ends.
    Stop,
    /// Slack will close it soon: another is to be opened first.
    Replace(&'static str),
    /// It ended.
    Ended(&'static str),
    /// Slack wants none.
    Refused(&'static str),
}

impl Connection {
    pub(super) fn age(&self) -> Duration {
        self.began.elapsed()
    }

    pub(super) async fn close(mut self) {
        // whether the other side hears it changes nothing
        let _closed = timeout(GOODBYE, self.stream.close(None)).await;
    }
}

impl Sockets {
    /// Opens a connection and waits for its greeting.
    ///
    /// # Errors
    /// Why not, without the socket's URL: its ticket lets anyone in.
    pub(super) async fn open(&self) -> Result<Connection, String> {
        let url = match self.outbound.connection().await {
            Ok(url) => url,
            Err(error) if error.is_token() || error.is_scope() => {
                return Err(format!("the app token: {error}"));
            }
            Err(error) => return Err(format!("apps.connections.open: {error}")),
        };
        let parsed = Url::parse(&url).map_err(|_| "Slack gave no socket's URL".to_string())?;
        let safe =
            parsed.scheme() == "wss" || (self.is_local && parsed.scheme() == "ws" && is_loopback(&parsed));
        if !safe {
            return Err("Slack gave a socket's URL that is not encrypted".to_string());
        }
        let config = WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST));
        let connector = Connector::Rustls(self.tls.clone());
        let dialled = connect_async_tls_with_config(url, Some(config), true, Some(connector));
        let limit = self.timeouts.connect;
        let (mut stream, _) = timeout(limit, dialled)
            .await
            .map_err(|_| "the socket was not opened in time".to_string())?
            .map_err(|error| format!("the socket was not opened: {}", word(&error)))?;
        let greeted = timeout(limit, greeting(&mut stream)).await;
        greeted.map_err(|_| "the socket's hello did not come in time".to_string())??;
        self.health.socket_alive();
        let (now, health) = (Instant::now(), Alive(self.health.clone()));
        Ok(Connection { stream, began: now, heard: now, _alive: self.metrics.socket(), _health: health })
    }

    /// Reads a connection until something is to be done about it.
    pub(super) async fn serve(&self, connection: &mut Connection, stop: &mut Stop) -> Turn {
        let mut ping = interval(self.timeouts.ping);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let turn = tokio::select! {
                // what comes after the end is not acknowledged: Slack sends it to another socket
                biased;
                () = stop.stopped() => Some(Turn::Stop),
                frame = connection.stream.next() => match frame {
                    Some(Ok(message)) => self.frame(connection, message).await,
                    Some(Err(error)) => {
                        debug!(why = word(&error), "a Slack socket broke");
                        Some(Turn::Ended("broken"))
                    }
                    None => Some(Turn::Ended("closed")),
                },
                _ = ping.tick() => self.ping(connection).await,
            };
            if let Some(turn) = turn {
                return turn;
            }
        }
    }

    async fn ping(&self, connection: &mut Connection) -> Option<Turn> {
        if connection.heard.elapsed() > self.timeouts.silence {
            return Some(Turn::Ended("silent"));
        }
        let ping = Message::Ping(Vec::new().into());
        self.send(connection, ping).await
    }

    async fn frame(&self, connection: &mut Connection, message: Message) -> Option<Turn> {
        let began = Instant::now();
        connection.heard = began;
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return Some(Turn::Ended("closed")),
            _ => return None,
        };
        match Frame::read(&text) {
            Frame::Hello | Frame::Other => None,
            Frame::Disconnect(reason) => Some(farewell(&reason)),
            Frame::Envelope { id, raw } => {
                let ended = self.send(connection, Message::Text(acknowledgement(&id).into())).await;
                if ended.is_some() {
                    // it was not acknowledged: Slack sends it again, and then it is answered
                    return ended;
                }
                self.metrics.acknowledged(began.elapsed());
                if let Some(raw) = raw {
                    self.front.take(raw);
                }
                None
            }
        }
    }

    /// A socket that takes nothing in for as long as it may be silent is dead, too.
    async fn send(&self, connection: &mut Connection, message: Message) -> Option<Turn> {
        match timeout(self.timeouts.silence, connection.stream.send(message)).await {
            Ok(Ok(())) => None,
            Ok(Err(_)) => Some(Turn::Ended("broken")),
            Err(_) => Some(Turn::Ended("stuck")),
        }
    }
}

async fn greeting(stream: &mut WebSocketStream<MaybeTlsStream<TcpStream>>) -> Result<(), String> {
    while let Some(frame) = stream.next().await {
        match frame {
            Ok(Message::Text(text)) => match Frame::read(&text) {
                Frame::Hello => return Ok(()),
                Frame::Disconnect(reason) => {
                    let (Turn::Replace(why) | Turn::Refused(why)) = farewell(&reason) else { continue };
                    return Err(format!("Slack closed the socket at once: {why}"));
                }
                // it comes again, to a connection that stands
                Frame::Envelope { .. } | Frame::Other => {}
            },
            Ok(_) => {}
            Err(error) => return Err(format!("the socket broke: {}", word(&error))),
        }
    }
    Err("Slack closed the socket at once".to_string())
}

/// <https://docs.slack.dev/apis/events-api/using-socket-mode/#disconnect>
fn farewell(reason: &str) -> Turn {
    match reason {
        "warning" => Turn::Replace("warning"),
        "refresh_requested" => Turn::Replace("refresh-requested"),
        "link_disabled" => Turn::Refused("link-disabled"),
        "too_many_websockets" => Turn::Refused("too-many-websockets"),
        _ => Turn::Replace("other"),
    }
}

/// What went wrong, without what was dialled.
fn word(error: &Error) -> String {
    match error {
        Error::Http(response) => format!("HTTP {}", response.status().as_u16()),
        Error::Io(error) => error.kind().to_string(),
        Error::Tls(_) => "TLS failed".to_string(),
        Error::ConnectionClosed | Error::AlreadyClosed => "closed".to_string(),
        Error::Capacity(_) => "too large a message".to_string(),
        _ => "not a WebSocket".to_string(),
    }
}
