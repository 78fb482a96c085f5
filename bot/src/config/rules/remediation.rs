//! What must hold of what podwhy does, and of the people it does it for.

use ::config::Value;
use podwhy_flow::act::remedy::Remedy;

use super::super::problem::{Place, Problem, Rank};
use super::chat::areas;
use super::{approvals, get, list, names, text};

pub(super) fn check(merged: &Value, clusters: &[Option<&str>], at: &Place, problems: &mut Vec<Problem>) {
    twice(merged, at, problems);
    let Some(own) = get(merged, "remediation") else { return };
    let here = at.key("remediation", own.origin());
    for key in ["of", "protected"] {
        if get(own, key).is_some() && list(get(own, key)).next().is_none() {
            let message = "it names no namespace; write [\"*\"] for all".to_string();
            problems.push(here.key(key, None).problem(Rank::Rule, message));
        }
        areas(own, key, clusters, &here, problems);
    }
    agents(merged, own, &here, problems);
    approvals::check(merged, own, clusters, &here, problems);
    if list(get(merged, "people")).next().is_none() {
        let message = "nobody could agree to anything: write [[people]]".to_string();
        problems.push(here.problem(Rank::Rule, message));
    }
    names::check(merged, own, at, problems);
}

/// What the agents of nodes do takes a key for their tickets, and a cluster that has agents.
fn agents(merged: &Value, own: &Value, here: &Place, problems: &mut Vec<Problem>) {
    let remedies = list(get(own, "remedies")).filter_map(|word| word.clone().into_string().ok());
    let of_agents = |word: &String| Remedy::ALL.iter().any(|one| one.needs_agent() && one.as_str() == word);
    let Some(first) = remedies.into_iter().find(of_agents) else { return };
    if get(own, "ticket_key").is_none() {
        let message = format!("{first} needs it: node agents do it by signed tickets");
        problems.push(here.key("ticket_key", None).problem(Rank::Rule, message));
    }
    if !list(get(merged, "clusters")).any(|cluster| text(cluster, "agents").is_some()) {
        let message =
            format!("{first} is done by node agents, and no cluster has any: write clusters.agents");
        problems.push(here.key("remedies", None).problem(Rank::Rule, message));
    }
}

/// Two entries of one person would be two people who agree.
fn twice(merged: &Value, at: &Place, problems: &mut Vec<Problem>) {
    for key in ["user", "slack", "discord"] {
        let mut known: Vec<(&str, usize)> = Vec::new();
        for (index, person) in list(get(merged, "people")).enumerate() {
            let Some(name) = text(person, key) else { continue };
            match known.iter().find(|(other, _)| *other == name) {
                Some((_, first)) => {
                    let message = format!("people[{first}] has {name:?} as well: one person is one entry");
                    let place = at.key("people", person.origin()).item(index).key(key, None);
                    problems.push(place.problem(Rank::Rule, message));
                }
                None => known.push((name, index)),
            }
        }
    }
}
