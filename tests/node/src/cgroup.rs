//! A cgroup of its own: what is in it is found and ended, whatever became of its parents.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{fs, io};

use crate::run::until;

const ROOT: &str = "/sys/fs/cgroup";

/// Ended processes are gone after a moment.
const WITHIN: Duration = Duration::from_secs(20);

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// One cgroup, in every hierarchy that is mounted. It is gone with its value, and so are its processes.
#[derive(Debug)]
pub(crate) struct Cgroup {
    name: String,
}

impl Cgroup {
    /// Of a name that nobody else has.
    pub(crate) fn new() -> Cgroup {
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        Cgroup { name: format!("podwhy-{}-{next}", std::process::id()) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The files a process writes its own pid into to be in it. It is a leaf: with version 2 no process may be in a group that hands on
    /// controllers: <https://docs.kernel.org/admin-guide/cgroup-v2.html#no-internal-process-constraint>
    pub(crate) fn joins(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for hierarchy in tracking() {
            let leaf = hierarchy.join(&self.name).join("own");
            fs::create_dir_all(&leaf)?;
            files.push(leaf.join("cgroup.procs"));
        }
        Ok(files)
    }

    /// Ends what is in it, and removes it.
    fn clear(&self) -> Result<(), String> {
        let all: Vec<PathBuf> =
            hierarchies().into_iter().map(|one| one.join(&self.name)).filter(|one| one.is_dir()).collect();
        let pids: Vec<String> = all.iter().flat_map(|one| pids(one)).collect();
        if !pids.is_empty() {
            // one that has ended meanwhile is no failure
            let _ended =
                Command::new("sh").args(["-c", "kill -KILL \"$@\" 2>/dev/null", "kill"]).args(&pids).status();
            return Err(format!("{} processes are left", pids.len()));
        }
        for one in &all {
            remove(one).map_err(|why| format!("{}: {why}", one.display()))?;
        }
        Ok(())
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        if let Err(why) = until(WITHIN, "its cgroup is empty", || self.clear()) {
            eprintln!("{}: {why:?}", self.name);
        }
    }
}

/// The hierarchies systemd finds its own processes by: the only one of version 2, or the ones it has in a hybrid layout.
/// <https://systemd.io/CGROUP_DELEGATION/#three-different-tree-setups->
fn tracking() -> Vec<PathBuf> {
    let root = Path::new(ROOT);
    if is_version_2() {
        return vec![root.to_path_buf()];
    }
    ["systemd", "unified"].map(|name| root.join(name)).into_iter().filter(|one| one.is_dir()).collect()
}

/// Every hierarchy: runc puts a container into all of version 1.
fn hierarchies() -> Vec<PathBuf> {
    if is_version_2() {
        return vec![PathBuf::from(ROOT)];
    }
    let listed = fs::read_dir(ROOT).into_iter().flatten().flatten();
    // cpu and cpuacct may be links to the same
    listed.filter(|one| one.file_type().is_ok_and(|kind| kind.is_dir())).map(|one| one.path()).collect()
}

/// Whether a cgroup of this name is left anywhere.
#[cfg(test)]
pub(crate) fn exists(name: &str) -> bool {
    hierarchies().iter().any(|one| one.join(name).exists())
}

fn is_version_2() -> bool {
    Path::new(ROOT).join("cgroup.controllers").exists()
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(of).into_iter().flatten().flatten();
    listed.filter(|one| one.file_type().is_ok_and(|kind| kind.is_dir())).map(|one| one.path()).collect()
}

fn pids(group: &Path) -> Vec<String> {
    let own = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    let below = folders(group).into_iter().flat_map(|one| pids(&one));
    own.lines().map(str::to_string).chain(below).collect()
}

fn remove(group: &Path) -> io::Result<()> {
    for one in folders(group) {
        remove(&one)?;
    }
    match fs::remove_dir(group) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
