//! A label selector as it stands in an object: `matchLabels` and `matchExpressions`.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/helpers.go>
//! (`LabelSelectorAsSelector`)

use serde_json::Value;

use crate::api::text;

/// Whether a selector means an object: none means nothing, an empty one everything, one that is wrong nothing.
pub(crate) fn selects(selector: &Value, object: &Value) -> bool {
    let Some(fields) = selector.as_object() else { return false };
    let labels = &object["metadata"]["labels"];
    let equal = fields.get("matchLabels").and_then(Value::as_object);
    let expressions = fields.get("matchExpressions").and_then(Value::as_array);
    equal.into_iter().flatten().all(|(key, value)| labels.get(key) == Some(value))
        && expressions.into_iter().flatten().all(|expression| holds(expression, labels))
}

fn holds(expression: &Value, labels: &Value) -> bool {
    let label = labels.get(text(expression, "/key"));
    let among = label
        .is_some_and(|label| expression["values"].as_array().is_some_and(|values| values.contains(label)));
    match text(expression, "/operator") {
        "In" => among,
        "NotIn" => !among,
        "Exists" => label.is_some(),
        "DoesNotExist" => label.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_selector_means_what_it_means_on_a_real_server() {
        let pod = json!({"metadata": {"labels": {"app": "web", "tier": "front"}}});
        let one = |key: &str, operator: &str, values: Value| json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]});
        for (selector, wanted) in [
            (Value::Null, false),
            (json!({}), true),
            (json!({"matchLabels": {"app": "web"}}), true),
            (json!({"matchLabels": {"app": "web", "tier": "back"}}), false),
            (one("tier", "In", json!(["front", "back"])), true),
            (one("tier", "NotIn", json!(["front"])), false),
            (one("team", "NotIn", json!(["front"])), true),
            (one("team", "Exists", json!([])), false),
            (one("team", "DoesNotExist", json!([])), true),
            (one("team", "Like", json!([])), false),
        ] {
            assert_eq!(selects(&selector, &pod), wanted, "{selector}");
        }
    }
}
