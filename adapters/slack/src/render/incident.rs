//! What stands in a channel for an incident: its card, and what is said in its thread.
//!
//! A card is read on a phone at night: the tone, what fails and whom it calls stand first, names after them. The answer in
//! the thread has only the buttons that leave its message as it is: an incident's messages are kept current by what keeps
//! incidents, and nothing else may write over them.

use podwhy_flow::chat::Reply;
use podwhy_flow::incident::{self, Body, Button, Card, Tone};
use podwhy_flow::show::text::{line, shorten, units};
use podwhy_flow::words::{self, Words};
use podwhy_knowledge::Lang;
use serde_json::{Value, json};
use url::Url;

use super::confirm;
use super::dialog::plain;
use super::escape::mrkdwn;
use super::mention::Mention;
use super::page::Page;
use super::rich::{Line, bullets, section, size};
use super::{Message, State, action, message, whole};
use crate::limits;

/// The room of each part, and the most its pieces may take of it.
const OPENING: usize = 1_400;
const TITLE: usize = 300;
const SUMMARY: usize = 600;
const MENTION: usize = 100;
const LINES: usize = 2_000;
const LINE: usize = 300;
const MEMBERS: usize = 1_000;
const MEMBER: usize = 150;
/// More names than these nobody reads on a phone.
const NAMES: usize = 20;
const LINKS: usize = 1_500;
const LABEL: usize = 100;
const URL: usize = 1_000;
/// The most of a notification's title and summary.
const TEXT: usize = 300;
/// The most of one line in a thread.
const NOTE: usize = 2_000;

/// The message of an incident.
pub fn incident(body: &Body) -> Message {
    match body {
        Body::Card(card) => of_card(card),
        Body::Answer(reply) => of_answer(reply),
        Body::Note(lang, text) => of_note(text, *lang),
    }
}

fn of_card(card: &Card) -> Message {
    let mut page = Page::new(card.lang, false);
    opening(&mut page, card);
    page.share(LINES);
    let items = card.lines.iter().map(|text| bullets(vec![Line::new().words(&page.line(text, LINE))]));
    let items: Vec<Vec<Value>> = items.filter(|item| !item.is_empty()).collect();
    let all = items.len();
    let lines = page.items(items, all);
    page.part(lines);
    members(&mut page, card);
    links(&mut page, card);
    page.blocks.extend(buttons(card));
    whole(notification(card), page.blocks)
}

/// `🔴 oom-killed · Deployment prod:shop/cart · 3 pods`, what happened, and who is called.
fn opening(page: &mut Page, card: &Card) {
    page.share(OPENING);
    let (title, summary) = (page.line(&card.title, TITLE), page.line(&card.summary, SUMMARY));
    let mut elements = section(Line::new().emoji(face(card.tone).0).words(" ").bold(&title));
    elements.extend(section(Line::new().marked(&summary, false)));
    elements.extend(match (&card.mention, called(card)) {
        (_, Some(mention)) => section(Line::new().calls(&mention)),
        (Some(text), None) => section(Line::new().words(&page.line(text, MENTION))),
        (None, None) => Vec::new(),
    });
    page.room.spends(size(&elements));
    page.part(elements);
}

fn called(card: &Card) -> Option<Mention> {
    card.mention.as_deref().and_then(Mention::of)
}

/// A tone's emoji by Slack's name, and as it is written.
fn face(tone: Tone) -> (&'static str, &'static str) {
    match tone {
        Tone::Failing => ("red_circle", "🔴"),
        Tone::Taken => ("large_orange_circle", "🟠"),
        Tone::Well => ("large_green_circle", "🟢"),
        Tone::Unclear => ("large_yellow_circle", "🟡"),
    }
}

/// As many names as there is room for; of the others how many there are: they are counted, so that none is missed.
fn members(page: &mut Page, card: &Card) {
    page.share(MEMBERS);
    let (mut shown, mut count) = (Line::new(), 0);
    for name in card.members.iter().take(NAMES) {
        let name = shorten(&line(name), MEMBER, str::to_string).text;
        let next = Line::new().words(if count > 0 { ", " } else { "" }).code(&name);
        if !page.room.takes(size(&section(next.clone()))) {
            break;
        }
        shown = shown.then(next);
        count += 1;
    }
    let beyond = (card.members.len() - count).saturating_add(card.members_beyond);
    if beyond > 0 {
        let between = if count > 0 { " · " } else { "" };
        shown = shown.words(between).words(&words::more(beyond, card.lang));
    }
    page.part(section(shown));
}

/// Links on the web. What is none is not shown: nobody could follow it.
fn links(page: &mut Page, card: &Card) {
    page.share(LINKS);
    let mut items = Vec::new();
    for (label, url) in &card.links {
        let Some(url) = web(url) else { continue };
        let label = page.line(label, LABEL);
        items.push(bullets(vec![Line::new().link(&url, if label.is_empty() { &url } else { &label })]));
    }
    let all = items.len();
    let shown = page.items(items, all);
    page.part(shown);
}

/// A URL as it is sent, of http or https, with a host, and without a user in it; `None` for any other, and for a long one.
fn web(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let plain = url.username().is_empty() && url.password().is_none() && url.has_host();
    let text = url.to_string();
    (matches!(url.scheme(), "http" | "https") && plain && units(&text) <= URL).then_some(text)
}

/// The buttons, each with the incident's name.
fn buttons(card: &Card) -> Option<Value> {
    let name = &card.incident;
    if name.is_empty() || units(name) > limits::BUTTON_VALUE || line(name) != *name {
        return None;
    }
    let mut elements: Vec<Value> = Vec::new();
    for button in &card.buttons {
        let id = action::incident(*button);
        if elements.iter().any(|before| before["action_id"] == id) {
            continue;
        }
        let mut element = json!({"type": "button", "action_id": id, "value": name,
            "text": plain(label(*button).of(card.lang))});
        if let Some(confirm) = confirm::confirm(*button, card) {
            element["confirm"] = confirm;
        }
        elements.push(element);
    }
    (!elements.is_empty()).then(|| json!({"type": "actions", "elements": elements}))
}

/// What stands on a button.
pub(crate) fn label(button: Button) -> Words {
    match button {
        Button::Take => incident::words::TAKE,
        Button::Mute => incident::words::MUTE,
        Button::Fix => incident::words::FIX,
        Button::Right => incident::words::RIGHT,
        Button::Wrong => incident::words::WRONG,
        Button::Approve => incident::words::APPROVE,
        Button::ApproveTyped => incident::words::APPROVE_TYPED,
        Button::Attest => incident::words::ATTEST,
        Button::Decline => incident::words::DECLINE,
    }
}

/// What a phone shows, and all there is where Slack refuses the blocks: who is called is called there too.
fn notification(card: &Card) -> String {
    let parts = [&card.title, &card.summary].map(|text| mrkdwn(text, TEXT).text);
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    let said = format!("{} {}", face(card.tone).1, parts.join(" · "));
    match called(card) {
        Some(mention) => format!("{} {said}", mention.mrkdwn()),
        None => said,
    }
}

fn of_answer(reply: &Reply) -> Message {
    let mut answer = message(reply, State::Answer);
    let writes =
        |button: &Value| button["action_id"] == action::AGAIN || button["action_id"] == action::WATCH;
    for block in &mut answer.blocks {
        if let Some(elements) = block.get_mut("elements").and_then(Value::as_array_mut) {
            elements.retain(|element| !writes(element));
        }
    }
    answer.blocks.retain(|block| block["type"] != "actions" || block["elements"] != json!([]));
    whole(answer.text, answer.blocks)
}

fn of_note(text: &str, lang: Lang) -> Message {
    let mut page = Page::new(lang, false);
    let shown = page.line(text, NOTE);
    page.part(section(Line::new().words(&shown)));
    whole(mrkdwn(text, TEXT).text, page.blocks)
}
