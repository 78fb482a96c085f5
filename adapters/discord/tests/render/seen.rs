//! A message as it is seen, roughly: for people who read the snapshots, and to ask what is visible.

use podwhy_discord::render::Message;
use serde_json::Value;

/// The content, the embeds and the buttons, one under the other.
pub fn message(message: &Message) -> String {
    let mut parts = vec![without_escapes(&message.content)];
    for embed in &message.embeds {
        parts.push(format!(
            "┌ #{:06x} {}",
            embed["color"].as_u64().unwrap_or_default(),
            without_escapes(text(&embed["title"]))
        ));
        parts.push(without_escapes(text(&embed["description"])));
        parts.push(format!("└ {}", text(&embed["footer"]["text"])));
    }
    for row in &message.components {
        let labels = row["components"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| format!("[ {} ]", text(&one["label"])));
        parts.push(labels.collect::<Vec<_>>().join(" "));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n") + "\n"
}

/// What a backslash before a sign makes of it; in code it is a backslash.
fn without_escapes(markdown: &str) -> String {
    let mut out = String::new();
    for (number, part) in markdown.split("```").enumerate() {
        if number > 0 {
            out.push_str("```");
        }
        if number % 2 == 1 {
            out.push_str(part);
            continue;
        }
        let (mut code, mut rest) = (false, part.chars().peekable());
        while let Some(c) = rest.next() {
            match c {
                '\\' if !code && rest.peek().is_some_and(char::is_ascii_punctuation) => {
                    out.extend(rest.next())
                }
                '`' => {
                    code = !code;
                    out.push(c);
                }
                c => out.push(c),
            }
        }
    }
    out
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
