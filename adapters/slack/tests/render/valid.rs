//! Slack's limits, written once more and apart from the renderer: what breaks one of them is refused by Slack whole.

use std::collections::BTreeSet;

use podwhy_knowledge::redact::clean;
use podwhy_slack::limits;
use podwhy_slack::render::Message;
use serde_json::Value;

/// UTF-16 code units.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A message that Slack takes, in which nothing is a mention.
pub fn assert_message(name: &str, message: &Message) {
    let mut faults = faults_of_blocks(&message.blocks, limits::BLOCKS);
    if message.text.trim().is_empty() || units(&message.text) > limits::TEXT_ADVISED {
        faults.push(format!("the text has {} units", units(&message.text)));
    }
    faults.extend(faults_of_mrkdwn(&message.text));
    if message.blocks.is_empty() {
        faults.push("there is nothing to see".to_string());
    }
    assert!(faults.is_empty(), "{name}: {faults:#?}\n{:#}", Value::from(message.blocks.clone()));
}

/// A Home view that Slack takes.
pub fn assert_home(name: &str, view: &Value) {
    assert_eq!(view["type"], "home");
    let faults = faults_of_blocks(view["blocks"].as_array().unwrap(), limits::VIEW_BLOCKS);
    assert!(faults.is_empty(), "{name}: {faults:#?}\n{view:#}");
}

/// A modal that Slack takes. <https://docs.slack.dev/reference/views/modal-views>
pub fn assert_modal(name: &str, view: &Value) {
    let mut found =
        Faults { faults: faults_of_blocks(view["blocks"].as_array().unwrap(), 100), ..Faults::default() };
    assert_eq!(view["type"], "modal");
    for part in ["title", "submit", "close"] {
        found.plain(part, &view[part], 24);
    }
    for (part, most) in [("callback_id", 255), ("private_metadata", 3000)] {
        found.text(part, &view[part], most);
    }
    assert!(found.faults.is_empty(), "{name}: {:#?}\n{view:#}", found.faults);
}

/// Every rule that blocks break.
pub fn faults_of_blocks(blocks: &[Value], most: usize) -> Vec<String> {
    let mut found = Faults::default();
    found.most("blocks", blocks.len(), most);
    for block in blocks {
        found.block(block);
    }
    found.most("text of all blocks", found.text, limits::BLOCKS_TEXT);
    found.faults
}

#[derive(Default)]
struct Faults {
    faults: Vec<String>,
    text: usize,
    action_ids: BTreeSet<String>,
    block_ids: BTreeSet<String>,
}

impl Faults {
    fn most(&mut self, what: &str, is: usize, most: usize) {
        if is > most {
            self.faults.push(format!("{what}: {is} of at most {most}"));
        }
    }

    fn text(&mut self, what: &str, text: &Value, most: usize) {
        let Some(text) = text.as_str() else { return self.faults.push(format!("{what} is no text")) };
        self.text += units(text);
        self.most(what, units(text), most);
        if text.is_empty() {
            self.faults.push(format!("{what} is empty"));
        }
        if clean(text) != text {
            self.faults.push(format!("{what} has what cannot be seen: {text:?}"));
        }
    }

    fn elements<'v>(&mut self, of: &'v Value, most: usize) -> &'v [Value] {
        let elements = of["elements"].as_array().map_or(&[] as &[Value], Vec::as_slice);
        if elements.is_empty() {
            self.faults.push(format!("{} without elements", of["type"]));
        }
        self.most("elements", elements.len(), most);
        elements
    }

    fn block(&mut self, block: &Value) {
        if let Some(id) = block["block_id"].as_str() {
            self.most("block_id", units(id), limits::BLOCK_ID);
            if !self.block_ids.insert(id.to_string()) {
                self.faults.push(format!("block_id {id} twice"));
            }
        }
        match block["type"].as_str() {
            Some("divider") => {}
            Some("rich_text") => self.elements(block, usize::MAX).iter().for_each(|one| self.rich(one)),
            Some("context") => {
                for one in self.elements(block, limits::CONTEXT_ELEMENTS) {
                    self.text("context", &one["text"], limits::SECTION_TEXT);
                    if one["type"] == "plain_text" && one["emoji"] == false {
                        continue;
                    }
                    self.faults.extend(faults_of_mrkdwn(one["text"].as_str().unwrap_or_default()));
                }
            }
            Some("input") => self.input(block),
            Some("actions") => self.elements(block, limits::ACTIONS).iter().for_each(|one| self.button(one)),
            other => self.faults.push(format!("a block of type {other:?}")),
        }
    }

    fn rich(&mut self, element: &Value) {
        match element["type"].as_str() {
            Some("rich_text_section" | "rich_text_preformatted") => {
                let preformatted = element["type"] == "rich_text_preformatted";
                for one in self.elements(element, usize::MAX) {
                    if preformatted && one["type"] != "text" {
                        self.faults.push(format!("{} in a code block", one["type"]));
                    }
                    self.leaf(one);
                }
            }
            Some("rich_text_list") => {
                for one in self.elements(element, usize::MAX) {
                    if one["type"] != "rich_text_section" {
                        self.faults.push(format!("{} in a list", one["type"]));
                    }
                    self.rich(one);
                }
            }
            other => self.faults.push(format!("rich text of type {other:?}")),
        }
    }

    /// Nothing that mentions a person, a group or everyone, and no link, is ever written.
    fn leaf(&mut self, leaf: &Value) {
        match leaf["type"].as_str() {
            Some("text") => self.text("text", &leaf["text"], limits::SECTION_TEXT),
            Some("date") => self.text("date", &leaf["fallback"], limits::HEADER),
            Some("emoji") => {
                let known = [
                    "red_circle",
                    "large_green_circle",
                    "large_blue_circle",
                    "white_circle",
                    "large_yellow_circle",
                    "large_orange_circle",
                    "warning",
                    "hourglass_flowing_sand",
                ];
                if !known.iter().any(|name| leaf["name"] == *name) {
                    self.faults.push(format!("emoji {}", leaf["name"]));
                }
            }
            Some("channel") => {
                if !crate::CHANNELS.iter().any(|id| leaf["channel_id"] == *id) {
                    self.faults.push(format!("channel {}", leaf["channel_id"]));
                }
            }
            other => self.faults.push(format!("a {other:?} in a text")),
        }
    }

    fn button(&mut self, button: &Value) {
        self.text("button", &button["text"]["text"], limits::BUTTON_TEXT);
        let value = button["value"].as_str().unwrap_or_default();
        self.most("value", units(value), limits::BUTTON_VALUE);
        let id = button["action_id"].as_str().unwrap_or_default();
        self.most("action_id", units(id), limits::ACTION_ID);
        if value.is_empty() || id.is_empty() || !self.action_ids.insert(id.to_string()) {
            self.faults.push(format!("action_id {id:?} twice, or with nothing to carry"));
        }
        if let Some(confirm) = button.get("confirm") {
            self.confirm(confirm);
        }
    }

    /// <https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object>
    fn confirm(&mut self, confirm: &Value) {
        for (part, most) in [("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)] {
            self.plain(part, &confirm[part], most);
        }
        if !matches!(confirm["style"].as_str(), Some("primary" | "danger")) {
            self.faults.push(format!("a confirmation in the style {}", confirm["style"]));
        }
    }

    /// Text in which nothing is markup.
    fn plain(&mut self, what: &str, text: &Value, most: usize) {
        if text["type"] != "plain_text" || text["emoji"] != false {
            self.faults.push(format!("{what} is not plain"));
        }
        self.text(what, &text["text"], most);
    }

    /// <https://docs.slack.dev/reference/block-kit/blocks/input-block>
    fn input(&mut self, input: &Value) {
        self.plain("label", &input["label"], 2000);
        let element = &input["element"];
        let most = element["max_length"].as_u64();
        if element["type"] != "plain_text_input" || !most.is_some_and(|most| (1..=3000).contains(&most)) {
            self.faults.push(format!("an input {element}"));
        }
        let least = element["min_length"].as_u64().unwrap_or_default();
        if most.is_some_and(|most| least > most) {
            self.faults.push(format!("an input that takes nothing: {element}"));
        }
        if let Some(hint) = element.get("placeholder") {
            self.plain("placeholder", hint, 150);
        }
        if let Some(given) = element.get("initial_value") {
            self.text("initial_value", given, usize::try_from(most.unwrap_or_default()).unwrap());
        }
        if input["block_id"].as_str().is_none() || element["action_id"].as_str().is_none() {
            self.faults.push("an input that cannot be found again".to_string());
        }
    }
}

/// What of a text in Slack's markup is not merely text.
pub fn faults_of_mrkdwn(text: &str) -> Vec<String> {
    let mut rest = text.replacen(":eyes:", "", 1);
    if let (Some(open), Some(close)) = (rest.find("<!date^"), rest.find("Z>")) {
        rest.replace_range(open..close + 2, "");
    }
    let entities = rest.replace("&amp;", " ").replace("&lt;", " ").replace("&gt;", " ");
    let markup = |c: char| matches!(c, '&' | '<' | '>' | '*' | '_' | '~' | '`' | '@' | '#');
    let signs = entities.chars().filter(|c| markup(*c)).map(|c| format!("{c} in {text:?}"));
    // an emoji, or a link: a colon alone is neither
    let emoji = regex::Regex::new(r":[A-Za-z0-9_+'-]+:|://").unwrap();
    signs.chain(emoji.find(&entities).map(|found| format!("{} in {text:?}", found.as_str()))).collect()
}

/// The validator finds what is wrong: it is no validator else.
#[test]
fn what_slack_refuses_is_found() {
    let section = |text: &str| serde_json::json!({"type": "rich_text_section", "elements": [{"type": "text", "text": text}]});
    let block = |inner: Value| serde_json::json!({"type": "rich_text", "elements": [inner]});
    let button = |id: &str, value: &str| serde_json::json!({"type": "button", "text": {"type": "plain_text", "text": "x"}, "action_id": id, "value": value});
    let asks = |text: &str, kind: &str, style: &str| {
        let plain = serde_json::json!({"type": "plain_text", "text": "x", "emoji": false});
        let mut asks = button("a", "v");
        asks["confirm"] = serde_json::json!({"title": plain, "confirm": plain, "deny": plain, "style": style,
            "text": {"type": kind, "text": text, "emoji": false}});
        asks
    };
    let actions = |buttons: Vec<Value>| serde_json::json!({"type": "actions", "elements": buttons});
    let context =
        |text: &str| serde_json::json!({"type": "context", "elements": [{"type": "mrkdwn", "text": text}]});
    let input = |key: &str, value: Value| {
        let element = serde_json::json!({"type": "plain_text_input", "action_id": "a", "max_length": 10, "min_length": 10});
        let label = serde_json::json!({"type": "plain_text", "text": "x", "emoji": false});
        let mut whole =
            serde_json::json!({"type": "input", "block_id": "a", "label": label, "element": element});
        assert_eq!(faults_of_blocks(std::slice::from_ref(&whole), 1), Vec::<String>::new());
        whole["element"][key] = value;
        whole
    };
    let mention = serde_json::json!({"type": "rich_text_section", "elements": [{"type": "broadcast", "range": "channel"}]});
    for blocks in [
        vec![block(section("")); 1],
        vec![block(section("x")); 51],
        vec![block(section(&"x".repeat(3001)))],
        vec![block(section(&"x".repeat(2500))); 4],
        vec![block(section("\u{202e}"))],
        vec![block(mention)],
        vec![actions(vec![button("a", "v"), button("a", "v")])],
        vec![actions(vec![button("a", &"v".repeat(2001))])],
        vec![context("<!channel>")],
        vec![context("*x*")],
        vec![serde_json::json!({"type": "rich_text", "elements": []})],
        vec![actions(vec![asks(&"x".repeat(301), "plain_text", "primary")])],
        vec![actions(vec![asks("", "plain_text", "primary")])],
        vec![actions(vec![asks("x", "mrkdwn", "primary")])],
        vec![actions(vec![asks("x", "plain_text", "green")])],
        vec![serde_json::json!({"type": "input", "label": {}, "element": {"type": "plain_text_input"}})],
        vec![input("min_length", serde_json::json!(11))],
        vec![input("placeholder", serde_json::json!("x"))],
        vec![input("initial_value", serde_json::json!("x".repeat(11)))],
    ] {
        assert!(!faults_of_blocks(&blocks, limits::BLOCKS).is_empty(), "{:#}", Value::from(blocks));
    }
}
