//! One look at the node: what changes quickly, and what takes a while to read.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use podwhy_api::report::{Gap, JournalClass, Neighbour, Offered, Report, RuntimeContainer, Survival, Unit};
use podwhy_api::ticket::Action;
use tokio::sync::Mutex;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use super::hands::{NodeHands, restarted};
use crate::cluster::Cluster;
use crate::eyes::kubelet::{Kubelet, configuration};
use crate::eyes::{Host, Seen, classes, disks, journal, manifests, mounts};
use crate::settings::Settings;
use crate::units::{Role, Systemd, UnitError};

/// So far back the journals are read.
const RECENT: SignedDuration = SignedDuration::from_mins(30);

/// At most so many of their lines.
const MOST_LINES: usize = 5_000;

/// Files are read within a second or two. A disk or a network's file system that hangs keeps whoever asks it for as long as it likes: then
/// the rest is told without them.
const FILES: Duration = Duration::from_secs(30);

/// A runtime that hangs may do so at each of a hundred containers.
const RUNTIME: Duration = Duration::from_secs(45);

/// Looks at this node.
pub struct Look {
    settings: Settings,
    host: Host,
    hands: Arc<NodeHands>,
    /// A reading that hangs: no second one is begun beside it.
    reading: Mutex<Option<JoinHandle<Files>>>,
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
        Look { settings: settings.clone(), host, hands, reading: Mutex::default() }
    }

    /// The units, and what could be done.
    pub async fn quick(&self) -> Quick {
        let mut quick = Quick::default();
        let mut systemd = match self.hands.systemd().await {
            Ok(systemd) => Some(systemd),
            Err(why) => {
                quick.gaps.push(gap("systemd", &why));
                None
            }
        };
        if let Some(asked) = &systemd
            && !self.units(asked, &mut quick).await
        {
            systemd = None;
        }
        let runtime = self.unit(systemd.as_ref(), Role::Runtime).await;
        if let (Some(systemd), Ok(runtime)) = (&systemd, &runtime) {
            quick.survival = self.hands.survival(systemd, runtime).await;
        }
        for action in self.settings.allowed() {
            let unit = match restarted(action) {
                None => self.hands.cri().map(|_| String::new()),
                Some(Role::Runtime) => runtime.clone(),
                Some(role) => self.unit(systemd.as_ref(), role).await,
            };
            quick.actions.push(offered(action, unit));
        }
        quick
    }

    async fn unit(&self, systemd: Option<&Systemd>, role: Role) -> Result<String, String> {
        match systemd {
            Some(systemd) => self.hands.unit(systemd, role).await,
            None => Err("there is no systemd, or it does not answer".to_string()),
        }
    }

    /// Whether systemd answers. One that does not is asked once, and not for every unit again.
    async fn units(&self, systemd: &Systemd, quick: &mut Quick) -> bool {
        let names: BTreeSet<&str> =
            self.settings.kubelets().into_iter().chain(self.settings.runtimes()).collect();
        for name in names {
            match systemd.unit(name).await {
                Ok(unit) => quick.units.push(unit),
                Err(UnitError::NotFound(_)) => {}
                Err(why @ UnitError::Unreachable(_)) => {
                    quick.gaps.push(gap("systemd", &why));
                    return false;
                }
                Err(why) => quick.gaps.push(gap("systemd", &why)),
            }
        }
        true
    }

    /// Files, journals and the runtime.
    pub async fn slow(&self, cluster: &Cluster, quick: &Quick) -> Slow {
        let mut slow = Slow::default();
        match cluster.own().await {
            Ok(own) => (slow.node_uid, slow.kubelet) = (own.uid, own.kubelet),
            Err(why) => slow.gaps.push(gap("Node", &why)),
        }
        match self.files(&slow.kubelet, quick).await {
            Ok(files) => slow.files = files,
            Err(why) => slow.gaps.push(gap("files", &why)),
        }
        self.hands.learn(slow.files.kubelet.runtime_endpoint.as_deref());
        self.runtime(&mut slow).await;
        slow
    }

    async fn files(&self, version: &str, quick: &Quick) -> Result<Files, String> {
        let (host, version) = (self.host.clone(), version.to_string());
        let units: Vec<String> = quick.units.iter().map(|unit| unit.name.clone()).collect();
        let read = || spawn_blocking(move || files(&host, &version, &units, Timestamp::now()));
        within(FILES, &mut *self.reading.lock().await, read).await
    }

    async fn runtime(&self, slow: &mut Slow) {
        let cri = match self.hands.cri() {
            Ok(cri) => cri,
            Err(why) => return slow.gaps.push(gap("cri", &why)),
        };
        match cri.version().await {
            Ok(version) => slow.runtime = version,
            Err(why) => return slow.gaps.push(gap("cri", &why)),
        }
        match timeout(RUNTIME, cri.containers()).await {
            Ok(Ok(containers)) => {
                let running = containers.iter().filter(|one| one.state == "running").count();
                slow.running = u64::try_from(running).ok();
                slow.containers = Some(containers);
            }
            Ok(Err(why)) => slow.gaps.push(gap("cri", &why)),
            Err(_) => {
                let why = format!("its containers were not told of within {} s", RUNTIME.as_secs());
                slow.gaps.push(gap("cri", &why));
            }
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

/// An action as it is told, by the unit it restarts, which is empty for one that restarts none; or why it would not be done.
fn offered(action: Action, unit: Result<String, String>) -> Offered {
    let action = action.as_str().to_string();
    match unit {
        Ok(unit) => Offered { action, unit, why_not: String::new() },
        Err(why_not) => Offered { action, unit: String::new(), why_not },
    }
}

/// What a reading brings, which is begun where none is under way. One that is not over in time stays under way.
async fn within<T>(
    most: Duration,
    under_way: &mut Option<JoinHandle<T>>,
    begin: impl FnOnce() -> JoinHandle<T>,
) -> Result<T, String> {
    let mut reading = under_way.take().unwrap_or_else(begin);
    match timeout(most, &mut reading).await {
        Ok(read) => read.map_err(|why| why.to_string()),
        Err(_) => {
            *under_way = Some(reading);
            Err(format!("they were not read within {} s: a disk may hang", most.as_secs()))
        }
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_disk_that_hangs_is_told_as_that_and_asked_once() {
        let (mut under_way, begun) = (None, Cell::new(0));
        let (done, waits) = oneshot::channel();
        let waits = Cell::new(Some(waits));
        let mut read = async || {
            let begin = || {
                begun.set(begun.get() + 1);
                let waits = waits.take().unwrap();
                tokio::spawn(async move { waits.await.unwrap() })
            };
            within(FILES, &mut under_way, begin).await
        };
        for _ in 0..3 {
            assert!(read().await.unwrap_err().contains("not read within 30 s"));
        }
        done.send("read").unwrap();
        assert_eq!(read().await.unwrap(), "read");
        assert_eq!(begun.get(), 1);
    }
}
