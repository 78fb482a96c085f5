//! What was typed into a dialog's field.

use podwhy_flow::show::text::{head, line};
use serde_json::Value;

use crate::render::action;

/// On one line, and no longer than a name is. Discord holds people to that already; their apps may be anybody's.
pub(super) fn typed(data: &Value) -> Option<String> {
    let mut fields = array(&data["components"]).iter().flat_map(|row| array(&row["components"]));
    let field = fields.find(|field| field["custom_id"] == action::FIELD)?;
    Some(head(&line(field["value"].as_str()?), action::TYPED).to_string())
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(field: &Value) -> Option<String> {
        typed(&json!({ "components": [{ "type": 1, "components": [field] }] }))
    }

    #[test]
    fn what_is_typed_is_one_line_of_a_names_length() {
        let field = |value: &str| json!({ "type": 4, "custom_id": "name", "value": value });
        assert_eq!(of(&field(" cart\n\u{202e} ")).as_deref(), Some("cart \u{fffd}"));
        assert_eq!(of(&field(" ")).as_deref(), Some(""));
        assert_eq!(of(&field(&"n".repeat(5000))), Some("n".repeat(action::TYPED)));
    }

    #[test]
    fn another_dialogs_fields_are_none() {
        for field in [
            json!({ "custom_id": "other", "value": "x" }),
            json!({ "custom_id": "name", "value": 7 }),
            json!(7),
        ] {
            assert_eq!(of(&field), None);
        }
        assert_eq!(typed(&json!({ "components": 7 })), None);
    }
}
