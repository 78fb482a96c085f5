//! What always holds, and what is reached: else the rest would hold of nothing.

use podwhy_flow::act::record::{Phase, Result as Of};
use stateright::{Model, Property};

use crate::world::{CLOCK, Doing, Site, World};

pub const ONCE: &str = "the write is done at most once";
pub const IN_TIME: &str = "no write starts after the offer's end";
pub const NOT_AFTER_NO: &str = "no write after a no";
pub const ENOUGH: &str = "no write without two people";
pub const NOT_THE_REQUESTER: &str = "who asked is never the second";
pub const SAME_UID: &str = "no write to another object of the name";
pub const TRULY_TOLD: &str = "what is told of the write is so";
pub const ENDS: &str = "everything ends";

pub fn all() -> Vec<Property<Site>> {
    let reached = |name, condition| Property::<Site>::sometimes(name, condition);
    vec![
        Property::always(ONCE, |_, world: &World| world.done < 2),
        Property::always(IN_TIME, |_, world: &World| !world.wrong.late),
        Property::always(NOT_AFTER_NO, |_, world: &World| !world.wrong.after_no),
        Property::always(ENOUGH, |_, world: &World| !world.wrong.too_few),
        Property::always(NOT_THE_REQUESTER, |_, world: &World| !world.wrong.requester),
        Property::always(SAME_UID, |_, world: &World| !world.wrong.uid),
        Property::always(TRULY_TOLD, |_, world| is_true(world)),
        Property::always(ENDS, |site, world| !is_stuck(site, world)),
        reached("it succeeds", |_, world| world.status.phase == Phase::Succeeded && world.done == 1),
        reached("it fails", |_, world| world.status.phase == Phase::Failed),
        reached("it is unclear", |_, world| world.status.phase == Phase::Unclear && world.done == 1),
        reached("it is declined", |_, world| world.status.phase == Phase::Declined),
        reached("it expires", |_, world| world.status.phase == Phase::Expired),
        reached("it is superseded", |_, world| world.status.phase == Phase::Superseded),
        reached("a run slept past its deadline, and another ended it", |_, world| {
            let asleep = |doing: &Doing| matches!(doing, Doing::Begun(until, _) if *until <= world.seconds());
            world.replicas.iter().any(|replica| asleep(&replica.doing)) && world.status.phase.is_over()
        }),
        reached("a write is on its way when its offer has ended", |_, world| {
            world.tick == 4 && world.replicas.iter().any(|replica| replica.flight.is_some())
        }),
    ]
}

/// An outcome, where one is told, is what happened: but what was undone when it was told must not be done later.
fn is_true(world: &World) -> bool {
    world.status.outcomes.iter().all(|outcome| match outcome.result {
        Of::Done => world.done > 0,
        Of::NotDone => world.done == 0,
        Of::Unclear => true,
    })
}

/// Nothing more can happen, and it has not ended. Every action uses up trouble, moves the clock, the phase or a run, none of which ever
/// goes back but for a copy that another's store made stale: so every way is finite, and with no way ending like this every way ends
/// well, as long as what can happen goes on happening.
fn is_stuck(site: &Site, world: &World) -> bool {
    if world.status.phase.is_over() || world.tick + 1 < CLOCK.len() {
        return false;
    }
    let mut actions = Vec::new();
    site.actions(world, &mut actions);
    !actions.into_iter().any(|action| site.next_state(world, action).is_some())
}
