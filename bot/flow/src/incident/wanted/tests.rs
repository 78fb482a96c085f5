mod narrow;

use jiff::SignedDuration;
use podwhy_knowledge::Lang;

use super::super::card::{Button, Card, Tone};
use super::super::fixed::{Fixed, How};
use super::super::policy::Policy;
use super::super::record::{AlertLinks, Alerted, Phase, Post, Taken};
use super::super::testing::{incident, route, spot, start};
use super::*;
use crate::chat::Platform;

fn policy() -> Policy {
    let slack = route(spot(Platform::Slack, "C1"), Lang::En);
    let discord = Route { mention: None, ..route(spot(Platform::Discord, "D1"), Lang::Zh) };
    Policy { routes: vec![slack, discord], ..Policy::default() }
}

use super::super::policy::Route;

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

fn stands(part: &str, platform: Platform, channel: &str) -> Post {
    Post {
        part: part.to_string(),
        platform,
        channel: channel.to_string(),
        attempted_at: None,
        message: Some("m1".to_string()),
        shown: None,
        refused: None,
    }
}

/// Of the first channel.
fn parts(incident: &Incident) -> Vec<String> {
    let all = wanted(incident, &policy(), &[], start());
    all.into_iter().filter(|post| post.to.channel == "C1").map(|post| post.part).collect()
}

fn parent(incident: &Incident, lang: Lang) -> Card {
    let all = wanted(incident, &policy(), &[], start());
    let card = all.into_iter().find_map(|post| match post.says {
        Says::Body(body) => match *body {
            Body::Card(card) if card.lang == lang && post.part == PARENT => Some(card),
            _ => None,
        },
        _ => None,
    });
    card.unwrap()
}

#[test]
fn what_fails_has_a_card_and_the_whole_answer_in_each_channel() {
    let cart = incident("cart");
    let all = wanted(&cart, &policy(), &[], start());
    let told: Vec<_> = all.iter().map(|post| (post.to.channel.as_str(), post.part.as_str())).collect();
    assert_eq!(told, [("C1", "parent"), ("C1", "answer"), ("D1", "parent"), ("D1", "answer")]);
    assert!(!all[0].in_thread && all[1].in_thread);
    let card = parent(&cart, Lang::En);
    assert_eq!(card.title, "oom-killed · Deployment prod:shop/cart · 3 pods");
    assert_eq!(card.lines, ["Since 2026-01-01 15:04 UTC"]);
    assert_eq!(card.members, ["shop/cart-0", "shop/cart-1", "shop/cart-2"]);
    assert_eq!(card.buttons, [Button::Take, Button::Mute, Button::Right, Button::Wrong]);
    assert_eq!(parent(&cart, Lang::Zh).lines, ["始于 2026-01-01 15:04 UTC"]);
}

#[test]
fn nothing_changes_because_time_passes() {
    let mut cart = incident("cart");
    cart.status.last_failing = start() + minutes(5);
    let later = wanted(&cart, &policy(), &[], start() + minutes(500));
    assert_eq!(later, wanted(&incident("cart"), &policy(), &[], start()));
}

#[test]
fn the_end_says_how_long_how_many_and_why() {
    let mut cart = incident("cart");
    cart.status.phase = Phase::Resolved;
    cart.status.resolved_at = Some(start() + minutes(125));
    let object = cart.status.root_cause.blame.clone();
    cart.status.fixed = vec![Fixed { how: How::RolledOut, object, by: "4".to_string() }];
    cart.status.taken = Some(Taken { by: "Ana\u{202e}".to_string(), at: start() });
    cart.status.reopened = 1;
    let card = parent(&cart, Lang::En);
    assert_eq!(card.tone, Tone::Well);
    assert_eq!(card.title, "oom-killed · Deployment prod:shop/cart · well again");
    let lines = [
        "Well again at 2026-01-01 17:09 UTC, after 2 h 5 min; 3 failed at most",
        "Since it failed, Deployment shop/cart was changed: it is at revision 4",
        "Ana\u{fffd} is on it since 2026-01-01 15:04 UTC",
        "Opened again once",
    ];
    assert_eq!(card.lines, lines);
    assert!(card.members.is_empty());
    assert_eq!(parts(&cart), ["parent", "reopened-1", "resolved-1"], "what is over has nothing to ask");
}

#[test]
fn what_was_said_stays_and_is_not_said_again() {
    let mut cart = incident("cart");
    cart.status.reopened = 1;
    cart.status.posts =
        vec![stands("parent", Platform::Slack, "C1"), stands("resolved", Platform::Slack, "C1")];
    let all = wanted(&cart, &policy(), &[], start());
    let past = all.iter().find(|post| post.part == "resolved").unwrap();
    assert_eq!(past.says, Says::Past);
}

#[test]
fn a_muted_one_begins_nothing_and_keeps_what_stands_current() {
    let mut cart = incident("cart");
    cart.status.muted_until = Some(start() + minutes(60));
    assert!(parts(&cart).is_empty());
    assert_eq!(wanted(&cart, &policy(), &[], start() + minutes(60)).len(), 4, "the mute is over");
    cart.status.posts = vec![stands("parent", Platform::Slack, "C1")];
    assert_eq!(parts(&cart), ["parent"]);
    assert_eq!(parent(&cart, Lang::En).lines[1], "Muted until 2026-01-01 16:04 UTC");
}

#[test]
fn one_that_is_told_in_another_thread_begins_none_there() {
    let mut cart = incident("cart");
    cart.status.threads[0].within = Some("many".to_string());
    let all = wanted(&cart, &policy(), &[], start());
    assert!(all.iter().all(|post| post.to.channel == "D1") && all.len() == 2);
    cart.status.posts = vec![stands("parent", Platform::Slack, "C1")];
    assert!(parts(&cart).contains(&"parent".to_string()), "what stands is kept current");
}

#[test]
fn many_failures_list_what_is_told_in_their_thread() {
    let (mut cart, pay) = (incident("cart"), incident("pay"));
    cart.status.threads[0].within = Some("many".to_string());
    let mut many = incident("many");
    many.spec.root_cause = spot(Platform::Slack, "C1").many_failures();
    many.status.root_cause = many.spec.root_cause.clone();
    many.status.members.clear();
    many.status.threads.truncate(1);
    let all = wanted(&many, &policy(), &[&cart, &pay], start());
    let cards: Vec<&Card> = all
        .iter()
        .filter_map(|post| match &post.says {
            Says::Body(body) => match body.as_ref() {
                Body::Card(card) => Some(card),
                _ => None,
            },
            _ => None,
        })
        .collect();
    assert!(cards.len() == 1 && all.len() == 1, "one channel, and no answer");
    assert_eq!(cards[0].title, "many failures · 1 root cause");
    assert_eq!(cards[0].lines[0], "oom-killed · Deployment prod:shop/cart · 3 pods");
    assert!(!cards[0].lines.iter().any(|line| line.contains("pay")), "it has a thread of its own");
    assert_eq!(cards[0].buttons, [Button::Take, Button::Mute]);
}

#[test]
fn people_are_called_by_the_first_message_and_later_by_one_of_its_own() {
    let mut cart = incident("cart");
    assert_eq!(parent(&cart, Lang::En).mention, None);
    cart.status.threads[0].called_at = Some(start());
    assert_eq!(parent(&cart, Lang::En).mention.as_deref(), Some("<@&1>"));
    assert_eq!(parent(&cart, Lang::Zh).mention, None, "nobody is called there");
    cart.status.threads[0].reminded = true;
    assert_eq!(parts(&cart), ["parent", "answer", "call-2"]);
    cart.status.taken = Some(Taken { by: "Ana".to_string(), at: start() });
    assert_eq!(parts(&cart), ["parent", "answer"]);
}

#[test]
fn it_is_told_where_it_has_a_thread_and_where_something_stands() {
    let mut cart = incident("cart");
    cart.status.threads.pop();
    cart.status.posts = vec![stands("parent", Platform::Slack, "C9")];
    let all = wanted(&cart, &policy(), &[], start());
    let channels: Vec<&str> =
        all.iter().filter(|post| post.part == PARENT).map(|post| post.to.channel.as_str()).collect();
    assert_eq!(channels, ["C1", "C9"]);
}

fn alerted(name: &str) -> Alerted {
    Alerted {
        fingerprint: name.to_string(),
        starts_at: start(),
        name: name.to_string(),
        firing: true,
        summary: String::new(),
        group: String::new(),
        about: None,
        labels: std::collections::BTreeMap::new(),
        links: AlertLinks { runbook: Some(format!("https://runbooks.example.com/{name}")), source: None },
    }
}

#[test]
fn alerts_are_counted_and_named() {
    let mut cart = incident("cart");
    cart.status.alerts = vec![alerted("KubePodCrashLooping")];
    assert!(parent(&cart, Lang::Zh).lines.contains(&"告警：KubePodCrashLooping".to_string()));
    cart.status.alerts.extend(["B", "C", "D", "D"].map(alerted));
    let lines = parent(&cart, Lang::En).lines;
    assert!(lines.contains(&"5 alerts: KubePodCrashLooping, B, C, +1 more".to_string()), "{lines:?}");
}

#[test]
fn what_the_sender_left_out_is_said_on_the_card_and_in_the_thread() {
    let mut cart = incident("cart");
    cart.status.truncated_alerts = 3;
    let said = "The sender left out 3 alerts of this group".to_string();
    assert!(parent(&cart, Lang::En).lines.contains(&said));
    let all = wanted(&cart, &policy(), &[], start());
    let note = all.iter().find(|post| post.part == "truncated").unwrap();
    assert!(note.in_thread);
    assert_eq!(note.says, Says::Body(Box::new(Body::Note(Lang::En, said))));
}

#[test]
fn where_an_alert_leads_is_shown_for_hosts_that_are_listed() {
    let mut cart = incident("cart");
    cart.status.alerts = vec![alerted("A"), alerted("B")];
    assert_eq!(parent(&cart, Lang::En).links, [], "none is listed");
    let hosts = vec!["runbooks.example.com".to_string()];
    let policy = Policy { runbook_hosts: hosts, ..policy() };
    let all = wanted(&cart, &policy, &[], start());
    let Says::Body(body) = &all[0].says else { panic!("{all:?}") };
    let Body::Card(card) = body.as_ref() else { panic!("{body:?}") };
    let link = |name: &str| (format!("Runbook of {name}"), format!("https://runbooks.example.com/{name}"));
    assert_eq!(card.links, [link("A"), link("B")]);
}

#[test]
fn what_was_over_long_ago_is_not_told_to_a_new_channel() {
    let mut cart = incident("cart");
    (cart.status.phase, cart.status.resolved_at) = (Phase::Resolved, Some(start()));
    let told = |after: i64| !wanted(&cart, &policy(), &[], start() + minutes(after)).is_empty();
    assert!(told(59), "it was brief: nobody has heard of it");
    assert!(!told(61));
}

#[test]
fn a_message_has_one_id_of_its_own() {
    let (one, other) = (spot(Platform::Slack, "C1"), spot(Platform::Discord, "C1"));
    let long = "x".repeat(80);
    let id = message_id(&long, "reopened-12", &one);
    assert!(id.len() <= 60 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{id}");
    assert_eq!(id, message_id(&long, "reopened-12", &one));
    assert_ne!(id, message_id(&long, "reopened-12", &other));
    assert_ne!(id, message_id(&format!("{long}y"), "reopened-12", &one));
}

#[test]
fn a_digest_is_of_what_is_shown() {
    let body = |text: &str| Body::Note(Lang::En, text.to_string());
    assert_eq!(digest(&body("a")), digest(&body("a")));
    assert_ne!(digest(&body("a")), digest(&body("b")));
    let card = parent(&incident("cart"), Lang::En);
    let taken = Card { tone: Tone::Taken, ..card.clone() };
    assert_ne!(digest(&Body::Card(card)), digest(&Body::Card(taken)));
}
