use super::*;
use crate::incident::name::ALERT;

fn firing(book: &Book) -> Vec<(String, Vec<(String, bool)>)> {
    let alerts =
        |one: &Incident| one.status.alerts.iter().map(|a| (a.fingerprint.clone(), a.firing)).collect();
    open(book).iter().map(|one| (one.status.root_cause.cause.clone(), alerts(one))).collect()
}

#[test]
fn an_alert_joins_the_incident_of_its_cause_or_opens_one() {
    let (mut book, mut policy) = (Book::default(), policy());
    policy.routes[0].watch = false;
    let alert = told("f1", Some("shop/cart-0"), Found::Cause(not_due(sighted(oom(), &["shop/cart-0"]))));
    assert_eq!(created(&book.alert(&alert, &policy, at(0))), 1);
    let one = the_open(&book);
    assert_eq!((&one.status.root_cause, one.status.severity), (&oom(), Severity::Critical));
    let second = told("f2", Some("shop/cart-1"), Found::Cause(sighted(oom(), &["shop/cart-1"])));
    book.alert(&second, &policy, at(5));
    let one = the_open(&book);
    assert_eq!((one.status.failing, one.status.alerts.len()), (2, 2));
}

#[test]
fn the_same_alert_again_changes_nothing() {
    let (mut book, policy) = (Book::default(), policy());
    for found in [Found::Cause(sighted(oom(), &["shop/cart-0"])), healthy(), Found::NoObject] {
        let alert = told("f1", Some("shop/cart-0"), found);
        book.alert(&alert, &policy, at(0));
        assert_eq!(book.alert(&alert, &policy, minutes(30)), []);
        let over = over(&alert);
        book.alert(&over, &policy, minutes(31));
        assert_eq!(book.alert(&over, &policy, minutes(40)), []);
        book = Book::default();
        assert_eq!(book.alert(&over, &policy, at(0)), [], "the end of one that was never told");
    }
}

#[test]
fn an_incident_is_open_as_long_as_an_alert_of_it_fires() {
    let (mut book, policy) = (Book::default(), policy());
    let alert = told("f1", Some("shop/cart-0"), Found::Cause(sighted(oom(), &["shop/cart-0"])));
    book.alert(&alert, &policy, at(0));
    book.look(&whole(vec![]), &policy, minutes(1));
    book.look(&whole(vec![]), &policy, minutes(30));
    assert!(the_open(&book).still_fails());
    book.alert(&over(&alert), &policy, minutes(31));
    book.look(&whole(vec![]), &policy, minutes(40));
    assert!(the_open(&book).is_open());
    book.look(&whole(vec![]), &policy, minutes(41));
    assert!(open(&book).is_empty());
    // and opens it again
    let mut again = alert.clone();
    again.alert.starts_at = minutes(50);
    book.alert(&again, &policy, minutes(50));
    assert_eq!(the_open(&book).status.reopened, 1);
}

#[test]
fn an_alert_without_a_cause_is_posted_by_its_severity_one_incident_a_group() {
    let policy = policy();
    for (severity, is_posted) in
        [(None, true), (Some("critical"), true), (Some("PAGE"), true), (Some("warning"), false)]
    {
        let mut book = Book::default();
        for (n, found) in
            [healthy(), Found::NoObject, Found::Unread("it timed out".into())].into_iter().enumerate()
        {
            let mut alert = told(&format!("f{n}"), (n != 1).then_some("shop/cart-0"), found);
            alert.alert.severity = severity.map(str::to_string);
            alert.alert.truncated = n as u64;
            book.alert(&alert, &policy, at(0));
            assert_eq!(policy.posts(&alert.alert), is_posted);
        }
        assert_eq!(open(&book).len(), usize::from(is_posted), "{severity:?}");
        if is_posted {
            let one = the_open(&book);
            assert_eq!((one.status.root_cause.cause.as_str(), one.status.alerts.len()), (ALERT, 3));
            assert_eq!((one.status.truncated_alerts, one.status.failing), (2, 0));
            let kept: Vec<&str> = one.status.kept.iter().map(|kept| kept.text.as_str()).collect();
            assert_eq!(kept, ["its containers are ready", "it timed out"]);
        }
    }
}

#[test]
fn an_alert_without_a_cause_is_resolved_by_time_once_it_is_over() {
    let (mut book, policy) = (Book::default(), policy());
    let alert = told("f1", None, Found::NoObject);
    book.alert(&alert, &policy, at(0));
    book.look(&whole(vec![]), &policy, minutes(60));
    book.settle(minutes(60), &policy);
    assert!(the_open(&book).is_open());
    book.alert(&over(&alert), &policy, minutes(61));
    book.settle(minutes(70), &policy);
    assert!(the_open(&book).is_open());
    book.settle(minutes(71), &policy);
    assert!(open(&book).is_empty());
}

#[test]
fn an_alert_whose_object_gets_a_cause_later_keeps_its_thread() {
    let (mut book, policy) = (Book::default(), policy());
    book.alert(&told("f1", Some("shop/cart-0"), healthy()), &policy, at(0));
    let name = the_open(&book).name.clone();
    book.look(&whole(vec![not_due(sighted(oom(), &["shop/cart-0"]))]), &policy, at(30));
    let one = the_open(&book);
    assert_eq!((&one.name, &one.status.root_cause, one.status.failing), (&name, &oom(), 1));
    assert_eq!(firing(&book), [("oom-killed".to_string(), vec![("f1".to_string(), true)])]);
}

#[test]
fn the_same_alert_with_a_cause_now_goes_to_the_incident_of_it() {
    let (mut book, policy) = (Book::default(), policy());
    let alert = told("f1", Some("shop/cart-0"), Found::Unread("it timed out".into()));
    book.alert(&alert, &policy, at(0));
    let first = the_open(&book).name.clone();
    book.look(&whole(vec![sighted(oom(), &["shop/cart-1"])]), &policy, at(1));
    let found = Found::Cause(sighted(oom(), &["shop/cart-0"]));
    book.alert(&Told { found, ..alert }, &policy, at(2));
    assert_eq!(the_open(&book).status.failing, 2);
    assert_eq!(book.get(&first).unwrap().status.same_as, Some(the_open(&book).name.clone()));
}

#[test]
fn an_alert_of_a_cluster_that_could_not_be_asked_may_have_the_cause_a_route_wants() {
    let mut policy = policy();
    policy.routes[0].causes = ["oom-killed".to_string()].into();
    let unread = told("f1", Some("shop/cart-0"), Found::Unread("it timed out".into()));
    let mut book = Book::default();
    book.alert(&unread, &policy, at(0));
    assert!(the_open(&book).status.alerts[0].firing, "it is not lost");
    // one that was looked at, and has another cause or none, is not wanted there
    for found in [healthy(), Found::Cause(sighted(unknown(), &["shop/cart-0"]))] {
        assert_eq!(Book::default().alert(&told("f1", Some("shop/cart-0"), found), &policy, at(0)), []);
    }
}

#[test]
fn of_a_group_only_the_alert_whose_object_has_a_cause_goes_there() {
    let (mut book, mut policy) = (Book::default(), policy());
    policy.routes[0].watch = false;
    for n in 0..3 {
        book.alert(&told(&format!("f{n}"), Some(&format!("shop/cart-{n}")), healthy()), &policy, at(0));
    }
    book.look(&whole(vec![not_due(sighted(oom(), &["shop/cart-1"]))]), &policy, at(30));
    let group = open(&book).into_iter().find(|one| one.status.root_cause.cause == ALERT).unwrap();
    assert_eq!((group.status.alerts.len(), group.status.members.len()), (2, 2));
    assert_eq!(of(&book, &oom()).status.alerts[0].fingerprint, "f1");
}

#[test]
fn an_alert_about_a_pod_of_an_open_incident_joins_it_whatever_was_found() {
    let (mut book, policy) = (Book::default(), policy());
    book.look(&whole(vec![sighted(node_dead(), &["shop/cart-0", "shop/cart-1"])]), &policy, at(0));
    for (n, found) in
        [Found::Unread("it timed out".into()), healthy(), Found::Cause(sighted(unknown(), &["shop/cart-0"]))]
            .into_iter()
            .enumerate()
    {
        book.alert(&told(&format!("f{n}"), Some("shop/cart-0"), found), &policy, at(1));
    }
    let one = the_open(&book);
    assert_eq!((one.status.failing, one.status.alerts.len()), (2, 3));
    assert_eq!(one.status.severity, Severity::Critical);
}

#[test]
fn a_later_start_of_the_same_alert_ends_the_earlier_one() {
    let (mut book, policy) = (Book::default(), policy());
    let first = told("f1", Some("shop/cart-0"), Found::Cause(sighted(oom(), &["shop/cart-0"])));
    let mut second = first.clone();
    second.alert.starts_at = at(100);
    book.alert(&first, &policy, at(0));
    book.alert(&second, &policy, at(110));
    let states: Vec<bool> = the_open(&book).status.alerts.iter().map(|alert| alert.firing).collect();
    assert_eq!(states.iter().filter(|firing| **firing).count(), 1);
    assert_eq!(book.alert(&first, &policy, at(120)), [], "told late");
}

#[test]
fn a_route_asks_for_labels() {
    let (mut book, mut policy) = (Book::default(), policy());
    policy.routes[0].labels = [("team".to_string(), "shop".to_string())].into();
    let mut alert = told("f1", Some("shop/cart-0"), Found::Cause(sighted(oom(), &["shop/cart-0"])));
    assert_eq!(book.alert(&alert, &policy, at(0)), []);
    alert.alert.labels =
        [("team".to_string(), "shop".to_string()), ("pod".to_string(), "x".to_string())].into();
    book.alert(&alert, &policy, at(1));
    assert_eq!(the_open(&book).status.alerts[0].labels.len(), 1);
}
