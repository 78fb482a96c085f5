//! What the tests of this crate stand on: a flow that answers as it is told, and a Discord of one file.

pub(crate) mod discord;
pub(crate) mod flow;
#[path = "../../../bot/flow/tests/gallery/pressed.rs"]
pub(crate) mod incidents;
pub(crate) mod net;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use podwhy_flow::incident::Button;
use podwhy_flow::ports::Clock;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::time::Instant;

pub(crate) use discord::{Fake, Trouble};
pub(crate) use flow::Flow;
pub(crate) use incidents::Pressed;

use crate::app::{App, Me};
use crate::body;
use crate::id::Id;
use crate::metrics::Metrics;
use crate::options::{Options, Ports};
use crate::question;
use crate::received::Received;
use crate::render::{Message, action};
use crate::rest::Rest;

pub(crate) const APPLICATION: u64 = 42;
pub(crate) const BOT: u64 = 10;
pub(crate) const CHANNEL: u64 = 500;
pub(crate) const GUILD: u64 = 1;

/// A replica, over a Discord that may be another's, too.
#[derive(Clone)]
pub(crate) struct Replica {
    pub(crate) app: Arc<App>,
    pub(crate) flow: Arc<Flow>,
    pub(crate) incidents: Arc<Pressed>,
    pub(crate) discord: Arc<Fake>,
}

impl Replica {
    pub(crate) fn new() -> Replica {
        Replica::over(&Arc::new(Fake::default()), |_| {})
    }

    /// One that keeps no incidents.
    pub(crate) fn without_incidents() -> Replica {
        Replica::made(&Arc::new(Fake::default()), |_| {}, false)
    }

    pub(crate) fn over(discord: &Arc<Fake>, change: impl FnOnce(&mut Options)) -> Replica {
        Replica::made(discord, change, true)
    }

    fn made(discord: &Arc<Fake>, change: impl FnOnce(&mut Options), keeps_incidents: bool) -> Replica {
        let mut options = Options::new(SecretString::from("token"));
        options.channels = vec![CHANNEL.to_string()];
        change(&mut options);
        let flow = Arc::new(Flow::default());
        let (metrics, incidents) = (Metrics::default(), Arc::new(Pressed::default()));
        let begun = discord.begun();
        let ports = Ports {
            answering: Arc::clone(&flow) as _,
            claims: discord.claims(),
            incidents: keeps_incidents.then(|| Arc::clone(&incidents) as _),
            clock: Clock::new(move || now(begun)),
            metrics: metrics.clone(),
        };
        let rest = Rest::new(Arc::new(discord.lane()), metrics, options.timeouts.clone());
        let read = |ids: &[String]| ids.iter().map(|id| id.parse().unwrap()).collect();
        let ids = (read(&options.guilds), read(&options.channels));
        let app = Arc::new(App::new(&options, ports, rest, ids));
        app.known_as(me());
        Replica { app, flow, incidents, discord: Arc::clone(discord) }
    }

    /// Handles an interaction to its end.
    pub(crate) async fn handle(&self, raw: &Value) {
        question::handle(Arc::clone(&self.app), Received::read(raw, Instant::now()).unwrap()).await;
    }

    /// What was counted of interactions.
    pub(crate) fn counted(&self, kind: &'static str, outcome: &'static str) -> u64 {
        self.app.metrics.taken(kind, outcome)
    }
}

pub(crate) fn me() -> Me {
    Me { application: Id::from(APPLICATION), bot: Id::from(BOT), guilds: vec![Id::from(GUILD)] }
}

/// The time on tokio's clock, which tests stop.
pub(crate) fn now(begun: Instant) -> Timestamp {
    let start: Timestamp = "2026-11-23T19:00:00Z".parse().unwrap();
    start + SignedDuration::try_from(begun.elapsed()).unwrap()
}

/// An interaction of someone in the configured channel.
pub(crate) fn interaction(id: u64, kind: u8, data: Value) -> Value {
    json!({
        "id": id.to_string(), "application_id": APPLICATION.to_string(), "type": kind, "token": format!("T{id}"),
        "guild_id": GUILD.to_string(), "channel_id": CHANNEL.to_string(),
        "channel": { "id": CHANNEL.to_string(), "type": 0, "parent_id": "77" },
        "member": { "user": { "id": "7", "username": "bob" } }, "locale": "en-US", "context": 0, "data": data,
    })
}

/// `/pod why shop/cart-0`
pub(crate) fn why(id: u64) -> Value {
    slash(id, "why", &json!([{ "type": 3, "name": "target", "value": "shop/cart-0" }]))
}

pub(crate) fn slash(id: u64, sub: &str, options: &Value) -> Value {
    let sub = json!({ "type": 1, "name": sub, "options": options });
    interaction(id, 2, json!({ "type": 1, "name": "pod", "options": [sub] }))
}

/// A button on a message.
pub(crate) fn press(id: u64, button: &str, message: &Value) -> Value {
    let mut raw = interaction(id, 3, json!({ "component_type": 2, "custom_id": button }));
    raw["message"] = message.clone();
    raw
}

/// The id of a button's dialog about `inc-1`.
pub(crate) fn dialog(button: Button) -> String {
    action::dialog(button.form().unwrap(), "inc-1")
}

/// A dialog that was opened from a message and filled in. What only showed comes back, too.
pub(crate) fn submit(id: u64, dialog: &str, typed: &[(&str, &str)], message: &Value) -> Value {
    let field = |(id, value): &(&str, &str)| json!({ "type": 4, "id": 2, "custom_id": id, "value": value });
    let row = |one| json!({ "type": 1, "id": 1, "components": [field(one)] });
    let mut rows: Vec<Value> = typed.iter().map(row).collect();
    rows.push(json!({ "type": 10, "id": 9 }));
    let mut raw = interaction(id, 5, json!({ "custom_id": dialog, "components": rows }));
    raw["message"] = message.clone();
    raw
}

/// A message of the bot's, as Discord gives it.
pub(crate) fn posted(id: u64, message: &Message, written: Timestamp) -> Value {
    let mut raw = body::new(message, false, None);
    raw["id"] = json!(id.to_string());
    raw["channel_id"] = json!(CHANNEL.to_string());
    raw["author"] = json!({ "id": BOT.to_string() });
    raw["timestamp"] = json!(written.to_string());
    raw["interaction_metadata"] = json!({ "user": { "id": "7" } });
    raw
}
