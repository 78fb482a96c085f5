use std::sync::Arc;

use podwhy_knowledge::Kind;

use super::super::testing::{incident, spot, start};
use super::*;
use crate::ask::command::{Command, command};
use crate::ask::order::About;
use crate::ask::within::Visible;
use crate::chat::Platform;
use crate::incident::record::{Member, Post, Taken};

fn fitting(line: &str) -> Fitting {
    let Ok(Command::Incident(order)) = command(&format!("unmute {line}")) else { panic!("{line}") };
    let Some(About::All(fitting)) = order.about().cloned() else { panic!("{line}") };
    fitting
}

fn mute(line: &str) -> Mute {
    Chosen::mute(&fitting(line), start() + jiff::SignedDuration::from_hours(1), "ann")
}

fn all() -> Reach {
    Reach([("prod".to_string(), Visible::All)].into())
}

fn shop() -> Reach {
    Reach([("prod".to_string(), Visible::Only(["shop".to_string()].into()))].into())
}

fn chosen<'k>(known: &'k [Arc<Incident>], reach: &'k Reach, channel: &str) -> Chosen<'k> {
    let spot = Some(spot(Platform::Slack, channel));
    Chosen { known, reach, spot, thread: None, now: start() }
}

fn names(incidents: &[&Incident]) -> Vec<String> {
    incidents.iter().map(|one| one.name.clone()).collect()
}

#[test]
fn what_is_typed_holds_what_it_names() {
    let mut cart = incident("cart");
    cart.status.members = vec![Member {
        kind: "Pod".to_string(),
        namespace: "shop".to_string(),
        name: "cart-5d9c7b6f4-x2x4z".to_string(),
    }];
    for (line, holds) in [
        ("oom-killed", true),
        ("prod:", true),
        ("dr:", false),
        ("app-exited", false),
        ("ns/shop", true),
        ("ns/bank", false),
        ("oom-killed -n shop", true),
        ("prod:shop/cart", true),
        ("shop/deploy/cart", true),
        ("shop/sts/cart", false),
        ("shop/cart-5d9c7b6f4-x2x4z", true),
        ("shop/car", false),
        ("oom-killed shop/cart", true),
    ] {
        assert_eq!(mute(line).holds(&cart, start()), holds, "{line}");
    }
    // of which only the beginning is called alike
    let mut migrate = cart.clone();
    migrate.status.root_cause.blame.name = "cart-migrate".to_string();
    migrate.status.members[0].name = "cart-migrate-5d9c7b6f4-x2x4z".to_string();
    assert!(
        !mute("shop/cart").holds(&migrate, start()) && mute("shop/cart-migrate").holds(&migrate, start())
    );
    // an image is at fault for one workload's pods alone
    let mut image = cart.clone();
    image.status.root_cause.blame = crate::incident::record::Blamed {
        kind: "Image".to_string(),
        namespace: None,
        name: "cart:2".to_string(),
    };
    assert!(mute("shop/deploy/cart").holds(&image, start()) && !mute("shop/pay").holds(&image, start()));
}

#[test]
fn a_mute_is_kept_as_it_was_said() {
    for line in
        ["oom-killed", "shop/sts/cart", "prod:shop/cart", "node/wrk-07", "prod:", "oom-killed -n shop"]
    {
        let mute = mute(line);
        assert_eq!(Mute::of(&mute.record(start())), Some(mute), "{line}");
    }
    let node = mute("prod:node/wrk-07");
    assert_eq!((node.namespace, node.workload.as_deref()), (None, Some("Node/wrk-07")));
    assert_eq!(fitting("node wrk-07").target.unwrap().kind, Some(Kind::Node));
}

#[test]
fn a_thread_means_its_incident_and_a_channel_its_only_one() {
    let mut cart = incident("cart");
    cart.status.posts.push(Post {
        part: PARENT.to_string(),
        platform: Platform::Slack,
        channel: "C1".to_string(),
        attempted_at: None,
        message: Some("5.5".to_string()),
        shown: None,
        refused: None,
    });
    let both = [Arc::new(cart.clone()), Arc::new(incident("pay"))];
    let all = all();
    let asked = chosen(&both, &all, "C1");
    assert_eq!(asked.meant().map_err(|several| names(&several)), Err(vec!["cart".into(), "pay".into()]));
    let in_thread = Chosen { thread: Some("5.5"), ..asked.clone() };
    assert_eq!(in_thread.meant().unwrap().name, "cart");
    let elsewhere = Chosen { thread: Some("6.6"), ..asked };
    assert!(elsewhere.meant().is_err(), "another thread is none of an incident");
    cart.status.taken = Some(Taken { by: "bob".to_string(), at: start() });
    let both = [Arc::new(cart), both[1].clone()];
    assert_eq!(chosen(&both, &all, "C1").meant().unwrap().name, "pay", "somebody is on the other");
    assert_eq!(chosen(&both, &all, "C2").meant(), Err(Vec::new()), "nothing is told there");
}

#[test]
fn what_may_not_be_read_is_not_chosen() {
    let mut pay = incident("pay");
    pay.status.root_cause.blame.namespace = Some("bank".to_string());
    pay.status.members.iter_mut().for_each(|member| member.namespace = "bank".to_string());
    let known = [incident("cart"), pay, mute("ns/shop").record(start()), mute("oom-killed").record(start())]
        .map(Arc::new);
    let (shop, all) = (shop(), all());
    let seen = |reach, channel| names(&chosen(&known, reach, channel).open_of(&mute("oom-killed")));
    assert_eq!(seen(&all, "C9"), ["cart", "pay"]);
    assert_eq!(seen(&shop, "C9"), ["cart"]);
    assert_eq!(seen(&shop, "C1"), ["cart", "pay"], "what is told in a channel may be named there");
    assert!(chosen(&known, &shop, "C9").named("pay").is_none());
    let record = mute("ns/shop").record(start()).name;
    assert!(chosen(&known, &all, "C9").named(&record).is_none(), "a mute is no incident");
}

#[test]
fn unmuting_ends_what_is_within_and_tells_what_is_around() {
    let named =
        ["prod:ns/shop", "oom-killed prod:ns/shop", "prod:shop/cart", "oom-killed prod:", "prod:ns/bank"];
    let known: Vec<Arc<Incident>> = named.iter().map(|line| Arc::new(mute(line).record(start()))).collect();
    let (shop, all) = (shop(), all());
    let within = |reach, line: &str| chosen(&known, reach, "C1").mutes_within(&fitting(line)).len();
    assert_eq!(within(&all, "prod:ns/shop"), 3);
    assert_eq!(within(&all, "prod:"), 5);
    assert_eq!(within(&all, "oom-killed prod:"), 2);
    assert_eq!(within(&shop, "prod:"), 3, "what reaches further than one may read is not ended");
    assert_eq!(within(&all, "prod:shop/deploy/cart"), 0);
    let around = chosen(&known, &all, "C1").mutes_around(&fitting("prod:shop/deploy/cart"));
    assert_eq!(around.len(), 2, "the namespace and the workload: {around:?}");
    assert_eq!(chosen(&known, &shop, "C1").mutes().len(), 4, "what silences something here is listed");
}
