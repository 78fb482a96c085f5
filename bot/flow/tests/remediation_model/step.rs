//! What becomes of the world.

use std::sync::Arc;

use podwhy_flow::act::machine::{Event, Help};
use podwhy_flow::act::record::{Outcome, Phase, Result as Of, Status};

use crate::action::{Action, Answer, Wish};
use crate::world::{
    Doing, PEOPLE, Replica, Site, Then, World, Wrong, approval, at, human, offered_at, quiet, seal, spec,
};

/// `None` where it cannot happen, or changes nothing.
pub fn step(site: &Site, world: &World, action: &Action) -> Option<World> {
    let mut after = world.clone();
    match action {
        Action::Read(replica, wish) => after.replicas[*replica].doing = read(site, world, *replica, *wish)?,
        Action::Store(replica, answer) => store(&mut after, *replica, *answer)?,
        Action::ReadBack(replica) => after.replicas[*replica].doing = read_back(world, *replica),
        Action::GiveUp(replica) => after.replicas[*replica].doing = Doing::Knows(Of::NotDone),
        Action::Send(replica) => send(&mut after, *replica),
        Action::Land(replica, is_heard) => land(site, &mut after, *replica, *is_heard),
        Action::Drop(replica) => unheard(&mut after, *replica),
        Action::Crash(replica) => crash(&mut after, *replica),
        Action::Tick => after.tick += 1,
        Action::Edit => {
            after.budget.edits -= 1;
            let status = Status { phase: Phase::Approved, ..Status::clone(&world.status) };
            put(&mut after, quiet(status), None);
        }
        Action::Remake => {
            after.budget.remakes -= 1;
            after.object += 1;
            after.refused = false;
            let approvals = world.status.approvals.clone();
            let status = Status { phase: Phase::Approved, approvals, ..Status::default() };
            put(&mut after, quiet(status), None);
        }
        Action::Recreate => {
            after.budget.recreations -= 1;
            after.target += 1;
        }
    }
    Some(after)
}

/// What a run holds after it has read; with which rules of the executor are kept.
fn read(site: &Site, world: &World, replica: usize, wish: Wish) -> Option<Doing> {
    let run = &world.replicas[replica];
    let event = event(world, replica, wish);
    if wish == Wish::Begin {
        let mine = seal(world.object);
        let sealed = world.status.approvals.iter().all(|approval| approval.seal == mine);
        if run.wrote || (site.executor.minds_seals && !sealed) {
            return None;
        }
        if let Some(executing) = world.status.executing.as_ref().filter(|_| !site.executor.minds_owner) {
            return Some(Doing::Begun(seconds(executing.deadline_at), world.object));
        }
    }
    let next = match (site.next)(&spec(), &world.status, &event, at(world.seconds())) {
        Ok(next) => next,
        // it has nothing to tell any more
        Err(_) if matches!(wish, Wish::Tell(_)) => return Some(Doing::Idle),
        Err(_) => return None,
    };
    let then = match (wish, &next.executing) {
        (Wish::Begin, Some(executing)) => Then::Write(seconds(executing.deadline_at)),
        (Wish::Tell(result), _) => Then::Told(result),
        _ => Then::Rest,
    };
    Some(Doing::Holds(quiet(next), then))
}

fn seconds(at: jiff::Timestamp) -> i64 {
    at.duration_since(offered_at()).as_secs()
}

fn event(world: &World, replica: usize, wish: Wish) -> Event {
    let (by, why) = (world.by(replica), String::new());
    let outcomes = |result| vec![Outcome { target: 0, result, why: String::new() }];
    let truth = if world.done > 0 { Of::Done } else { Of::NotDone };
    match wish {
        Wish::Approve(person) => Event::Approve(approval(&PEOPLE[person], world.object)),
        Wish::Decline => Event::Decline { who: by, why },
        Wish::Supersede => Event::Supersede { who: by, why },
        Wish::Expire => Event::Expire { who: by },
        Wish::Begin => Event::Begin { by },
        Wish::Tell(result) => Event::Wrote { by, outcomes: outcomes(result) },
        Wish::Look(true) => Event::Looked { by, outcomes: outcomes(truth) },
        Wish::Look(false) => Event::Looked { by, outcomes: outcomes(Of::Unclear) },
        Wish::Verify(true) => Event::Verified { by, help: Help::Helped { why } },
        Wish::Verify(false) => Event::Verified { by, help: Help::DidNot { why } },
    }
}

fn store(world: &mut World, replica: usize, answer: Answer) -> Option<()> {
    let Doing::Holds(next, then) = world.replicas[replica].doing.clone() else { return None };
    let is_lost = answer == Answer::Lost;
    world.budget.losses -= u8::from(is_lost);
    world.replicas[replica].doing = match then {
        Then::Write(_) if is_lost => Doing::Unsure,
        Then::Write(deadline) => Doing::Begun(deadline, world.object),
        Then::Told(result) if is_lost => Doing::Knows(result),
        Then::Rest | Then::Told(_) => Doing::Idle,
    };
    put(world, next, Some(replica));
    Some(())
}

/// The object changes: every copy of it is stale, and whoever holds one begins again.
fn put(world: &mut World, status: Arc<Status>, by: Option<usize>) {
    world.refused |= matches!(status.phase, Phase::Declined | Phase::Expired | Phase::Superseded);
    world.status = status;
    for (at, replica) in world.replicas.iter_mut().enumerate() {
        match replica.doing {
            _ if by == Some(at) => {}
            Doing::Holds(_, Then::Told(result)) => replica.doing = Doing::Knows(result),
            Doing::Holds(..) => replica.doing = Doing::Idle,
            _ => {}
        }
    }
}

fn read_back(world: &World, replica: usize) -> Doing {
    let by = world.by(replica);
    match &world.status.executing {
        Some(executing) if world.status.phase == Phase::Executing && executing.by == by => {
            Doing::Begun(seconds(executing.deadline_at), world.object)
        }
        _ => Doing::Idle,
    }
}

fn send(world: &mut World, replica: usize) {
    world.wrong.late |= at(world.seconds()) >= spec().expires_at();
    let run = &mut world.replicas[replica];
    let Doing::Begun(deadline, object) = run.doing else { return };
    world.wrong.after_no |= world.refused && object == world.object;
    *run = Replica { wrote: true, doing: Doing::Waits, flight: Some(deadline), ..*run };
}

fn land(site: &Site, world: &mut World, replica: usize, is_heard: bool) {
    let is_same = world.target == 0;
    let is_done = is_same || !site.executor.minds_uid;
    if is_done {
        world.done += 1;
        let approvals = &world.status.approvals;
        let mut people: Vec<_> = approvals.iter().map(human).collect();
        let requester = people.iter().skip(1).any(|human| *human == "ann");
        people.sort_unstable();
        people.dedup();
        let wrong = &mut world.wrong;
        *wrong = Wrong {
            too_few: wrong.too_few || people.len() < 2,
            requester: wrong.requester || requester,
            uid: wrong.uid || !is_same,
            ..*wrong
        };
    }
    if !is_heard {
        return unheard(world, replica);
    }
    let run = &mut world.replicas[replica];
    run.flight = None;
    run.doing = Doing::Knows(if is_done { Of::Done } else { Of::NotDone });
}

/// Nobody hears what became of it. Its run waits for the look that anybody takes.
fn unheard(world: &mut World, replica: usize) {
    let run = &mut world.replicas[replica];
    run.flight = None;
    if run.doing == Doing::Waits {
        run.doing = Doing::Idle;
        world.budget.losses -= 1;
    }
}

fn crash(world: &mut World, replica: usize) {
    world.budget.crashes -= 1;
    let run = &mut world.replicas[replica];
    *run = Replica { run: run.run + 1, wrote: false, doing: Doing::Idle, flight: run.flight };
}
