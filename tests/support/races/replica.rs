//! One replica: what people click, and what the leader does, each with everything that can go wrong.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use podwhy_flow::act::actions::Actions;
use podwhy_flow::act::execute::{Acted, Executor};
use podwhy_flow::act::policy::Policy;
use podwhy_flow::act::remedy::{Floor, Remedy};
use podwhy_flow::act::seal::Sealer;
use podwhy_flow::chat::policy::Area;
use podwhy_flow::incident::{Counts, MemoryLedger, Store};
use podwhy_flow::ports::{Clock, KubernetesUser, Lead, Remediations};
use podwhy_kubernetes::LiveCluster;

/// What is wrong with a bot, so that it is seen whether these rounds notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Whoever writes the ledger is told that it was taken, also where another was first.
    TakesAnyVersion,
    /// A write without an answer is made again.
    Repeats,
    /// Its monotonic clock stands still while the process does.
    LosesTime,
}

/// Whether a replica leads, as it is told.
#[derive(Clone, Debug, Default)]
pub(super) struct Told(pub(super) Arc<AtomicBool>);

impl Lead for Told {
    fn leads(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// The key of every replica.
pub fn sealer() -> Sealer {
    Sealer::new(b"a-key-of-tests-that-is-long-enough").unwrap_or_else(|| unreachable!("it is long enough"))
}

/// What a replica is made of.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The one cluster, `prod`.
    pub acted: Acted,
    /// Where remediations are kept.
    pub ledger: Arc<dyn Remediations>,
    /// Who may agree.
    pub people: Vec<KubernetesUser>,
    /// Whether it leads.
    pub lead: Arc<dyn Lead>,
    /// Its time.
    pub clock: Clock,
    /// The run's own name.
    pub run: String,
}

impl Parts {
    /// What carries out.
    pub fn executor(&self) -> Executor {
        let people = self.people.iter().map(|user| (user.name.clone(), user.clone()));
        Executor::new(
            BTreeMap::from([("prod".to_string(), self.acted.clone())]),
            Arc::clone(&self.ledger),
            sealer(),
            people.collect(),
            Arc::clone(&self.lead),
            self.clock.clone(),
            self.run.clone(),
        )
    }

    /// What takes in who agrees.
    pub fn actions(&self) -> Actions<LiveCluster> {
        let store = Store::new(Arc::new(MemoryLedger::default()), Arc::new(Counts::default()));
        let policy = Policy {
            areas: vec![Area { cluster: "prod".to_string(), namespace: None }],
            remedies: vec![Remedy::DeletePod, Remedy::RolloutRestart],
            protected: Vec::new(),
            floor: Floor { approvals: 1, typed_name: false },
            rules: Vec::new(),
            addable: Default::default(),
            frozen: false,
            per_hour: u32::MAX,
            allow_privileged: Vec::new(),
        };
        Actions::new(Vec::new(), self.executor(), Arc::new(store), policy, self.clock.clone())
    }
}
