//! A call as serenity sends it.

use serde_json::Value;
use serenity::builder::CreateAttachment;
use serenity::http::{LightMethod, Multipart, MultipartUpload, Request, Route};

use super::call::Method;
use super::{Call, File, To};

/// The request of a call.
pub(crate) fn request(call: &Call) -> Request<'_> {
    let method = match call.method {
        Method::Get => LightMethod::Get,
        Method::Post => LightMethod::Post,
        Method::Patch => LightMethod::Patch,
        Method::Put => LightMethod::Put,
        Method::Delete => LightMethod::Delete,
    };
    let request = Request::new(route(&call.to), method);
    let query = (!call.query.is_empty()).then(|| call.query.clone());
    let body = call.body.as_ref().map(Value::to_string);
    match &call.file {
        None => request.body(body.map(String::into_bytes)).params(query),
        Some(File { name, text }) => {
            let file = CreateAttachment::bytes(text.as_bytes(), name.as_str());
            let upload = MultipartUpload::Attachments(vec![file]);
            let parts = Multipart { upload, fields: Vec::new(), payload_json: body };
            request.multipart(Some(parts)).params(query)
        }
    }
}

fn route(to: &To) -> Route<'_> {
    match to {
        To::Callback { interaction, token } => {
            Route::InteractionResponse { interaction_id: interaction.get().into(), token: token.expose() }
        }
        To::Original(token) => Route::WebhookOriginalInteractionResponse {
            application_id: token.application.get().into(),
            token: token.expose(),
        },
        To::Followup(token) => Route::WebhookFollowupMessages {
            application_id: token.application.get().into(),
            token: token.expose(),
        },
        To::Message { channel, message } => {
            Route::ChannelMessage { channel_id: channel.get().into(), message_id: message.get().into() }
        }
        To::Messages { channel } => Route::ChannelMessages { channel_id: channel.get().into() },
        To::Thread { channel, message } => Route::ChannelMessageThreads {
            channel_id: channel.get().into(),
            message_id: message.get().into(),
        },
        To::ActiveThreads { guild } => Route::GuildThreadsActive { guild_id: guild.get().into() },
        To::Commands { application, guild: None } => {
            Route::Commands { application_id: application.get().into() }
        }
        To::Commands { application, guild: Some(guild) } => {
            Route::GuildCommands { application_id: application.get().into(), guild_id: guild.get().into() }
        }
        To::Me => Route::UserMe,
    }
}
