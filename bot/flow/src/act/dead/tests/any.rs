//! Any inputs at all: what is confirmed holds by every clause, what lives never is, and what holds by every clause is confirmed.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::super::judge::{Mark, Route, Verdict, judge, signals};
use super::super::signal::Signal;
use super::super::words;
use super::clauses::{broken, lives};
use super::*;

const CASES: u32 = 4_000;

/// A span at one of the edges; mostly one that proves.
fn span(proves: &[u64], other: &[u64]) -> impl Strategy<Value = Duration> + use<> {
    prop_oneof![6 => select(proves.to_vec()), 1 => select(other.to_vec())].prop_map(secs)
}

fn lease() -> impl Strategy<Value = LeaseSeen> {
    let long = || span(&[300, 640, 900], &[0, 60, 299]);
    let renewed = prop::option::weighted(0.3, span(&[300, 640, 900], &[10, 299]));
    let kept = (long(), long(), renewed).prop_map(|(unchanged_for, watched_for, renewed)| LeaseSeen::Kept {
        // what changed did so when it was seen to
        unchanged_for: renewed.map_or(unchanged_for, |ago: Duration| ago.min(unchanged_for)),
        watched_for,
        renewed,
    });
    prop_oneof![
        9 => kept,
        1 => Just(LeaseSeen::Gone),
        1 => Just(LeaseSeen::NotWatched("x".to_string())),
        1 => Just(LeaseSeen::Never),
    ]
}

fn watched() -> impl Strategy<Value = Watched> {
    let object = prop_oneof![
        12 => Just(NodeObject::Same),
        1 => select(vec![NodeObject::Rejoined, NodeObject::Replaced, NodeObject::Gone]),
        1 => Just(NodeObject::Unread("x".to_string())),
    ];
    let unknown = span(&[300, 301, 600, 3_600], &[0, 299]).prop_map(|seen_for| Ready::Unknown { seen_for });
    let ready = prop_oneof![12 => unknown, 1 => select(vec![Ready::True, Ready::False, Ready::Missing])];
    let agent = prop_oneof![2 => Just(LeaseSeen::Never), 3 => lease()];
    let crowd = prop_oneof![
        9 => (1..40usize).prop_map(|nodes| Some(Crowd { nodes, unknown: 1 })),
        2 => (0..40usize, 0..5usize).prop_map(|(nodes, unknown)| Some(Crowd { nodes, unknown })),
        1 => Just(None),
    ];
    let writers = prop_oneof![
        5 => Just(vec![CLOUD.to_string()]),
        1 => select(vec![vec![], vec!["kubectl".to_string()], vec!["x".to_string(), CLOUD.to_string()]]),
    ];
    let present = (prop::option::weighted(0.9, span(&[10, 299], &[300, 600, 4_000])), writers)
        .prop_map(|(appeared, writers)| Taint::Present { appeared, writers });
    let taint =
        prop_oneof![3 => present, 3 => Just(Taint::Absent), 1 => Just(Taint::Unread("x".to_string()))];
    (object, ready, lease(), agent, crowd, taint).prop_map(
        |(object, ready, lease, agent_lease, crowd, taint)| Watched {
            object,
            ready,
            lease,
            agent_lease,
            crowd,
            taint,
        },
    )
}

fn neighbour() -> impl Strategy<Value = Neighbour> {
    let outcome = prop_oneof![
        20 => Just(Outcome::TimedOut),
        2 => Just(Outcome::NoRoute),
        1 => select(vec![Outcome::Refused, Outcome::Tls, Outcome::Answered]),
    ];
    let came = prop::option::weighted(0.9, span(&[0, 20, 60], &[61, 599, 600, 601, 3_600, 9_000]));
    let probe = (came, outcome).prop_map(|(came, outcome)| Probe { came, outcome });
    (0..7usize, prop::bool::weighted(0.9), prop::bool::weighted(0.85), prop::option::weighted(0.9, probe))
        .prop_map(|(number, agent_runs, had_reached, probe)| Neighbour {
            node: format!("worker-{number}"),
            agent_runs,
            had_reached,
            probe,
        })
}

fn power() -> impl Strategy<Value = Option<Power>> {
    let age = || prop_oneof![6 => select(vec![-5, 0, 60]), 1 => select(vec![-6, 61, 100_000])].prop_map(ago);
    prop_oneof![
        5 => Just(None),
        5 => age().prop_map(|at| Some(Power::Off { at })),
        1 => age().prop_map(|at| Some(Power::On { at })),
        1 => Just(Some(Power::Unknown("x".to_string()))),
    ]
}

fn person() -> impl Strategy<Value = String> {
    select(vec!["ann", "bob", "cas"]).prop_map(str::to_string)
}

fn word_of() -> impl Strategy<Value = Attestation> {
    let by = prop_oneof![12 => person(), 1 => Just(String::new())];
    let at = prop_oneof![8 => select(vec![-60, 0, 120, 300]), 1 => select(vec![-61, 601])].prop_map(ago);
    let how = select(vec!["its console", "its BMC", "hands", "on the rack", ""]).prop_map(str::to_string);
    (by, how, at).prop_map(|(by, how, established_at)| Attestation { by, how, established_at })
}

pub(super) fn inputs() -> impl Strategy<Value = Inputs> {
    let people = (prop::collection::vec(word_of(), 0..4), prop::collection::vec(person(), 0..4));
    (watched(), prop::collection::vec(neighbour(), 0..8), power(), people).prop_map(
        |(watched, neighbours, power, (attestations, approvers))| Inputs {
            node: "worker-0".to_string(),
            watched,
            neighbours,
            power,
            attestations,
            approvers,
            now: now(),
        },
    )
}

/// Takes one piece of what speaks for a dead node away.
fn without(mut inputs: Inputs, which: usize, index: usize) -> Inputs {
    let forget = |lease: &mut LeaseSeen| {
        if let LeaseSeen::Kept { unchanged_for, .. } = lease {
            *unchanged_for = secs(0);
        }
    };
    match which {
        0 => forget(&mut inputs.watched.lease),
        1 => forget(&mut inputs.watched.agent_lease),
        2 => inputs.watched.taint = Taint::Absent,
        3 if matches!(inputs.power, Some(Power::Off { .. })) => inputs.power = None,
        4 if !inputs.attestations.is_empty() => {
            drop(inputs.attestations.remove(index % inputs.attestations.len()));
        }
        5 => {
            let of = |one: &&mut Neighbour| one.probe.is_some_and(|p| p.outcome == Outcome::TimedOut);
            if let Some(one) = inputs.neighbours.iter_mut().filter(of).nth(index % 8) {
                one.probe = None;
            }
        }
        _ => {
            if let Ready::Unknown { seen_for } = &mut inputs.watched.ready {
                *seen_for = secs(0);
            }
        }
    }
    inputs
}

fn is_confirmed(inputs: &Inputs) -> bool {
    matches!(judge(inputs, &options()).verdict, Verdict::Confirmed { .. })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn what_lives_is_never_confirmed(inputs in inputs()) {
        let alive = signals(&inputs, &options()).iter().any(Signal::is_alive);
        prop_assert_eq!(alive, lives(&inputs));
        let refused = matches!(judge(&inputs, &options()).verdict, Verdict::Refused(_));
        prop_assert!(!alive || refused);
    }

    #[test]
    fn what_is_confirmed_keeps_every_clause_and_what_keeps_them_is_confirmed(inputs in inputs()) {
        if let Verdict::Confirmed { route, was_off_only } = judge(&inputs, &options()).verdict {
            prop_assert_eq!(broken(&inputs, route, was_off_only), Vec::<&str>::new());
        } else {
            for (route, was_off_only) in [(Route::A, true), (Route::B, true)] {
                prop_assert!(!broken(&inputs, route, was_off_only).is_empty(), "{:?} is open", route);
            }
        }
    }

    #[test]
    fn less_evidence_proves_no_more(inputs in inputs(), which in 0..7usize, index in 0..8usize) {
        let before = judge(&inputs, &options()).verdict;
        if matches!(before, Verdict::NotConfirmed(_)) {
            prop_assert!(!is_confirmed(&without(inputs, which, index)));
        }
    }

    #[test]
    fn the_card_says_what_the_verdict_says(inputs in inputs()) {
        let proof = judge(&inputs, &options());
        let refuses = proof.checklist.iter().any(|line| line.mark == Mark::Refuses);
        prop_assert_eq!(refuses, matches!(proof.verdict, Verdict::Refused(_)));
        prop_assert_eq!(&judge(&inputs, &options()), &proof);
        for lang in podwhy_knowledge::Lang::ALL {
            let lines = words::checklist(&proof, lang);
            prop_assert!(lines.iter().all(|line| !line.contains('\n') && line.chars().count() < 400));
        }
    }
}

#[test]
fn anything_is_confirmed_often_enough_to_count() {
    let mut runner = TestRunner::deterministic();
    let strategy = inputs();
    let (mut by_a, mut by_b) = (0, 0);
    for _ in 0..CASES {
        let inputs = strategy.new_tree(&mut runner).unwrap().current();
        match judge(&inputs, &options()).verdict {
            Verdict::Confirmed { route: Route::A, .. } => by_a += 1,
            Verdict::Confirmed { route: Route::B, .. } => by_b += 1,
            Verdict::Refused(_) | Verdict::NotConfirmed(_) => {}
        }
    }
    assert!(by_a > 40 && by_b > 40, "{by_a} by A, {by_b} by B");
}
