//! The rule, by scenarios and by anything.

mod any;
mod clauses;
mod scenarios;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::attestation::Attestation;
use super::inputs::*;
use super::judge::Options;
use crate::ports::Power;

pub(super) const CLOUD: &str = "cloud-controller-manager";

pub(super) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// 2026-01-01 15:04 UTC
pub(super) fn now() -> Timestamp {
    Timestamp::from_second(1_767_279_840).unwrap()
}

pub(super) fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

pub(super) fn options() -> Options {
    Options { cloud_controller: Some(CLOUD.to_string()) }
}

pub(super) fn kept(seconds: u64) -> LeaseSeen {
    LeaseSeen::Kept { unchanged_for: secs(seconds), watched_for: secs(seconds), renewed: None }
}

/// A node that is silent for ten minutes, in a cluster of ten without agents, and nothing that says that its power is off.
pub(super) fn silent() -> Inputs {
    Inputs {
        node: "worker-0".to_string(),
        watched: Watched {
            object: NodeObject::Same,
            ready: Ready::Unknown { seen_for: secs(600) },
            lease: kept(640),
            agent_lease: LeaseSeen::Never,
            crowd: Some(Crowd { nodes: 10, unknown: 1 }),
            taint: Taint::Absent,
        },
        neighbours: Vec::new(),
        power: None,
        attestations: Vec::new(),
        approvers: Vec::new(),
        now: now(),
    }
}

/// The same with `count` neighbours whose agents could reach it and now time out.
pub(super) fn witnessed(count: usize) -> Inputs {
    let mut inputs = silent();
    inputs.watched.agent_lease = kept(640);
    inputs.neighbours = (1..=count).map(|n| witness(n, Outcome::TimedOut)).collect();
    inputs
}

pub(super) fn witness(number: usize, outcome: Outcome) -> Neighbour {
    Neighbour {
        node: format!("worker-{number}"),
        agent_runs: true,
        had_reached: true,
        probe: Some(Probe { came: Some(secs(20)), outcome }),
    }
}

pub(super) fn off(mut inputs: Inputs) -> Inputs {
    inputs.power = Some(Power::Off { at: ago(10) });
    inputs
}

pub(super) fn tainted(mut inputs: Inputs) -> Inputs {
    inputs.watched.taint = Taint::Present { appeared: Some(secs(500)), writers: vec![CLOUD.to_string()] };
    inputs
}

pub(super) fn attested(mut inputs: Inputs, by: &[&str]) -> Inputs {
    inputs.attestations = by.iter().map(|by| word(by)).collect();
    inputs
}

pub(super) fn word(by: &str) -> Attestation {
    Attestation { by: by.to_string(), how: "its BMC says off".to_string(), established_at: ago(120) }
}

pub(super) fn approved(mut inputs: Inputs, by: &[&str]) -> Inputs {
    inputs.approvers = by.iter().map(ToString::to_string).collect();
    inputs
}
