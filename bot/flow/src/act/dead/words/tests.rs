//! Both languages, and text from outside.

use podwhy_knowledge::Lang;

use super::super::inputs::*;
use super::super::judge::{Options, judge};
use super::super::tests::{attested, off, options, silent, tainted, witnessed};
use super::*;
use crate::ports::Power;

#[test]
fn a_proof_reads_line_by_line() {
    let proof = judge(&off(tainted(witnessed(1))), &options());
    assert_eq!(
        checklist(&proof, Lang::En),
        [
            "✓ Node object: the same as at the offer",
            "✓ Ready: seen Unknown for 10 min",
            "✓ Lease: unchanged for 10 min, watched without a gap",
            "✓ Agent's Lease: unchanged for 10 min, watched without a gap",
            "✓ Nodes: 1 of 10 are Unknown, at most 1 may be",
            "– Neighbours: not available, 1 could be a witness and 3 are needed",
            "✓ Neighbour worker-1: no answer, 20 s ago",
            "✓ Power probe: off at 2026-01-01 15:03 UTC",
            "✓ Cloud's shutdown taint: set by the cloud 8 min ago: the machine was off then",
            "– Attestation: nobody has given one",
        ]
    );
    assert!(checklist(&proof, Lang::Zh)[1].starts_with("✓ Ready：Unknown"));
}

#[test]
fn the_card_says_that_the_machine_was_off() {
    let by_taint = judge(&tainted(witnessed(3)), &options());
    let by_probe = judge(&off(witnessed(3)), &options());
    for lang in Lang::ALL {
        assert!(verdict(&by_taint, lang).contains(WAS_OFF.of(lang)));
        assert!(!verdict(&by_probe, lang).contains(WAS_OFF.of(lang)));
    }
}

#[test]
fn text_from_outside_stays_on_its_line_and_tells_no_credential() {
    let mut inputs = attested(silent(), &["ann\nbob"]);
    inputs.attestations[0].how = format!("BMC\n\u{202e}✓ Power probe: off {}", "x".repeat(300));
    inputs.power = Some(Power::Unknown("Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.abcdefghijkl".into()));
    inputs.watched.taint = Taint::Present { appeared: None, writers: vec!["a\nb".into()] };
    inputs.watched.object = NodeObject::Unread("a\u{7}b".into());
    let mut one = super::super::tests::witness(1, Outcome::Answered);
    one.node = "n".repeat(1_000);
    inputs.neighbours.push(one);
    for cloud in [Some("x".to_string()), None] {
        let proof = judge(&inputs, &Options { cloud_controller: cloud });
        for line in Lang::ALL.into_iter().flat_map(|lang| checklist(&proof, lang)) {
            let hidden = line.contains('\n') || line.contains('\u{202e}') || line.contains('\u{7}');
            assert!(!hidden && !line.contains("eyJ") && line.chars().count() < 300, "{line}");
        }
    }
}

#[test]
fn each_thing_that_is_missing_is_said_in_both_languages() {
    let all = [
        Missing::Node,
        Missing::Ready,
        Missing::Lease,
        Missing::AgentLease,
        Missing::Crowd,
        Missing::Witnesses { have: 1, needed: 3 },
        Missing::PowerOff,
        Missing::PowerOffByMachine,
        Missing::Approvers,
    ];
    for one in all {
        assert_ne!(missing(one, Lang::En), missing(one, Lang::Zh));
    }
    assert!(missing(all[5], Lang::En).starts_with("2 more"));
    for one in [AttestationError::Nobody, AttestationError::TooShort, AttestationError::TooOld] {
        assert_ne!(not_taken(one, Lang::En), not_taken(one, Lang::Zh));
    }
}
