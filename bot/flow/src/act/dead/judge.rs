//! The judgement, with every input as a line.

use super::inputs::Inputs;
use super::power_off::{self, has_proof, have_all_approvers};
use super::signal::{OfLease, OfNode, OfPower, Signal, Why};
use super::silence::{self, is_few};
use super::witness::{self, Tally};

/// So many neighbours are listed one by one: those that refuse first, then those that count.
pub const LISTED: usize = 10;

/// What an installation configures of the rule. Its times and numbers are not to be configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The cloud controller's name as `managedFields` has it, e.g. `cloud-controller-manager`. Without one no taint counts.
    pub cloud_controller: Option<String>,
}

/// What is proved, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What is proved.
    pub verdict: Verdict,
    /// Every input, in an order that never changes.
    pub checklist: Vec<Line>,
}

/// Whether the node is confirmed dead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Confirmed {
        /// By which route.
        route: Route,
        /// Its power is known by the cloud's taint alone: the machine *was* off. The card has to say so.
        was_off_only: bool,
    },
    /// Something speaks against it: a sign of life, or what makes silence worth nothing. Never empty.
    Refused(Vec<Why>),
    /// Nothing speaks against it, and something is missing. Never empty.
    NotConfirmed(Vec<Missing>),
}

/// The two ways to a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Witnesses, and a proof that the power is off.
    A,
    /// Too few could be witnesses; the power alone.
    B,
}

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The Node object could not be read.
    Node,
    /// Ready has to be seen Unknown for five minutes.
    Ready,
    /// The Lease has to be seen unchanged for five minutes.
    Lease,
    /// The agent's Lease too.
    AgentLease,
    /// It is not known how many nodes are Unknown.
    Crowd,
    /// Neighbours that time out.
    Witnesses {
        /// So many do.
        have: usize,
        /// So many are needed.
        needed: usize,
    },
    /// There are witnesses, and nothing that says that the power is off.
    PowerOff,
    /// There are too few witnesses, and neither the power probe nor the taint says that it is off.
    PowerOffByMachine,
    /// There are too few witnesses; the taint is there, and one of the two approvers has not attested, or not approved.
    Approvers,
}

/// One input of the checklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it does.
    pub mark: Mark,
    /// What was found.
    pub why: Why,
}

/// What an input does to the judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// ✗: it refuses.
    Refuses,
    /// ✓: it holds.
    Holds,
    /// –: it is not available, or not yet.
    Absent,
}

/// Whether a node is confirmed dead, by DESIGN's decision 13 and nothing else. Pure: the same inputs give the same proof, so that the
/// card shows what is judged again at the click.
pub fn judge(inputs: &Inputs, options: &Options) -> Proof {
    let read = Read::of(inputs, options);
    let checklist = read.lines();
    let refusals: Vec<Why> =
        checklist.iter().filter(|line| line.mark == Mark::Refuses).map(|line| line.why.clone()).collect();
    if !refusals.is_empty() {
        return Proof { verdict: Verdict::Refused(refusals), checklist };
    }
    let mut missing = read.silence_lacks();
    let verdict = match read.route(inputs) {
        Ok((route, was_off_only)) if missing.is_empty() => Verdict::Confirmed { route, was_off_only },
        Ok(_) => Verdict::NotConfirmed(missing),
        Err(lacks) => {
            missing.push(lacks);
            Verdict::NotConfirmed(missing)
        }
    };
    Proof { verdict, checklist }
}

/// What each source says: node, Ready, Leases, neighbours, power, taint, people.
pub fn signals(inputs: &Inputs, options: &Options) -> Vec<Signal> {
    let Read { node, ready, lease, agent_lease, neighbours, power, taint, attested, .. } =
        Read::of(inputs, options);
    [node, ready, lease, agent_lease]
        .into_iter()
        .chain(neighbours)
        .chain([power, taint])
        .chain(attested)
        .collect()
}

/// The inputs, read.
struct Read {
    node: Signal,
    ready: Signal,
    lease: Signal,
    agent_lease: Signal,
    crowd: Line,
    neighbours: Vec<Signal>,
    tally: Tally,
    power: Signal,
    taint: Signal,
    attested: Vec<Signal>,
}

impl Read {
    fn of(inputs: &Inputs, options: &Options) -> Read {
        let seen = &inputs.watched;
        let neighbours: Vec<Signal> =
            inputs.neighbours.iter().map(|one| witness::neighbour(one, &inputs.node, seen.ready)).collect();
        let crowd = match seen.crowd {
            None => Mark::Absent,
            Some(crowd) if is_few(crowd) => Mark::Holds,
            Some(_) => Mark::Refuses,
        };
        Read {
            node: silence::node(&seen.object),
            ready: silence::ready(seen.ready),
            lease: silence::lease(&seen.lease, seen.ready, Why::Lease),
            agent_lease: silence::lease(&seen.agent_lease, seen.ready, Why::AgentLease),
            crowd: Line { mark: crowd, why: Why::Crowd(seen.crowd) },
            tally: Tally::of(&inputs.neighbours, &neighbours, &inputs.node, seen.crowd),
            neighbours,
            power: power_off::power(inputs),
            taint: power_off::taint(&seen.taint, seen.ready, options.cloud_controller.as_deref()),
            attested: inputs.attestations.iter().map(|said| power_off::attested(said, inputs)).collect(),
        }
    }

    /// What the silence lacks to be long, whole and alone.
    fn silence_lacks(&self) -> Vec<Missing> {
        let never_had_one = matches!(self.agent_lease.why(), Why::AgentLease(OfLease::Never));
        let holds = [
            (self.node.is_dead(), Missing::Node),
            (self.ready.is_dead(), Missing::Ready),
            (self.lease.is_dead(), Missing::Lease),
            (self.agent_lease.is_dead() || never_had_one, Missing::AgentLease),
            (self.crowd.mark == Mark::Holds, Missing::Crowd),
        ];
        holds.into_iter().filter(|(holds, _)| !holds).map(|(_, missing)| missing).collect()
    }

    /// The route, and whether its power is known by the taint alone.
    fn route(&self, inputs: &Inputs) -> Result<(Route, bool), Missing> {
        let (probe, taint) = (self.power.is_dead(), self.taint.is_dead());
        if self.tally.is_enough() {
            return match probe || has_proof(&self.attested) {
                true => Ok((Route::A, false)),
                false if taint => Ok((Route::A, true)),
                false => Err(Missing::PowerOff),
            };
        }
        if !self.tally.is_too_few() {
            let Tally { timed_out, needed, .. } = self.tally;
            return Err(Missing::Witnesses { have: timed_out, needed });
        }
        match (probe, taint) {
            (true, _) => Ok((Route::B, false)),
            (false, true) if have_all_approvers(&self.attested, &inputs.approvers) => Ok((Route::B, true)),
            (false, true) => Err(Missing::Approvers),
            (false, false) => Err(Missing::PowerOffByMachine),
        }
    }

    fn lines(&self) -> Vec<Line> {
        let mut neighbours: Vec<Line> = self.neighbours.iter().map(line).collect();
        // the sort is stable: those of one mark stay as they were given
        neighbours.sort_by_key(|line| line.mark);
        let beyond = neighbours.len().saturating_sub(LISTED);
        neighbours.truncate(LISTED);
        if beyond > 0 {
            neighbours.push(Line { mark: Mark::Absent, why: Why::MoreNeighbours(beyond) });
        }
        let witnesses = if self.tally.is_enough() { Mark::Holds } else { Mark::Absent };
        let first = [&self.node, &self.ready, &self.lease, &self.agent_lease].into_iter().map(line);
        let mut lines: Vec<Line> = first.chain([self.crowd.clone()]).collect();
        lines.push(Line { mark: witnesses, why: self.tally.why() });
        lines.extend(neighbours);
        lines.extend([line(&self.power), line(&self.taint)]);
        lines.extend(self.attested.iter().map(line));
        if self.attested.is_empty() {
            lines.push(Line { mark: Mark::Absent, why: Why::NobodyAttested });
        }
        lines
    }
}

/// A node that is gone has nothing left to confirm; a probe that is configured has to answer.
fn line(signal: &Signal) -> Line {
    let mark = match signal {
        Signal::Alive(_) => Mark::Refuses,
        Signal::Dead(_) => Mark::Holds,
        Signal::Unavailable(Why::Node(OfNode::Gone) | Why::Power(OfPower::Unknown(_))) => Mark::Refuses,
        Signal::Unavailable(_) => Mark::Absent,
    };
    Line { mark, why: signal.why().clone() }
}
