//! Label selectors of pods and namespaces.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/helpers.go>
//! (`LabelSelectorAsSelector`)

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

/// Labels by key.
pub type Labels = BTreeMap<String, String>;

/// One thing a selector asks of the labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// The key has one of the values.
    In(String, Vec<String>),
    /// The key has none of the values, or is absent.
    NotIn(String, Vec<String>),
    /// The key is there.
    Exists(String),
    /// The key is absent.
    Absent(String),
}

impl Requirement {
    /// Whether it holds for these labels.
    pub fn holds(&self, labels: &Labels) -> bool {
        match self {
            Requirement::In(key, values) => labels.get(key).is_some_and(|v| values.contains(v)),
            Requirement::NotIn(key, values) => labels.get(key).is_none_or(|v| !values.contains(v)),
            Requirement::Exists(key) => labels.contains_key(key),
            Requirement::Absent(key) => !labels.contains_key(key),
        }
    }

    fn show(&self) -> String {
        match self {
            Requirement::In(key, values) => match &values[..] {
                [value] => format!("{key}={value}"),
                _ => format!("{key} in ({})", values.join(", ")),
            },
            Requirement::NotIn(key, values) => match &values[..] {
                [value] => format!("{key}!={value}"),
                _ => format!("{key} notin ({})", values.join(", ")),
            },
            Requirement::Exists(key) => key.clone(),
            Requirement::Absent(key) => format!("!{key}"),
        }
    }
}

/// A selector, read once and asked often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// All of these must hold; `None` for a selector that is not there, which selects nothing.
    requirements: Option<Vec<Requirement>>,
}

impl Selector {
    /// Reads one; a selector that is absent, or has an operator nobody knows, selects nothing.
    pub fn of(selector: Option<&LabelSelector>) -> Selector {
        let Some(selector) = selector else {
            return Selector::default();
        };
        let mut requirements: Vec<Requirement> = selector
            .match_labels
            .iter()
            .flatten()
            .map(|(key, value)| Requirement::In(key.clone(), vec![value.clone()]))
            .collect();
        for expression in selector.match_expressions.iter().flatten() {
            let (key, values) = (expression.key.clone(), expression.values.clone().unwrap_or_default());
            requirements.push(match expression.operator.as_str() {
                "In" => Requirement::In(key, values),
                "NotIn" => Requirement::NotIn(key, values),
                "Exists" => Requirement::Exists(key),
                "DoesNotExist" => Requirement::Absent(key),
                _ => return Selector::default(),
            });
        }
        Selector { requirements: Some(requirements) }
    }

    /// The same, asking also that the key has this value. One that selects nothing still does.
    pub fn and(mut self, key: &str, value: &str) -> Selector {
        if let Some(requirements) = &mut self.requirements {
            let asked = Requirement::In(key.to_string(), vec![value.to_string()]);
            if !requirements.contains(&asked) {
                requirements.push(asked);
            }
        }
        self
    }

    /// Whether it selects these labels.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.requirements.as_ref().is_some_and(|all| all.iter().all(|r| r.holds(labels)))
    }

    /// What it asks, one by one.
    pub fn requirements(&self) -> &[Requirement] {
        self.requirements.as_deref().unwrap_or_default()
    }

    /// Whether it asks nothing and so selects everything.
    pub fn selects_all(&self) -> bool {
        self.requirements.as_ref().is_some_and(Vec::is_empty)
    }

    /// Whether it is absent and selects nothing.
    pub fn selects_none(&self) -> bool {
        self.requirements.is_none()
    }

    /// Whether it asks of this key alone.
    pub fn asks_only(&self, only: &str) -> bool {
        self.requirements.iter().flatten().all(|requirement| match requirement {
            Requirement::In(key, _) | Requirement::NotIn(key, _) => key == only,
            Requirement::Exists(key) | Requirement::Absent(key) => key == only,
        })
    }

    /// A key and the values of which every selected object has one, if it asks for such.
    pub fn narrowest(&self) -> Option<(&str, &[String])> {
        let named = self.requirements.iter().flatten().filter_map(|requirement| match requirement {
            Requirement::In(key, values) => Some((key.as_str(), values.as_slice())),
            _ => None,
        });
        named.min_by_key(|(_, values)| values.len())
    }

    /// As people write it and `kubectl -l` reads it: `app=cart, tier in (a, b)`; empty when it asks nothing.
    pub fn show(&self) -> String {
        let shown: Vec<String> = self.requirements.iter().flatten().map(Requirement::show).collect();
        shown.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn selector(value: serde_json::Value) -> Selector {
        Selector::of(Some(&serde_json::from_value(value).unwrap()))
    }

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect()
    }

    #[test]
    fn operators_hold_as_the_documents_say() {
        let cart = labels(&[("app", "cart"), ("tier", "web")]);
        for (asked, holds) in [
            (json!({}), true),
            (json!({"matchLabels": {"app": "cart"}}), true),
            (json!({"matchLabels": {"app": "cart", "tier": "db"}}), false),
            (json!({"matchExpressions": [{"key": "app", "operator": "In", "values": ["a", "cart"]}]}), true),
            (json!({"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["a"]}]}), true),
            (json!({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["web"]}]}), false),
            (json!({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}), true),
            (json!({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}), false),
            (json!({"matchExpressions": [{"key": "tier", "operator": "Like"}]}), false),
        ] {
            assert_eq!(selector(asked.clone()).matches(&cart), holds, "{asked}");
        }
        assert!(!Selector::of(None).matches(&cart), "no selector selects nothing");
    }

    #[test]
    fn it_is_written_as_people_write_it() {
        let asked = selector(json!({"matchLabels": {"app": "cart"},
            "matchExpressions": [{"key": "tier", "operator": "In", "values": ["a", "b"]}]}));
        assert_eq!(asked.show(), "app=cart, tier in (a, b)");
        assert_eq!(asked.narrowest().map(|(key, _)| key), Some("app"));
    }
}
