//! One gateway connection: <https://discord.com/developers/docs/events/gateway>.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::handshake::server as handshake;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

use super::identify::Verdict;
use super::session::Frame;
use super::state::Shared;
use super::violations::Rule;

/// The most a client may send at once, in bytes, and within a minute.
const LARGEST: usize = 4096;
const A_MINUTE: usize = 120;

/// Why a connection ends.
enum End {
    /// Closed by us with a code.
    Close(u16),
    /// Broken off.
    Drop,
    /// The client said goodbye, so that its session ends, too.
    Goodbye,
}

struct Connection<S> {
    shared: Arc<Shared>,
    client: String,
    url: String,
    number: u64,
    socket: WebSocketStream<S>,
    heard: Instant,
    sent: Vec<Instant>,
}

/// Serves one connection until it ends. `url` is where a client is told to resume.
pub(super) async fn serve<S>(shared: Arc<Shared>, client: String, url: String, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut query = String::new();
    #[expect(clippy::result_large_err, reason = "tungstenite's own type")]
    let look = |request: &handshake::Request, response: handshake::Response| {
        query = request.uri().query().unwrap_or_default().to_string();
        Ok(response)
    };
    let Ok(socket) = accept_hdr_async(stream, look).await else { return };
    let (sender, frames) = mpsc::unbounded_channel();
    let number = shared.change(|state| state.gateways.opened(sender));
    let mut connection =
        Connection { shared, client, url, number, socket, heard: Instant::now(), sent: Vec::new() };
    let end = if query.split('&').any(|pair| pair == "v=10") {
        connection.run(frames).await
    } else {
        connection.violate(Rule::Gateway, format!("dialled with {query:?} instead of v=10"));
        End::Close(4012)
    };
    connection.end(end).await;
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    fn violate(&self, rule: Rule, detail: impl Into<String>) {
        self.shared.change(|state| state.violate(rule, &self.client, detail));
    }

    async fn run(&mut self, mut frames: mpsc::UnboundedReceiver<Frame>) -> End {
        let every = self.shared.look(|state| state.gateways.heartbeat);
        let hello = json!({"op": 10, "t": null, "s": null, "d": {"heartbeat_interval": every.as_millis()}});
        if !self.shared.look(|state| state.chaos.silent) {
            self.send(hello).await;
        }
        loop {
            let patience = every.mul_f64(1.5).saturating_sub(self.heard.elapsed());
            tokio::select! {
                frame = frames.recv() => match frame {
                    Some(Frame::Send(payload)) => self.send(payload).await,
                    Some(Frame::Close(code)) => return End::Close(code),
                    Some(Frame::Drop) | None => return End::Drop,
                },
                heard = self.socket.next() => match self.hear(heard).await {
                    Ok(()) => {}
                    Err(end) => return end,
                },
                () = tokio::time::sleep(patience) => {
                    // the real clock decides: a test that jumps tokio's has not kept a client from its heartbeats
                    if self.heard.elapsed() >= every.mul_f64(1.5) {
                        self.violate(Rule::Heartbeat, format!("nothing heard for {:?}", self.heard.elapsed()));
                        return End::Close(4009);
                    }
                }
            }
        }
    }

    async fn send(&mut self, payload: Value) {
        // a connection that broke is noticed where it is read
        self.socket.send(Message::text(payload.to_string())).await.unwrap_or_default();
    }

    async fn hear(&mut self, heard: Option<Result<Message, Error>>) -> Result<(), End> {
        match heard {
            Some(Ok(Message::Text(text))) => self.take(text.as_str()).await,
            Some(Ok(Message::Close(frame))) => {
                let code = frame.map_or(1005, |frame| u16::from(frame.code));
                Err(if matches!(code, 1000 | 1001) { End::Goodbye } else { End::Drop })
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(_)) => {
                self.violate(Rule::Gateway, "sent a frame that is no text");
                Err(End::Close(4002))
            }
            Some(Err(_)) | None => Err(End::Drop),
        }
    }

    async fn take(&mut self, text: &str) -> Result<(), End> {
        self.sent.retain(|at| at.elapsed() < Duration::from_secs(60));
        self.sent.push(Instant::now());
        if self.sent.len() > A_MINUTE {
            self.violate(Rule::Gateway, format!("sent more than {A_MINUTE} payloads in a minute"));
            return Err(End::Close(4008));
        }
        let payload = serde_json::from_str::<Value>(text).ok().filter(|_| text.len() <= LARGEST);
        let Some(payload) = payload else {
            self.violate(Rule::Gateway, "sent no JSON, or more than 4096 bytes");
            return Err(End::Close(4002));
        };
        if payload["op"] == 1 {
            self.heard = Instant::now();
        }
        let verdict = self.shared.change(|state| {
            let verdict = state.told(self.number, &self.client, &self.url, &payload);
            // decided together with what it answers: after it is mended nothing is said late
            if state.chaos.silent { Verdict { say: Vec::new(), ..verdict } } else { verdict }
        });
        for payload in verdict.say {
            self.send(payload).await;
        }
        verdict.close.map_or(Ok(()), |code| Err(End::Close(code)))
    }

    async fn end(mut self, end: End) {
        self.shared.change(|state| state.gateways.closed(self.number, matches!(end, End::Goodbye)));
        if let End::Close(code) = end {
            let frame = CloseFrame { code: code.into(), reason: "".into() };
            self.socket.close(Some(frame)).await.unwrap_or_default();
            // what is unread when a socket is dropped would reset it, and the client would never read the code
            let rest = async { while let Some(Ok(_)) = self.socket.next().await {} };
            tokio::time::timeout(Duration::from_secs(1), rest).await.unwrap_or_default();
        }
    }
}
