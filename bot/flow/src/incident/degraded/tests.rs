mod one;
mod simulation;

use podwhy_knowledge::Lang;
use tokio::time::timeout;

use super::health::Heard;
use super::*;
use crate::chat::Platform;
use crate::incident::counts::Counts;
use crate::incident::keeper::{Keeper, Options};
use crate::incident::record::Incident;
use crate::incident::testing::{
    Boarded, Dice, FakeBoard, FakeLead, FakeLedger, Office, PlainAnswers, clock, spot, two_channels,
};
use crate::incident::unreachable::root_cause;

/// Who leads when nobody does.
const NOBODY: u64 = 99;

/// Two channels of two apps, a ledger, and several replicas.
struct World {
    dice: Dice,
    ledger: FakeLedger,
    boards: [FakeBoard; 2],
    office: Office,
    clock: Clock,
    policy: Arc<Policy>,
    counts: Arc<Counts>,
}

/// One process.
struct Replica {
    store: Arc<Store>,
    keeper: Keeper,
    degraded: Degraded,
}

impl World {
    fn new(seed: u64) -> World {
        let (dice, clock) = (Dice::new(seed), clock());
        let board = |platform| FakeBoard::new(platform, dice.clone(), clock.clone());
        World {
            ledger: FakeLedger::new(dice.clone()),
            boards: [board(Platform::Slack), board(Platform::Discord)],
            office: Office::default(),
            policy: Arc::new(two_channels()),
            counts: Arc::default(),
            dice,
            clock,
        }
    }

    fn replica(&self, own: u64) -> Replica {
        let health = Arc::new(Health::new(self.clock.clone()));
        let heard = Heard::new(Arc::new(self.ledger.clone()), Arc::clone(&health));
        let store = Arc::new(Store::new(Arc::new(heard), Arc::clone(&self.counts)));
        let boards: Vec<Arc<dyn Board>> =
            self.boards.iter().map(|board| Arc::new(board.clone()) as Arc<dyn Board>).collect();
        let lead = || Arc::new(FakeLead { office: self.office.clone(), own });
        let keeper = Keeper::new(
            Arc::clone(&store),
            boards.clone(),
            lead(),
            Arc::new(PlainAnswers),
            Arc::clone(&self.policy),
            self.clock.clone(),
            Options::default(),
        );
        let stagger = Duration::from_millis(self.dice.below(1_000));
        let degraded = Degraded::new(
            "prod".to_string(),
            Arc::clone(&store),
            health,
            boards,
            lead(),
            Arc::clone(&self.policy),
            self.clock.clone(),
            stagger,
        );
        Replica { store, keeper, degraded }
    }

    fn messages(&self) -> Vec<Boarded> {
        self.boards.iter().flat_map(FakeBoard::messages).collect()
    }

    /// Threads that nobody handed over.
    fn untaken(&self) -> Vec<Boarded> {
        self.messages()
            .into_iter()
            .filter(|own| own.place.id.starts_with("unreachable-prod-parent"))
            .collect()
    }

    /// Incidents of the cluster's silence.
    fn silent(&self) -> Vec<Incident> {
        let own = root_cause("prod");
        self.ledger.incidents().into_iter().filter(|one| one.status.root_cause == own).collect()
    }
}

impl Replica {
    async fn run(&self) {
        let forever = || std::future::pending::<()>();
        tokio::join!(self.keeper.run(forever()), self.degraded.run(forever()));
    }

    /// For so many seconds.
    async fn works(&self, seconds: u64) {
        let _cut_off = timeout(Duration::from_secs(seconds), self.run()).await;
    }
}
