//! Slack on loopback: strict where the real one is lenient, and with switches for everything that goes wrong.
//!
//! ```no_run
//! # use podwhy_fakes::slack::{FakeSlack, Setup};
//! # use std::time::Duration;
//! # async fn test() -> anyhow::Result<()> {
//! let slack = FakeSlack::start(Setup::default()).await?;
//! // a bot is started with slack.api_url() as the address of the Web API, and opens its sockets …
//! slack.wait_for(Duration::from_secs(5), |state| (state.sockets() == 2).then_some(())).await?;
//! let asked = slack.slash("U0ANN", "C0OPS", "why shop/cart-0")?;
//! slack.acked(&asked, Duration::from_secs(3)).await?;
//! let answered = |text: &str| text.contains("shop/cart-0");
//! slack
//!     .wait_for(Duration::from_secs(5), |state| {
//!         state.messages("C0OPS").into_iter().find(|message| answered(&message.everything())).cloned()
//!     })
//!     .await?;
//! assert!(slack.violations().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! Reads as it happens:
//! - [`setup`]: the workspace. [`people`], `clicks`: what people do in it; [`modals`]: what they type into dialogs. `events`: what the bot hears of it.
//! - `payloads`, `deliver`, `sockets`, `post`: how it reaches the bot, over sockets or HTTP, and what is sent again.
//! - `listening`, `api`, `arguments`, `methods`, `content`, [`blocks`], `response_url`: what the bot may call, and every limit.
//! - [`rate`], [`chaos`]: what is refused, and what goes wrong.
//! - [`violations`], [`record`], `observe`: what is written down, and how a test waits for it.
//!
//! # Time
//! Everything is measured by tokio's clock. A test moves it with `tokio::time::{pause, advance, resume}` around one jump:
//! left paused, the clock of a runtime also jumps while bytes are on their way through loopback. Before the jump, wait for
//! what is on its way ([`FakeSlack::acked`]): an acknowledgement that a jump overtakes is late.
//!
//! # When not
//! It is no model of Slack for people: no reactions, user groups, canvases or search. What a bot sends that this
//! fake does not have is a violation, so that nobody believes it was tested.

mod api;
mod arguments;
pub mod blocks;
pub mod chaos;
mod clicks;
mod clock;
mod content;
mod deliver;
mod events;
mod listening;
pub mod message;
mod methods;
pub mod modals;
mod observe;
mod payloads;
pub mod people;
mod post;
pub mod rate;
pub mod record;
mod response_url;
pub mod setup;
mod shared;
mod sockets;
mod state;
pub mod violations;

pub use chaos::Chaos;
pub use message::{Author, Content, Message};
pub use people::Sent;
pub use post::Forgery;
pub use rate::{Limits, Rate};
pub use setup::{Channel, Mode, Setup, Stranger, User};
pub use state::State;
pub use violations::{Rule, Violation};

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::Result;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use shared::Shared;

/// A Slack that runs until the last of its handles is dropped.
#[derive(Clone, Debug)]
pub struct FakeSlack {
    pub(crate) shared: Arc<Shared>,
    pub(crate) stranger: Option<Stranger>,
    base: String,
    _server: Arc<Server>,
}

/// The listeners' tasks.
#[derive(Debug)]
struct Server(Vec<JoinHandle<()>>);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

impl FakeSlack {
    /// Starts listening on 127.0.0.1: one port for HTTP, one for sockets.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(setup: Setup) -> Result<FakeSlack> {
        let calls = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let link = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let base = format!("http://{}", calls.local_addr()?);
        let state = State::new(setup, base.clone(), format!("ws://{}", link.local_addr()?));
        let shared = Arc::new(Shared::new(state));
        let served = tokio::spawn(listening::serve(calls, Arc::clone(&shared)));
        let linked = tokio::spawn(sockets::serve(link, Arc::clone(&shared)));
        Ok(FakeSlack { shared, stranger: None, base, _server: Arc::new(Server(vec![served, linked])) })
    }

    /// `http://127.0.0.1:port`
    pub fn base_url(&self) -> &str {
        &self.base
    }

    /// Where the methods are: `http://127.0.0.1:port/api`
    pub fn api_url(&self) -> String {
        format!("{}/api", self.base)
    }

    /// From now on the bot is reached in this way. A bot in HTTP mode is started after the fake, and has its own address
    /// only then.
    pub fn set_mode(&self, mode: Mode) {
        self.shared.change(|state| state.setup.mode = mode);
    }

    /// The switches for what goes wrong.
    pub fn chaos(&self) -> Chaos {
        Chaos { shared: Arc::clone(&self.shared) }
    }
}
