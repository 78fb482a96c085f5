use serde_json::json;

use super::*;

fn asked(tool: ToolName, arguments: Value) -> String {
    let Value::Object(arguments) = arguments else { panic!("{arguments} is no object") };
    match question(tool, arguments, Lang::En) {
        Ok(Question { command, lang }) => format!("{command} [{lang}]"),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn arguments_as_assistants_write_them() {
    use ToolName::{Explain, Triage, Why};
    for (tool, arguments, wanted) in [
        (Why, json!({"target": "shop/cart-0"}), "why shop/cart-0 [en]"),
        (Why, json!({"target": "cart-0", "namespace": "shop", "lang": "zh"}), "why shop/cart-0 [zh]"),
        (Why, json!({"target": "deploy/web", "namespace": "", "cluster": ""}), "why deploy/web [en]"),
        (Why, json!({"target": "prod:shop/cart-0"}), "why prod:shop/cart-0 [en]"),
        (Why, json!({"target": "shop/cart-0", "cluster": "prod"}), "why prod:shop/cart-0 [en]"),
        (Why, json!({"target": "prod:a/b", "cluster": "prod", "namespace": null}), "why prod:a/b [en]"),
        (Triage, json!({}), "triage  [en]"),
        (Triage, json!({"namespace": "shop"}), "triage shop [en]"),
        (Triage, json!({"namespace": " ns/shop "}), "triage shop [en]"),
        (Triage, json!({"namespace": "shop", "cluster": "prod"}), "triage prod:shop [en]"),
        (Explain, json!({"text": "OOMKilled", "lang": "en"}), "explain OOMKilled [en]"),
    ] {
        let shown = arguments.to_string();
        assert_eq!(asked(tool, arguments), wanted, "{shown}");
    }
}

#[test]
fn what_cannot_be_asked_says_how_it_can() {
    use ToolName::{Explain, Triage, Why};
    for (tool, arguments, part) in [
        (Why, json!({}), "missing field `target`"),
        (Why, json!({"target": 7}), "expected a string"),
        (Why, json!({"target": "a", "command": "rm"}), "unknown field `command`"),
        (Why, json!({"target": "a", "lang": "fr"}), "expected `en` or `zh`"),
        (Why, json!({"target": ""}), "has an empty part"),
        (Why, json!({"target": "a/b/c/d"}), "too many parts"),
        (Why, json!({"target": "shop/widget/cart"}), "no kind podwhy knows"),
        (Why, json!({"target": "shop/Cart"}), "no Kubernetes name"),
        (Why, json!({"target": "a".repeat(2000)}), "too long"),
        (Why, json!({"target": "cart-0", "namespace": "Shop!"}), "no Kubernetes name"),
        (Why, json!({"target": "shop/cart-0", "namespace": "pay"}), "names namespace \"shop\""),
        (Why, json!({"target": "prod:cart-0", "cluster": "dev"}), "give one of them"),
        (Triage, json!({"namespace": "shop/cart-0"}), "no Kubernetes name"),
        (Triage, json!({"namespace": "prod:shop"}), "no Kubernetes name"),
        (Triage, json!({"namespace": ["shop"]}), "expected a string"),
        (Explain, json!({"text": " \n"}), "nothing to explain"),
        (Explain, json!({"text": "a".repeat(MAX_PASTED_TEXT + 1)}), "the text is too long: 262145 bytes"),
    ] {
        let told = asked(tool, arguments);
        assert!(told.starts_with("error: ") && told.contains(part), "{told}");
    }
}

#[test]
fn a_refusal_is_in_the_language_that_was_asked_for() {
    let arguments = |value: Value| value.as_object().unwrap().clone();
    assert_eq!(spoken(&arguments(json!({"lang": "zh"})), Lang::En), Lang::Zh);
    assert_eq!(spoken(&arguments(json!({"lang": 1})), Lang::Zh), Lang::Zh);
}
