//! Actions on the console's playground: the same engine as in a chat, with people who are invented.
//!
//! Over a real cluster the console has none: whoever sits there says themselves who they are.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use anyhow::Context;
use podwhy_flow::act::actions::Actions;
use podwhy_flow::act::execute::{Acted, Executor};
use podwhy_flow::act::policy::Policy;
use podwhy_flow::act::remedy::{Floor, Remedy};
use podwhy_flow::act::seal::{SHORTEST, Sealer};
use podwhy_flow::act::workbench::Bench;
use podwhy_flow::chat::policy::Area;
use podwhy_flow::incident::{Counts, MemoryLedger, Store};
use podwhy_flow::ports::{Alone, Clock, ClusterRead, KubernetesUser, Workbench};
use podwhy_kubernetes::{LiveCluster, RemediationLedger};
use tokio::task::JoinHandle;

use crate::config::Settings;

/// Where the playground keeps them, so that `kubectl get remediations` shows them.
const NAMESPACE: &str = "podwhy";

/// Where two have to agree, to show how that is.
const PROTECTED: &str = "frontier";

/// So much an hour is enough to try things.
const PER_HOUR: u32 = 100;

/// Whom a visitor can act as, with the groups that the playground gives rights: two who may change things, one who may only look, and
/// one who may do everything, as whom podwhy refuses to write.
const PEOPLE: [(&str, &[&str]); 4] = [
    ("ann", &["podwhy:editors", "podwhy:operators"]),
    ("bob", &["podwhy:editors", "podwhy:operators"]),
    ("vic", &["podwhy:viewers"]),
    ("root", &["podwhy:admins"]),
];

/// What carries actions out; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Running {
    bench: Arc<dyn Workbench>,
    task: JoinHandle<()>,
}

impl Running {
    pub(super) fn bench(&self) -> Arc<dyn Workbench> {
        Arc::clone(&self.bench)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Over the playground's clusters.
///
/// # Errors
/// When the system has no randomness for a key.
pub(super) fn start(settings: &Settings, clusters: &[Arc<LiveCluster>]) -> anyhow::Result<Running> {
    let home = clusters.first().context("a playground without a cluster")?;
    let people = PEOPLE.map(|(name, groups)| KubernetesUser {
        name: name.to_string(),
        groups: groups.iter().map(|group| (*group).to_string()).collect(),
    });
    // nothing in a playground lives or dies
    let acted = |cluster: &Arc<LiveCluster>| (cluster.name().to_string(), Acted::new(cluster));
    let clock = Clock::default();
    let executor = Executor::new(
        clusters.iter().map(acted).collect(),
        Arc::new(RemediationLedger::new(home, NAMESPACE, "podwhy-console")),
        sealer()?,
        people.iter().map(|person| (person.name.clone(), person.clone())).collect(),
        Arc::new(Alone),
        clock.clone(),
        format!("podwhy/{:016x}", RandomState::new().hash_one(std::process::id())),
    );
    let names: Vec<String> = clusters.iter().map(|cluster| cluster.name().to_string()).collect();
    // nothing is told anywhere: only a freeze is kept there
    let store = Arc::new(Store::new(Arc::new(MemoryLedger::default()), Arc::new(Counts::default())));
    let actions = Actions::new(clusters.to_vec(), executor, store, policy(settings, &names), clock);
    let actions = Arc::new(actions);
    let bench = Arc::new(Bench::new(Arc::clone(&actions), &names, people.to_vec()));
    let task = tokio::spawn(async move { actions.run().await });
    Ok(Running { bench, task })
}

/// Everything everywhere, as there is nothing real; what the configuration asks for besides is asked for here, too.
fn policy(settings: &Settings, clusters: &[String]) -> Policy {
    let own = settings.remediation.as_ref();
    let area = |cluster: &String, namespace: Option<&str>| Area {
        cluster: cluster.clone(),
        namespace: namespace.map(str::to_string),
    };
    Policy {
        areas: clusters.iter().map(|cluster| area(cluster, None)).collect(),
        remedies: Remedy::ALL.to_vec(),
        protected: clusters.iter().map(|cluster| area(cluster, Some(PROTECTED))).collect(),
        floor: Floor {
            approvals: own.map_or(1, |own| own.approvals),
            typed_name: own.is_some_and(|own| own.typed_name),
        },
        rules: Vec::new(),
        addable: Default::default(),
        frozen: own.is_some_and(|own| own.frozen),
        per_hour: own.map_or(PER_HOUR, |own| own.per_hour),
        allow_privileged: Vec::new(),
    }
}

/// With a key that nobody knows and that ends with this process.
fn sealer() -> anyhow::Result<Sealer> {
    let mut key = [0_u8; SHORTEST];
    getrandom::fill(&mut key).map_err(std::io::Error::other).context("randomness for a key")?;
    Sealer::new(&key).context("a key that is long enough")
}
