//! Decision 13, clause by clause, as DESIGN.md has it, in code of its own. Where the text leaves room (how long an answer counts, who
//! could be a witness) it takes the same reading as what judges: it guards the code, not the reading.

use std::collections::BTreeSet;

use super::super::inputs::*;
use super::super::judge::Route;
use super::*;

/// Whether anyone saw a sign of life: Ready that is not Unknown, a Lease renewed while it was, an answer of whatever kind, power, a
/// kubelet that registered.
pub(super) fn lives(inputs: &Inputs) -> bool {
    let seen = &inputs.watched;
    let unknown = match seen.ready {
        Ready::Unknown { seen_for } => Some(seen_for),
        Ready::True | Ready::False => return true,
        Ready::Missing => None,
    };
    let renewed = |lease: &LeaseSeen| match lease {
        LeaseSeen::Kept { renewed: Some(ago), .. } => {
            *ago < secs(300) && unknown.is_none_or(|unknown| *ago <= unknown)
        }
        _ => false,
    };
    let contact = inputs.neighbours.iter().any(|one| {
        one.probe.is_some_and(|probe| {
            let kind = [Outcome::Refused, Outcome::Tls, Outcome::Answered].contains(&probe.outcome);
            let lasts = unknown.map(|unknown| unknown.max(secs(600)));
            kind && probe.came.is_some_and(|ago| lasts.is_none_or(|lasts| ago <= lasts))
        })
    });
    let powered = match inputs.power {
        Some(Power::On { at }) => (-5..=60).contains(&inputs.now.duration_since(at).as_secs()),
        _ => false,
    };
    let anew = matches!(seen.object, NodeObject::Rejoined | NodeObject::Replaced);
    renewed(&seen.lease) || renewed(&seen.agent_lease) || contact || powered || anew
}

/// Each clause that a confirmed node breaks; none where all is well.
pub(super) fn broken(inputs: &Inputs, route: Route, was_off_only: bool) -> Vec<&'static str> {
    let seen = &inputs.watched;
    let unknown = match seen.ready {
        Ready::Unknown { seen_for } => seen_for,
        _ => secs(0),
    };
    let unchanged = |lease: &LeaseSeen| match lease {
        LeaseSeen::Kept { unchanged_for, watched_for, .. } => {
            *unchanged_for >= secs(300) && *watched_for >= secs(300)
        }
        _ => false,
    };
    let few = seen.crowd.is_some_and(|crowd| crowd.unknown <= 1 || crowd.unknown * 10 <= crowd.nodes);
    let off = power_is_off(inputs);
    let taint = taint_counts(inputs, unknown);
    let clauses = [
        ("Ready is Unknown for 5 min", unknown >= secs(300)),
        ("the Lease is unchanged", unchanged(&seen.lease)),
        ("the agent's too", seen.agent_lease == LeaseSeen::Never || unchanged(&seen.agent_lease)),
        ("few are Unknown", few),
        ("the probe says off, where there is one", inputs.power.is_none() || off),
        ("no sign of life", !lives(inputs)),
        ("the same node", seen.object == NodeObject::Same),
        ("the card says that it was off", was_off_only || off || by_others(inputs)),
        (
            "one route",
            match route {
                Route::A => has_witnesses(inputs) && (off || taint || by_others(inputs)),
                Route::B => off || taint && both_attest(inputs),
            },
        ),
        ("route B where there are too few", route == Route::A || could_be_witnesses(inputs) < needed(inputs)),
    ];
    clauses.into_iter().filter(|(_, holds)| !holds).map(|(name, _)| name).collect()
}

fn power_is_off(inputs: &Inputs) -> bool {
    matches!(inputs.power, Some(Power::Off { at }) if {
        let age = inputs.now.duration_since(at);
        age <= SignedDuration::from_secs(60) && age >= SignedDuration::from_secs(-5)
    })
}

fn taint_counts(inputs: &Inputs, unknown: Duration) -> bool {
    match &inputs.watched.taint {
        Taint::Present { appeared: Some(appeared), writers } => {
            *appeared < unknown && writers.iter().any(|writer| writer == CLOUD)
        }
        _ => false,
    }
}

fn counts(inputs: &Inputs, word: &Attestation) -> bool {
    let age = inputs.now.duration_since(word.established_at);
    let fresh = age <= SignedDuration::from_mins(10) && age >= SignedDuration::from_mins(-1);
    fresh && !word.by.trim().is_empty() && !word.how.trim().is_empty() && word.how.chars().count() <= 600
}

fn by_others(inputs: &Inputs) -> bool {
    inputs.attestations.iter().any(|word| counts(inputs, word) && !inputs.approvers.contains(&word.by))
}

fn both_attest(inputs: &Inputs) -> bool {
    let approvers: BTreeSet<&String> = inputs.approvers.iter().collect();
    let attests =
        |who: &&String| inputs.attestations.iter().any(|word| word.by == **who && counts(inputs, word));
    approvers.len() >= 2 && approvers.iter().all(attests)
}

/// Three, or all of a smaller cluster, and never fewer than two.
fn needed(inputs: &Inputs) -> usize {
    match inputs.watched.crowd.map_or(0, |crowd| crowd.nodes) {
        0..=3 => 2,
        _ => 3,
    }
}

fn names(inputs: &Inputs, which: impl Fn(&&Neighbour) -> bool) -> BTreeSet<&str> {
    let others = inputs.neighbours.iter().filter(|one| one.node != inputs.node && one.had_reached);
    others.filter(which).map(|one| one.node.as_str()).collect()
}

fn has_witnesses(inputs: &Inputs) -> bool {
    let times_out = |one: &&Neighbour| {
        one.agent_runs
            && one.probe.is_some_and(|probe| {
                probe.outcome == Outcome::TimedOut && probe.came.is_some_and(|ago| ago <= secs(60))
            })
    };
    names(inputs, times_out).len() >= needed(inputs)
}

/// A neighbour whose agent runs and that has a way there, whatever it last found.
fn could_be_witnesses(inputs: &Inputs) -> usize {
    let could = |one: &&Neighbour| {
        let lost = one.probe.is_some_and(|probe| {
            probe.outcome == Outcome::NoRoute && probe.came.is_some_and(|ago| ago <= secs(60))
        });
        one.agent_runs && !lost
    };
    names(inputs, could).len()
}
