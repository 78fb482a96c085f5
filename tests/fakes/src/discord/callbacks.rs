//! The acknowledgement of an interaction: the first success owns it.
//! <https://discord.com/developers/docs/interactions/receiving-and-responding#create-interaction-response>

use serde_json::{Value, json};

use super::check::Form;
use super::interaction::{ACKNOWLEDGE_WITHIN, Acknowledged, Interaction};
use super::message::{Answers, EPHEMERAL, LOADING, Said};
use super::observe::Callback;
use super::refusal::Refusal;
use super::rest::{Answer, Call};
use super::route::Route;
use super::state::State;
use super::violations::Rule;

impl State {
    pub(super) fn callback(&mut self, call: &Call) -> Result<Answer, Refusal> {
        let id = call.params.id("interaction")?;
        let kind = call.sent.json["type"].as_u64().unwrap_or_default();
        let known =
            self.interactions.get(&id).filter(|known| known.token == call.params.text("token")).cloned();
        let answer = match &known {
            Some(interaction) => self.acknowledge(call, interaction, kind),
            None => {
                let detail = format!("acknowledged {id}, which never was or has another token");
                self.violate(Rule::UnknownInteraction, &call.client, detail);
                Err(Refusal::unknown_interaction())
            }
        };
        self.callbacks.push(Callback {
            interaction: id,
            client: call.client.clone(),
            kind,
            latency: known.map(|interaction| call.at.duration_since(interaction.at)).unwrap_or_default(),
            status: answer.as_ref().map_or_else(|refusal| refusal.status, |answer| answer.status),
            code: answer.as_ref().err().map_or(0, |refusal| refusal.code),
            data: call.sent.json["data"].clone(),
        });
        answer
    }

    fn acknowledge(&mut self, call: &Call, interaction: &Interaction, kind: u64) -> Result<Answer, Refusal> {
        let latency = call.at.duration_since(interaction.at);
        if let Some(before) = &interaction.acknowledged {
            if before.client == call.client && !before.answer_lost {
                let detail = format!("acknowledged {} again", interaction.id);
                self.violate(Rule::SecondCallback, &call.client, detail);
            }
            return Err(Refusal::already_acknowledged());
        }
        if latency > ACKNOWLEDGE_WITHIN {
            let detail = format!("acknowledged {} after {latency:?}", interaction.id);
            self.violate(Rule::LateCallback, &call.client, detail);
            return Err(Refusal::unknown_interaction());
        }
        if !interaction.kind.takes(kind) {
            let detail = format!("acknowledged a {:?} by type {kind}", interaction.kind);
            self.violate(Rule::CallbackType, &call.client, detail);
            return Err(Refusal::one("type", "BASE_TYPE_CHOICES", "This interaction takes no such type"));
        }
        let form = match kind {
            4 | 5 => Form::MessageCallback,
            6 | 7 => Form::UpdateCallback,
            8 => Form::CompletionCallback,
            _ => Form::ModalCallback,
        };
        self.check(call, form, &call.sent.json)?;
        let original = self.effect(call, interaction, kind)?;
        if let Some(interaction) = self.interactions.get_mut(&interaction.id) {
            let client = call.client.clone();
            interaction.acknowledged = Some(Acknowledged { client, kind, latency, answer_lost: false });
            interaction.original = original;
            interaction.form = (kind == 9).then(|| call.sent.json["data"].clone());
        }
        self.acknowledged(call, interaction, kind, original)
    }

    /// What it does; returns what `@original` is from now on.
    fn effect(&mut self, call: &Call, interaction: &Interaction, kind: u64) -> Result<Option<u64>, Refusal> {
        let data = &call.sent.json["data"];
        match kind {
            4 => {
                let said = self.compose(call, data)?;
                Ok(Some(self.put_reply(interaction, said)))
            }
            5 => {
                let flags = LOADING | data["flags"].as_u64().unwrap_or_default() & EPHEMERAL;
                Ok(Some(self.put_reply(interaction, Said { flags, ..Said::default() })))
            }
            6 => Ok(interaction.clicked),
            7 => {
                let clicked =
                    interaction.clicked.and_then(|id| self.messages.get(&id)).filter(|m| !m.deleted);
                let (id, before) =
                    clicked.map(|m| (m.id, m.said.clone())).ok_or_else(Refusal::unknown_message)?;
                let said = self.recompose(call, data, &before)?;
                self.put_edit(id, said, true)?;
                Ok(Some(id))
            }
            _ => Ok(None),
        }
    }

    /// A message that answers an interaction.
    pub(super) fn put_reply(&mut self, interaction: &Interaction, said: Said) -> u64 {
        let only_for = (said.flags & EPHEMERAL != 0).then_some(interaction.user);
        let opener = interaction.form_of.and_then(|id| self.interactions.get(&id));
        let opened_by = opener.map(|opener| (opener.id, opener.kind.number()));
        let mut message = self.new_message(interaction.channel, self.world.application, said);
        message.interaction = Some(interaction.id);
        message.only_for = only_for;
        message.answers = Some(Answers {
            kind: interaction.kind.number(),
            user: interaction.user,
            name: interaction.name.clone(),
            message_type: interaction.reply_type,
            opened_by,
        });
        self.put_message(message)
    }

    fn acknowledged(
        &self,
        call: &Call,
        interaction: &Interaction,
        kind: u64,
        original: Option<u64>,
    ) -> Result<Answer, Refusal> {
        if call.query("with_response") != Some("true") {
            return Answer::nothing();
        }
        let message = original.and_then(|id| self.messages.get(&id));
        let flags = message.map_or(0, |message| message.said.flags);
        Answer::ok(json!({
            "interaction": {
                "id": interaction.id.to_string(), "type": interaction.kind.number(),
                "response_message_id": original.map(|id| id.to_string()),
                "response_message_loading": flags & LOADING != 0, "response_message_ephemeral": flags & EPHEMERAL != 0,
            },
            "resource": {"type": kind, "message": message.map_or(Value::Null, |message| message.object(&self.world))},
        }))
    }

    /// Who was never told that it owns an interaction may ask again.
    pub(super) fn answer_was_lost(&mut self, route: Option<Route>) {
        let last =
            self.callbacks.last().filter(|_| route == Some(Route::Callback)).map(|last| last.interaction);
        let interaction = last.and_then(|id| self.interactions.get_mut(&id));
        if let Some(acknowledged) = interaction.and_then(|interaction| interaction.acknowledged.as_mut()) {
            acknowledged.answer_lost = true;
        }
    }
}
