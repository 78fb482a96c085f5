//! What stands in a channel for an incident: its card, and what is said in its thread.
//!
//! Whom a card calls stands in the message's content: a mention within an embed notifies nobody. The answer in the thread has
//! only the buttons that leave its message as it is: an incident's messages are kept current by what keeps incidents, and
//! nothing else may write over them. Each message says its own id in the footer ([`super::id_of`]).

use podwhy_flow::chat::Reply;
use podwhy_flow::incident::{self, Body, Button, Card as Shown, Tone};
use podwhy_flow::show::text::{line, shorten, units};
use podwhy_knowledge::Lang;
use serde_json::{Value, json};
use url::Url;

use super::markdown::{code, escaped};
use super::mention::Mention;
use super::page::{Page, lines};
use super::why::face;
use super::{Card, GREY, Message, State, action, buttons, marks, message};
use crate::limits;

/// The most of each part, and of its pieces.
const TITLE: usize = 240;
const SUMMARY: usize = 700;
const LINES: usize = 1_200;
const LINE: usize = 300;
const MEMBERS: usize = 900;
const MEMBER: usize = 150;
/// More names than these nobody reads on a phone.
const NAMES: usize = 20;
const LINKS: usize = 1_000;
const LABEL: usize = 100;
const URL: usize = 500;
const MENTION: usize = 100;
const NOTE: usize = 1_500;

/// Of what someone is on.
const ORANGE: u32 = 0x00E6_7E22;

/// The message of an incident, by its own id.
pub fn incident(body: &Body, id: &str) -> Message {
    let mut message = match body {
        Body::Card(card) => of_card(card),
        Body::Answer(reply) => of_answer(reply),
        Body::Note(lang, text) => of_note(text, *lang),
    };
    if let Some(last) = message.embeds.last_mut() {
        marks::name(last, id);
    }
    message
}

/// Whom a message of an incident may notify, as `allowed_mentions` has it.
pub fn allowed_mentions(body: &Body) -> Value {
    let mention = match body {
        Body::Card(card) => card.mention.as_deref().and_then(Mention::of),
        Body::Answer(_) | Body::Note(..) => None,
    };
    mention.map_or_else(|| json!({"parse": []}), |mention| mention.allowed())
}

fn of_card(card: &Shown) -> Message {
    let mut page = Page::new(card.lang, false);
    let (sign, colour) = tone(card.tone);
    let title = format!("{sign} {}", page.line(&card.title, TITLE));
    let summary = page.marked(&card.summary, SUMMARY);
    page.part("", &summary);
    page.share(LINES);
    let items = card.lines.iter().map(|text| page.line(text, LINE)).filter(|text| !text.is_empty());
    let items: Vec<String> = items.map(|text| format!("- {text}")).collect();
    let all = items.len();
    let said = page.items(items, all);
    page.part("", &said);
    let names = members(&mut page, card);
    page.part("", &names);
    let linked = links(&mut page, card);
    page.part("", &linked);
    let embed = Card { title, text: page.text, colour }.embed();
    Message { content: calls(card), embeds: vec![embed], components: rows(card) }
}

/// A tone's sign, and the colour of its embed.
fn tone(tone: Tone) -> (&'static str, u32) {
    match tone {
        Tone::Failing => face("failing"),
        Tone::Taken => ("🟠", ORANGE),
        Tone::Well => face("healthy"),
        Tone::Unclear => face("unknown"),
    }
}

/// Who is called. What is no mention is shown, and calls nobody.
fn calls(card: &Shown) -> String {
    let Some(text) = &card.mention else { return String::new() };
    Mention::of(text).map_or_else(|| shorten(&line(text), MENTION, escaped).text, |called| called.markdown())
}

/// As many names as there is room for; of the others how many there are: they are counted, so that none is missed.
fn members(page: &mut Page, card: &Shown) -> String {
    page.share(MEMBERS);
    let named = card.members.iter().take(NAMES).map(|name| shorten(&line(name), MEMBER, code).text);
    let mut shown = Vec::new();
    for name in named {
        if !page.room.takes(units(&name) + 2) {
            break;
        }
        shown.push(name);
    }
    let beyond = (card.members.len() - shown.len()).saturating_add(card.members_beyond);
    shown.retain(|name| !name.is_empty());
    let more = page.more(beyond);
    [Some(shown.join(", ")).filter(|names| !names.is_empty()), more]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ")
}

/// Links on the web. What is none is not shown: nobody could follow it.
fn links(page: &mut Page, card: &Shown) -> String {
    page.share(LINKS);
    let mut items = Vec::new();
    for (label, url) in &card.links {
        let Some(url) = web(url) else { continue };
        let label = page.line(label, LABEL);
        let label = if label.trim().is_empty() { escaped(&url) } else { label };
        items.push(format!("- [{label}]({url})"));
    }
    let all = items.len();
    page.items(items, all)
}

/// A URL as it stands in a link of Discord's Markdown; `None` for one that is not of http or https, or has no host, or a user
/// in it, and for a long one.
fn web(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let plain = url.username().is_empty() && url.password().is_none() && url.has_host();
    // what could end the link, or begin other markup in it
    let written = |c: char| match c {
        '(' | ')' | '<' | '>' | '[' | ']' | '\\' | '`' | '*' | '|' | '"' | '\'' => {
            format!("%{:02X}", u32::from(c))
        }
        c => c.to_string(),
    };
    let text: String = url.as_str().chars().map(written).collect();
    (matches!(url.scheme(), "http" | "https") && plain && units(&text) <= URL).then_some(text)
}

/// The rows of buttons, each with the incident's name.
fn rows(card: &Shown) -> Vec<Value> {
    let name = &card.incident;
    let mut row: Vec<Value> = Vec::new();
    for button in &card.buttons {
        let id = action::incident(*button, name);
        let fits = !name.is_empty() && line(name) == *name && units(&id) <= limits::CUSTOM_ID;
        if !fits || row.iter().any(|before| before["custom_id"] == id) {
            continue;
        }
        row.push(one(*button, id, card.lang));
    }
    row.chunks(limits::BUTTONS).map(|row| json!({"type": buttons::ACTION_ROW, "components": row})).collect()
}

/// A button as its words and its weight are, of any id.
pub(super) fn one(button: Button, id: String, lang: Lang) -> Value {
    let (label, style) = match button {
        Button::Take => (incident::words::TAKE, buttons::PRIMARY),
        Button::Mute => (incident::words::MUTE, buttons::SECONDARY),
        Button::Fix => (incident::words::FIX, buttons::PRIMARY),
        Button::Right => (incident::words::RIGHT, buttons::SECONDARY),
        Button::Wrong => (incident::words::WRONG, buttons::SECONDARY),
        Button::Approve => (incident::words::APPROVE, buttons::PRIMARY),
        Button::ApproveTyped => (incident::words::APPROVE_TYPED, buttons::PRIMARY),
        Button::Attest => (incident::words::ATTEST, buttons::SECONDARY),
        Button::Decline => (incident::words::DECLINE, buttons::SECONDARY),
    };
    json!({"type": buttons::BUTTON, "style": style, "label": label.of(lang), "custom_id": id})
}

fn of_answer(reply: &Reply) -> Message {
    let mut answer = message(reply, State::Answer);
    let writes =
        |button: &Value| button["custom_id"] == action::AGAIN || button["custom_id"] == action::WATCH;
    for row in &mut answer.components {
        if let Some(buttons) = row.get_mut("components").and_then(Value::as_array_mut) {
            buttons.retain(|button| !writes(button));
        }
    }
    answer.components.retain(|row| row["components"] != json!([]));
    answer
}

fn of_note(text: &str, lang: Lang) -> Message {
    let mut page = Page::new(lang, false);
    let shown = page.line(text, NOTE);
    page.part("", &lines(&[shown]));
    let embed = Card { title: String::new(), text: page.text, colour: GREY }.embed();
    Message { content: String::new(), embeds: vec![embed], components: Vec::new() }
}

/// What a thread is called after: what stands first in it. Never empty; Discord takes at most 100 characters.
pub fn thread_name(body: &Body) -> String {
    let text = match body {
        Body::Card(card) => card.title.clone(),
        Body::Answer(reply) => reply.targets().first().cloned().or(reply.line.clone()).unwrap_or_default(),
        Body::Note(_, text) => text.clone(),
    };
    let name = shorten(&line(&text), limits::THREAD_NAME, str::to_string).text;
    if name.trim().is_empty() { "podwhy".to_string() } else { name }
}
