//! "All evidence": as a file, in a thread below the answer, where it does not bury the channel.

use serde_json::{Value, json};
use tokio::time::Instant;
use tracing::debug;

use super::{Asked, Press};
use crate::attach;
use crate::body::{self, bare, is_refusal};
use crate::claim::Respond;
use crate::id::Id;
use crate::permissions::{
    ADMINISTRATOR, ATTACH_FILES, CREATE_PUBLIC_THREADS, SEND_MESSAGES_IN_THREADS, VIEW_CHANNEL,
};
use crate::posted;
use crate::render::{self, State};
use crate::rest::{Call, Fail, File, Rest, To};
use crate::thread::thread;

/// What the bot must be allowed to do in the channel.
const NEEDED: u64 = VIEW_CHANNEL | ATTACH_FILES | CREATE_PUBLIC_THREADS | SEND_MESSAGES_IN_THREADS;

/// Posts it in the message's thread and tells the one who pressed where. Where there can be no thread (in one already, in a
/// direct message, without the right to), or the answer is for the asker alone, they get the file for themselves.
pub(crate) async fn evidence(press: Press<'_>, asked: Asked, line: &str) {
    let private = asked.is_for_the_asker() || posted::is_ephemeral(press.message);
    if !press.claim(Respond::Deferred { ephemeral: true }).await {
        return;
    }
    let original = press.original(true);
    let reply = asked.answer(&press).await.unwrap_or_else(|| asked.interrupted());
    press.answered();
    if is_refusal(&reply) {
        return original.finish(&render::message(&reply, State::Answer), None, reply.lang, false).await;
    }
    let file = attach::everything(&reply);
    let thread =
        if private || !may_have_thread(&press) { None } else { in_thread(&press, &file, line).await };
    match thread {
        // Discord shows its name
        Some(thread) => original.finish(&bare(format!("<#{thread}>")), None, reply.lang, false).await,
        None => original.finish(&bare(String::new()), Some(&file), reply.lang, false).await,
    }
}

fn may_have_thread(press: &Press<'_>) -> bool {
    let own = press.received.permissions;
    let may = own & ADMINISTRATOR != 0 || own & NEEDED == NEEDED;
    may && press.received.guild.is_some() && press.received.parent.is_none()
}

async fn in_thread(press: &Press<'_>, file: &File, line: &str) -> Option<Id> {
    let message = Id::of(&press.message["id"])?;
    let rest = &press.app.rest;
    let posted = match thread(rest, press.received.channel, message, line).await {
        Ok(thread) => post(rest, thread, file, press.received.id).await.map(|_| thread),
        Err(fail) => Err(fail),
    };
    posted.inspect_err(|fail| debug!(%fail, "no thread for the evidence")).ok()
}

/// Posts the file. Discord posts one message for a nonce, however often it is sent within a few minutes.
async fn post(rest: &Rest, thread: Id, file: &File, nonce: Id) -> Result<Value, Fail> {
    let mut body = body::new(&bare(String::new()), false, Some(file));
    body["nonce"] = json!(nonce.to_string());
    body["enforce_nonce"] = json!(true);
    let call = Call::post(To::Messages { channel: thread }, body).file(Some(file.clone()));
    rest.repeated(&call, Instant::now() + rest.patience()).await
}
