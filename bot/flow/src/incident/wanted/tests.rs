use jiff::SignedDuration;
use podwhy_knowledge::Lang;

use super::super::alert::Severity;
use super::super::card::{Button, Card, Tone};
use super::super::policy::Policy;
use super::super::record::{Alerted, Phase, Post, Taken};
use super::super::testing::{incident, route, spot, start};
use super::*;
use crate::chat::Platform;
use crate::chat::policy::Area;

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
    cart.status.fixed_by = Some("a rollout of Deployment shop/cart".to_string());
    cart.status.taken = Some(Taken { by: "Ana\u{202e}".to_string(), at: start() });
    cart.status.reopened = 1;
    let card = parent(&cart, Lang::En);
    assert_eq!(card.tone, Tone::Well);
    assert_eq!(card.title, "oom-killed · Deployment prod:shop/cart · well again");
    let lines = [
        "Well again at 2026-01-01 17:09 UTC, after 2 h 5 min; 3 failed at most",
        "Fixed by a rollout of Deployment shop/cart",
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
fn one_that_is_told_in_another_thread_begins_none() {
    let here = spot(Platform::Slack, "C1");
    let many = many_failures(&here);
    let cart = within(incident("cart"), &many, &here);
    let all = wanted(&cart, &policy(), &[], start());
    assert!(all.iter().all(|post| post.to.channel == "D1") && all.len() == 2);
    let common = wanted(&many, &policy(), &[&cart], start());
    assert!(
        common.iter().all(|post| post.to.channel == "C1") && common.len() == 1,
        "one card, and no answer"
    );
    // and where the book gave it no thread yet
    let mut untold = incident("cart");
    untold.status.threads.clear();
    assert_eq!(wanted(&untold, &policy(), &[], start()), []);
}

#[test]
fn many_failures_list_those_that_are_told_there() {
    let here = spot(Platform::Slack, "C1");
    let many = many_failures(&here);
    let (cart, pay) = (within(incident("cart"), &many, &here), incident("pay"));
    let all = wanted(&many, &policy(), &[&cart, &pay], start());
    let Says::Body(body) = &all[0].says else { panic!("{all:?}") };
    let Body::Card(card) = body.as_ref() else { panic!("{body:?}") };
    assert_eq!(card.title, "many failures · 1 root cause");
    assert_eq!(card.lines[0], "oom-killed · Deployment prod:shop/cart · 3 pods");
    assert!(!card.lines.iter().any(|line| line.contains("pay")), "it has a thread of its own");
    assert_eq!(card.buttons, [Button::Take, Button::Mute]);
}

#[test]
fn people_are_called_by_the_first_message_or_by_one_of_its_own() {
    let mut cart = incident("cart");
    assert_eq!(parent(&cart, Lang::En).mention, None);
    cart = called(cart, 1, start());
    assert_eq!(parent(&cart, Lang::En).mention.as_deref(), Some("<@&1>"));
    assert_eq!(parent(&cart, Lang::Zh).mention, None, "nobody is called there");
    cart = called(cart, 2, start() + minutes(15));
    assert_eq!(parts(&cart), ["parent", "answer", "call-2"]);
    cart.status.taken = Some(Taken { by: "Ana".to_string(), at: start() });
    assert_eq!(parts(&cart), ["parent", "answer"]);
}

#[test]
fn in_quiet_hours_nobody_is_called() {
    let mut cart = incident("cart");
    cart = called(cart, 1, start());
    let calls = |from: u16, to: u16| {
        let mut policy = policy();
        policy.routes[0].quiet = Some((from, to));
        let all = wanted(&cart, &policy, &[], start());
        matches!(&all[0].says, Says::Body(body) if matches!(body.as_ref(), Body::Card(card) if card.mention.is_some()))
    };
    assert!(!calls(15 * 60, 16 * 60));
    assert!(!calls(22 * 60, 15 * 60 + 5), "past midnight");
    assert!(calls(16 * 60, 15 * 60));
    assert!(calls(22 * 60, 6 * 60));
}
