use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use podwhy_knowledge::Blame as Blamed;

use super::super::mute::Mute;
use super::super::name::MANY_FAILURES;
use super::super::record::{Phase, Taken};
use super::super::testing::{incident, start};
use super::*;

fn record() -> Receiver {
    Receiver {
        name: "tickets".to_string(),
        areas: Vec::new(),
        severity: Severity::Info,
        causes: BTreeSet::new(),
        wakes: false,
        lang: Lang::En,
    }
}

fn pager() -> Receiver {
    Receiver { name: "on-call".to_string(), wakes: true, ..record() }
}

fn after(minutes: i64) -> Timestamp {
    start() + SignedDuration::from_mins(minutes)
}

/// Tells everything there is to tell at a time; what was told.
fn tell(incident: &mut Incident, receiver: &Receiver, now: Timestamp) -> Vec<News> {
    let mut told = Vec::new();
    while let Some(due) = next(incident, receiver, incident.status.is_muted(now), now) {
        if due.at > now {
            break;
        }
        incident.status.sent.retain(|own| own.to != receiver.name);
        told.push(due.notice.change);
        incident.status.sent.push(due.sent);
        assert!(told.len() < 9, "{told:?}");
    }
    told
}

fn resolve(incident: &mut Incident, now: Timestamp) {
    (incident.status.phase, incident.status.resolved_at) = (Phase::Resolved, Some(now));
}

fn reopen(incident: &mut Incident) {
    (incident.status.phase, incident.status.resolved_at) = (Phase::Open, None);
    (incident.status.reopened, incident.status.taken) = (incident.status.reopened + 1, None);
}

#[test]
fn each_change_is_told_once_and_in_order() {
    for receiver in [record(), pager()] {
        let mut cart = incident("cart");
        assert_eq!(tell(&mut cart, &receiver, after(0)), [News::Opened]);
        assert_eq!(tell(&mut cart, &receiver, after(1)), []);
        cart.status.taken = Some(Taken { by: "ann".to_string(), at: after(2) });
        assert_eq!(tell(&mut cart, &receiver, after(2)), [News::Taken]);
        resolve(&mut cart, after(20));
        assert_eq!(tell(&mut cart, &receiver, after(20)), [News::Resolved]);
        reopen(&mut cart);
        assert_eq!(tell(&mut cart, &receiver, after(30)), [News::Reopened]);
        cart.status.taken = Some(Taken { by: "ann".to_string(), at: after(31) });
        assert_eq!(tell(&mut cart, &receiver, after(31)), [News::Taken], "taken anew");
        assert_eq!(receiver.told(&cart).unwrap().number, 5);
    }
}

#[test]
fn who_comes_and_goes_is_told_together_and_wakes_nobody() {
    let (mut cart, record, pager) = (incident("cart"), record(), pager());
    tell(&mut cart, &record, after(0));
    tell(&mut cart, &pager, after(0));
    cart.status.failing = 7;
    let due = next(&cart, &record, false, start() + SignedDuration::from_secs(5)).unwrap();
    assert_eq!((due.notice.change, due.at), (News::Changed, after(1)));
    cart.status.failing = 9;
    assert_eq!(tell(&mut cart, &record, after(1)), [News::Changed]);
    assert_eq!(tell(&mut cart, &pager, after(1)), []);
    cart.status.severity = Severity::Warning;
    assert_eq!(tell(&mut cart, &pager, after(2)), [News::Changed], "how much it matters is told");
}

#[test]
fn what_is_over_before_it_is_told_is_kept_for_the_record_and_wakes_nobody() {
    let mut cart = incident("cart");
    resolve(&mut cart, after(20));
    assert_eq!(tell(&mut cart.clone(), &record(), after(30)), [News::Opened, News::Resolved]);
    assert_eq!(tell(&mut cart.clone(), &pager(), after(30)), []);
    assert_eq!(tell(&mut cart, &record(), after(81)), [], "long ago");
    // a return that nobody was told of
    let mut cart = incident("cart");
    tell(&mut cart, &record(), after(0));
    resolve(&mut cart, after(10));
    tell(&mut cart, &record(), after(10));
    reopen(&mut cart);
    resolve(&mut cart, after(20));
    assert_eq!(tell(&mut cart, &record(), after(21)), [News::Reopened, News::Resolved]);
}

#[test]
fn while_it_is_muted_nothing_begins_and_what_began_ends() {
    let (mut cart, receiver) = (incident("cart"), pager());
    cart.status.muted_until = Some(after(60));
    assert_eq!(tell(&mut cart, &receiver, after(1)), []);
    assert_eq!(tell(&mut cart, &receiver, after(60)), [News::Opened], "the mute is over");
    cart.status.muted_until = Some(after(120));
    cart.status.severity = Severity::Info;
    assert_eq!(tell(&mut cart, &receiver, after(70)), []);
    resolve(&mut cart, after(80));
    assert_eq!(tell(&mut cart, &receiver, after(80)), [News::Resolved]);
    reopen(&mut cart);
    assert_eq!(tell(&mut cart, &receiver, after(90)), []);
}

#[test]
fn a_receiver_is_told_of_what_it_is_for_to_its_end() {
    let area = |namespace: &str| Area { cluster: "prod".to_string(), namespace: Some(namespace.to_string()) };
    let severe = Receiver { severity: Severity::Critical, areas: vec![area("shop")], ..record() };
    let mut cart = incident("cart");
    cart.status.severity = Severity::Warning;
    assert_eq!(tell(&mut cart, &severe, after(0)), []);
    cart.status.severity = Severity::Critical;
    assert_eq!(tell(&mut cart, &severe, after(5)), [News::Opened], "it got worse");
    cart.status.severity = Severity::Info;
    resolve(&mut cart, after(10));
    assert_eq!(tell(&mut cart, &severe, after(10)), [News::Resolved]);
    let elsewhere = Receiver { areas: vec![area("pay")], ..record() };
    assert_eq!(tell(&mut incident("cart"), &elsewhere, after(0)), []);
    let others = Receiver { causes: ["node-lost".to_string()].into(), ..record() };
    assert_eq!(tell(&mut incident("cart"), &others, after(0)), []);
}

#[test]
fn what_only_helps_to_tell_is_told_to_nobody_outside() {
    let mut many = incident("many");
    many.spec.root_cause.cause = MANY_FAILURES.to_string();
    assert_eq!(tell(&mut many, &record(), after(0)), []);
    let mute = Mute {
        cluster: None,
        cause: Some("oom-killed".to_string()),
        namespace: None,
        workload: None,
        until: after(9),
        by: "ann".to_string(),
    };
    assert_eq!(tell(&mut mute.record(after(0)), &record(), after(0)), []);
}

#[test]
fn a_notice_has_an_id_of_its_own_and_no_credential() {
    let mut cart = incident("cart");
    cart.status.summary = "cart was killed\u{202e} at https://ann:hunter2@db/x".to_string();
    let due = next(&cart, &record(), false, after(0)).unwrap();
    assert_eq!(due, next(&cart, &record(), false, after(0)).unwrap());
    let text = serde_json::to_string(&due.notice).unwrap();
    assert!(!text.contains("hunter2") && !text.contains('\u{202e}'), "{text}");
    let other = Receiver { name: "other".to_string(), ..record() };
    assert_ne!(next(&cart, &other, false, after(0)).unwrap().notice.id, due.notice.id);
    cart.status.failing = 4;
    assert_ne!(next(&cart, &record(), false, after(0)).unwrap().notice.id, due.notice.id);
}

#[test]
fn a_notice_is_small_whatever_the_cluster_says() {
    let mut cart = incident("cart");
    let long = "\u{4e00}\"".repeat(4000);
    cart.status.summary.clone_from(&long);
    let member = cart.status.members[0].clone();
    cart.status.members = vec![super::super::record::Member { name: long.clone(), ..member }; 100];
    cart.status.namespaces = (0..200).map(|at| (format!("{at}{long}"), 1)).collect();
    cart.status.taken = Some(Taken { by: long.clone(), at: start() });
    let blame = Blamed::global("Image", &long);
    cart.status.root_cause.blame = (&blame).into();
    let due = next(&cart, &record(), false, after(0)).unwrap();
    let size = serde_json::to_vec(&due.notice).unwrap().len();
    assert!(size < 256 * 1024, "{size} bytes");
}

#[test]
fn the_schema_of_notices_is_current() {
    let schema = schemars::schema_for!(Notice);
    let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/notice.schema.json");
    if std::env::var("UPDATE_EXPECT").is_ok_and(|value| value == "1") {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, text, "run UPDATE_EXPECT=1 cargo test -p podwhy-flow outgoing");
}
