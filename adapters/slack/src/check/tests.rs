use serde_json::json;

use super::*;
use podwhy_flow::setup::Outcome;

fn scopes(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(ToString::to_string).collect()
}

#[test]
fn a_scope_that_is_missing_is_named_with_what_it_is_for() {
    let all: BTreeSet<String> = manifest::scopes().map(|(scope, _)| scope.to_string()).collect();
    assert!(scopes_of(&all, true).is_well());
    let mut some = all.clone();
    some.remove("usergroups:read");
    assert!(scopes_of(&some, false).is_well(), "without chat_groups nobody asks for it");
    let Outcome::Missing { missing, todo } = scopes_of(&some, true).outcome else { panic!("it is missing") };
    assert!(missing.starts_with("usergroups:read (who is in the user groups"), "{missing}");
    assert!(todo.contains("podwhy manifest slack"), "{todo}");
    assert!(!scopes_of(&scopes(&["chat:write"]), false).is_well());
}

#[test]
fn only_words_of_slack_are_repeated() {
    assert_eq!(refused(&json!({"ok": true})), None);
    assert_eq!(refused(&json!({"ok": false, "error": "invalid_auth"})), Some("invalid_auth"));
    assert_eq!(refused(&json!({"ok": false, "error": "token xoxb-123 is wrong"})), Some("something else"));
    assert_eq!(refused(&json!([])), Some("something else"));
}
