use super::*;
use crate::incident::name::MANY_FAILURES;

fn unknowns(range: std::ops::Range<usize>) -> Vec<Sighted> {
    range
        .map(|n| {
            let pod = format!("shop/app-{n:03}-0");
            sighted(cause("unknown", "Deployment", &format!("shop/app-{n:03}")), &[&pod])
        })
        .collect()
}

fn threads(book: &Book, channel: &str) -> usize {
    let own = |one: &&Incident| one.thread(&spot(channel)).is_some_and(|own| own.within.is_none());
    book.incidents().filter(own).count()
}

fn many(book: &Book) -> &Incident {
    book.incidents().find(|one| one.spec.root_cause.cause == MANY_FAILURES).expect("many failures")
}

#[test]
fn two_hundred_causes_at_once_are_six_threads_and_stay_so_until_all_is_well() {
    let (mut book, policy) = (Book::default(), policy());
    for n in 0..10 {
        book.look(&whole(unknowns(0..20 * (n + 1))), &policy, at(n as i64));
    }
    assert_eq!((threads(&book, "C0OPS"), open(&book).len()), (6, 201));
    assert_eq!((many(&book).status.failing, many(&book).status.entries.len()), (195, 195));
    // they heal one after the other
    for n in 1..=10 {
        book.look(&whole(unknowns(20 * n..200)), &policy, at(300 + n as i64));
    }
    for n in 0..40 {
        book.look(&whole(vec![]), &policy, minutes(6 + n));
    }
    assert_eq!(threads(&book, "C0OPS"), 6);
    assert!(open(&book).is_empty(), "{:#?}", open(&book));
    assert_eq!(many(&book).status.entries.len(), 195, "what was resolved stays listed");
}

#[test]
fn three_root_causes_of_five_thousand_pods_are_three_threads() {
    let (mut book, policy) = (Book::default(), policy());
    let pods: Vec<String> = (0..5000).map(|n| format!("team-{}/app-{}-{n}", n % 40, n % 200)).collect();
    for seen in [10, 700, 2500, 5000] {
        let mut all = vec![Vec::new(); 3];
        pods[..seen].iter().enumerate().for_each(|(n, pod)| all[n % 3].push(pod.as_str()));
        let roots =
            [node_dead(), cause("image-missing", "Image", "shop:1"), cause("registry-down", "Registry", "r")];
        let look = roots.into_iter().zip(&all).map(|(root, pods)| sighted(root, pods)).collect();
        book.look(&whole(look), &policy, at(seen as i64 / 1000));
    }
    assert_eq!((book.incidents().count(), threads(&book, "C0OPS")), (3, 3));
    assert_eq!(book.incidents().map(|one| one.status.failing).sum::<u32>(), 5000);
    book.look(&whole(vec![]), &policy, minutes(1));
    book.look(&whole(vec![]), &policy, minutes(1 + SETTLED));
    assert!(open(&book).is_empty());
}

#[test]
fn those_that_go_on_failing_get_threads_of_their_own_when_few_are_left() {
    let (mut book, policy) = (Book::default(), policy());
    book.look(&whole(unknowns(0..30)), &policy, at(0));
    assert_eq!((threads(&book, "C0OPS"), many(&book).status.failing), (6, 25));
    // three of the entries go on failing
    let mut n = 1;
    while many(&book).is_open() && n < 60 {
        book.look(&whole(unknowns(27..30)), &policy, minutes(n));
        n += 1;
    }
    assert_eq!((threads(&book, "C0OPS"), open(&book).len()), (9, 3));
    assert!(many(&book).status.entries.len() == 22);
    assert!(open(&book).iter().all(|one| one.thread(&spot("C0OPS")).unwrap().within.is_none()));
}

#[test]
fn in_a_channel_of_few_the_rest_waits_for_room() {
    let (mut book, policy) = (Book::default(), policy());
    book.look(&whole(unknowns(0..8)), &policy, at(0));
    assert_eq!((threads(&book, "C0OPS"), many(&book).status.failing), (6, 3));
    book.look(&whole(unknowns(0..8)), &policy, at(299));
    assert_eq!(threads(&book, "C0OPS"), 6);
    book.look(&whole(unknowns(0..8)), &policy, at(300));
    assert_eq!((threads(&book, "C0OPS"), many(&book).is_open()), (9, false));
}

#[test]
fn the_severe_ones_get_the_threads_and_each_channel_has_its_own_many_failures() {
    let (mut book, mut policy) = (Book::default(), policy());
    policy.routes.push(Route { severity: Severity::Critical, ..everything("C0SEVERE") });
    let mut all = unknowns(0..20);
    all.iter_mut().skip(14).for_each(|one| one.severity = Severity::Critical);
    book.look(&whole(all), &policy, at(0));
    for channel in ["C0OPS", "C0SEVERE"] {
        let own = |one: &&Incident| one.thread(&spot(channel)).is_some_and(|own| own.within.is_none());
        let own: Vec<&Incident> = book.incidents().filter(own).filter(|one| one.is_ordinary()).collect();
        assert_eq!(own.len(), 5);
        assert!(own.iter().all(|one| one.status.severity == Severity::Critical));
    }
    let many: Vec<(&str, u32)> = book
        .incidents()
        .filter(|one| !one.is_ordinary())
        .map(|one| (one.status.root_cause.blame.name.as_str(), one.status.failing))
        .collect();
    assert_eq!(many.len(), 2);
    assert!(many.contains(&("slack:C0OPS", 15)) && many.contains(&("slack:C0SEVERE", 1)), "{many:?}");
}

#[test]
fn a_new_route_with_many_open_incidents_is_no_flood() {
    let (mut book, mut policy) = (Book::default(), policy());
    book.look(&whole(unknowns(0..50)), &policy, at(0));
    policy.routes.push(everything("C0NEW"));
    book.tell(&policy, minutes(30));
    assert_eq!(threads(&book, "C0NEW"), 6);
}

#[test]
fn an_entry_that_comes_back_is_told_where_it_was() {
    let (mut book, policy) = (Book::default(), policy());
    book.look(&whole(unknowns(0..12)), &policy, at(0));
    book.look(&whole(vec![]), &policy, minutes(1));
    book.look(&whole(vec![]), &policy, minutes(1 + SETTLED));
    assert!(open(&book).is_empty());
    let entry = of(&book, &cause("unknown", "Deployment", "shop/app-011")).clone();
    assert!(entry.thread(&spot("C0OPS")).unwrap().within.is_some());
    let before = book.incidents().count();
    // all twelve again: the same threads
    book.look(&whole(unknowns(0..12)), &policy, minutes(30));
    assert_eq!((threads(&book, "C0OPS") - 6 <= 5, book.incidents().count()), (true, before));
    assert_eq!(open(&book).iter().filter(|one| one.is_ordinary()).count(), 12);
}
