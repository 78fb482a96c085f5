//! Every message there is to look at, by its name: for the snapshots, the validators, and the judges that are not ours.

use std::path::Path;

use jiff::Timestamp;
use podwhy_discord::render::{self, Message, State};
use podwhy_flow::chat::Reply;
use podwhy_flow::words;
use podwhy_knowledge::Lang;
use podwhy_knowledge::causes::{catalogue, find};
use serde_json::{Value, json};

use crate::{cases, hostile, incidents, kinds, valid};

/// The answer to every cause.
pub fn causes(lang: Lang) -> Vec<(&'static str, Message)> {
    let answer = |reply: &Reply| render::message(reply, State::Answer);
    catalogue().map(|cause| (cause.id, answer(&cases::why(cause, lang)))).collect()
}

/// One message of every other kind.
pub fn others(lang: Lang) -> Vec<(&'static str, Message)> {
    let oom = cases::why(find("oom-killed").unwrap(), lang);
    let since: Timestamp = "2026-05-04T09:18:00Z".parse().unwrap();
    let over = State::Over { note: words::well_after(5, lang) };
    let line = "why prod-eu:shop/cart-0";
    let looking = words::looking(Some(line), lang);
    let mut messages = vec![
        ("watching", render::message(&oom, State::Watching { since })),
        ("over", render::message(&oom, over)),
        ("interrupted", render::message(&oom, State::Interrupted)),
        ("commands", render::commands(&oom)),
        ("no-commands", render::commands(&kinds::many(lang))),
        ("looking", render::looking(&looking, Some(line))),
        ("busy", render::note(words::BUSY.of(lang))),
    ];
    for (name, reply) in kinds::replies(lang) {
        messages.push((name, render::message(&reply, State::Answer)));
    }
    messages
}

/// The body of the request that posts a message.
pub fn body(message: &Message) -> Value {
    json!({
        "content": message.content,
        "embeds": message.embeds,
        "components": message.components,
        "allowed_mentions": {"parse": []},
    })
}

/// All of them, and some hostile ones.
pub fn all() -> Vec<(String, Message)> {
    let mut messages: Vec<(String, Message)> = Vec::new();
    for lang in Lang::ALL {
        messages.extend(causes(lang).into_iter().map(|(name, message)| (format!("{name}.{lang}"), message)));
        messages
            .extend(others(lang).into_iter().map(|(name, message)| (format!("kind-{name}.{lang}"), message)));
    }
    messages.extend(hostile::samples());
    messages
}

/// Writes them all to the folder of `PODWHY_RENDERED`, for `tests/judges/run`.
#[test]
fn every_message_is_valid_and_written_for_the_judges() {
    let mut messages = all();
    assert!(messages.len() > 2 * catalogue().count());
    for (name, message) in &messages {
        valid::assert_message(name, message);
    }
    // these call people and lead elsewhere, which no other message does: they are judged apart
    for lang in Lang::ALL {
        let named = |(name, message)| (format!("{name}.{lang}"), message);
        messages.extend(incidents::messages(lang).into_iter().map(named));
    }
    let Ok(folder) = std::env::var("PODWHY_RENDERED") else { return };
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    for (name, message) in &messages {
        let text = serde_json::to_string_pretty(&body(message)).unwrap();
        std::fs::write(folder.join(format!("{name}.json")), text).unwrap();
    }
}
