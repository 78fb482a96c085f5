//! What the bot hears of what happens in channels, its own doing included.

use serde_json::{Value, json};

use super::payloads::{self, Actor};
use super::record::Kind;
use super::setup::ChannelKind;
use super::state::State;

impl State {
    /// Tells the bot of a new message: as an event of its channel's kind. `actor` is who wrote it, where it was a person.
    pub(crate) fn announce(&mut self, channel: &str, ts: &str, actor: Option<&Actor>) -> Option<usize> {
        let mut event = self.message(channel, ts)?.json(&self.setup.identity, false);
        let kind = self.kind_of(channel);
        event["channel"] = json!(channel);
        event["event_ts"] = json!(ts);
        event["channel_type"] = json!(channel_type(kind));
        self.event(subscription(kind), event, channel, actor)
    }

    /// Tells the bot that a message of its channel was changed or deleted.
    pub(crate) fn announce_change(
        &mut self,
        channel: &str,
        subtype: &str,
        after: Option<Value>,
        before: Value,
    ) {
        let (ts, kind) = (self.clock.ts(), self.kind_of(channel));
        let mut event = json!({"type": "message", "subtype": subtype, "hidden": true, "channel": channel,
            "channel_type": channel_type(kind), "ts": ts, "event_ts": ts});
        match after {
            Some(after) => event["message"] = after,
            None => event["deleted_ts"] = before["ts"].clone(),
        }
        event["previous_message"] = before;
        self.event(subscription(kind), event, channel, None);
    }

    /// Queues an event, if the app is subscribed to it and the bot is where it happens.
    pub(crate) fn event(
        &mut self,
        subscription: &str,
        mut event: Value,
        channel: &str,
        actor: Option<&Actor>,
    ) -> Option<usize> {
        let subscribed = self.setup.events.iter().any(|name| name == subscription);
        let there = self.rooms.get(channel).is_some_and(|room| room.channel.joined);
        if !subscribed || !there {
            return None;
        }
        let home = self.setup.identity.team.clone();
        let (team, user_team) = actor.map_or((&home, &home), |actor| (&actor.team, &actor.user_team));
        let outside = user_team != team;
        if outside {
            event["team"] = json!(user_team);
            event["user_team"] = json!(user_team);
            event["source_team"] = json!(user_team);
        } else if event.get("team").is_some() {
            event["team"] = json!(team);
        }
        let id = format!("Ev{:08}", self.next());
        let shared = outside || self.is_shared(channel);
        let time = self.clock.unix();
        let payload = payloads::callback(&self.setup.identity, team, event, shared, &id, time);
        Some(self.queue(Kind::Event, id, payload))
    }
}

fn subscription(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Public => "message.channels",
        ChannelKind::Private => "message.groups",
        ChannelKind::Direct => "message.im",
    }
}

fn channel_type(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Public => "channel",
        ChannelKind::Private => "group",
        ChannelKind::Direct => "im",
    }
}
