//! What must hold of the groups that a chat adds.

use ::config::Value;

use super::super::problem::{Place, Problem, Rank};
use super::{get, list, text};

pub(super) fn check(merged: &Value, at: &Place, problems: &mut Vec<Problem>) {
    for (index, group) in list(get(merged, "chat_groups")).enumerate() {
        let here = at.key("chat_groups", group.origin()).item(index);
        let apps: Vec<&str> =
            ["slack", "discord"].into_iter().filter(|app| text(group, app).is_some()).collect();
        if apps.is_empty() {
            problems.push(here.problem(Rank::Rule, "it is of no chat: write slack or discord"));
        }
        for app in apps.into_iter().filter(|app| get(merged, app).is_none()) {
            let message = format!("there is no section [{app}], so nobody is in it");
            problems.push(here.key(app, None).problem(Rank::Rule, message));
        }
        if get(group, "groups").is_some() && list(get(group, "groups")).next().is_none() {
            problems.push(here.key("groups", None).problem(Rank::Rule, "it adds nothing"));
        }
        for (place, name) in list(get(group, "groups")).enumerate() {
            let name = name.clone().into_string().unwrap_or_default();
            let here = here.key("groups", None).item(place);
            if name.starts_with("system:") {
                let message = format!(
                    "{name:?} is Kubernetes' own: whoever manages the chat would give it away; list the people who are in it in people"
                );
                problems.push(here.problem(Rank::Rule, message));
            } else if name.trim() != name || name.contains(char::is_control) {
                let message = format!("{name:?} cannot be sent as a name: take the white space off it");
                problems.push(here.problem(Rank::Rule, message));
            }
        }
    }
}
