//! What can happen next.

use podwhy_flow::act::record::{LOOK_AFTER, Phase, Result as Of};
use stateright::{Model, Property};

use crate::rules;
use crate::world::{CLOCK, Doing, PEOPLE, Site, World};

/// One thing that happens; a replica is named by its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It reads the object, and holds what follows.
    Read(usize, Wish),
    /// It stores what it holds.
    Store(usize, Answer),
    /// It reads who began.
    ReadBack(usize),
    /// It knows that it will not write.
    GiveUp(usize),
    /// Its clock is looked at and the write sent, in one.
    Send(usize),
    /// The API server takes the write up; the answer comes, or not.
    Land(usize, bool),
    /// The write never arrives.
    Drop(usize),
    Crash(usize),
    Tick,
    /// An outsider sets the phase back to Approved.
    Edit,
    /// An outsider makes the object again.
    Remake,
    /// The target is made again under its name.
    Recreate,
}

/// What a run wants of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// By the place in [`PEOPLE`].
    Approve(usize),
    Decline,
    Supersede,
    Expire,
    Begin,
    /// To tell what became of its own write.
    Tell(Of),
    /// It looked, and was sure or not.
    Look(bool),
    Verify(bool),
}

/// What is heard of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Comes,
    /// It was stored, and nobody hears of it.
    Lost,
}

impl Model for Site {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        for replica in 0..world.replicas.len() {
            of_replica(self, world, replica, actions);
        }
        if may_tick(world) {
            actions.push(Action::Tick);
        }
        if world.budget.edits > 0 && world.status.phase.is_over() {
            actions.push(Action::Edit);
        }
        if world.budget.remakes > 0 && world.status.approvals.len() > 1 {
            actions.push(Action::Remake);
        }
        // before anybody agreed it makes no difference
        if world.budget.recreations > 0 && world.status.approvals.len() > 1 {
            actions.push(Action::Recreate);
        }
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        crate::step::step(self, world, &action)
    }

    fn properties(&self) -> Vec<Property<Site>> {
        rules::all()
    }
}

fn of_replica(site: &Site, world: &World, at: usize, actions: &mut Vec<Action>) {
    let replica = &world.replicas[at];
    match &replica.doing {
        Doing::Idle => actions.extend(wishes(world).into_iter().map(|wish| Action::Read(at, wish))),
        Doing::Holds(..) => {
            actions.push(Action::Store(at, Answer::Comes));
            if world.budget.losses > 0 {
                actions.push(Action::Store(at, Answer::Lost));
            }
        }
        Doing::Unsure => actions.push(Action::ReadBack(at)),
        Doing::Begun(deadline, _) => {
            actions.push(Action::GiveUp(at));
            let in_time = world.seconds() < *deadline || !site.executor.minds_clock;
            if in_time && !replica.wrote && replica.flight.is_none() {
                actions.push(Action::Send(at));
            }
        }
        Doing::Waits => {}
        Doing::Knows(result) => actions.push(Action::Read(at, Wish::Tell(*result))),
    }
    if replica.flight.is_some() {
        let waits = replica.doing == Doing::Waits;
        let is_lost = !waits || world.budget.losses > 0;
        actions.extend(waits.then_some(Action::Land(at, true)));
        actions.extend(is_lost.then_some(Action::Land(at, false)));
        actions.extend(is_lost.then_some(Action::Drop(at)));
    }
    if world.budget.crashes > 0 && replica.doing != Doing::Idle {
        actions.push(Action::Crash(at));
    }
}

/// What makes sense to wish; whether it can be is the function's to say.
fn wishes(world: &World) -> Vec<Wish> {
    let people = (0..PEOPLE.len()).map(Wish::Approve);
    match world.status.phase {
        Phase::Offered => people.chain([Wish::Decline, Wish::Supersede, Wish::Expire]).collect(),
        Phase::Approved => vec![Wish::Begin, Wish::Decline, Wish::Supersede, Wish::Expire],
        // to begin is refused here, by the function and by the executor: what is checked is that
        Phase::Executing => vec![Wish::Look(true), Wish::Look(false), Wish::Begin],
        Phase::Verifying => vec![Wish::Verify(true), Wish::Verify(false)],
        _ => Vec::new(),
    }
}

/// A write on its way is done, or will never be, before others may look.
fn may_tick(world: &World) -> bool {
    let Some(then) = CLOCK.get(world.tick + 1) else { return false };
    let mut flights = world.replicas.iter().filter_map(|replica| replica.flight);
    flights.all(|deadline| *then < deadline + LOOK_AFTER.as_secs())
}
