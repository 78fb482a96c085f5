//! What is configured no longer.

use super::*;
use crate::chat::policy::Area;
use crate::incident::bounds::Bounds;
use crate::incident::name::CLUSTER_UNREACHABLE;
use crate::incident::record::{Ended, Phase};

fn clusters(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_string()).collect()
}

fn bounds(areas: &[(&str, Option<&str>)]) -> Bounds {
    let area = |(cluster, namespace): &(&str, Option<&str>)| Area {
        cluster: (*cluster).to_string(),
        namespace: namespace.map(str::to_string),
    };
    Bounds { areas: areas.iter().map(area).collect(), ..Bounds::default() }
}

/// Of two namespaces, and of a node.
fn book() -> Book {
    let mut book = Book::default();
    let both = sighted(cause("image-pull", "Image", "app:1"), &["shop/cart-0", "bank/api-0", "bank/api-1"]);
    let node = Sighted {
        members: vec![Member { kind: "Node".into(), namespace: String::new(), name: "n1".into() }],
        ..sighted(node_dead(), &[])
    };
    book.look(&whole(vec![sighted(oom(), &["shop/cart-1"]), both, node]), &policy(), at(0));
    book
}

fn ended(book: &Book, root_cause: &RootCause) -> Option<Ended> {
    let one = of(book, root_cause);
    assert!(one.status.ended.is_none() || one.status.phase == Phase::Resolved);
    one.status.ended
}

#[test]
fn a_cluster_that_is_configured_no_longer_has_no_open_incidents() {
    let mut book = book();
    book.alert(&told("f1", None, Found::NoObject), &policy(), at(1));
    assert_eq!(book.forsake(&clusters(&["prod", "b"]), &Bounds::default(), &policy(), at(5)), []);
    let changes = book.forsake(&clusters(&["b"]), &Bounds::default(), &policy(), at(5));
    assert_eq!(changes.len(), 3);
    assert_eq!(ended(&book, &oom()), Some(Ended::ClusterNotWatched));
    assert_eq!(of(&book, &oom()).status.resolved_at, Some(at(5)));
    assert_eq!(open(&book).len(), 1, "an alert is told wherever it comes from, and ends when it does");
    assert_eq!(book.forsake(&clusters(&["b"]), &Bounds::default(), &policy(), at(9)), [], "once");
}

#[test]
fn it_goes_on_when_it_is_configured_again() {
    let mut book = book();
    book.forsake(&clusters(&[]), &Bounds::default(), &policy(), at(5));
    book.look(&whole(vec![sighted(oom(), &["shop/cart-1"])]), &policy(), minutes(5));
    let one = of(&book, &oom());
    assert_eq!((one.is_open(), one.status.ended, one.status.reopened), (true, None, 1));
}

#[test]
fn namespaces_that_no_route_names_are_counted_no_more() {
    let mut book = book();
    let only_bank = bounds(&[("prod", Some("bank"))]);
    book.forsake(&clusters(&["prod"]), &only_bank, &policy(), at(5));
    for root_cause in [oom(), node_dead()] {
        assert_eq!(ended(&book, &root_cause), Some(Ended::NamespacesNotWatched), "{root_cause:?}");
    }
    let rest = the_open(&book);
    assert_eq!((rest.status.failing, rest.status.members.len()), (2, 2));
    // and what is left ends as any other
    book.look(&only("bank", vec![]), &policy(), minutes(1));
    book.look(&only("bank", vec![]), &policy(), minutes(1 + SETTLED));
    assert_eq!(ended(&book, &cause("image-pull", "Image", "app:1")), None);
    assert!(open(&book).is_empty());
}

#[test]
fn a_silence_is_over_when_nobody_asks_any_more() {
    let silent = RootCause { cause: CLUSTER_UNREACHABLE.to_string(), ..cause("", "Cluster", "prod") };
    let member = Member { kind: "Cluster".into(), namespace: "*".into(), name: "prod".into() };
    let mut book = Book::default();
    let look = Look { scope: Scope::Namespaces(["*".to_string()].into()), ..whole(vec![]) };
    let seen = Sighted { members: vec![member], ..sighted(silent.clone(), &[]) };
    book.look(&Look { sighted: vec![seen], ..look.clone() }, &policy(), at(0));
    let own = clusters(&["prod"]);
    book.forsake(&own, &bounds(&[("prod", Some("shop"))]), &policy(), at(1));
    assert_eq!(ended(&book, &silent), None, "something of it is looked at");
    // it answers, says so, and ends when that lasts
    let mut answered = book.clone();
    answered.answers(&look, &policy(), minutes(1));
    assert!(of(&answered, &silent).status.summary.contains("answers again"));
    assert_eq!(answered.answers(&look, &policy(), minutes(2)), [], "once");
    answered.settle(minutes(1 + SETTLED), &policy());
    assert_eq!(of(&answered, &silent).status.phase, Phase::Resolved);
    book.forsake(&own, &bounds(&[("other", None)]), &policy(), at(1));
    assert_eq!(ended(&book, &silent), Some(Ended::ClusterNotWatched));
}
