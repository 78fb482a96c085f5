use std::time::Duration;

use super::*;

fn report(by: &str, made: &str, outcome: Outcome) -> ProbesSighting {
    let probe = ProbeSighting {
        node: "a".into(),
        uid: "uid-a".into(),
        outcome: Some(outcome),
        made: made.into(),
        had_reached: true,
    };
    ProbesSighting { by: by.into(), by_uid: format!("uid-{by}"), probes: vec![probe] }
}

fn of(witnesses: &Witnesses, now: Instant) -> Vec<(String, Option<u64>, Outcome)> {
    let all = witnesses.of("a", "uid-a", now, |_| true);
    all.into_iter()
        .map(|one| {
            let probe = one.probe.unwrap();
            (one.node, probe.came.map(|ago| ago.as_secs()), probe.outcome)
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_probe_is_as_old_as_its_coming_and_one_told_again_is_no_new_one() {
    let (mut witnesses, start) = (Witnesses::default(), Instant::now());
    let at = |seconds| start + Duration::from_secs(seconds);
    witnesses.said(report("b", "09:00:00", Outcome::TimedOut), at(0));
    assert_eq!(of(&witnesses, at(5)), [("b".into(), None, Outcome::TimedOut)], "of any age");
    witnesses.said(report("b", "09:00:00", Outcome::TimedOut), at(6));
    assert_eq!(of(&witnesses, at(7))[0].1, None);
    witnesses.said(report("b", "09:00:10", Outcome::TimedOut), at(10));
    witnesses.said(report("b", "09:00:10", Outcome::TimedOut), at(30));
    assert_eq!(of(&witnesses, at(40)), [("b".into(), Some(30), Outcome::TimedOut)]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_said_of_another_node_of_the_name_or_by_another() {
    let (mut witnesses, now) = (Witnesses::default(), Instant::now());
    witnesses.said(report("b", "1", Outcome::TimedOut), now);
    witnesses.said(report("b", "2", Outcome::TimedOut), now);
    assert!(witnesses.of("a", "uid-new", now, |_| true).is_empty(), "its machine is another");
    let mut anew = report("b", "3", Outcome::TimedOut);
    anew.by_uid = "uid-b2".into();
    witnesses.said(anew, now);
    assert_eq!(of(&witnesses, now)[0].1, None, "another machine begins anew");
    witnesses.said(report("a", "1", Outcome::Answered), now);
    assert_eq!(of(&witnesses, now).len(), 1, "a node is no witness of itself");
    witnesses.gone("b");
    assert!(of(&witnesses, now).is_empty());
}

#[tokio::test(start_paused = true)]
async fn whom_it_does_not_probe_any_more_it_says_nothing_of() {
    let (mut witnesses, now) = (Witnesses::default(), Instant::now());
    witnesses.said(report("b", "1", Outcome::TimedOut), now);
    witnesses.said(report("c", "1", Outcome::Refused), now);
    witnesses.said(ProbesSighting { by: "b".into(), by_uid: "uid-b".into(), probes: Vec::new() }, now);
    assert_eq!(of(&witnesses, now), [("c".into(), None, Outcome::Refused)]);
    let silent = witnesses.of("a", "uid-a", now, |_| false);
    assert!(!silent[0].agent_runs && silent[0].had_reached);
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_not_taken_back_by_silence_and_after_a_gap_silence_has_no_age() {
    let (mut witnesses, start) = (Witnesses::default(), Instant::now());
    let at = |seconds| start + Duration::from_secs(seconds);
    witnesses.said(report("b", "1", Outcome::Answered), at(0));
    witnesses.said(report("b", "2", Outcome::Refused), at(10));
    witnesses.said(report("b", "3", Outcome::TimedOut), at(20));
    let both = [("b".into(), Some(10), Outcome::TimedOut), ("b".into(), Some(20), Outcome::Refused)];
    assert_eq!(of(&witnesses, at(30)), both);
    witnesses.gap();
    witnesses.said(report("b", "3", Outcome::TimedOut), at(31));
    let after = [("b".into(), None, Outcome::TimedOut), ("b".into(), Some(30), Outcome::Refused)];
    assert_eq!(of(&witnesses, at(40)), after);
}
