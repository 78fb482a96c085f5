//! What the neighbours say: each that could reach the node before, and cannot now.

use std::collections::BTreeSet;
use std::time::Duration;

use super::inputs::{Crowd, Neighbour, Outcome, Ready};
use super::signal::{OfNeighbour, OfWitnesses, Signal, Why};
use super::silence::unknown_for;

/// So many neighbours have to time out; where there are fewer, all of them…
pub const WITNESSES: usize = 3;
/// …but never fewer.
pub const FEWEST: usize = 2;
/// A probe that came longer ago is no witness.
pub const PROBE_AGE: Duration = Duration::from_secs(60);
/// An answer from the node is a sign of life for as long, and for as long as the node is seen to be Unknown, if that is longer. As
/// long as a person's word counts, so that no answer is overlooked that came after it.
pub const CONTACT_AGE: Duration = Duration::from_secs(10 * 60);

/// What one neighbour says. Contact counts from anyone, old agent or new; silence only from one that is known to have a way there.
pub(super) fn neighbour(one: &Neighbour, node: &str, ready: Ready) -> Signal {
    let why = |found| Why::Neighbour(one.node.clone(), found);
    if let Some(probe) = one.probe.filter(|probe| probe.outcome.is_contact()) {
        let lasts = unknown_for(ready).map(|unknown| unknown.max(CONTACT_AGE));
        return match probe.came {
            Some(ago) if lasts.is_none_or(|lasts| ago <= lasts) => {
                Signal::Alive(why(OfNeighbour::Contact(probe.outcome, ago)))
            }
            Some(_) => Signal::Unavailable(why(OfNeighbour::Earlier)),
            None => Signal::Unavailable(why(OfNeighbour::Old(None))),
        };
    }
    let found = match one.probe {
        _ if !one.agent_runs => OfNeighbour::NoAgent,
        _ if !is_able(one, node) => OfNeighbour::NeverReached,
        None => OfNeighbour::NoProbe,
        Some(probe) => match probe.came.filter(|ago| *ago <= PROBE_AGE) {
            Some(ago) if probe.outcome == Outcome::TimedOut => {
                return Signal::Dead(why(OfNeighbour::TimedOut(ago)));
            }
            Some(_) => OfNeighbour::NoRoute,
            None => OfNeighbour::Old(probe.came),
        },
    };
    Signal::Unavailable(why(found))
}

/// Whether its silence could be a witness: its agent runs, and is known to have had a way to the node.
fn is_able(one: &Neighbour, node: &str) -> bool {
    one.agent_runs && one.had_reached && one.node != node
}

/// The neighbours, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    /// Those that time out.
    pub timed_out: usize,
    /// Those that could be witnesses: these, and the ones whose next probe is waited for.
    pub able: usize,
    /// How many are needed.
    pub needed: usize,
    /// Whether no agent runs at all.
    pub no_agents: bool,
}

impl Tally {
    /// Of all neighbours, with what each says; one that is listed twice is one.
    pub fn of(neighbours: &[Neighbour], signals: &[Signal], node: &str, crowd: Option<Crowd>) -> Tally {
        let both = || neighbours.iter().zip(signals);
        let names = |found: &mut dyn Iterator<Item = (&'_ Neighbour, &'_ Signal)>| {
            found.map(|(one, _)| one.node.clone()).collect::<BTreeSet<String>>().len()
        };
        let has_no_route = |signal: &Signal| matches!(signal.why(), Why::Neighbour(_, OfNeighbour::NoRoute));
        let others = crowd.map_or(WITNESSES, |crowd| crowd.nodes.saturating_sub(1));
        Tally {
            timed_out: names(&mut both().filter(|(_, signal)| signal.is_dead())),
            able: names(&mut both().filter(|(one, signal)| is_able(one, node) && !has_no_route(signal))),
            needed: others.clamp(FEWEST, WITNESSES),
            no_agents: !neighbours.iter().any(|one| one.agent_runs),
        }
    }

    /// Whether as many time out as are needed.
    pub fn is_enough(&self) -> bool {
        self.timed_out >= self.needed
    }

    /// Whether so few could be witnesses that the other route is open.
    pub fn is_too_few(&self) -> bool {
        self.able < self.needed
    }

    /// In the checklist.
    pub fn why(&self) -> Why {
        let Tally { timed_out, able, needed, .. } = *self;
        Why::Witnesses(match () {
            () if self.is_enough() => OfWitnesses::Enough { timed_out, needed },
            () if self.no_agents => OfWitnesses::NoAgents,
            () if self.is_too_few() => OfWitnesses::TooFew { able, needed },
            () => OfWitnesses::Awaited { timed_out, needed },
        })
    }
}
