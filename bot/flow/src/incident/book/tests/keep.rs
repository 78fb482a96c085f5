use super::*;
use crate::incident::policy::Excerpts;
use crate::incident::record::{Kept, MOST_KEPT};

fn kept(n: i64, source: &str, text: &str) -> Kept {
    Kept {
        object: "Pod shop/cart-0".to_string(),
        seen_at: at(n),
        source: source.to_string(),
        text: text.to_string(),
    }
}

fn seen(evidence: Vec<Kept>) -> Look {
    whole(vec![Sighted { evidence: evidence.into(), ..sighted(oom(), &["shop/cart-0"]) }])
}

fn texts(book: &Book) -> Vec<String> {
    the_open(book).status.kept.iter().map(|kept| kept.text.clone()).collect()
}

#[test]
fn evidence_is_kept_the_newest_of_each() {
    let (mut book, policy) = (Book::default(), policy());
    book.look(&whole(vec![sighted(oom(), &["shop/cart-0"])]), &policy, at(0));
    let name = the_open(&book).name.clone();
    book.keep(
        &name,
        &[kept(1, "log", "one"), kept(2, "state", "OOMKilled"), kept(2, "state", "7 restarts")],
        &policy,
        at(2),
    );
    assert_eq!(texts(&book), ["OOMKilled", "7 restarts", "one"], "several of one source stand together");
    assert_eq!(book.keep(&name, &[kept(9, "log", "one")], &policy, at(9)), []);
    book.keep(&name, &[kept(10, "log", "two"), kept(1, "state", "older is told late")], &policy, at(10));
    assert_eq!(texts(&book), ["two", "OOMKilled", "7 restarts"]);
    let many: Vec<Kept> = (0..99).map(|n| kept(n, &format!("log/{n}"), "x")).collect();
    book.keep(&name, &many, &policy, at(99));
    assert_eq!(the_open(&book).status.kept.len(), MOST_KEPT);
    let few = Policy { excerpts: Excerpts { most: 2, longest: 8 }, ..policy };
    book.keep(&name, &[kept(100, "log", "far too long")], &few, at(100));
    assert_eq!(texts(&book), ["far t…", "x"]);
    assert_eq!(
        book.keep(&name, &[kept(101, "log", "far too long")], &few, at(101)),
        [],
        "cut, it is the same"
    );
}

#[test]
fn what_a_look_saw_stays_when_its_events_expire() {
    let (mut book, policy) = (Book::default(), policy());
    let first = vec![kept(0, "state", "OOMKilled"), kept(0, "event", "BackOff (×3)")];
    book.look(&seen(first), &policy, at(0));
    assert_eq!(texts(&book), ["OOMKilled", "BackOff (×3)"]);
    let later = vec![kept(60, "state", "OOMKilled"), kept(60, "event", "BackOff (×4)")];
    assert_eq!(book.look(&seen(later.clone()), &policy, at(1)), [], "a count that goes up is no news");
    book.look(&seen(later), &policy, minutes(10));
    assert_eq!(texts(&book), ["BackOff (×4)", "OOMKilled"]);
    // an hour later the event is gone, and then the pod
    book.look(&seen(vec![kept(4000, "state", "OOMKilled again")]), &policy, minutes(70));
    assert_eq!(texts(&book), ["OOMKilled again", "BackOff (×4)"]);
    book.look(&whole(Vec::new()), &policy, minutes(71));
    book.look(&whole(Vec::new()), &policy, minutes(71 + SETTLED));
    let over = book.incidents().next().unwrap();
    assert!(!over.is_open() && over.status.kept.len() == 2, "{over:?}");
}
