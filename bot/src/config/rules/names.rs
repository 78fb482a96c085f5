//! What must hold of the names podwhy writes as.

use ::config::Value;

use super::super::problem::{Place, Problem, Rank};
use super::{get, list, text};

/// Of everybody in `people`; `own` is the section `remediation`.
pub(super) fn check(merged: &Value, own: &Value, at: &Place, problems: &mut Vec<Problem>) {
    let texts =
        |value, key: &str| list(get(value, key)).filter_map(|name| name.clone().into_string().ok()).collect();
    let listed: Vec<String> = texts(own, "allow_privileged");
    for (index, person) in list(get(merged, "people")).enumerate() {
        let place = at.key("people", person.origin()).item(index);
        let groups: Vec<String> = texts(person, "groups");
        for name in text(person, "user").into_iter().chain(groups.iter().map(String::as_str)) {
            let wrong = wrong(name, &listed);
            problems.extend(wrong.map(|message| place.problem(Rank::Rule, message)));
        }
    }
}

/// What is wrong with one.
fn wrong(name: &str, listed: &[String]) -> Option<String> {
    // a server takes white space off a header's ends: it would be another name than the one that was asked about
    if name.trim() != name || name.contains(char::is_control) {
        return Some(format!("{name:?} cannot be sent as a name: take the white space off it"));
    }
    (name.starts_with("system:") && !listed.iter().any(|known| known == name)).then(|| {
        format!(
            "{name:?} is Kubernetes' own: podwhy would write as it; name it in remediation.allow_privileged if that is meant"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_kubernetes_or_one_that_arrives_as_another_is_refused() {
        let listed = vec!["system:masters".to_string()];
        for name in ["ann@example.com", "sre", "运维", "oidc:team a", "systemd", "system:masters"] {
            assert_eq!(wrong(name, &listed), None, "{name}");
        }
        for (name, word) in [
            ("system:authenticated", "Kubernetes' own"),
            ("system:serviceaccount:podwhy:podwhy", "Kubernetes' own"),
            (" system:masters", "white space"),
            ("sre\n", "white space"),
            ("a\tb", "white space"),
        ] {
            assert!(wrong(name, &listed).unwrap().contains(word), "{name}");
        }
    }
}
