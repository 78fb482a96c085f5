//! What people do: each call here is one thing a person does in Slack, and sends the bot what Slack would send.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::message::{Author, Content};
use super::payloads::{self, Actor, Place};
use super::post::{self, Forgery};
use super::record::Kind;
use super::response_url::Origin;
use super::setup::{ChannelKind, Mode, Stranger};
use super::state::State;
use super::{FakeSlack, deliver};

/// Something that was sent to the bot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// The numbers of the deliveries: one, or for a mention two.
    pub numbers: Vec<usize>,
    /// The `ts` of the message that was written, where one was.
    pub ts: Option<String>,
}

impl FakeSlack {
    /// The same fake, but what is sent through this handle comes from a stranger; `user` may then be any id.
    pub fn stranger(&self, stranger: Stranger) -> FakeSlack {
        FakeSlack { stranger: Some(stranger), ..self.clone() }
    }

    /// `/pod text`, typed in a channel.
    ///
    /// # Errors
    /// When the person or the channel does not exist, or no socket is open (the person sees `dispatch_failed`).
    pub fn slash(&self, user: &str, channel: &str, text: &str) -> Result<Sent> {
        self.send(user, channel, true, |state, actor, place| {
            let (trigger, payload) = command(state, actor, place, text);
            Ok(Sent { numbers: vec![state.queue(Kind::Command, trigger, payload)], ts: None })
        })
    }

    /// `@podwhy text`, in a channel or a thread of it: sent as `app_mention`, and as `message` too.
    ///
    /// # Errors
    /// As [`FakeSlack::slash`]; also where the bot is not in the channel, or the thread does not exist.
    pub fn mention(&self, user: &str, channel: &str, thread: Option<&str>, text: &str) -> Result<Sent> {
        self.send(user, channel, false, |state, actor, place| {
            if !state.rooms[&place.id].channel.joined {
                bail!("{} is not in {}: Slack sends nothing", state.setup.identity.name, place.id);
            }
            let text = format!("<@{}> {text}", state.setup.identity.bot_user);
            let ts = write(state, actor, place, thread, &text)?;
            let mut event =
                state.message(&place.id, &ts).context("written")?.json(&state.setup.identity, false);
            event["type"] = json!("app_mention");
            event["channel"] = json!(place.id);
            event["event_ts"] = json!(ts);
            let mention = state.event("app_mention", event, &place.id, Some(actor));
            let message = state.announce(&place.id, &ts, Some(actor));
            Ok(Sent { numbers: mention.into_iter().chain(message).collect(), ts: Some(ts) })
        })
    }

    /// A message to the bot alone.
    ///
    /// # Errors
    /// When the person does not exist.
    pub fn direct(&self, user: &str, text: &str) -> Result<Sent> {
        let channel = self.direct_channel(user);
        self.say(user, &channel, None, text)
    }

    /// A message that is not for the bot, which hears it where it is a member.
    ///
    /// # Errors
    /// When the person, the channel or the thread does not exist.
    pub fn say(&self, user: &str, channel: &str, thread: Option<&str>, text: &str) -> Result<Sent> {
        self.send(user, channel, false, |state, actor, place| {
            let ts = write(state, actor, place, thread, text)?;
            let numbers = state.announce(&place.id, &ts, Some(actor)).into_iter().collect();
            Ok(Sent { numbers, ts: Some(ts) })
        })
    }

    /// A message of someone else's bot: an alert.
    ///
    /// # Errors
    /// When the channel does not exist.
    pub fn post(&self, channel: &str, author: Author, content: Content) -> Result<Sent> {
        let sent = self.shared.change(|state| {
            state.rooms.get(channel).with_context(|| format!("no channel {channel}"))?;
            let ts = state.store(channel, author, content, None, false);
            let numbers = state.announce(channel, &ts, None).into_iter().collect();
            anyhow::Ok(Sent { numbers, ts: Some(ts) })
        })?;
        deliver::flush(&self.shared);
        Ok(sent)
    }

    /// The bot's App Home is opened.
    ///
    /// # Errors
    /// When the person does not exist.
    pub fn home_opened(&self, user: &str) -> Result<Sent> {
        let channel = self.direct_channel(user);
        self.send(user, &channel, false, |state, actor, place| {
            let mut event = json!({"type": "app_home_opened", "user": actor.user, "channel": place.id,
                "tab": "home", "event_ts": state.clock.ts()});
            if let Some(home) = state.homes.get(&actor.user) {
                event["view"] = payloads::view(&state.setup.identity, home);
            }
            let number = state.event("app_home_opened", event, &place.id, Some(actor));
            Ok(Sent { numbers: number.into_iter().collect(), ts: None })
        })
    }

    /// Sends a delivery once more, acknowledged or not, on another socket where there is one: the same `event_id` or
    /// `trigger_id`, and `retry_attempt`. Says whether it could be sent.
    pub fn redeliver(&self, number: usize) -> bool {
        deliver::attempt(&self.shared, number, "timeout")
    }

    /// A slash command that is not Slack's, in HTTP mode. Gives the status the bot answers: a 2xx is a violation.
    ///
    /// # Errors
    /// As [`FakeSlack::slash`]; also in Socket Mode, and when the bot does not answer.
    pub async fn forge(&self, forgery: Forgery, user: &str, channel: &str, text: &str) -> Result<u16> {
        let payload = self.shared.change(|state| {
            let (actor, place) = (self.actor(state, user)?, place(state, channel)?);
            anyhow::Ok(command(state, &actor, &place, text).1)
        })?;
        post::forge(&self.shared, Kind::Command, &payload, forgery).await
    }

    /// What Slack asks before it sends events over HTTP.
    ///
    /// # Errors
    /// In Socket Mode, and when the bot does not answer.
    pub async fn verify_url(&self) -> Result<()> {
        post::challenge(&self.shared).await
    }

    /// The channel of a person's direct messages with the bot.
    pub fn direct_channel(&self, user: &str) -> String {
        self.shared.change(|state| state.direct(user))
    }

    pub(crate) fn send(
        &self,
        user: &str,
        channel: &str,
        at_once: bool,
        act: impl FnOnce(&mut State, &Actor, &Place) -> Result<Sent>,
    ) -> Result<Sent> {
        let sent = self.shared.change(|state| {
            if at_once && state.setup.mode == Mode::Socket && state.sockets.count() == 0 {
                bail!("no socket is open: the person sees dispatch_failed");
            }
            let (actor, place) = (self.actor(state, user)?, place(state, channel)?);
            let members = &state.rooms[&place.id].channel.members;
            if self.stranger.is_none() && !members.contains(&actor.user) {
                bail!("{user} is not in {channel}");
            }
            act(state, &actor, &place)
        })?;
        deliver::flush(&self.shared);
        Ok(sent)
    }

    fn actor(&self, state: &State, user: &str) -> Result<Actor> {
        let home = state.setup.identity.team.clone();
        let (name, own) = match (state.users.get(user), &self.stranger) {
            (Some(known), _) => (known.name.clone(), known.team.clone()),
            (None, Some(_)) => ("stranger".to_string(), None),
            (None, None) => bail!("no user {user}"),
        };
        let (user_team, team) = match &self.stranger {
            None => (own.unwrap_or_else(|| home.clone()), home),
            Some(Stranger::Connect(other)) => (other.clone(), home),
            Some(Stranger::Workspace(other)) => (other.clone(), other.clone()),
        };
        Ok(Actor { user: user.to_string(), name, user_team, team })
    }
}

fn command(state: &mut State, actor: &Actor, place: &Place, text: &str) -> (String, Value) {
    let trigger = state.trigger(&actor.user);
    let url = state.response_url(&place.id, &actor.user, Origin::Asked);
    let name = state.setup.command.clone();
    let identity = &state.setup.identity;
    let payload = payloads::slash(identity, actor, place, (&name, text), &trigger, &url);
    (trigger, payload)
}

fn place(state: &State, channel: &str) -> Result<Place> {
    let channel = &state.rooms.get(channel).with_context(|| format!("no channel {channel}"))?.channel;
    let name = match channel.kind {
        ChannelKind::Public => channel.name.clone(),
        ChannelKind::Private => "privategroup".to_string(),
        ChannelKind::Direct => "directmessage".to_string(),
    };
    Ok(Place { id: channel.id.clone(), name })
}

fn write(
    state: &mut State,
    actor: &Actor,
    place: &Place,
    thread: Option<&str>,
    text: &str,
) -> Result<String> {
    let Ok(thread) = state.thread(&place.id, thread) else { bail!("no thread {thread:?} in {}", place.id) };
    let author = Author::Person(actor.user.clone());
    Ok(state.store(&place.id, author, Content::text(text), thread, false))
}
