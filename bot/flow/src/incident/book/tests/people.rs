use super::*;
use crate::hours::Hours;
use crate::incident::book::Call;
use crate::incident::mute::Mute;
use crate::incident::record::{MOST_VOTES, Post};

fn severe(root_cause: RootCause, pods: &[&str]) -> Sighted {
    Sighted { severity: Severity::Critical, ..sighted(root_cause, pods) }
}

/// Its first message stands.
fn posted(book: &mut Book, name: &str, channel: &str) {
    let mut one = book.get(name).unwrap().clone();
    one.status.posts.push(Post {
        part: "parent".to_string(),
        platform: Platform::Slack,
        channel: channel.to_string(),
        attempted_at: None,
        message: Some("1.0".to_string()),
        shown: None,
        refused: None,
    });
    book.put(one);
}

fn call(book: &Book, name: &str, policy: &Policy, now: Timestamp) -> Option<Call> {
    book.call(book.get(name).unwrap(), &policy.routes[0], policy, now)
}

/// Of a namespace, by Ada.
fn of_shop(until: Timestamp) -> Mute {
    let (cluster, cause, workload) = (None, None, None);
    Mute { cluster, cause, namespace: Some("shop".to_string()), workload, until, by: "Ada".to_string() }
}

#[test]
fn who_is_on_it_and_what_they_think_is_noted() {
    let (mut book, policy) = (Book::default(), policy());
    book.look(&whole(vec![sighted(oom(), &["shop/cart-0"])]), &policy, at(0));
    let name = the_open(&book).name.clone();
    assert_eq!(book.take(&name, "Ada", at(9)).len(), 1);
    book.vote(&name, true, "Bob", at(9));
    book.vote(&name, false, "Ada", at(9));
    let status = &the_open(&book).status;
    assert_eq!((status.taken.as_ref().unwrap().by.as_str(), status.right, status.wrong), ("Ada", 1, 1));
    assert_eq!(book.take("nothing-0", "Ada", at(9)), []);
}

#[test]
fn a_vote_is_once_a_person_and_may_move() {
    let (mut book, policy) = (Book::default(), policy());
    book.look(&whole(vec![sighted(oom(), &["shop/cart-0"])]), &policy, at(0));
    let name = the_open(&book).name.clone();
    assert_eq!(book.vote(&name, true, "Ada", at(1)).len(), 1);
    assert_eq!(book.vote(&name, true, "Ada", at(2)), [], "said twice it is one");
    book.vote(&name, true, "Bob", at(3));
    book.vote(&name, false, "Ada", at(4));
    let counts = |book: &Book| (the_open(book).status.right, the_open(book).status.wrong);
    assert_eq!(counts(&book), (1, 1));
    assert_eq!(the_open(&book).status.vote_of("Ada"), Some(false));
    for number in 0..2 * MOST_VOTES {
        book.vote(&name, true, &format!("person-{number}"), at(5));
    }
    assert_eq!(counts(&book).0, MOST_VOTES as u32 - 1, "and no more than are noted");
    let long = "n".repeat(500);
    let mut older = the_open(&book).clone();
    (older.status.votes, older.status.right, older.status.wrong) = (Default::default(), 2, 0);
    book.put(older);
    book.vote(&name, false, &long, at(6));
    assert_eq!((counts(&book), the_open(&book).status.vote_of(&long)), ((2, 1), Some(false)));
}

#[test]
fn a_mute_that_ends_early_is_gone_and_what_it_held_is_told() {
    let (mut book, policy) = (Book::default(), policy());
    let mute = of_shop(minutes(60));
    book.mute_all(&mute, at(0));
    book.look(&whole(vec![sighted(oom(), &["shop/cart-0"])]), &policy, minutes(1));
    assert!(of(&book, &oom()).status.threads.is_empty());
    let names = [mute.record(at(0)).name];
    book.unmute(&names, &policy, minutes(2));
    assert!(book.mutes(minutes(2)).is_empty());
    assert_eq!(of(&book, &oom()).status.threads.len(), 1, "at once");
    assert_eq!(book.unmute(&names, &policy, minutes(2)), [], "said twice it is one");
    let name = of(&book, &oom()).name.clone();
    book.mute(&name, minutes(60), "Ada", minutes(3));
    assert!(of(&book, &oom()).status.is_muted(minutes(4)));
    book.unmute(&[name], &policy, minutes(4));
    assert!(!of(&book, &oom()).status.is_muted(minutes(4)));
}

#[test]
fn a_mute_lasts_a_day_at_most_and_what_still_fails_is_told_then() {
    let (mut book, policy) = (Book::default(), policy());
    let mute = of_shop(minutes(60 * 48));
    assert_eq!(created(&book.mute_all(&mute, at(0))), 1);
    assert_eq!(created(&book.mute_all(&mute, at(0))), 0);
    assert_eq!(book.mutes(at(1)), [Mute { until: minutes(60 * 24), ..mute }]);
    let look =
        whole(vec![sighted(oom(), &["shop/cart-0"]), sighted(node_dead(), &["shop/cart-1", "bank/till-0"])]);
    book.look(&look, &policy, minutes(1));
    assert!(of(&book, &oom()).is_open() && of(&book, &oom()).status.threads.is_empty());
    assert_eq!(of(&book, &node_dead()).status.threads.len(), 1, "it fails elsewhere, too");
    book.settle(minutes(60 * 24), &policy);
    assert_eq!(of(&book, &oom()).status.threads.len(), 1);
    assert!(book.mutes(at(0)).is_empty(), "and is forgotten");
}

#[test]
fn a_mute_is_by_cause_and_workload() {
    let mut one = Incident::opened(oom(), 1, at(0));
    one.status.members = vec![pod("shop/cart-5d9-x1")];
    let any = Mute {
        cluster: None,
        cause: None,
        namespace: None,
        workload: None,
        until: at(60),
        by: String::new(),
    };
    let named = |text: &str| Some(text.to_string());
    for (mute, holds) in [
        (any.clone(), true),
        (Mute { cluster: named("dr"), ..any.clone() }, false),
        (Mute { cause: named("oom-killed"), ..any.clone() }, true),
        (Mute { cause: named("node-dead"), ..any.clone() }, false),
        (Mute { workload: named("cart"), namespace: named("shop"), ..any.clone() }, true),
        (Mute { workload: named("car"), ..any.clone() }, false),
        (Mute { namespace: named("bank"), ..any.clone() }, false),
        (Mute { until: at(5), ..any.clone() }, false),
    ] {
        assert_eq!(mute.holds(&one, at(5)), holds, "{mute:?}");
        let record = mute.record(at(0));
        assert_eq!(Mute::of(&record), Some(mute));
    }
    assert_eq!(Mute::of(&one), None);
}

#[test]
fn someone_is_called_with_the_first_message_of_a_severe_one_and_once_more_if_nobody_takes_it() {
    let (mut book, policy) = (Book::default(), policy());
    let look = whole(vec![severe(oom(), &["shop/cart-0"]), sighted(node_dead(), &["bank/till-0"])]);
    book.look(&look, &policy, at(0));
    let (name, other) = (of(&book, &oom()).name.clone(), of(&book, &node_dead()).name.clone());
    assert_eq!(call(&book, &other, &policy, at(0)), None, "not severe");
    assert_eq!(call(&book, &name, &policy, at(0)), Some(Call::First));
    book.called(&name, &spot("C0OPS"), Call::First, at(0));
    posted(&mut book, &name, "C0OPS");
    assert_eq!(call(&book, &name, &policy, minutes(14)), None);
    assert_eq!(call(&book, &name, &policy, minutes(15)), Some(Call::Again));
    let mut taken = book.clone();
    taken.take(&name, "Ada", minutes(1));
    assert_eq!(call(&taken, &name, &policy, minutes(15)), None);
    let mut muted = book.clone();
    muted.mute(&name, minutes(60), "Ada", minutes(1));
    assert_eq!(call(&muted, &name, &policy, minutes(15)), None);
    book.called(&name, &spot("C0OPS"), Call::Again, minutes(15));
    assert_eq!(call(&book, &name, &policy, minutes(60)), None);
    assert_eq!(book.get(&name).unwrap().status.mentions, 2);
}

#[test]
fn a_channel_is_called_once_in_five_minutes_and_never_in_quiet_hours() {
    let (mut book, mut policy) = (Book::default(), policy());
    let till = cause("crash-looping", "Deployment", "bank/till");
    book.look(
        &whole(vec![severe(oom(), &["shop/cart-0"]), severe(till.clone(), &["bank/till-0"])]),
        &policy,
        at(0),
    );
    let (first, second) = (of(&book, &oom()).name.clone(), of(&book, &till).name.clone());
    book.called(&first, &spot("C0OPS"), Call::First, at(0));
    assert_eq!(call(&book, &second, &policy, at(1)), None);
    posted(&mut book, &second, "C0OPS");
    assert_eq!(call(&book, &second, &policy, minutes(6)), None, "its first message stands");
    assert_eq!(call(&book, &second, &policy, minutes(15)), Some(Call::Again), "nobody took it");
    let minute = (minutes(15).as_second() / 60 % (24 * 60)) as u16;
    for (quiet, is_quiet) in [
        ((minute, minute + 1), true),
        ((minute + 1, minute), false),
        ((minute - 1, minute), false),
        ((minute, minute - 1), true),
        ((minute, minute), false),
    ] {
        policy.routes[0].quiet = Some(Hours::utc(quiet.0, quiet.1));
        assert_eq!(policy.routes[0].is_quiet(minutes(15)), is_quiet, "{quiet:?}");
        assert_eq!(call(&book, &second, &policy, minutes(15)).is_none(), is_quiet, "{quiet:?}");
    }
}

#[test]
fn what_began_in_quiet_hours_and_lasts_is_called_out_when_they_end_each_route_by_its_own() {
    let (mut book, mut policy) = (Book::default(), policy());
    let minute = |at: Timestamp| (at.as_second() / 60 % (24 * 60)) as u16;
    policy.routes[0].quiet = Some(Hours::utc(minute(at(0)), minute(minutes(5))));
    policy.routes.push(everything("C0LOUD"));
    book.look(&whole(vec![severe(oom(), &["shop/cart-0"])]), &policy, at(0));
    let name = the_open(&book).name.clone();
    let loud = |book: &Book, now| book.call(book.get(&name).unwrap(), &policy.routes[1], &policy, now);
    assert_eq!(call(&book, &name, &policy, at(0)), None, "its first message calls nobody");
    assert_eq!(loud(&book, at(0)), Some(Call::First));
    book.called(&name, &spot("C0LOUD"), Call::First, at(0));
    posted(&mut book, &name, "C0OPS");
    posted(&mut book, &name, "C0LOUD");
    assert_eq!(call(&book, &name, &policy, at(299)), None);
    assert_eq!(call(&book, &name, &policy, minutes(5)), Some(Call::Again), "long before the reminder");
    assert_eq!(loud(&book, minutes(5)), None);
    let (mut taken, mut well) = (book.clone(), book.clone());
    taken.take(&name, "Ada", minutes(4));
    assert_eq!(call(&taken, &name, &policy, minutes(5)), None, "somebody was awake");
    well.look(&whole(vec![]), &policy, minutes(4));
    assert_eq!(call(&well, &name, &policy, minutes(5)), None, "nothing of it fails");
    book.called(&name, &spot("C0OPS"), Call::Again, minutes(5));
    assert_eq!(call(&book, &name, &policy, minutes(60)), None, "once");
}

#[test]
fn a_severe_one_among_many_failures_is_called_out_too() {
    let (mut book, policy) = (Book::default(), policy());
    let all = |range: std::ops::Range<usize>| -> Look {
        let one = |n| {
            severe(cause("unknown", "Deployment", &format!("shop/app-{n}")), &[&format!("shop/app-{n}-0")])
        };
        whole(range.map(one).collect())
    };
    book.look(&all(0..20), &policy, at(0));
    let many = book.incidents().find(|one| !one.is_ordinary()).unwrap().name.clone();
    let entry = book.get(&many).unwrap().status.entries[0].clone();
    assert_eq!(call(&book, &entry, &policy, at(0)), None, "it has no message of its own");
    assert_eq!(call(&book, &many, &policy, at(0)), Some(Call::First));
    assert_eq!(book.uncalled(book.get(&many).unwrap(), &spot("C0OPS")).len(), 15);
    book.called(&many, &spot("C0OPS"), Call::First, at(0));
    posted(&mut book, &many, "C0OPS");
    assert_eq!(call(&book, &many, &policy, minutes(6)), None);
    book.look(&all(0..30), &policy, minutes(2));
    assert_eq!(call(&book, &many, &policy, minutes(3)), None);
    assert_eq!(call(&book, &many, &policy, minutes(5)), Some(Call::First));
}

#[test]
fn what_is_old_is_forgotten() {
    let (mut book, policy) = (Book::default(), policy());
    book.look(&whole(vec![sighted(oom(), &["shop/cart-0"])]), &policy, at(0));
    book.look(&whole(vec![]), &policy, minutes(1));
    book.look(&whole(vec![]), &policy, minutes(1 + SETTLED));
    assert_eq!(book.settle(minutes(60 * 24 * 7), &policy), []);
    let changes = book.settle(minutes(60 * 24 * 7 + 13), &policy);
    assert!(matches!(changes.as_slice(), [Change::Remove(_)]), "{changes:?}");
    assert_eq!(book.incidents().count(), 0);
}
