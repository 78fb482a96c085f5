//! A message as it is seen, roughly: for people who read the snapshots, and to ask what is visible.

use std::fmt::Write;

use podwhy_slack::render::Message;
use serde_json::Value;

/// Blocks, one under the other.
pub fn message(message: &Message) -> String {
    format!("[{}]\n{}", message.text, blocks(&message.blocks))
}

/// A modal: its title, what stands in it, its buttons.
pub fn modal(view: &Value) -> String {
    let part = |key: &str| text(&view[key], "text");
    let shown = blocks(view["blocks"].as_array().unwrap());
    format!("══ {}\n{shown}[ {} ] [ {} ]\n", part("title"), part("close"), part("submit"))
}

/// Blocks, one under the other.
pub fn blocks(blocks: &[Value]) -> String {
    let mut out = String::new();
    for block in blocks {
        match block["type"].as_str() {
            Some("rich_text") => each(block, "elements", &mut |element| rich(&mut out, element)),
            Some("context") => {
                each(block, "elements", &mut |element| writeln!(out, "({})", text(element, "text")).unwrap());
            }
            Some("actions") => {
                each(block, "elements", &mut |element| {
                    write!(out, "[ {} ] ", text(&element["text"], "text")).unwrap();
                    if let Some(asks) = element.get("confirm") {
                        let part = |key: &str| text(&asks[key], "text");
                        let (title, said, yes, no) =
                            (part("title"), part("text"), part("confirm"), part("deny"));
                        writeln!(out, "→ {title} {said} [ {no} ] [ {yes} ]").unwrap();
                    }
                });
                out.push('\n');
            }
            Some("input") => {
                let element = &block["element"];
                let (given, hint) = (text(element, "initial_value"), text(&element["placeholder"], "text"));
                writeln!(out, "{}: ____{given}{hint}", text(&block["label"], "text")).unwrap();
            }
            Some("divider") => out.push_str("────\n"),
            other => panic!("an unexpected block: {other:?}"),
        }
        out.push('\n');
    }
    out
}

fn rich(out: &mut String, element: &Value) {
    match element["type"].as_str() {
        Some("rich_text_section") => {
            line(out, element);
            out.push('\n');
        }
        Some("rich_text_list") => each(element, "elements", &mut |item| {
            out.push_str("• ");
            line(out, item);
            out.push('\n');
        }),
        Some("rich_text_preformatted") => {
            out.push_str("    │ ");
            each(element, "elements", &mut |part| {
                out.push_str(&text(part, "text").replace('\n', "\n    │ "))
            });
            out.push('\n');
        }
        other => panic!("an unexpected element: {other:?}"),
    }
}

fn line(out: &mut String, section: &Value) {
    each(section, "elements", &mut |part| match part["type"].as_str() {
        Some("emoji") => write!(out, ":{}:", text(part, "name")).unwrap(),
        Some("date") => write!(out, "<{}>", text(part, "fallback")).unwrap(),
        Some("channel") => write!(out, "#{}", text(part, "channel_id")).unwrap(),
        Some("usergroup") => write!(out, "@{}", text(part, "usergroup_id")).unwrap(),
        Some("link") => write!(out, "{} ({})", text(part, "text"), text(part, "url")).unwrap(),
        _ => {
            let (bold, code) = (part["style"]["bold"] == true, part["style"]["code"] == true);
            let mark = if code { "`" } else { "" };
            let strong = if bold { "**" } else { "" };
            write!(out, "{strong}{mark}{}{mark}{strong}", text(part, "text")).unwrap();
        }
    });
}

fn each(value: &Value, key: &str, with: &mut dyn FnMut(&Value)) {
    value[key].as_array().into_iter().flatten().for_each(with);
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_string()
}
