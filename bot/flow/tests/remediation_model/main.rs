//! What is proved of a Remediation: the production function [`podwhy_flow::act::machine::next`] among replicas that race, crash and
//! lose answers, people who click, a clock, and an outsider with every right.
//!
//! - `world`: what there is: the stored object, the replicas, the write on its way, and what really happened.
//! - `action`: what can happen next.
//! - `step`: what becomes of the world then.
//! - `rules`: what always holds, and what is reached.
//! - `mutants`: faults of the function, and of the executor, each of which breaks a named rule.
//!
//! # What it assumes of the executor
//! A run writes only if it made the transition to Executing itself and knows that it is stored; if its own monotonic clock is before the
//! deadline, checked with no pause before the write; if it never wrote for this name; if all seals hold. The write has a uid precondition
//! and is not repeated. A write that was sent is done, or will never be, within LOOK_AFTER of the deadline; wall clocks agree better than
//! that. After a lost answer nobody says "not done" before another look may.
//!
//! # What it leaves out, and why that loses nothing
//! - A stopped process (SIGSTOP) is one that takes no step while time goes on: any replica may do that at any moment, for any while.
//! - A store by a stale version is refused and changes nothing, so a copy is given up as soon as another stores.
//! - When and by whom a step of the history was made is not read by the function: only its phase is kept.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod action;
mod mutants;
mod rules;
mod step;
mod world;

use std::collections::BTreeSet;

use podwhy_flow::act::machine::next;
use stateright::{Checker, HasDiscoveries, Model};

use self::mutants::Next;
use self::world::{Budget, Executor, Site};

/// Two replicas of which one crashes; an answer is lost; the target is made again.
fn two() -> Site {
    let budget = Budget { losses: 1, crashes: 1, recreations: 1, ..Budget::default() };
    Site { next, executor: Executor::default(), replicas: 2, budget }
}

/// Two replicas of which one crashes, and an outsider with every right.
fn edited() -> Site {
    Site { budget: Budget { crashes: 1, edits: 1, remakes: 1, ..Budget::default() }, ..two() }
}

/// Three replicas: more racing, less trouble.
fn three() -> Site {
    Site { replicas: 3, budget: Budget { losses: 1, ..Budget::default() }, ..two() }
}

fn holds(name: &str, site: Site) {
    let begin = std::time::Instant::now();
    let checker = site.checker().threads(2).spawn_bfs().join();
    let (states, depth) = (checker.unique_state_count(), checker.max_depth());
    println!("{name}: {states} states, {depth} steps deep, {:.1?}", begin.elapsed());
    checker.assert_properties();
}

/// The shortest way on which the rule is broken.
fn is_caught(name: &str, site: Site, rule: &'static str) {
    let checker = site.checker().threads(2).finish_when(HasDiscoveries::AnyOf(BTreeSet::from([rule])));
    let checker = checker.spawn_bfs().join();
    let found = checker.discovery(rule);
    println!("{name}: caught by \"{rule}\" after {} states", checker.unique_state_count());
    assert!(found.is_some(), "{name} is not caught by \"{rule}\"");
    println!("  {:?}", found.unwrap().into_actions());
}

#[test]
fn the_rules_hold_over_crashes_and_lost_answers() {
    holds("two replicas", two());
}

#[test]
fn the_rules_hold_whoever_edits() {
    holds("two replicas and an outsider", edited());
}

#[test]
fn the_rules_hold_with_three_replicas() {
    holds("three replicas", three());
}

#[test]
fn faults_of_the_function_are_caught() {
    let faults: [(&str, Next, &str); 7] = [
        ("an offer without end", mutants::endless, rules::IN_TIME),
        ("one person counted twice", mutants::counts_twice, rules::ENOUGH),
        ("who asked is the second", mutants::lets_requester, rules::NOT_THE_REQUESTER),
        ("begun again while Executing", mutants::begins_again, rules::ONCE),
        ("looked too early, and begun again", mutants::retries, rules::ONCE),
        ("looked too early", mutants::looks_early, rules::TRULY_TOLD),
        ("only offers expire", mutants::keeps_approved, rules::ENDS),
    ];
    for (name, next, rule) in faults {
        is_caught(name, Site { next, ..two() }, rule);
    }
    let no = Site { next: mutants::forgets_a_no, ..edited() };
    is_caught("begun after a no", no, rules::NOT_AFTER_NO);
}

#[test]
fn each_rule_of_the_executor_is_needed() {
    let usual = Executor::default();
    let without: [(&str, Executor, &str); 3] = [
        ("no look at its own clock", Executor { minds_clock: false, ..usual }, rules::IN_TIME),
        ("no uid precondition", Executor { minds_uid: false, ..usual }, rules::SAME_UID),
        ("writes for what another began", Executor { minds_owner: false, ..usual }, rules::ONCE),
    ];
    for (name, executor, rule) in without {
        is_caught(name, Site { executor, ..two() }, rule);
    }
    let executor = Executor { minds_seals: false, ..usual };
    is_caught("no check of seals", Site { executor, ..edited() }, rules::ONCE);
}
