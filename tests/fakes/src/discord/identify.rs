//! What a client tells the gateway, judged: IDENTIFY, RESUME and heartbeats.

use serde_json::{Value, json};

use super::state::State;
use super::violations::Rule;

/// GUILD_MEMBERS, GUILD_PRESENCES, MESSAGE_CONTENT: only where they were switched on.
const PRIVILEGED: u64 = 1 << 1 | 1 << 8 | 1 << 15;

/// The intents there are: bits 0 to 16, 20, 21, 24, 25.
const KNOWN: u64 = 0x1_FFFF | 1 << 20 | 1 << 21 | 1 << 24 | 1 << 25;

/// GUILDS: who asks for it is told the guilds.
const GUILDS: u64 = 1;

/// What the gateway does in turn.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) say: Vec<Value>,
    pub(super) close: Option<u16>,
}

impl Verdict {
    fn close(code: u16) -> Verdict {
        Verdict { say: Vec::new(), close: Some(code) }
    }

    fn say(payload: Value) -> Verdict {
        Verdict { say: vec![payload], close: None }
    }
}

impl State {
    /// What a client says on its connection.
    pub(super) fn told(&mut self, connection: u64, client: &str, url: &str, payload: &Value) -> Verdict {
        let data = &payload["d"];
        match payload["op"].as_u64() {
            Some(1) => self.heartbeat(connection, client, data),
            Some(2) => self.identify(connection, client, url, data),
            Some(6) => self.resume(connection, client, data),
            // presence, voice, members, sounds: known, and nothing that this fake answers
            Some(3 | 4 | 8 | 31) => Verdict::default(),
            op => {
                self.violate(Rule::Gateway, client, format!("sent op {op:?}"));
                Verdict::close(4001)
            }
        }
    }

    fn refuse(&mut self, client: &str, code: u16, why: impl Into<String>) -> Verdict {
        self.violate(Rule::Identify, client, why);
        Verdict::close(code)
    }

    /// Libraries write the token with and without `Bot`; Discord takes both.
    fn knows_token(&self, data: &Value) -> bool {
        let given = data["token"].as_str().unwrap_or_default();
        given.strip_prefix("Bot ").unwrap_or(given) == self.world.token
    }

    fn identify(&mut self, connection: u64, client: &str, url: &str, data: &Value) -> Verdict {
        if self.gateways.of(connection).is_some() {
            return self.refuse(client, 4005, "identified twice");
        }
        if !self.knows_token(data) {
            return self.refuse(client, 4004, "identified with a wrong token");
        }
        let Some(intents) = data["intents"].as_u64().filter(|intents| intents & !KNOWN == 0) else {
            return self.refuse(client, 4013, format!("asked for intents {}", data["intents"]));
        };
        if intents & PRIVILEGED != 0 && !self.gateways.privileged {
            return self.refuse(client, 4014, format!("asked for privileged intents: {intents}"));
        }
        let has_properties =
            ["os", "browser", "device"].iter().all(|name| data["properties"][name].as_str().is_some());
        if !has_properties {
            return self.refuse(client, 4002, "identified without properties");
        }
        let shard = &data["shard"];
        if !shard.is_null() && shard[0].as_u64() >= shard[1].as_u64() {
            return self.refuse(client, 4010, format!("identified for shard {shard}"));
        }
        self.welcome(connection, client, url, intents, shard)
    }

    fn welcome(&mut self, connection: u64, client: &str, url: &str, intents: u64, shard: &Value) -> Verdict {
        let session = self.gateways.begin(connection, client, intents);
        let guilds: Vec<Value> =
            self.world.guilds.keys().map(|id| json!({"id": id.to_string(), "unavailable": true})).collect();
        let mut user = self.world.user(self.world.application);
        super::world::merge(
            &mut user,
            json!({"verified": true, "mfa_enabled": false, "email": null, "flags": 0}),
        );
        let ready = json!({
            "v": 10, "user": user, "guilds": guilds, "session_id": session, "resume_gateway_url": url,
            "session_type": "normal", "private_channels": [], "presences": [], "relationships": [],
            "user_settings": {}, "guild_join_requests": [], "geo_ordered_rtc_regions": [], "auth": {},
            "application": {"id": self.world.application.to_string(), "flags": 0}, "_trace": [],
            "shard": if shard.is_null() { json!([0, 1]) } else { shard.clone() },
        });
        let mut say: Vec<Value> = self.dispatch_to(connection, "READY", &ready).into_iter().collect();
        if intents & GUILDS != 0 {
            let guilds: Vec<Value> =
                self.world.guilds.values().map(|guild| self.world.guild_object(guild)).collect();
            say.extend(guilds.iter().filter_map(|guild| self.dispatch_to(connection, "GUILD_CREATE", guild)));
        }
        Verdict { say, close: None }
    }

    fn resume(&mut self, connection: u64, client: &str, data: &Value) -> Verdict {
        if !self.knows_token(data) {
            return self.refuse(client, 4004, "resumed with a wrong token");
        }
        let (id, seq) = (data["session_id"].as_str().unwrap_or_default(), data["seq"].as_u64());
        let Some(session) = self.gateways.resume(id, connection) else {
            // nobody's fault: sessions end
            return Verdict::say(json!({"op": 9, "d": false}));
        };
        let Some(seq) = seq.filter(|seq| *seq <= session.seq) else {
            session.resumable = false;
            return self.refuse(client, 4007, format!("resumed from number {}", data["seq"]));
        };
        session.resumed += 1;
        let mut say = session.missed(seq);
        say.extend(self.dispatch_to(connection, "RESUMED", &json!({"_trace": []})));
        Verdict { say, close: None }
    }

    fn heartbeat(&mut self, connection: u64, client: &str, data: &Value) -> Verdict {
        let last = self.gateways.of(connection).map(|session| {
            session.heartbeats += 1;
            session.seq
        });
        if !data.is_null() && data.as_u64().is_none_or(|seq| seq > last.unwrap_or_default()) {
            self.violate(
                Rule::Heartbeat,
                client,
                format!("a heartbeat with number {data}, the last was {last:?}"),
            );
        }
        Verdict::say(json!({"op": 11, "d": null, "s": null, "t": null}))
    }
}
