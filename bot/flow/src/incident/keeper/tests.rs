mod measured;
mod one;
mod simulation;

use std::sync::Arc;

use super::super::policy::Policy;
use super::super::testing::{
    Dice, FakeBoard, FakeLead, FakeLedger, Office, PlainAnswers, clock, spot, two_channels,
};
use super::*;
use crate::chat::Platform;

/// Two channels of two apps, and whoever keeps them.
struct World {
    dice: Dice,
    ledger: FakeLedger,
    slack: FakeBoard,
    discord: FakeBoard,
    office: Office,
    clock: Clock,
    policy: Arc<Policy>,
    options: Options,
}

impl World {
    fn new(seed: u64) -> World {
        let (dice, clock) = (Dice::new(seed), clock());
        World {
            ledger: FakeLedger::new(dice.clone()),
            slack: FakeBoard::new(Platform::Slack, dice.clone(), clock.clone()),
            discord: FakeBoard::new(Platform::Discord, dice.clone(), clock.clone()),
            office: Office::default(),
            policy: Arc::new(two_channels()),
            options: Options::default(),
            dice,
            clock,
        }
    }

    /// A process that knows nothing yet.
    fn keeper(&self, own: u64) -> Keeper {
        let store = Store::new(Arc::new(self.ledger.clone()), Arc::default());
        Keeper::new(
            Arc::new(store),
            vec![Arc::new(self.slack.clone()), Arc::new(self.discord.clone())],
            Arc::new(FakeLead { office: self.office.clone(), own }),
            Arc::new(PlainAnswers),
            self.policy.clone(),
            self.clock.clone(),
            self.options.clone(),
        )
    }

    /// Lets it work for so many seconds.
    async fn works(&self, keeper: &Keeper, seconds: u64) {
        let _cut_off = timeout(Duration::from_secs(seconds), keeper.run(std::future::pending())).await;
    }
}
