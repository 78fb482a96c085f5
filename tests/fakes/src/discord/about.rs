//! What a bot asks about itself, and a conversation opened with somebody.

use serde_json::json;

use super::refusal::Refusal;
use super::rest::{Answer, Call};
use super::route::Route;
use super::state::State;
use super::world::merge;

impl State {
    pub(super) fn about(&mut self, call: &Call) -> Result<Answer, Refusal> {
        let id = self.world.application;
        match call.route {
            Route::Gateway => Answer::ok(json!({"url": call.gateway})),
            Route::GatewayBot => Answer::ok(json!({
                "url": call.gateway, "shards": 1,
                "session_start_limit": {"total": 1000, "remaining": 999, "reset_after": 14_400_000, "max_concurrency": 1},
            })),
            Route::CurrentUser => {
                let mut user = self.world.user(id);
                merge(
                    &mut user,
                    json!({"verified": true, "mfa_enabled": false, "email": null, "flags": 0, "locale": "en-US"}),
                );
                Answer::ok(user)
            }
            Route::CurrentApplication => Answer::ok(json!({
                "id": id.to_string(), "name": "podwhy", "icon": null, "description": "", "summary": "", "type": null,
                "bot": self.world.user(id), "bot_public": false, "bot_require_code_grant": false, "verify_key": "00",
                "flags": 0, "hook": true, "team": null, "owner": self.world.user(id), "redirect_uris": [],
                "interactions_endpoint_url": null, "role_connections_verification_url": null, "install_params": null,
                "integration_types_config": {"0": {}}, "approximate_guild_count": self.world.guilds.len(),
            })),
            _ => self.create_dm(call),
        }
    }

    fn create_dm(&mut self, call: &Call) -> Result<Answer, Refusal> {
        let given = &call.sent.json["recipient_id"];
        let user = given.as_str().and_then(|id| id.parse().ok()).or(given.as_u64());
        let user =
            user.filter(|user| self.world.users.contains_key(user)).ok_or_else(Refusal::unknown_user)?;
        let id = self.world.direct(user, &mut self.clock);
        let channel = self.world.channel(id)?;
        Answer::ok(self.world.channel_object(channel, false))
    }
}
