//! What was typed into a dialog's fields.

use podwhy_flow::incident::Typed;
use serde_json::Value;

use crate::render::action;

/// By the id of the dialog. No longer than its fields take: Discord holds people to that already; their apps may be anybody's.
pub(super) fn typed(id: &str, data: &Value) -> Option<Typed> {
    let (form, _) = action::of_dialog(id)?;
    let fields = || array(&data["components"]).iter().flat_map(|row| array(&row["components"]));
    form.typed(|field| fields().find(|one| one["custom_id"] == field.id)?["value"].as_str())
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use podwhy_flow::incident::Button;
    use podwhy_flow::ports::Attests;
    use serde_json::json;

    use super::*;

    fn of(button: Button, fields: &[Value]) -> Option<Typed> {
        let rows: Vec<Value> =
            fields.iter().map(|field| json!({ "type": 1, "components": [field] })).collect();
        typed(&action::dialog(button.form().unwrap(), "inc-1"), &json!({ "components": rows }))
    }

    fn field(id: &str, value: &str) -> Value {
        json!({ "type": 4, "custom_id": id, "value": value })
    }

    #[test]
    fn what_is_typed_is_one_line_of_a_names_length() {
        let name = |value| of(Button::ApproveTyped, &[field("name", value)]).unwrap().name;
        assert_eq!(name(" cart\n\u{202e} ").as_deref(), Some("cart \u{fffd}"));
        assert_eq!(name(" ").as_deref(), Some(""));
        assert_eq!(name(&"n".repeat(5000)), Some("n".repeat(253)));
    }

    #[test]
    fn a_word_is_cut_to_what_it_may_have() {
        let word = |how, ago| of(Button::Attest, &[field("how", how), field("minutes_ago", ago)]).unwrap();
        let attests = Attests { how: "@everyone\n\u{fffd}".into(), minutes_ago: "5".into() };
        assert_eq!(word("@everyone\n\u{202e} ", " 5\n"), Typed { name: None, attests: Some(attests) });
        let long = word(&"机".repeat(4000), &"9".repeat(4000)).attests.unwrap();
        assert_eq!((long.how.chars().count(), long.minutes_ago.len()), (500, 10));
    }

    #[test]
    fn another_dialogs_fields_are_none() {
        for other in [
            field("other", "x"),
            json!({ "custom_id": "name", "value": 7 }),
            json!({ "custom_id": "how", "value": 7 }),
            json!(7),
        ] {
            assert_eq!(of(Button::ApproveTyped, std::slice::from_ref(&other)), None);
            assert_eq!(of(Button::Attest, &[other, field("minutes_ago", "0")]), None);
        }
        assert_eq!(of(Button::Attest, &[field("name", "cart")]), None);
        let id = action::dialog(Button::Attest.form().unwrap(), "inc-1");
        assert_eq!((typed(&id, &json!({ "components": 7 })), typed("other", &json!({}))), (None, None));
    }
}
