//! Who one is, and where sockets are opened.

use serde_json::{Value, json};

use crate::slack::arguments::{Arguments, Refusal};
use crate::slack::state::State;
use crate::slack::violations::Rule;

/// <https://docs.slack.dev/reference/methods/auth.test>
pub(crate) fn test(state: &mut State, _: &Arguments) -> Result<Value, Refusal> {
    let identity = &state.setup.identity;
    Ok(json!({"url": format!("https://{}.slack.com/", identity.domain), "team": identity.domain,
        "user": identity.name, "team_id": identity.team, "user_id": identity.bot_user,
        "bot_id": identity.bot, "is_enterprise_install": false}))
}

/// <https://docs.slack.dev/reference/methods/apps.connections.open>
pub(crate) fn open(state: &mut State, _: &Arguments) -> Result<Value, Refusal> {
    let ticket = format!("ticket-{}", state.next());
    state.sockets.ticket(ticket.clone());
    let app = &state.setup.identity.app;
    Ok(json!({"url": format!("{}/link/?ticket={ticket}&app_id={app}", state.link)}))
}

impl State {
    /// Whether this token may call the method.
    pub(crate) fn authorize(&mut self, token: Option<&str>, wants_app: bool) -> Result<(), Refusal> {
        let Some(token) = token else {
            return Err(self.refuse(Rule::NotAuthed, "not_authed", "no token"));
        };
        let (is_bot, is_app) = (token == self.setup.bot_token, token == self.setup.app_token);
        if self.revoked.contains(token) {
            return Err(self.refuse(Rule::TokenRevoked, "token_revoked", "a token that was revoked"));
        }
        if !is_bot && !is_app {
            return Err(self.refuse(Rule::InvalidAuth, "invalid_auth", "a token that does not exist"));
        }
        if is_app != wants_app {
            let detail = if wants_app { "not the app token" } else { "not the bot token" };
            return Err(self.refuse(Rule::WrongTokenType, "not_allowed_token_type", detail));
        }
        Ok(())
    }
}
