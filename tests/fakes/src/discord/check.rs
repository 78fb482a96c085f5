//! A body, held against every rule for what it is to become.

use serde_json::Value;

use super::keys::{self, Shape};
use super::limits::Problems;
use super::refusal::{Problem, Refusal};
use super::rest::Call;
use super::schema;
use super::state::State;
use super::violations::Rule;

/// What a body is to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Message,
    Edit,
    Followup,
    ReplyEdit,
    MessageCallback,
    UpdateCallback,
    CompletionCallback,
    ModalCallback,
    ThreadFromMessage,
    Thread,
    ThreadEdit,
    /// One command, created alone or in a list.
    Command,
}

impl Form {
    fn schema(self) -> &'static str {
        match self {
            Form::Message => "MessageCreateRequest",
            Form::Edit => "MessageEditRequestPartial",
            Form::Followup => "IncomingWebhookRequestPartial",
            Form::ReplyEdit => "IncomingWebhookUpdateRequestPartial",
            Form::MessageCallback => "CreateMessageInteractionCallbackRequest",
            Form::UpdateCallback => "UpdateMessageInteractionCallbackRequest",
            Form::CompletionCallback => "ApplicationCommandAutocompleteCallbackRequest",
            Form::ModalCallback => "ModalInteractionCallbackRequest",
            Form::ThreadFromMessage => "CreateTextThreadWithMessageRequest",
            Form::Thread => "CreateTextThreadWithoutMessageRequest",
            Form::ThreadEdit => "UpdateThreadRequestPartial",
            Form::Command => "ApplicationCommandUpdateRequest",
        }
    }

    fn keys(self) -> &'static Shape {
        match self {
            Form::Message => keys::CREATED_MESSAGE,
            Form::Edit | Form::ReplyEdit => keys::EDITED_MESSAGE,
            Form::Followup => keys::FOLLOWUP,
            Form::MessageCallback | Form::UpdateCallback => keys::MESSAGE_CALLBACK,
            Form::CompletionCallback => keys::COMPLETION_CALLBACK,
            Form::ModalCallback => keys::MODAL_CALLBACK,
            Form::ThreadFromMessage => keys::THREAD_FROM_MESSAGE,
            Form::Thread => keys::THREAD,
            Form::ThreadEdit => keys::EDITED_THREAD,
            Form::Command => keys::COMMAND,
        }
    }

    fn limits(self, body: &Value, problems: &mut Problems) {
        match self {
            Form::Message | Form::Edit | Form::Followup | Form::ReplyEdit => problems.message("", body),
            Form::MessageCallback | Form::UpdateCallback => problems.message("data.", &body["data"]),
            Form::CompletionCallback => problems.completion(&body["data"]),
            Form::ModalCallback => problems.modal(&body["data"]),
            Form::ThreadFromMessage | Form::Thread => problems.required("name", &body["name"], 100),
            Form::ThreadEdit => problems.at_most("name", &body["name"], 100),
            Form::Command => problems.command(body),
        }
    }

    /// The message in a body that says something: a reply that is only deferred does not.
    fn message(self, body: &Value) -> Option<&Value> {
        match self {
            Form::Message | Form::Edit | Form::Followup | Form::ReplyEdit => Some(body),
            Form::MessageCallback => (body["type"] == 4).then(|| &body["data"]),
            Form::UpdateCallback => (body["type"] == 7).then(|| &body["data"]),
            _ => None,
        }
    }
}

impl State {
    /// Writes down what is wrong, and refuses what Discord would.
    pub(super) fn check(&mut self, call: &Call, form: Form, body: &Value) -> Result<(), Refusal> {
        for path in keys::unknown(body, form.keys()) {
            self.violate(Rule::UnknownKey, &call.client, format!("{:?}: no such key: {path}", call.route));
        }
        if let Some(message) = form.message(body) {
            self.check_mentions(call, &message["allowed_mentions"]);
        }
        let mut problems = Problems::default();
        form.limits(body, &mut problems);
        // a judge that cannot be had stopped the fake from starting
        if let Ok(Some(judge)) = schema::judge() {
            let found = judge.problems(form.schema(), body);
            problems.0.extend(found.into_iter().map(|problem| (Rule::Schema, problem)));
        }
        self.refuse_for(call, problems)
    }

    /// Writes each problem down; refuses with their tree if there is one.
    pub(super) fn refuse_for(&mut self, call: &Call, problems: Problems) -> Result<(), Refusal> {
        if problems.0.is_empty() {
            return Ok(());
        }
        for (rule, problem) in &problems.0 {
            let detail = format!("{:?}: {}: {}: {}", call.route, problem.path, problem.code, problem.message);
            self.violate(*rule, &call.client, detail);
        }
        let problems: Vec<Problem> = problems.0.into_iter().map(|(_, problem)| problem).collect();
        Err(Refusal::form(&problems))
    }

    fn check_mentions(&mut self, call: &Call, mentions: &Value) {
        let known = |id: &Value| {
            id.as_str().and_then(|id| id.parse().ok()).is_some_and(|id| self.world.callable.contains(&id))
        };
        let expected = |ids: &Value| ids.is_null() || ids.as_array().is_some_and(|ids| ids.iter().all(known));
        let fine = mentions["parse"].as_array().is_some_and(Vec::is_empty)
            && expected(&mentions["users"])
            && expected(&mentions["roles"])
            && mentions["replied_user"] != true;
        if !fine {
            self.violate(
                Rule::Mentions,
                &call.client,
                format!("{:?}: allowed_mentions {mentions}", call.route),
            );
        }
    }
}
