//! Every message there is to look at, by its name: for the snapshots, the validators, and the judges that are not ours.

use std::path::Path;

use jiff::Timestamp;
use podwhy_flow::chat::Reply;
use podwhy_flow::words;
use podwhy_knowledge::Lang;
use podwhy_knowledge::causes::{catalogue, find};
use podwhy_slack::render::{self, Message, State};
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
    let looking = words::looking(Some("why prod-eu:shop/cart-0"), lang);
    let mut messages = vec![
        ("watching", render::message(&oom, State::Watching { since })),
        ("over", render::message(&oom, over)),
        ("interrupted", render::message(&oom, State::Interrupted)),
        ("commands", render::commands(&oom)),
        ("no-commands", render::commands(&kinds::many(lang))),
        ("looking", render::looking(&looking)),
        ("busy", render::note(words::BUSY.of(lang))),
        ("invite", render::note(words::INVITE.of(lang))),
    ];
    for (name, reply) in kinds::replies(lang) {
        messages.push((name, render::message(&reply, State::Answer)));
    }
    messages
}

/// App Home of one who sees three clusters, and of one who sees none.
pub fn homes(lang: Lang) -> Vec<(&'static str, Value)> {
    vec![
        ("home", render::home(&kinds::overview(lang))),
        ("home-refused", render::home(&kinds::refused(lang))),
        ("home-one", render::home(&kinds::many(lang))),
    ]
}

/// Writes them all to the folder of `PODWHY_RENDERED`, for `tests/judges/run`.
#[test]
fn every_message_is_valid_and_written_for_the_judges() {
    let mut messages: Vec<(String, Message)> = Vec::new();
    let mut views: Vec<(String, Value)> = Vec::new();
    for lang in Lang::ALL {
        let named = |(name, message)| (format!("{name}.{lang}"), message);
        messages.extend(causes(lang).into_iter().map(named));
        messages
            .extend(others(lang).into_iter().map(|(name, message)| (format!("kind-{name}.{lang}"), message)));
        views.extend(homes(lang).into_iter().map(|(name, view)| (format!("{name}.{lang}"), view)));
    }
    messages.extend(hostile::samples());
    for (name, message) in &messages {
        valid::assert_message(name, message);
    }
    for (name, view) in &views {
        valid::assert_home(name, view);
    }
    assert!(messages.len() > 2 * catalogue().count());
    // these call people, which no other message does: they are judged apart
    for lang in Lang::ALL {
        let named = |(name, message)| (format!("{name}.{lang}"), message);
        messages.extend(incidents::messages(lang).into_iter().map(named));
    }
    let Ok(folder) = std::env::var("PODWHY_RENDERED") else { return };
    let folder = Path::new(&folder);
    for (name, message) in &messages {
        write(folder, name, &json!({"text": message.text, "blocks": message.blocks}));
    }
    for (name, view) in &views {
        write(folder, name, view);
    }
}

fn write(folder: &Path, name: &str, value: &Value) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join(format!("{name}.json")), serde_json::to_string_pretty(value).unwrap())
        .unwrap();
}
