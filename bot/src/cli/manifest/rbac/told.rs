//! Rules of RBAC as YAML, with what each is for.

use std::collections::BTreeSet;
use std::fmt::Write;

use podwhy_kubernetes::rights::Rule;

/// A Role, or without a namespace a ClusterRole.
pub(super) fn object(kind: &str, namespace: Option<&str>, name: &str, rules: &str) -> String {
    format!("{}rules:\n{rules}", head(kind, namespace, name))
}

/// The beginning of any object of RBAC.
pub(super) fn head(kind: &str, namespace: Option<&str>, name: &str) -> String {
    let namespace = namespace.map(|own| format!("  namespace: {}\n", quoted(own))).unwrap_or_default();
    format!("apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata:\n  name: {name}\n{namespace}")
}

/// Without a name no rule at all: an empty `resourceNames` means every name.
pub(super) fn impersonate(resource: &str, names: &BTreeSet<&str>) -> String {
    if names.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "  - apiGroups: [\"\"]\n    resources: [\"{resource}\"]\n    verbs: [\"impersonate\"]\n    resourceNames:\n"
    );
    for name in names {
        let _always = writeln!(text, "      - {}", quoted(name));
    }
    text
}

/// The rules, with what each is for above it.
pub(super) fn rules(rules: &[Rule]) -> String {
    let (mut text, mut told) = (String::new(), "");
    for rule in rules {
        if rule.why != told {
            let _always = writeln!(text, "  # {}", rule.why);
        }
        told = rule.why;
        text += &one(rule);
    }
    text
}

fn one(Rule { group, resources, verbs, names, .. }: &Rule) -> String {
    let mut text = String::new();
    let lists = [
        ("- apiGroups", &[*group][..]),
        ("  resources", resources),
        ("  verbs", verbs),
        ("  resourceNames", names),
    ];
    for (key, words) in lists.into_iter().filter(|(_, words)| !words.is_empty()) {
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        let _always = writeln!(text, "  {key}: [{}]", words.join(", "));
    }
    text
}

/// A text of JSON is one of YAML, whatever is in it.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
