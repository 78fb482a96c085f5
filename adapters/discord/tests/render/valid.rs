//! Discord's limits, written once more and apart from the renderer, and what its Markdown would make of a text.

use std::collections::BTreeSet;

use podwhy_discord::limits;
use podwhy_discord::render::Message;
use podwhy_knowledge::redact::clean;
use serde_json::Value;

/// A message that Discord takes, in which nothing is markup but our own.
pub fn assert_message(name: &str, message: &Message) {
    let faults = faults_of(message);
    assert!(faults.is_empty(), "{name}: {faults:#?}\n{message:#?}");
}

/// Every rule that a message breaks.
pub fn faults_of(message: &Message) -> Vec<String> {
    let mut found = Faults::default();
    if message.content.trim().is_empty() && message.embeds.is_empty() {
        found.faults.push("there is nothing to see".to_string());
    }
    if !message.content.is_empty() {
        found.markdown("content", &message.content, limits::CONTENT);
    }
    found.most("embeds", message.embeds.len(), limits::EMBEDS);
    found.text = 0;
    for embed in &message.embeds {
        found.embed(embed);
    }
    found.most("text of all embeds", found.text, limits::EMBEDS_TEXT);
    found.most("rows", message.components.len(), limits::ROWS);
    for row in &message.components {
        found.row(row);
    }
    found.faults
}

#[derive(Default)]
struct Faults {
    faults: Vec<String>,
    text: usize,
    custom_ids: BTreeSet<String>,
}

impl Faults {
    fn most(&mut self, what: &str, is: usize, most: usize) {
        if is > most {
            self.faults.push(format!("{what}: {is} of at most {most}"));
        }
    }

    fn plain(&mut self, what: &str, text: &str, most: usize) {
        let units = text.encode_utf16().count();
        self.text += units;
        self.most(what, units, most);
        if text.trim() != text || text.is_empty() {
            self.faults.push(format!("{what} is empty, or Discord would trim it: {text:?}"));
        }
        if clean(text) != text {
            self.faults.push(format!("{what} has what cannot be seen: {text:?}"));
        }
    }

    fn markdown(&mut self, what: &str, text: &str, most: usize) {
        self.plain(what, text, most);
        self.faults.extend(faults_of_markdown(text).into_iter().map(|fault| format!("{what}: {fault}")));
    }

    fn embed(&mut self, embed: &Value) {
        let known = ["title", "description", "color", "footer", "timestamp"];
        let fields = embed.as_object().unwrap();
        self.faults.extend(fields.keys().filter(|key| !known.contains(&key.as_str())).cloned());
        if let Some(title) = embed["title"].as_str() {
            self.markdown("title", title, limits::TITLE);
        }
        if let Some(text) = embed["description"].as_str() {
            self.markdown("description", text, limits::DESCRIPTION);
        }
        if let Some(text) = embed["footer"]["text"].as_str() {
            self.plain("footer", text, limits::FOOTER);
        }
        if embed["title"].is_null() && embed["description"].is_null() {
            self.faults.push("an empty embed".to_string());
        }
    }

    fn row(&mut self, row: &Value) {
        let buttons = row["components"].as_array().map_or(&[] as &[Value], Vec::as_slice);
        if row["type"] != 1 || buttons.is_empty() {
            self.faults.push(format!("no row: {row}"));
        }
        self.most("buttons", buttons.len(), limits::BUTTONS);
        for button in buttons {
            let (label, id) = (button["label"].as_str().unwrap(), button["custom_id"].as_str().unwrap());
            self.most("label", label.encode_utf16().count(), limits::LABEL);
            self.most("custom_id", id.encode_utf16().count(), limits::CUSTOM_ID);
            if label.is_empty() || id.is_empty() || !self.custom_ids.insert(id.to_string()) {
                self.faults.push(format!("custom_id {id:?} twice, or without a label"));
            }
        }
    }
}

/// What of a text Discord would take for markup that we did not write: we write code, bold, italics, lists, our own
/// times, and known channels.
pub fn faults_of_markdown(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let (mut bold, mut italic, mut fresh) = (false, false, true);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let begins = std::mem::replace(&mut fresh, c == '\n');
        let mut taken = c.len_utf8();
        let mut fault =
            |what: &str| faults.push(format!("{what} at {:?}", rest.chars().take(30).collect::<String>()));
        if let Some(after) = rest.strip_prefix("```") {
            let Some(end) = after.find("```") else {
                fault("an open code block");
                break;
            };
            let body = after[..end].split_once('\n').map_or("", |(_, body)| body);
            if body.trim().is_empty() || !begins {
                fault("a code block that is none");
            }
            taken = end + 6;
        } else if c == '`' {
            let Some(end) = rest[1..].find('`').filter(|end| !rest[1..1 + end].contains('\n') && *end > 0)
            else {
                fault("open code");
                break;
            };
            taken = end + 2;
        } else if c == '\\' {
            let next = rest[1..].chars().next();
            if !next.is_some_and(|next| next.is_ascii_punctuation()) {
                fault("a backslash that escapes nothing");
            }
            taken = 1 + next.map_or(0, char::len_utf8);
        } else if rest.starts_with("**") {
            bold = !bold;
            taken = 2;
        } else if c == '*' {
            italic = !italic;
        } else if c == '<' {
            match rest.find('>').filter(|end| is_ours(&rest[1..*end])) {
                Some(end) => taken = end + 1,
                None => fault("what a mention begins with"),
            }
        } else if c == '\n' && (bold || italic) {
            fault("bold or italics over more than a line");
        } else if begins
            && (c == '+' && rest[1..].starts_with(' ')
                || is_numbered(rest)
                || c == '-' && !rest.starts_with("- "))
        {
            fault("a list");
        } else if matches!(c, '_' | '~' | '|' | '>' | '[' | ']' | '@' | '#') || is_named(rest) {
            fault("markup");
        }
        rest = &rest[taken..];
    }
    if bold || italic {
        faults.push("bold or italics without an end".to_string());
    }
    faults
}

fn is_ours(inner: &str) -> bool {
    let time = |inner: &str| {
        let seconds = inner.strip_prefix("t:")?;
        let seconds = seconds.strip_suffix(":f").or(seconds.strip_suffix(":R"))?;
        seconds.parse::<i64>().ok()
    };
    time(inner).is_some() || inner.strip_prefix('#').is_some_and(|id| crate::CHANNELS.contains(&id))
}

/// `:boom:`, and what makes a link of a host.
fn is_named(text: &str) -> bool {
    let name = text.strip_prefix(':').and_then(|after| after.split_once(':')).map_or("", |(name, _)| name);
    let in_names = |c: char| c.is_alphanumeric() || matches!(c, '_' | '+' | '-' | '~');
    text.starts_with("://") || !name.is_empty() && name.chars().all(in_names)
}

fn is_numbered(line: &str) -> bool {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    digits > 0 && line[digits..].starts_with(['.', ')'])
}

/// The validator finds what is wrong: it is no validator else.
#[test]
fn what_discord_refuses_or_renders_is_found() {
    for text in [
        "@everyone",
        "<@1>",
        "<#5>",
        "a ```",
        "```\n```",
        "`a",
        "a_b",
        "https://x",
        "# a",
        "> a",
        "1. a",
        "-# a",
        "**a",
        "*a\nb*",
        ":boom:",
        "[a](b)",
        "||a||",
        "a```\nb\n```",
    ] {
        assert!(!faults_of_markdown(text).is_empty(), "{text}");
    }
    for text in ["**a** *b* `@everyone`", "```sh\n@here\n```", "- a: b", "<t:5:f>", "\\@everyone"] {
        assert_eq!(faults_of_markdown(text), Vec::<String>::new(), "{text}");
    }
    let embed = |key: &str, length| serde_json::json!({"title": "x", key: "x".repeat(length)});
    let button = serde_json::json!({"type": 2, "label": "x", "custom_id": "x"});
    let message = |embeds, components| Message { content: String::new(), embeds, components };
    for message in [
        message(vec![embed("title", 257)], Vec::new()),
        message(vec![embed("description", 4097)], Vec::new()),
        message(vec![embed("description", 4096), embed("description", 1903)], Vec::new()),
        message(vec![embed("image", 1)], Vec::new()),
        message(vec![embed("title", 1); 11], Vec::new()),
        message(
            vec![embed("title", 1)],
            vec![serde_json::json!({"type": 1, "components": [button, button]})],
        ),
        message(vec![embed("title", 1)], vec![serde_json::json!({"type": 1, "components": []})]),
        message(Vec::new(), Vec::new()),
    ] {
        assert!(!faults_of(&message).is_empty(), "{message:#?}");
    }
}
