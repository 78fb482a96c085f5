//! What happens to nodes, by name.

use super::super::inputs::*;
use super::super::judge::{Line, Mark, Missing, Options, Route, Verdict, judge};
use super::super::signal::Why;
use super::*;

/// What is expected of a judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    A,
    AWasOff,
    B,
    BWasOff,
    Refused,
    Lacks(Missing),
}
use Expected::*;

fn of(inputs: &Inputs) -> Verdict {
    judge(inputs, &options()).verdict
}

fn check(scenarios: Vec<(&str, Inputs, Expected)>) {
    for (name, inputs, expected) in scenarios {
        let found = of(&inputs);
        let fits = match expected {
            A => found == Verdict::Confirmed { route: Route::A, was_off_only: false },
            AWasOff => found == Verdict::Confirmed { route: Route::A, was_off_only: true },
            B => found == Verdict::Confirmed { route: Route::B, was_off_only: false },
            BWasOff => found == Verdict::Confirmed { route: Route::B, was_off_only: true },
            Refused => matches!(&found, Verdict::Refused(why) if !why.is_empty()),
            Lacks(what) => matches!(&found, Verdict::NotConfirmed(missing) if missing.contains(&what)),
        };
        assert!(fits, "{name}: {expected:?} was expected, not {found:?}");
    }
}

/// Everything that could be wanted of a proof, on both routes.
fn proven() -> Inputs {
    off(tainted(attested(witnessed(4), &["cas"])))
}

fn with(change: impl FnOnce(&mut Inputs)) -> Inputs {
    let mut inputs = proven();
    change(&mut inputs);
    inputs
}

#[test]
fn each_way_to_a_proof_is_open() {
    let both = ["ann", "bob"];
    check(vec![
        ("A, by the probe", off(witnessed(3)), A),
        ("A, by the taint", tainted(witnessed(3)), AWasOff),
        ("A, by a person", approved(attested(witnessed(3), &["cas"]), &both), A),
        ("A, by a person and the taint", tainted(attested(witnessed(3), &["cas"])), A),
        ("B, by the probe", off(silent()), B),
        ("B, by the taint and both", approved(attested(tainted(silent()), &both), &both), BWasOff),
        ("all there is", proven(), A),
    ]);
}

#[test]
fn nobody_proves_what_they_approve() {
    let both = ["ann", "bob"];
    let b = |by: &[&str], approvers: &[&str]| approved(attested(tainted(silent()), by), approvers);
    check(vec![
        ("two approvals and the typed name", approved(witnessed(3), &both), Lacks(Missing::PowerOff)),
        ("the same on route B", approved(silent(), &both), Lacks(Missing::PowerOffByMachine)),
        ("an approver's word", approved(attested(witnessed(3), &["bob"]), &both), Lacks(Missing::PowerOff)),
        ("both approvers' words", approved(attested(witnessed(3), &both), &both), Lacks(Missing::PowerOff)),
        ("B by a person alone", attested(silent(), &["cas"]), Lacks(Missing::PowerOffByMachine)),
        (
            "B by both without a taint",
            approved(attested(silent(), &both), &both),
            Lacks(Missing::PowerOffByMachine),
        ),
        ("B by one of both", b(&["ann"], &both), Lacks(Missing::Approvers)),
        ("B by one twice", b(&["ann", "ann"], &both), Lacks(Missing::Approvers)),
        ("B by one approver", b(&["ann"], &["ann"]), Lacks(Missing::Approvers)),
        ("B by one who approved twice", b(&["ann"], &["ann", "ann"]), Lacks(Missing::Approvers)),
        ("B by a third", b(&["ann", "cas"], &both), Lacks(Missing::Approvers)),
        ("B before the approvals", b(&both, &[]), Lacks(Missing::Approvers)),
    ]);
}

#[test]
fn whatever_lives_refuses() {
    let probed = |outcome| with(|inputs| inputs.neighbours.push(witness(9, outcome)));
    let renewed =
        LeaseSeen::Kept { unchanged_for: secs(30), watched_for: secs(900), renewed: Some(secs(30)) };
    check(vec![
        ("alive but slow", with(|i| i.watched.lease = renewed.clone()), Refused),
        ("API server lagging", with(|i| i.watched.ready = Ready::True), Refused),
        ("kubelet says that the runtime is dead", with(|i| i.watched.ready = Ready::False), Refused),
        ("kubelet dead, its agent lives", with(|i| i.watched.agent_lease = renewed.clone()), Refused),
        ("kubelet dead, its machine refuses", probed(Outcome::Refused), Refused),
        ("partitioned from the API, a peer is answered", probed(Outcome::Answered), Refused),
        ("its certificate has expired", probed(Outcome::Tls), Refused),
        (
            "partitioned from peers",
            with(|i| (i.watched.ready, i.watched.lease) = (Ready::True, renewed)),
            Refused,
        ),
        ("its machine has power", with(|i| i.power = Some(Power::On { at: ago(1) })), Refused),
        ("rejoined meanwhile", with(|i| i.watched.object = NodeObject::Rejoined), Refused),
        ("registered anew", with(|i| i.watched.object = NodeObject::Replaced), Refused),
        ("node object deleted", with(|i| i.watched.object = NodeObject::Gone), Refused),
        ("the probe does not know", with(|i| i.power = Some(Power::Unknown("x".into()))), Refused),
        ("the probe's answer is old", with(|i| i.power = Some(Power::Off { at: ago(61) })), Refused),
        ("the probe's clock is ahead", with(|i| i.power = Some(Power::Off { at: ago(-6) })), Refused),
        ("we are partitioned", with(|i| i.watched.crowd = Some(Crowd { nodes: 10, unknown: 2 })), Refused),
        ("a tenth is Unknown", with(|i| i.watched.crowd = Some(Crowd { nodes: 20, unknown: 2 })), A),
        ("a little more", with(|i| i.watched.crowd = Some(Crowd { nodes: 29, unknown: 3 })), Refused),
    ]);
}

#[test]
fn contact_counts_from_anyone_and_not_for_ever() {
    let contact = |came, change: fn(&mut Neighbour)| {
        with(|inputs| {
            let mut one = witness(9, Outcome::Answered);
            one.probe = Some(Probe { came, outcome: Outcome::Answered });
            change(&mut one);
            inputs.neighbours.push(one);
        })
    };
    check(vec![
        ("an agent that never reached it", contact(Some(secs(9)), |one| one.had_reached = false), Refused),
        ("an agent that runs no more", contact(Some(secs(300)), |one| one.agent_runs = false), Refused),
        ("its own agent", contact(Some(secs(9)), |one| one.node = "worker-0".into()), Refused),
        ("since it is Unknown", contact(Some(secs(600)), |_| ()), Refused),
        ("before", contact(Some(secs(601)), |_| ()), A),
        ("left behind by an agent that is gone", contact(None, |one| one.agent_runs = false), A),
    ]);
}

#[test]
fn silence_has_to_be_long_and_whole() {
    let lease = |unchanged_for, watched_for| LeaseSeen::Kept {
        unchanged_for: secs(unchanged_for),
        watched_for: secs(watched_for),
        renewed: None,
    };
    let just = LeaseSeen::Kept { unchanged_for: secs(290), watched_for: secs(900), renewed: Some(secs(290)) };
    check(vec![
        (
            "Unknown too briefly",
            with(|i| i.watched.ready = Ready::Unknown { seen_for: secs(299) }),
            Lacks(Missing::Ready),
        ),
        ("unchanged too briefly", with(|i| i.watched.lease = lease(299, 900)), Lacks(Missing::Lease)),
        ("watched too briefly", with(|i| i.watched.lease = lease(900, 299)), Lacks(Missing::Lease)),
        ("no Lease", with(|i| i.watched.lease = LeaseSeen::Never), Lacks(Missing::Lease)),
        ("a Lease that is gone", with(|i| i.watched.lease = LeaseSeen::Gone), Lacks(Missing::Lease)),
        (
            "the agent's too briefly",
            with(|i| i.watched.agent_lease = lease(900, 10)),
            Lacks(Missing::AgentLease),
        ),
        (
            "the agent's is gone",
            with(|i| i.watched.agent_lease = LeaseSeen::Gone),
            Lacks(Missing::AgentLease),
        ),
        (
            "the agents' are not watched",
            with(|i| i.watched.agent_lease = LeaseSeen::NotWatched("forbidden".into())),
            Lacks(Missing::AgentLease),
        ),
        (
            "renewed shortly before it went Unknown",
            with(|i| (i.watched.lease, i.watched.ready) = (just, Ready::Unknown { seen_for: secs(250) })),
            Lacks(Missing::Lease),
        ),
        ("no Ready", with(|i| i.watched.ready = Ready::Missing), Lacks(Missing::Ready)),
        ("nodes not counted", with(|i| i.watched.crowd = None), Lacks(Missing::Crowd)),
        ("node not read", with(|i| i.watched.object = NodeObject::Unread("x".into())), Lacks(Missing::Node)),
    ]);
}

#[test]
fn witnesses_could_reach_it_and_time_out_now() {
    let person = |count| attested(witnessed(count), &["cas"]);
    let each = |change: fn(&mut Neighbour)| {
        let mut inputs = person(4);
        inputs.neighbours.iter_mut().for_each(change);
        inputs
    };
    let cluster = |nodes, witnesses| {
        let mut inputs = person(witnesses);
        inputs.watched.crowd = Some(Crowd { nodes, unknown: 1 });
        inputs
    };
    let no_route =
        |one: &mut Neighbour| one.probe = Some(Probe { came: Some(secs(9)), outcome: Outcome::NoRoute });
    let waits = Lacks(Missing::Witnesses { have: 0, needed: 3 });
    check(vec![
        ("no agent anywhere", person(0), Lacks(Missing::PowerOffByMachine)),
        ("agents on some nodes", person(2), Lacks(Missing::PowerOffByMachine)),
        ("agents on some nodes, by the probe", off(witnessed(2)), B),
        (
            "agents installed after the failure",
            each(|one| one.had_reached = false),
            Lacks(Missing::PowerOffByMachine),
        ),
        ("agents that run no more", each(|one| one.agent_runs = false), Lacks(Missing::PowerOffByMachine)),
        ("their probes are old", each(|one| one.probe.as_mut().unwrap().came = Some(secs(61))), waits),
        ("nobody knows how old", each(|one| one.probe.as_mut().unwrap().came = None), waits),
        ("they have not probed", off(each(|one| one.probe = None)), waits),
        ("they have no route", each(no_route), Lacks(Missing::PowerOffByMachine)),
        ("they have no route, by the probe", off(each(no_route)), B),
        (
            "one that is listed thrice",
            each(|one| one.node = "worker-1".into()),
            Lacks(Missing::PowerOffByMachine),
        ),
        ("one of three nodes", cluster(3, 2), A),
        ("one of three nodes, half seen", cluster(3, 1), Lacks(Missing::PowerOffByMachine)),
        ("one of two nodes", cluster(2, 1), Lacks(Missing::PowerOffByMachine)),
        ("one of four nodes", cluster(4, 2), Lacks(Missing::PowerOffByMachine)),
    ]);
}

#[test]
fn a_taint_counts_if_the_cloud_set_it_after_the_silence_began() {
    let taint = |appeared: Option<u64>, writer: &str| {
        let mut inputs = witnessed(3);
        inputs.watched.taint =
            Taint::Present { appeared: appeared.map(secs), writers: vec![writer.to_string()] };
        inputs
    };
    let none = Lacks(Missing::PowerOff);
    check(vec![
        ("after", taint(Some(599), CLOUD), AWasOff),
        ("with it", taint(Some(600), CLOUD), none),
        ("before", taint(Some(700), CLOUD), none),
        ("not seen to appear", taint(None, CLOUD), none),
        ("by a person", taint(Some(500), "kubectl-taint"), none),
    ]);
    let unset = judge(&taint(Some(500), CLOUD), &Options::default()).verdict;
    assert_eq!(unset, Verdict::NotConfirmed(vec![Missing::PowerOff]));
    let nobody = judge(&taint(Some(500), ""), &Options { cloud_controller: Some(String::new()) }).verdict;
    assert_eq!(nobody, Verdict::NotConfirmed(vec![Missing::PowerOff]));
}

#[test]
fn a_word_is_fresh_whole_and_later_than_the_last_renewal() {
    let said = |change: fn(&mut Attestation)| {
        let mut inputs = attested(witnessed(3), &["cas"]);
        change(&mut inputs.attestations[0]);
        inputs
    };
    let mut early = said(|word| word.established_at = ago(590));
    early.watched.lease = kept(400);
    let none = Lacks(Missing::PowerOff);
    check(vec![
        ("ten minutes", said(|word| word.established_at = ago(600)), A),
        ("older", said(|word| word.established_at = ago(601)), none),
        ("clocks that differ a little", said(|word| word.established_at = ago(-60)), A),
        ("clocks that differ", said(|word| word.established_at = ago(-61)), none),
        ("no reason", said(|word| word.how = "  ".into()), none),
        ("nobody", said(|word| word.by = String::new()), none),
        ("while it still renewed its Lease", early, none),
    ]);
}

#[test]
fn every_input_has_its_line_and_no_agents_are_no_silence() {
    let proof = judge(&silent(), &options());
    let marks: Vec<Mark> = proof.checklist.iter().map(|line| line.mark).collect();
    use Mark::{Absent, Holds};
    assert_eq!(marks, [Holds, Holds, Holds, Absent, Holds, Absent, Absent, Absent, Absent]);
    let crowded = with(|inputs| {
        inputs.neighbours = (1..=40).map(|n| witness(n, Outcome::NoRoute)).collect();
        inputs.neighbours.push(witness(41, Outcome::Refused));
    });
    let lines = judge(&crowded, &options()).checklist;
    let neighbours: Vec<&Line> =
        lines.iter().filter(|line| matches!(line.why, Why::Neighbour(..) | Why::MoreNeighbours(_))).collect();
    assert_eq!(neighbours.len(), 11);
    assert!(neighbours[0].mark == Mark::Refuses && neighbours[10].why == Why::MoreNeighbours(31));
}
