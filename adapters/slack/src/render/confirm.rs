//! What is asked once more before a button counts.
//!
//! Slack asks it by itself, and sends the click only once the person has said yes.
//! <https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object>

use podwhy_flow::incident::words::{APPROVE, APPROVE_THIS, CANCEL, DECLINE};
use podwhy_flow::incident::{Button, Card};
use podwhy_flow::show::text::{line, shorten};
use serde_json::{Value, json};

use super::dialog::plain;
use crate::limits;

/// What a button asks before its click is sent; `None` for one that asks nothing, or asks in a dialog of its own.
pub(crate) fn confirm(button: Button, card: &Card) -> Option<Value> {
    let (title, yes, style) = match button {
        Button::Approve => (APPROVE_THIS, APPROVE, "primary"),
        Button::Decline => (DECLINE, DECLINE, "danger"),
        Button::Take
        | Button::Mute
        | Button::Fix
        | Button::Right
        | Button::Wrong
        | Button::ApproveTyped
        | Button::Attest => return None,
    };
    Some(json!({
        "title": plain(title.of(card.lang)),
        "text": plain(&about(card)),
        "confirm": plain(yes.of(card.lang)),
        "deny": plain(CANCEL.of(card.lang)),
        "style": style,
    }))
}

/// What is done, which the card's title says. Plain text knows no markup, and needs no escaping; but it may not be empty.
fn about(card: &Card) -> String {
    let texts = [&card.title, &card.summary, &card.incident].map(|text| line(text));
    let said = texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    shorten(&said, limits::CONFIRM_TEXT, str::to_string).text
}

#[cfg(test)]
mod tests {
    use podwhy_flow::incident::Tone;
    use podwhy_flow::show::text::units;
    use podwhy_knowledge::Lang;

    use super::*;

    fn card(title: &str, summary: &str, lang: Lang) -> Card {
        Card {
            lang,
            tone: Tone::Unclear,
            title: title.to_string(),
            summary: summary.to_string(),
            lines: Vec::new(),
            members: Vec::new(),
            members_beyond: 0,
            links: Vec::new(),
            mention: None,
            buttons: Vec::new(),
            incident: "rem-1".to_string(),
        }
    }

    #[test]
    fn what_it_is_about_is_plain_text_and_a_cut_is_seen() {
        let asked = confirm(Button::Approve, &card("<!channel> *a*\n\u{7}b :boom:", "s", Lang::En)).unwrap();
        let said = asked["text"]["text"].as_str().unwrap();
        assert!(said.starts_with("<!channel> *a* ") && said.ends_with("b :boom:"), "{said}");
        assert!(!said.contains(char::is_control), "{said:?}");
        assert_eq!(asked["text"], plain(said));
        let asked = confirm(Button::Decline, &card(&"é🔥".repeat(200), "s", Lang::Zh)).unwrap();
        let text = asked["text"]["text"].as_str().unwrap();
        assert!(text.ends_with('…') && units(text) <= limits::CONFIRM_TEXT, "{text}");
        for (summary, said) in [("s", "s"), (" ", "rem-1")] {
            let asked = confirm(Button::Approve, &card("\n", summary, Lang::En)).unwrap();
            assert_eq!(asked["text"]["text"], said);
        }
    }

    #[test]
    fn its_own_words_fit_in_every_language() {
        for (button, lang) in Button::ALL.into_iter().flat_map(|button| Lang::ALL.map(|lang| (button, lang)))
        {
            let Some(asked) = confirm(button, &card("t", "s", lang)) else {
                assert!(!matches!(button, Button::Approve | Button::Decline));
                continue;
            };
            for (part, most) in [
                ("title", limits::CONFIRM_TITLE),
                ("confirm", limits::CONFIRM_BUTTON),
                ("deny", limits::CONFIRM_BUTTON),
            ] {
                assert!((1..=most).contains(&units(asked[part]["text"].as_str().unwrap())), "{asked}");
            }
        }
    }
}
