//! A number with its words, in English: `1 pod`, `3 pods`.

use std::fmt::Display;

use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext};

use super::RenderPlain;

/// The number and the words that go with it: those for one, or those for none and for many.
pub fn counted(count: impl Display, one: &str, many: &str) -> String {
    let count = count.to_string();
    let words = if count == "1" { one } else { many };
    format!("{count} {words}")
}

/// `{{count pods "pod is" "pods are"}}`: [`counted`] for the pages.
pub(super) fn helper(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let text = |place| helper.param(place).map(|param| param.value().render_plain()).unwrap_or_default();
    out.write(&counted(text(0), &text(1), &text(2)))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_is_singular_and_all_else_is_not() {
        assert_eq!(counted(0, "pod", "pods"), "0 pods");
        assert_eq!(counted(1, "pod is", "pods are"), "1 pod is");
        assert_eq!(counted(21, "retry", "retries"), "21 retries");
    }

    #[test]
    fn pages_count_numbers_and_words() {
        let templates = super::super::empty();
        let shown = |n: serde_json::Value| {
            templates.render_template(r#"{{count n "place" "places"}}"#, &json!({ "n": n })).unwrap()
        };
        assert_eq!(shown(json!(1)), "1 place");
        assert_eq!(shown(json!("1")), "1 place");
        assert_eq!(shown(json!(2)), "2 places");
        assert_eq!(shown(json!(0)), "0 places");
    }
}
