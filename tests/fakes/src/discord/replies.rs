//! The reply to an interaction, by the interaction's token: as long as the token lives, and without any permission.
//! <https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages>

use super::check::Form;
use super::interaction::Interaction;
use super::refusal::Refusal;
use super::rest::{Answer, Call};
use super::route::Route;
use super::state::State;
use super::violations::Rule;

impl State {
    /// The interaction of a token that may be used.
    fn by_token(&mut self, call: &Call) -> Result<Interaction, Refusal> {
        let token = call.params.text("token");
        let known = self.interactions.values().find(|known| known.token == token).cloned();
        let known = known.filter(|_| call.params.text("application") == self.world.application.to_string());
        let Some(interaction) = known else {
            self.violate(
                Rule::UnknownToken,
                &call.client,
                format!("{:?} with a token that never was", call.route),
            );
            return Err(Refusal::unknown_webhook());
        };
        if interaction.acknowledged.is_none() {
            let detail = format!("{:?} before {} was acknowledged", call.route, interaction.id);
            self.violate(Rule::NotAcknowledged, &call.client, detail);
            return Err(Refusal::unknown_webhook());
        }
        if interaction.is_dead(call.at) || self.chaos.dead_until.is_some_and(|last| interaction.id <= last) {
            let age = call.at.duration_since(interaction.at);
            self.violate(
                Rule::DeadToken,
                &call.client,
                format!("{:?} {age:?} after {}", call.route, interaction.id),
            );
            return Err(Refusal::dead_token());
        }
        Ok(interaction)
    }

    /// The message a call is about: one of this interaction that was not deleted.
    fn target(&self, call: &Call, interaction: &Interaction) -> Result<u64, Refusal> {
        let id = match call.route {
            Route::GetOriginal | Route::EditOriginal | Route::DeleteOriginal => interaction.original,
            _ => Some(call.params.id("message")?),
        };
        let message = id.and_then(|id| self.messages.get(&id)).filter(|message| !message.deleted);
        message
            .filter(|m| m.interaction == Some(interaction.id) || interaction.original == Some(m.id))
            .map(|message| message.id)
            .ok_or_else(Refusal::unknown_message)
    }

    pub(super) fn get_reply(&mut self, call: &Call) -> Result<Answer, Refusal> {
        let interaction = self.by_token(call)?;
        let id = self.target(call, &interaction)?;
        let message = self.messages.get(&id).ok_or_else(Refusal::unknown_message)?;
        Answer::ok(message.object(&self.world))
    }

    pub(super) fn edit_reply(&mut self, call: &Call) -> Result<Answer, Refusal> {
        let interaction = self.by_token(call)?;
        self.check(call, Form::ReplyEdit, &call.sent.json)?;
        let id = self.target(call, &interaction)?;
        self.change_reply(call, id)
    }

    fn change_reply(&mut self, call: &Call, id: u64) -> Result<Answer, Refusal> {
        let before = self.messages.get(&id).ok_or_else(Refusal::unknown_message)?.said.clone();
        let said = self.recompose(call, &call.sent.json, &before)?;
        Answer::ok(self.put_edit(id, said, true)?)
    }

    pub(super) fn delete_reply(&mut self, call: &Call) -> Result<Answer, Refusal> {
        let interaction = self.by_token(call)?;
        let id = self.target(call, &interaction)?;
        self.remove(id);
        Answer::nothing()
    }

    /// The first one after a deferral is the deferred reply itself.
    pub(super) fn create_followup(&mut self, call: &Call) -> Result<Answer, Refusal> {
        let interaction = self.by_token(call)?;
        self.check(call, Form::Followup, &call.sent.json)?;
        let original = interaction.original.and_then(|id| self.messages.get(&id));
        if let Some(id) = original.filter(|message| message.is_loading() && !message.deleted).map(|m| m.id) {
            return self.change_reply(call, id);
        }
        let said = self.compose(call, &call.sent.json)?;
        let follows = Interaction { reply_type: 0, ..interaction };
        let id = self.put_reply(&follows, said);
        let message = self.messages.get(&id).ok_or_else(Refusal::unknown_message)?;
        Answer::ok(message.object(&self.world))
    }

    pub(super) fn remove(&mut self, id: u64) {
        if let Some(message) = self.messages.get_mut(&id) {
            message.deleted = true;
        }
    }
}
