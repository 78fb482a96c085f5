//! Uploads: an address is asked for, the bytes go there, and then they are shared.
//! <https://docs.slack.dev/messaging/working-with-files>

use serde_json::{Map, Value, json};

use crate::slack::arguments::{Arguments, Refusal};
use crate::slack::content::{self, Use};
use crate::slack::message::{Author, Content};
use crate::slack::record::File;
use crate::slack::state::State;
use crate::slack::violations::Rule;

/// <https://docs.slack.dev/reference/methods/files.getUploadURLExternal>
pub(crate) fn upload_url(state: &mut State, arguments: &Arguments) -> Result<Value, Refusal> {
    let name = arguments.text("filename").unwrap_or_default().to_string();
    let length = arguments.number("length").unwrap_or_default() as u64;
    if length == 0 {
        return Err(state.refuse(Rule::Empty, "invalid_arguments", "a file without bytes"));
    }
    let id = format!("F{:08}", state.next());
    let url = format!("{}/upload/{id}", state.base);
    let file = File { id: id.clone(), name, title: None, length, bytes: None, channel: None, thread: None };
    state.files.insert(id.clone(), file);
    Ok(json!({"upload_url": url, "file_id": id}))
}

/// Takes the bytes; gives the HTTP status and what is answered.
pub(crate) fn receive(state: &mut State, id: &str, bytes: &[u8]) -> (u16, String) {
    let Some(file) = state.files.get_mut(id) else {
        state.violate(Rule::UploadLength, "an upload to an address that was not given");
        return (404, "not_found".to_string());
    };
    let (given, announced) = (bytes.len() as u64, file.length);
    if given != announced || file.bytes.is_some() {
        let detail = format!("{given} bytes where {announced} were announced, or a second time");
        state.violate(Rule::UploadLength, detail);
        return (400, "bad_upload".to_string());
    }
    file.bytes = Some(bytes.to_vec());
    (200, format!("OK - {given}"))
}

/// <https://docs.slack.dev/reference/methods/files.completeUploadExternal>
pub(crate) fn complete(state: &mut State, arguments: &Arguments) -> Result<Value, Refusal> {
    let files = named(state, arguments)?;
    let channel = arguments.text("channel_id").map(|id| state.place(id)).transpose()?;
    let thread = match &channel {
        Some(channel) => state.thread(channel, arguments.text("thread_ts"))?,
        None => None,
    };
    let content = comment(state, &arguments.values)?;
    let told: Vec<Value> = files.iter().map(|(id, title)| json!({"id": id, "title": title})).collect();
    for (id, title) in &files {
        if let Some(file) = state.files.get_mut(id) {
            file.title.clone_from(title);
            file.channel.clone_from(&channel);
            file.thread.clone_from(&thread);
        }
    }
    if let Some(channel) = channel {
        let ts = state.store(&channel, Author::Bot, content, thread, false);
        if let Some(message) = state.message_mut(&channel, &ts) {
            message.files = files.into_iter().map(|(id, _)| id).collect();
        }
        state.announce(&channel, &ts, None);
    }
    Ok(json!({"files": told}))
}

/// What is said with the files: a comment, or blocks.
fn comment(state: &mut State, given: &Map<String, Value>) -> Result<Content, Refusal> {
    let mut said = given.clone();
    let text = match said.remove("initial_comment") {
        Some(comment) => comment,
        // what Slack's own notification says of a file
        None if said.contains_key("blocks") => json!("shared a file"),
        None => return Ok(Content::default()),
    };
    said.insert("text".to_string(), text);
    Ok(content::take(state, &said, Use::Post)?.into_content())
}

/// The ids and titles that are named, all of them uploaded and none of them completed before.
fn named(state: &mut State, arguments: &Arguments) -> Result<Vec<(String, Option<String>)>, Refusal> {
    let list = arguments.values.get("files").and_then(Value::as_array).cloned().unwrap_or_default();
    if list.is_empty() {
        return Err(state.refuse(Rule::Empty, "invalid_arguments", "files is an array of at least one"));
    }
    let mut files = Vec::new();
    for item in list {
        let id = item["id"].as_str().unwrap_or_default().to_string();
        let unknown = item.as_object().is_none_or(|object| object.keys().any(|k| k != "id" && k != "title"));
        if unknown {
            let detail = "a file is an id and a title";
            return Err(state.refuse(Rule::UnknownKey, "invalid_arguments", detail));
        }
        let file = state.files.get(&id);
        if file.is_none_or(|file| file.bytes.is_none() || file.channel.is_some()) {
            let detail = format!("{id} was not uploaded, or is complete");
            return Err(state.refuse(Rule::UploadMissing, "file_not_found", detail));
        }
        files.push((id, item["title"].as_str().map(str::to_string)));
    }
    Ok(files)
}
