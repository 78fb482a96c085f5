use super::*;
use crate::incident::fixed::{Fixed, How};
use crate::incident::record::{BEYOND, MOST_MEMBERS, MOST_NAMESPACES, Phase};

#[test]
fn many_pods_of_one_root_cause_are_one_incident_that_counts() {
    let (mut book, policy) = (Book::default(), policy());
    let pods: Vec<String> = (0..110).map(|n| format!("shop/cart-{n:03}")).collect();
    let pods: Vec<&str> = pods.iter().map(String::as_str).collect();
    let changes = book.look(&whole(vec![sighted(node_dead(), &pods)]), &policy, at(0));
    assert!(matches!(changes.as_slice(), [Change::Create(_)]), "{changes:#?}");
    let one = the_open(&book);
    assert_eq!((one.status.failing, one.status.members.len()), (110, MOST_MEMBERS));
    book.look(&whole(vec![sighted(node_dead(), &pods[..7])]), &policy, at(5));
    let one = the_open(&book);
    assert_eq!((one.status.failing, one.status.most_failing, one.status.members.len()), (7, 110, 7));
}

#[test]
fn what_is_not_due_opens_nothing_and_joins_what_is_open() {
    let (mut book, policy) = (Book::default(), policy());
    let new = whole(vec![not_due(sighted(oom(), &["shop/cart-0"]))]);
    assert_eq!(book.look(&new, &policy, at(0)), []);
    book.look(&whole(vec![sighted(oom(), &["shop/cart-1"])]), &policy, at(1));
    book.look(&whole(vec![not_due(sighted(oom(), &["shop/cart-0", "shop/cart-1"]))]), &policy, at(2));
    assert_eq!(the_open(&book).status.failing, 2);
}

#[test]
fn what_goes_nowhere_is_not_opened() {
    let look = whole(vec![sighted(oom(), &["shop/cart-0"])]);
    let unwatched = Route { watch: false, ..everything("C0OPS") };
    let elsewhere = Route {
        areas: vec![crate::chat::policy::Area { cluster: "prod".into(), namespace: Some("bank".into()) }],
        ..everything("C0OPS")
    };
    let severe = Route { severity: Severity::Critical, ..everything("C0OPS") };
    let others = Route { causes: ["node-dead".to_string()].into(), ..everything("C0OPS") };
    let labelled = Route { labels: [("team".into(), "shop".into())].into(), ..everything("C0OPS") };
    for route in [unwatched, elsewhere, severe, others, labelled] {
        let policy = Policy { routes: vec![route.clone()], ..Policy::default() };
        assert_eq!(Book::default().look(&look, &policy, at(0)), [], "{route:?}");
    }
}

#[test]
fn a_whole_look_in_which_nothing_fails_resolves_after_a_while_and_no_other_does() {
    let (mut book, policy) = (Book::default(), policy());
    book.look(&whole(vec![sighted(oom(), &["shop/cart-0"])]), &policy, at(0));
    book.look(&whole(vec![]), &policy, minutes(1));
    let one = the_open(&book);
    assert_eq!((one.status.failing, one.status.members.len(), one.still_fails()), (0, 1, false));
    // a back-off of five minutes is no recovery
    book.look(&whole(vec![sighted(oom(), &["shop/cart-0"])]), &policy, minutes(6));
    assert_eq!(the_open(&book).status.failing, 1);
    book.look(&whole(vec![]), &policy, minutes(7));
    book.look(&whole(vec![]), &policy, minutes(16));
    assert!(the_open(&book).is_open());
    // neither time, nor a look that could not see it
    book.settle(minutes(18), &policy);
    book.look(&gappy(vec![]), &policy, minutes(18));
    book.look(&only("bank", vec![]), &policy, minutes(18));
    assert!(the_open(&book).is_open());
    book.look(&only("shop", vec![]), &policy, minutes(18));
    let one = of(&book, &oom());
    assert_eq!((one.status.phase, one.status.resolved_at), (Phase::Resolved, Some(minutes(18))));
}

#[test]
fn a_look_that_is_not_whole_makes_nothing_well() {
    let (mut book, policy) = (Book::default(), policy());
    book.look(&whole(vec![sighted(oom(), &["shop/cart-0", "shop/cart-1"])]), &policy, at(0));
    book.look(&gappy(vec![sighted(oom(), &["shop/cart-2"])]), &policy, at(5));
    assert_eq!(the_open(&book).status.failing, 3);
    book.look(&gappy(vec![]), &policy, at(10));
    assert_eq!(the_open(&book).status.failing, 3);
}

#[test]
fn a_look_at_a_namespace_counts_that_namespace_again_and_leaves_the_others() {
    let (mut book, policy) = (Book::default(), policy());
    let many: Vec<String> = (0..150).map(|n| format!("bank/till-{n:03}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).chain(["shop/cart-0", "shop/cart-1"]).collect();
    book.look(&whole(vec![sighted(node_dead(), &many)]), &policy, at(0));
    assert_eq!(the_open(&book).status.failing, 152);
    book.look(&only("shop", vec![sighted(node_dead(), &["shop/cart-1"])]), &policy, at(5));
    assert_eq!(the_open(&book).status.failing, 151);
    book.look(&only("shop", vec![]), &policy, at(10));
    assert_eq!(the_open(&book).status.failing, 150);
    book.look(&only("bank", vec![sighted(node_dead(), &["bank/till-001"])]), &policy, at(15));
    assert_eq!(the_open(&book).status.failing, 1);
}

#[test]
fn namespaces_beyond_the_limit_are_counted_together() {
    let (mut book, policy) = (Book::default(), policy());
    let many: Vec<String> = (0..300).map(|n| format!("team-{n:03}/app-0")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    book.look(&whole(vec![sighted(node_dead(), &many)]), &policy, at(0));
    let one = the_open(&book);
    assert_eq!((one.status.failing, one.status.namespaces.len()), (300, MOST_NAMESPACES));
    assert_eq!(one.status.namespaces[BEYOND], 101);
    book.look(&whole(vec![]), &policy, at(5));
    assert_eq!(the_open(&book).status.failing, 0);
}

#[test]
fn it_is_opened_again_within_an_hour_and_anew_after() {
    let (mut book, policy) = (Book::default(), policy());
    let fails = whole(vec![sighted(oom(), &["shop/cart-0"])]);
    book.look(&fails, &policy, at(0));
    book.look(&whole(vec![]), &policy, minutes(1));
    book.look(&whole(vec![]), &policy, minutes(12));
    assert!(open(&book).is_empty());
    // what is not due does not even open it again
    assert_eq!(book.look(&whole(vec![not_due(fails.sighted[0].clone())]), &policy, minutes(20)), []);
    let changes = book.look(&fails, &policy, minutes(30));
    assert!(matches!(changes.as_slice(), [Change::Update(_)]), "{changes:#?}");
    let one = the_open(&book);
    assert_eq!((one.spec.episode, one.status.reopened, one.status.resolved_at), (1, 1, None));
    book.look(&whole(vec![]), &policy, minutes(31));
    book.look(&whole(vec![]), &policy, minutes(42));
    let changes = book.look(&fails, &policy, minutes(42 + 61));
    assert_eq!(created(&changes), 1);
    assert_eq!(the_open(&book).spec.episode, 2);
}

#[test]
fn a_deeper_cause_renames_the_incident() {
    for before in [unknown(), cause("crash-looping", "Deployment", "shop/cart")] {
        let (mut book, policy) = (Book::default(), policy());
        book.look(&whole(vec![sighted(before.clone(), &["shop/cart-0", "shop/cart-1"])]), &policy, at(0));
        let name = the_open(&book).name.clone();
        let changes =
            book.look(&whole(vec![sighted(oom(), &["shop/cart-0", "shop/cart-1"])]), &policy, at(9));
        assert!(matches!(changes.as_slice(), [Change::Update(_)]), "{changes:#?}");
        let one = the_open(&book);
        assert_eq!((&one.name, &one.status.root_cause, &one.spec.root_cause), (&name, &oom(), &before));
        assert_eq!((one.status.summary.as_str(), one.status.failing), ("oom-killed of shop/cart-0", 2));
    }
}

#[test]
fn several_that_turn_out_to_be_one_go_on_in_the_largest() {
    let (mut book, policy) = (Book::default(), policy());
    let till = cause("crash-looping", "Deployment", "bank/till");
    let first =
        vec![sighted(oom(), &["shop/cart-0"]), sighted(till.clone(), &["bank/till-0", "bank/till-1"])];
    book.look(&whole(first), &policy, at(0));
    let largest = of(&book, &till).name.clone();
    let all = ["shop/cart-0", "bank/till-0", "bank/till-1"];
    book.look(&whole(vec![sighted(node_dead(), &all)]), &policy, at(5));
    let one = the_open(&book);
    assert_eq!((&one.name, one.status.failing), (&largest, 3));
    let other = of(&book, &oom());
    assert_eq!(other.status.same_as.as_ref(), Some(&largest));
    let same = Fixed { how: How::SameAs, object: node_dead().blame, by: "node-dead".to_string() };
    assert_eq!(other.status.fixed, [same]);
}

#[test]
fn one_pod_that_fails_otherwise_after_a_node_came_back_is_an_incident_of_its_own() {
    let (mut book, policy) = (Book::default(), policy());
    let pods = ["shop/cart-0", "shop/cart-1", "shop/cart-2"];
    book.look(&whole(vec![sighted(node_dead(), &pods)]), &policy, at(0));
    book.look(&whole(vec![sighted(oom(), &pods[..1])]), &policy, at(5));
    assert_eq!(open(&book).len(), 2);
    assert_eq!((of(&book, &node_dead()).status.failing, of(&book, &oom()).status.failing), (0, 1));
}

#[test]
fn a_cause_that_could_not_be_read_is_not_forgotten() {
    let (mut book, policy) = (Book::default(), policy());
    book.look(&whole(vec![sighted(node_dead(), &["shop/cart-0", "shop/cart-1"])]), &policy, at(0));
    assert_eq!(book.look(&gappy(vec![sighted(unknown(), &["shop/cart-0"])]), &policy, at(5)), []);
    // the cause that was not known becomes known all the same
    book.look(&whole(vec![]), &policy, minutes(1));
    book.look(&whole(vec![]), &policy, minutes(12));
    book.look(&whole(vec![sighted(unknown(), &["shop/cart-0"])]), &policy, minutes(13));
    book.look(&gappy(vec![sighted(oom(), &["shop/cart-0"])]), &policy, minutes(14));
    assert_eq!(the_open(&book).status.root_cause, oom());
}

#[test]
fn a_cause_is_not_renamed_to_none() {
    let (mut book, policy) = (Book::default(), policy());
    book.look(&whole(vec![sighted(oom(), &["shop/cart-0"])]), &policy, at(0));
    book.look(&whole(vec![sighted(unknown(), &["shop/cart-0"])]), &policy, at(5));
    assert_eq!((of(&book, &oom()).status.failing, of(&book, &unknown()).status.failing), (0, 1));
}

#[test]
fn what_goes_on_failing_is_not_written_with_every_look() {
    let (mut book, policy) = (Book::default(), policy());
    let look = whole(vec![sighted(oom(), &["shop/cart-0"])]);
    book.look(&look, &policy, at(0));
    assert_eq!(book.look(&look, &policy, at(59)), []);
    assert_eq!(book.look(&look, &policy, at(60)).len(), 1);
}

#[test]
fn clusters_never_cross() {
    let (mut book, policy) = (Book::default(), policy());
    let look = whole(vec![sighted(oom(), &["shop/cart-0"])]);
    book.look(&look, &policy, at(0));
    let mut other = look.clone();
    other.cluster = "dr".to_string();
    other.sighted[0].root_cause.cluster = "dr".to_string();
    book.look(&other, &policy, at(1));
    assert_eq!(open(&book).len(), 2);
    other.sighted.clear();
    book.look(&other, &policy, minutes(2));
    book.look(&other, &policy, minutes(2 + SETTLED));
    assert_eq!(the_open(&book).status.root_cause, oom());
    assert_eq!(the_open(&book).status.failing, 1);
}

#[test]
fn two_that_were_opened_for_one_reason_become_one() {
    let (mut book, policy) = (Book::default(), policy());
    let look = whole(vec![sighted(oom(), &["shop/cart-0"])]);
    book.look(&look, &policy, at(0));
    let first = the_open(&book).name.clone();
    let mut double = Incident::opened(oom(), 2, at(1));
    double.status.severity = Severity::Warning;
    book.put(double.clone());
    book.look(&look, &policy, at(2));
    assert_eq!(the_open(&book).name, first);
    assert_eq!(book.get(&double.name).unwrap().status.same_as, Some(first));
}

#[test]
fn who_stands_in_no_list_is_held_too_where_not_all_could_be_read() {
    let (mut book, policy) = (Book::default(), policy());
    let pods: Vec<String> = (0..150).map(|n| format!("shop/cart-{n:03}")).collect();
    let pods: Vec<&str> = pods.iter().map(String::as_str).collect();
    book.look(&whole(vec![sighted(node_dead(), &pods)]), &policy, at(0));
    // the node could not be read: each pod fails for a reason of its own
    let shallow = |pod: &&str| sighted(cause("not-ready", "Pod", pod), &[pod]);
    book.look(&gappy(pods[120..].iter().map(shallow).collect()), &policy, at(30));
    let one = the_open(&book);
    assert_eq!((one.status.failing, one.status.root_cause.clone()), (150, node_dead()));
    // nor does a namespace that could not be read at all make any of it well
    book.look(&only("bank", vec![]), &policy, at(60));
    book.look(&gappy(vec![]), &policy, at(90));
    assert_eq!(the_open(&book).status.failing, 150);
    // more than were counted are others
    let more: Vec<String> = (0..60).map(|n| format!("shop/pay-{n:02}")).collect();
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    book.look(&gappy(vec![sighted(unknown(), &more)]), &policy, at(120));
    assert_eq!((of(&book, &unknown()).status.failing, of(&book, &node_dead()).status.failing), (10, 150));
}

#[test]
fn what_is_counted_beyond_the_namespaces_is_not_counted_again_with_every_look() {
    let (mut book, policy) = (Book::default(), policy());
    let pods: Vec<String> = (0..MOST_NAMESPACES + 50).map(|n| format!("n{n:03}/p")).collect();
    let pods: Vec<&str> = pods.iter().map(String::as_str).collect();
    book.look(&whole(vec![sighted(node_dead(), &pods)]), &policy, at(0));
    for turn in 1..5 {
        book.look(&only("n249", vec![sighted(node_dead(), &["n249/p"])]), &policy, at(60 * turn));
        assert_eq!(the_open(&book).status.failing, 250, "turn {turn}");
    }
    assert_eq!(the_open(&book).status.namespaces[BEYOND], 51);
}
