//! What says that a machine has no power: the probe, the cloud, people.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::attestation::{AHEAD, Attestation};
use super::inputs::{Inputs, LeaseSeen, Ready, Taint};
use super::signal::{OfAttestation, OfPower, OfTaint, Signal, Why};
use super::silence::unknown_for;
use crate::ports::Power;

/// A machine that has power is not dead; an answer that is not clear is none.
pub(super) fn power(inputs: &Inputs) -> Signal {
    let Some(power) = inputs.power.clone() else {
        return Signal::Unavailable(Why::Power(OfPower::NotConfigured));
    };
    match power.at(inputs.now) {
        Power::Off { at } => Signal::Dead(Why::Power(OfPower::Off(at))),
        Power::On { at } => Signal::Alive(Why::Power(OfPower::On(at))),
        Power::Unknown(why) => Signal::Unavailable(Why::Power(OfPower::Unknown(why))),
    }
}

/// The cloud's taint says that the machine was off. It counts only if it came after the silence that is judged, and from the cloud:
/// anybody who may write nodes can write it, and an old one may have outlived a reboot.
/// <https://github.com/kubernetes/cloud-provider/blob/v0.33.0/controllers/nodelifecycle/node_lifecycle_controller.go> (`MonitorNodes`)
pub(super) fn taint(taint: &Taint, ready: Ready, controller: Option<&str>) -> Signal {
    let unavailable = |found| Signal::Unavailable(Why::Taint(found));
    let (appeared, writers) = match taint {
        Taint::Absent => return unavailable(OfTaint::Absent),
        Taint::Unread(why) => return unavailable(OfTaint::Unread(why.clone())),
        Taint::Present { appeared, writers } => (appeared, writers),
    };
    let Some(controller) = controller.filter(|name| !name.is_empty()) else {
        return unavailable(OfTaint::NoController);
    };
    let Some(appeared) = *appeared else { return unavailable(OfTaint::NotSeen) };
    if unknown_for(ready).is_none_or(|unknown| appeared >= unknown) {
        return unavailable(OfTaint::TooEarly);
    }
    if !writers.iter().any(|writer| writer == controller) {
        return unavailable(OfTaint::Others(writers.clone()));
    }
    Signal::Dead(Why::Taint(OfTaint::Counts(appeared)))
}

/// A person's word. One that was established while the Lease was still being renewed is wrong, or about another machine.
pub(super) fn attested(said: &Attestation, inputs: &Inputs) -> Signal {
    let by = said.by.clone();
    if let Err(error) = said.check(inputs.now) {
        return Signal::Unavailable(Why::Attested(by, OfAttestation::Invalid(error)));
    }
    if said.age(inputs.now) > silent_for(&inputs.watched.lease).saturating_add(AHEAD) {
        return Signal::Unavailable(Why::Attested(by, OfAttestation::TooEarly));
    }
    let (at, how) = (said.established_at, said.how.clone());
    let counts = match inputs.approvers.contains(&said.by) {
        true => OfAttestation::ByApprover { at, how },
        false => OfAttestation::Counts { at, how },
    };
    Signal::Dead(Why::Attested(by, counts))
}

fn silent_for(lease: &LeaseSeen) -> SignedDuration {
    let silent = match lease {
        LeaseSeen::Kept { unchanged_for, .. } => *unchanged_for,
        LeaseSeen::Gone | LeaseSeen::Never | LeaseSeen::NotWatched(_) => return SignedDuration::ZERO,
    };
    SignedDuration::try_from(silent).unwrap_or(SignedDuration::MAX)
}

/// Whether somebody who approves nothing here gave their word.
pub(super) fn has_proof(attested: &[Signal]) -> bool {
    attested.iter().any(|signal| {
        signal.is_dead() && matches!(signal.why(), Why::Attested(_, OfAttestation::Counts { .. }))
    })
}

/// Whether there are two approvers, and each gave their word.
pub(super) fn have_all_approvers(attested: &[Signal], approvers: &[String]) -> bool {
    let have: BTreeSet<&str> = attested
        .iter()
        .filter_map(|signal| match signal {
            Signal::Dead(Why::Attested(by, OfAttestation::ByApprover { .. })) => Some(by.as_str()),
            _ => None,
        })
        .collect();
    let approvers: BTreeSet<&str> = approvers.iter().map(String::as_str).collect();
    approvers.len() >= 2 && approvers.is_subset(&have)
}
