//! The thread of a message.
//! <https://discord.com/developers/docs/resources/channel#start-thread-from-message>

use serde_json::json;
use tokio::time::Instant;

use crate::id::Id;
use crate::limits;
use crate::rest::{Call, Fail, Rest, To, code};

/// How long a thread in which nobody writes stays in the list: a day, in minutes.
const ARCHIVED_AFTER: u32 = 1440;

/// The thread of a message, which has the message's id. There is only one: a call that is made twice finds it.
pub(crate) async fn thread(rest: &Rest, channel: Id, message: Id, name: &str) -> Result<Id, Fail> {
    let name: String = name.chars().take(limits::THREAD_NAME).collect();
    let body = json!({ "name": name, "auto_archive_duration": ARCHIVED_AFTER });
    let start = Call::post(To::Thread { channel, message }, body);
    match rest.repeated(&start, Instant::now() + rest.patience()).await {
        Ok(_) => Ok(message),
        Err(fail) if fail.code() == Some(code::THREAD_EXISTS) => Ok(message),
        Err(fail) => Err(fail),
    }
}
