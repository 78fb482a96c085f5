//! What must hold of the rules of what podwhy does.

use ::config::{Value, ValueKind};

use super::super::check::nearest;
use super::super::problem::{Place, Problem, Rank};
use super::chat::areas;
use super::{get, list, text};

/// As many people agree at most.
const MOST: i64 = 5;

/// The rules of the section `remediation`, which stands here.
pub(super) fn check(
    merged: &Value,
    own: &Value,
    clusters: &[Option<&str>],
    here: &Place,
    problems: &mut Vec<Problem>,
) {
    number(own, here, problems);
    for (index, rule) in list(get(own, "rules")).enumerate() {
        let here = here.key("rules", rule.origin()).item(index);
        areas(rule, "of", clusters, &here, problems);
        number(rule, &here, problems);
        for key in ["remedies", "of", "approvers", "approver_groups"] {
            if get(rule, key).is_some() && list(get(rule, key)).next().is_none() {
                let message = "it is empty; leave it out where it says nothing";
                problems.push(here.key(key, None).problem(Rank::Rule, message));
            }
        }
        people(merged, rule, &here, problems);
        let asks =
            ["approvers", "approver_groups", "approvals", "hours"].iter().any(|key| get(rule, key).is_some())
                || flag(rule, "typed_name") == Some(true)
                || flag(rule, "self_approval") == Some(false);
        if !asks {
            let message = "it asks for nothing: write approvers, approver_groups, approvals, self_approval = false, hours or typed_name = true";
            problems.push(here.problem(Rank::Rule, message));
        }
    }
    twice(own, here, problems);
}

fn number(table: &Value, here: &Place, problems: &mut Vec<Problem>) {
    let Some(value) = get(table, "approvals") else { return };
    if let ValueKind::I64(number) = &value.kind
        && !(1..=MOST).contains(number)
    {
        let message = format!("write a number from 1 to {MOST}");
        problems.push(here.key("approvals", value.origin()).problem(Rank::Rule, message));
    }
}

/// A rule that only lets somebody who is nobody would stop everything.
fn people(merged: &Value, rule: &Value, here: &Place, problems: &mut Vec<Problem>) {
    let users: Vec<&str> = list(get(merged, "people")).filter_map(|person| text(person, "user")).collect();
    let in_groups = ["people", "chat_groups"].into_iter().flat_map(|key| list(get(merged, key)));
    let groups: Vec<&str> = in_groups.flat_map(|own| list(get(own, "groups"))).filter_map(words).collect();
    let known = [
        ("approvers", "nobody in people has the user", &users),
        ("approver_groups", "nobody in people or chat_groups has the group", &groups),
    ];
    for (key, nobody, known) in known {
        for (place, named) in list(get(rule, key)).enumerate() {
            let Some(name) = words(named).filter(|name| !known.contains(name)) else { continue };
            let hint = nearest(name, known.iter().copied());
            let hint = hint.map(|meant| format!("; did you mean {meant:?}?")).unwrap_or_default();
            let message = format!("{nobody} {name:?}{hint}");
            problems.push(here.key(key, None).item(place).problem(Rank::Rule, message));
        }
    }
    let few = list(get(rule, "approvers")).count();
    if let Some(ValueKind::I64(wanted)) = get(rule, "approvals").map(|value| &value.kind)
        && few > 0
        && get(rule, "approver_groups").is_none()
        && i64::try_from(few).is_ok_and(|few| few < *wanted)
    {
        let message = format!("{wanted} have to agree, and approvers lets {few}");
        problems.push(here.key("approvals", None).problem(Rank::Rule, message));
    }
}

/// A refusal names a rule: by a name that is another's, too, nobody finds it.
fn twice(own: &Value, here: &Place, problems: &mut Vec<Problem>) {
    let rules: Vec<(Option<&str>, Option<&str>)> =
        list(get(own, "rules")).map(|rule| (text(rule, "name"), rule.origin())).collect();
    for (index, (name, origin)) in rules.iter().enumerate() {
        let Some(name) = name else { continue };
        if let Some(first) = rules.iter().take(index).position(|(known, _)| *known == Some(*name)) {
            let message = format!("rules[{first}] is named {name:?} as well");
            let place = here.key("rules", *origin).item(index).key("name", None);
            problems.push(place.problem(Rank::Rule, message));
        }
    }
}

fn words(value: &Value) -> Option<&str> {
    match &value.kind {
        ValueKind::String(text) => Some(text),
        _ => None,
    }
}

fn flag(table: &Value, key: &str) -> Option<bool> {
    match get(table, key)?.kind {
        ValueKind::Boolean(flag) => Some(flag),
        _ => None,
    }
}
