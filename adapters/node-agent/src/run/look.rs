//! One look at the node: what changes quickly, and what takes a while to read.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use podwhy_api::report::{Gap, JournalClass, Neighbour, Offered, Report, RuntimeContainer, Survival, Unit};
use podwhy_api::ticket::Action;

use super::hands::NodeHands;
use crate::cluster::Cluster;
use crate::eyes::kubelet::{Kubelet, configuration};
use crate::eyes::{Host, Seen, classes, disks, journal, manifests, mounts};
use crate::settings::Settings;
use crate::units::{Systemd, UnitError};

/// So far back the journals are read.
const RECENT: SignedDuration = SignedDuration::from_mins(30);

/// At most so many of their lines.
const MOST_LINES: usize = 5_000;

/// Looks at this node.
pub struct Look {
    settings: Settings,
    host: Host,
    hands: Arc<NodeHands>,
}

/// What changes quickly: units, and what could be done about them.
#[derive(Debug, Default)]
pub struct Quick {
    units: Vec<Unit>,
    survival: Survival,
    actions: Vec<Offered>,
    gaps: Vec<Gap>,
}

/// What takes a while: files, journals, the runtime.
#[derive(Debug, Default)]
pub struct Slow {
    node_uid: String,
    kubelet: String,
    runtime: String,
    running: Option<u64>,
    containers: Option<Vec<RuntimeContainer>>,
    files: Files,
    gaps: Vec<Gap>,
}

#[derive(Debug, Default)]
struct Files {
    kernel: String,
    kubelet: Kubelet,
    disks: Vec<podwhy_api::report::Disk>,
    read_only: Vec<String>,
    manifests: Vec<podwhy_api::report::StaticManifest>,
    journal: Vec<JournalClass>,
    gaps: Vec<Gap>,
}

impl Look {
    /// With these hands.
    pub fn new(settings: &Settings, host: Host, hands: Arc<NodeHands>) -> Look {
        Look { settings: settings.clone(), host, hands }
    }

    /// The units, and what could be done.
    pub async fn quick(&self) -> Quick {
        let mut quick = Quick::default();
        let systemd = match self.hands.systemd().await {
            Ok(systemd) => Some(systemd),
            Err(why) => {
                quick.gaps.push(gap("systemd", &why));
                None
            }
        };
        if let Some(systemd) = &systemd {
            let names: BTreeSet<&str> =
                self.settings.kubelets().into_iter().chain(self.settings.runtimes()).collect();
            for name in names {
                match systemd.unit(name).await {
                    Ok(unit) => quick.units.push(unit),
                    Err(UnitError::NotFound(_)) => {}
                    Err(why) => quick.gaps.push(gap("systemd", &why)),
                }
            }
            if let Ok(Some(runtime)) = self.hands.unit(systemd, Action::RestartRuntime).await {
                quick.survival = self.hands.survival(systemd, &runtime).await;
            }
        }
        for action in self.settings.allowed() {
            quick.actions.push(self.offered(systemd.as_ref(), action).await);
        }
        quick
    }

    async fn offered(&self, systemd: Option<&Systemd>, action: Action) -> Offered {
        let unit = match (action, systemd) {
            (Action::RemoveImage, _) => match self.hands.cri(None) {
                Some(_) => Ok(None),
                None => Err("no socket of a container runtime is found".to_string()),
            },
            (_, Some(systemd)) => self.hands.unit(systemd, action).await,
            (_, None) => Err("there is no systemd".to_string()),
        };
        let action = action.as_str().to_string();
        match unit {
            Ok(unit) => Offered { action, unit: unit.unwrap_or_default(), why_not: String::new() },
            Err(why_not) => Offered { action, unit: String::new(), why_not },
        }
    }

    /// Files, journals and the runtime.
    pub async fn slow(&self, cluster: &Cluster, quick: &Quick) -> Slow {
        let mut slow = Slow::default();
        match cluster.own().await {
            Ok(own) => (slow.node_uid, slow.kubelet) = (own.uid, own.kubelet),
            Err(why) => slow.gaps.push(gap("Node", &why)),
        }
        let (host, version) = (self.host.clone(), slow.kubelet.clone());
        let units: Vec<String> = quick.units.iter().map(|unit| unit.name.clone()).collect();
        let now = Timestamp::now();
        match tokio::task::spawn_blocking(move || files(&host, &version, &units, now)).await {
            Ok(files) => slow.files = files,
            Err(why) => slow.gaps.push(gap("files", &why)),
        }
        self.runtime(&mut slow).await;
        slow
    }

    async fn runtime(&self, slow: &mut Slow) {
        let Some(cri) = self.hands.cri(slow.files.kubelet.runtime_endpoint.as_deref()) else {
            return slow.gaps.push(gap("cri", &"no socket of a container runtime is found"));
        };
        match cri.version().await {
            Ok(version) => slow.runtime = version,
            Err(why) => return slow.gaps.push(gap("cri", &why)),
        }
        match cri.containers().await {
            Ok(containers) => {
                let running = containers.iter().filter(|one| one.state == "running").count();
                slow.running = u64::try_from(running).ok();
                slow.containers = Some(containers);
            }
            Err(why) => slow.gaps.push(gap("cri", &why)),
        }
    }

    /// All of it, as it is told.
    pub fn report(&self, quick: &Quick, slow: &Slow, neighbours: Vec<Neighbour>) -> Report {
        let files = &slow.files;
        let gaps = quick.gaps.iter().chain(&slow.gaps).chain(&files.gaps).cloned().collect();
        let report = Report {
            agent: env!("CARGO_PKG_VERSION").to_string(),
            node_uid: slow.node_uid.clone(),
            reported_at: Timestamp::from_second(Timestamp::now().as_second()).ok(),
            units: quick.units.clone(),
            kernel: files.kernel.clone(),
            runtime: slow.runtime.clone(),
            kubelet: slow.kubelet.clone(),
            limits: files.kubelet.limits,
            eviction_hard: files.kubelet.eviction_hard.clone(),
            disks: files.disks.clone(),
            read_only_mounts: files.read_only.clone(),
            static_pods: files.manifests.clone(),
            journal: files.journal.clone(),
            containers: slow.containers.clone(),
            survival: Survival { running: slow.running, ..quick.survival.clone() },
            actions: quick.actions.clone(),
            neighbours,
            gaps,
        };
        report.bounded()
    }
}

/// Blocks.
fn files(host: &Host, version: &str, units: &[String], now: Timestamp) -> Files {
    let mut gaps = Vec::new();
    let kernel = host.kernel().unwrap_or_else(|why| {
        gaps.push(gap("kernel", &why));
        String::new()
    });
    let kubelet = taken(configuration(host, version), &mut gaps);
    let folder = kubelet.static_pods.clone();
    let manifests = folder.map(|folder| taken(manifests::manifests(host, &folder), &mut gaps));
    let disks = taken(disks::disks(host, &[&kubelet.root]), &mut gaps);
    let read_only = taken(mounts::read_only_mounts(host), &mut gaps);
    let mut asked: Vec<&str> = units.iter().map(String::as_str).collect();
    asked.push(journal::KERNEL);
    let since = now.checked_sub(RECENT).unwrap_or(Timestamp::UNIX_EPOCH);
    let lines = match journal::recent(host, &asked, since, MOST_LINES) {
        Ok(seen) => taken(seen, &mut gaps),
        Err(why) => {
            gaps.push(gap("journal", &why));
            Vec::new()
        }
    };
    let journal = classes::classify(&lines);
    Files { kernel, kubelet, disks, read_only, manifests: manifests.unwrap_or_default(), journal, gaps }
}

fn taken<T>(seen: Seen<T>, gaps: &mut Vec<Gap>) -> T {
    gaps.extend(seen.gaps);
    seen.found
}

fn gap(what: &str, why: &impl ToString) -> Gap {
    crate::eyes::gap(what, why.to_string())
}
