use jiff::SignedDuration;

use super::testing::{approval, offered_at, remediation};
use super::*;
use crate::act::record::Remediation;

/// What happens, so many seconds after the offer.
fn after(from: &Remediation, seconds: i64, event: Event) -> Result<Remediation, Refused> {
    let now = offered_at() + SignedDuration::from_secs(seconds);
    let status = next(&from.spec, &from.status, &event, now)?;
    Ok(Remediation { status, ..from.clone() })
}

fn agree(from: &Remediation, user: &str) -> Remediation {
    after(from, 60, Event::Approve(approval(user))).unwrap()
}

fn approved() -> Remediation {
    agree(&agree(&remediation(), "ann"), "bob")
}

fn begin() -> Event {
    Event::Begin { by: "podwhy-0/1".to_string() }
}

fn outcome(result: Of) -> Vec<Outcome> {
    vec![Outcome { target: 0, result, why: String::new() }]
}

fn wrote(by: &str, result: Of) -> Event {
    Event::Wrote { by: by.to_string(), outcomes: outcome(result) }
}

fn looked(result: Of) -> Event {
    Event::Looked { by: "podwhy-1/1".to_string(), outcomes: outcome(result) }
}

fn helped() -> Event {
    Event::Verified { by: "podwhy-0/1".to_string(), help: Help::Helped { why: "gone".to_string() } }
}

fn did_not() -> Event {
    Event::Verified { by: "podwhy-0/1".to_string(), help: Help::DidNot { why: "there".to_string() } }
}

fn expire() -> Event {
    Event::Expire { who: "podwhy-0/1".to_string() }
}

fn decline() -> Event {
    Event::Decline { who: "cat".to_string(), why: "no".to_string() }
}

#[test]
fn two_agree_and_it_is_done_and_helps() {
    let one = agree(&remediation(), "ann");
    assert_eq!((one.status.phase, one.status.approvals.len()), (Phase::Offered, 1));
    let both = agree(&one, "bob");
    assert_eq!(both.status.phase, Phase::Approved);
    let begun = after(&both, 70, begin()).unwrap();
    assert_eq!(
        begun.status.executing.as_ref().unwrap().deadline_at,
        offered_at() + SignedDuration::from_secs(80)
    );
    let written = after(&begun, 71, wrote("podwhy-0/1", Of::Done)).unwrap();
    assert_eq!(written.status.verify_until, Some(offered_at() + SignedDuration::from_secs(671)));
    let over = after(&written, 72, helped()).unwrap();
    let told: Vec<_> =
        over.status.history.iter().map(|step| (step.phase.as_str(), step.who.as_str())).collect();
    assert_eq!(
        told,
        [
            ("Approved", "bob"),
            ("Executing", "podwhy-0/1"),
            ("Verifying", "podwhy-0/1"),
            ("Succeeded", "podwhy-0/1")
        ]
    );
    for event in [begin(), helped(), expire(), decline(), Event::Approve(approval("cat"))] {
        assert_eq!(after(&over, 73, event), Err(Refused::Over(Phase::Succeeded)));
    }
}

#[test]
fn nobody_agrees_twice_nor_without_the_name() {
    let one = agree(&remediation(), "ann");
    let elsewhere =
        Approval { platform: crate::chat::Platform::Discord, person: "80".to_string(), ..approval("ann") };
    assert_eq!(after(&one, 61, Event::Approve(elsewhere)), Err(Refused::Twice));
    for typed in [None, Some("worker-33".to_string()), Some(String::new())] {
        let approval = Approval { typed, ..approval("bob") };
        assert_eq!(after(&one, 61, Event::Approve(approval)), Err(Refused::NotTyped));
    }
    assert_eq!(after(&one, 61, begin()), Err(Refused::Not(Phase::Offered)));
    assert_eq!(after(&approved(), 61, Event::Approve(approval("cat"))), Err(Refused::Not(Phase::Approved)));
}

#[test]
fn an_offer_ends() {
    let end = OFFERED.as_secs();
    for offer in [remediation(), approved()] {
        assert_eq!(after(&offer, end - 1, expire()), Err(Refused::TooEarly));
        assert_eq!(after(&offer, end, expire()).unwrap().status.phase, Phase::Expired);
        assert_eq!(after(&offer, end - 1, decline()).unwrap().status.phase, Phase::Declined);
        assert_eq!(after(&offer, end, decline()), Err(Refused::Expired));
    }
    assert_eq!(after(&remediation(), end, Event::Approve(approval("ann"))), Err(Refused::Expired));
    assert_eq!(after(&approved(), end, begin()), Err(Refused::Expired));
    let late = after(&approved(), end - 3, begin()).unwrap();
    assert_eq!(late.status.executing.unwrap().deadline_at, late.spec.expires_at(), "no write after the end");
}

const OFFERED: SignedDuration = crate::act::record::OFFERED_FOR;

#[test]
fn what_was_begun_is_not_begun_again() {
    let begun = after(&approved(), 70, begin()).unwrap();
    assert_eq!(after(&begun, 71, begin()), Err(Refused::Not(Phase::Executing)));
    assert_eq!(after(&begun, 71, decline()), Err(Refused::Not(Phase::Executing)));
    for mut back in [begun.clone(), after(&begun, 71, wrote("podwhy-0/1", Of::Done)).unwrap()] {
        back.status.phase = Phase::Approved;
        assert_eq!(after(&back, 72, begin()), Err(Refused::Begun));
        back.status.executing = None;
        assert_eq!(after(&back, 72, begin()), Err(Refused::Begun), "its history says so");
    }
}

#[test]
fn people_are_counted_once_whoever_wrote_them_down() {
    let mut forged = approved();
    forged.status.approvals[1].user = "ann".to_string();
    assert_eq!(after(&forged, 70, begin()), Err(Refused::TooFew));
    forged.status.approvals.clear();
    assert_eq!(after(&forged, 70, begin()), Err(Refused::TooFew));
}

#[test]
fn whoever_asked_is_not_the_second() {
    let mut offer = remediation();
    offer.spec.asked_by = Some("ann".to_string());
    assert_eq!(after(&agree(&offer, "bob"), 61, Event::Approve(approval("ann"))), Err(Refused::Requester));
    let mut both = agree(&agree(&offer, "ann"), "bob");
    assert!(after(&both, 70, begin()).is_ok());
    both.status.approvals.reverse();
    assert_eq!(after(&both, 70, begin()), Err(Refused::TooFew));
}

#[test]
fn what_ended_is_not_begun_whoever_sets_its_phase_back() {
    for event in [decline(), Event::Supersede { who: "podwhy-0/1".to_string(), why: "gone".to_string() }] {
        let mut back = after(&approved(), 70, event).unwrap();
        let ended = back.status.phase;
        back.status.phase = Phase::Approved;
        assert_eq!(after(&back, 71, begin()), Err(Refused::Over(ended)));
        assert_eq!(after(&back, OFFERED.as_secs(), expire()).unwrap().status.phase, Phase::Expired);
    }
}

#[test]
fn another_looks_only_when_no_write_can_be_under_way() {
    let begun = after(&approved(), 70, begin()).unwrap();
    assert_eq!(
        after(&begun, 71, wrote("podwhy-0/2", Of::Done)),
        Err(Refused::NotYours),
        "another run of the same"
    );
    let earliest = 80 + LOOK_AFTER.as_secs();
    assert_eq!(after(&begun, earliest - 1, looked(Of::NotDone)), Err(Refused::TooEarly));
    let of = |result| after(&begun, earliest, looked(result)).unwrap().status.phase;
    assert_eq!(of(Of::Done), Phase::Verifying);
    assert_eq!(of(Of::NotDone), Phase::Failed);
    assert_eq!(of(Of::Unclear), Phase::Unclear);
}

#[test]
fn every_target_has_its_outcome_and_some_are_not_all() {
    let mut offer = remediation();
    let second = offer.spec.plan.targets[0].clone();
    offer.spec.plan.targets.push(second);
    let begun = after(&agree(&agree(&offer, "ann"), "bob"), 70, begin()).unwrap();
    assert_eq!(after(&begun, 71, wrote("podwhy-0/1", Of::Done)), Err(Refused::NotAll));
    let of = |results: [Of; 2]| {
        let outcomes = results.iter().enumerate();
        let outcomes =
            outcomes.map(|(at, result)| Outcome { target: at as u32, result: *result, why: "x".into() });
        let event = Event::Wrote { by: "podwhy-0/1".to_string(), outcomes: outcomes.collect() };
        after(&begun, 71, event).unwrap()
    };
    assert_eq!(of([Of::NotDone, Of::NotDone]).status.phase, Phase::Failed);
    assert_eq!(of([Of::Done, Of::Unclear]).status.phase, Phase::Unclear);
    let some = of([Of::Done, Of::NotDone]);
    assert_eq!(after(&some, 80, helped()).unwrap().status.phase, Phase::Partial);
}

#[test]
fn that_it_did_not_help_is_said_when_its_time_is_over() {
    let begun = after(&approved(), 70, begin()).unwrap();
    let written = after(&begun, 71, wrote("podwhy-0/1", Of::Done)).unwrap();
    assert_eq!(after(&written, 670, did_not()), Err(Refused::TooEarly));
    assert_eq!(after(&written, 671, did_not()).unwrap().status.phase, Phase::Failed);
    assert_eq!(after(&written, 5_000, helped()).unwrap().status.phase, Phase::Succeeded);
}

#[test]
fn what_somebody_else_did_not_do_is_told_without_waiting() {
    let begun = after(&approved(), 70, begin()).unwrap();
    let written = after(&begun, 71, wrote("podwhy-0/1", Of::Done)).unwrap();
    let of = |help: Help| {
        let one = after(&written, 72, Event::Verified { by: "podwhy-0/1".to_string(), help }).unwrap();
        (one.status.phase, one.status.outcomes[0].result)
    };
    let why = || "no".to_string();
    assert_eq!(of(Help::NotDone { why: why(), touched: false }), (Phase::Failed, Of::NotDone));
    assert_eq!(of(Help::NotDone { why: why(), touched: true }), (Phase::Failed, Of::Done));
    assert_eq!(of(Help::Unclear { why: why() }), (Phase::Unclear, Of::Unclear));
    let early = Event::Verified { by: "podwhy-0/1".to_string(), help: Help::Unclear { why: why() } };
    assert_eq!(after(&begun, 72, early), Err(Refused::Not(Phase::Executing)));
}
