//! A real systemd: a user's manager, which speaks the same D-Bus interfaces as the machine's.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use tempfile::TempDir;

use crate::cgroup::Cgroup;
use crate::needs;
use crate::run::{Trouble, apart, output, until};

/// Where distributions have it, which is not in the PATH.
const BINARIES: [&str; 2] = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"];

/// The units a user's bus is started by.
const USER_UNITS: &str = "/usr/lib/systemd/user";

/// The first unit: nothing but the bus.
const TARGET: &str = "podwhy-test.target";

/// It is up within a second, on a machine with nothing else to do.
const WITHIN: Duration = Duration::from_secs(60);

/// A systemd of its own. It ends with its value, and all of its units do.
#[derive(Debug)]
pub struct Systemd {
    // in the order of dropping: the processes, the child that is waited for, the folder
    cgroup: Option<Cgroup>,
    child: Child,
    folder: TempDir,
}

impl Systemd {
    /// Starts one, with no units but its bus.
    ///
    /// None where there is none to start, after a line that says what is left out; see the crate.
    ///
    /// # Panics
    /// When it does not start, or when there is none and `REQUIRE_SYSTEMD=1`.
    pub fn start() -> Option<Systemd> {
        needs::or_left_out(Systemd::started(), "systemd", "REQUIRE_SYSTEMD")
    }

    fn started() -> Result<Systemd, Trouble> {
        let socket = format!("{USER_UNITS}/dbus.socket");
        needs::check(&["systemctl", "busctl", "dbus-daemon"], &[&socket])?;
        let binary = BINARIES.into_iter().find(|path| Path::new(path).exists());
        let binary = binary.ok_or_else(|| Trouble::Absent("systemd is not installed".to_string()))?;
        // a short path: a socket's has 108 bytes at most, and systemd makes some longer than the bus's
        let folder = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp")?;
        for name in ["run", "config", "home", "units"] {
            fs::create_dir(folder.path().join(name))?;
        }
        let first = "[Unit]\nWants=dbus.socket\nAfter=dbus.socket\n";
        fs::write(folder.path().join("units").join(TARGET), first)?;
        let cgroup = Cgroup::new();
        let vars = vars(folder.path());
        let vars: Vec<_> = vars.iter().map(|(name, value)| (*name, value.as_os_str())).collect();
        // without this folder it takes the machine for one without systemd, and exits without a word: sd_booted(3)
        let booted = "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system &&";
        let target = format!("--unit={TARGET}");
        let program = [binary, "--user", &target, "--log-target=console"].map(OsStr::new);
        let child = apart(&cgroup, booted, &program, &vars, &folder.path().join("log"))?;
        let mut systemd = Systemd { cgroup: Some(cgroup), child, folder };
        systemd.ready()?;
        Ok(systemd)
    }

    /// It owns its name on its bus.
    fn ready(&mut self) -> Result<(), Trouble> {
        let bus = self.bus();
        let address = self.address();
        let log = self.folder.path().join("log");
        until(WITHIN, "systemd is on its bus", || {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("it ended: {status}: {}", fs::read_to_string(&log).unwrap_or_default()));
            }
            if !bus.exists() {
                return Err("there is no bus yet".to_string());
            }
            let name = "org.freedesktop.systemd1";
            let args = [name, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "Version"];
            let asked = output(
                Command::new("busctl").arg(format!("--address={address}")).arg("get-property").args(args),
            );
            asked.map_err(|why| format!("{why:?}"))
        })?;
        Ok(())
    }

    fn bus(&self) -> PathBuf {
        self.folder.path().join("run/bus")
    }

    /// The D-Bus address of its bus.
    pub fn address(&self) -> String {
        format!("unix:path={}", self.bus().display())
    }

    /// A folder that is gone with it, for the files of units.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a unit's file, and lets systemd read it.
    ///
    /// # Errors
    /// When the file cannot be written, or systemd does not answer.
    pub fn unit(&self, name: &str, text: &str) -> Result<(), Trouble> {
        fs::write(self.folder.path().join("units").join(name), text)?;
        self.systemctl(&["daemon-reload"])
    }

    /// Starts a unit, and waits until its job is done.
    ///
    /// # Errors
    /// When it does not start.
    pub fn run(&self, name: &str) -> Result<(), Trouble> {
        self.systemctl(&["start", name])
    }

    /// `systemctl` with these words.
    ///
    /// # Errors
    /// When it fails, with what it says.
    pub fn systemctl(&self, words: &[&str]) -> Result<(), Trouble> {
        let mut command = Command::new("systemctl");
        command
            .arg("--user")
            .args(words)
            .envs(vars(self.folder.path()))
            .env_remove("DBUS_SESSION_BUS_ADDRESS");
        output(&mut command).map(drop)
    }
}

impl Drop for Systemd {
    fn drop(&mut self) {
        // the folder may only go when nobody writes into it any more
        drop(self.cgroup.take());
        let _status = self.child.wait();
    }
}

fn vars(folder: &Path) -> [(&'static str, std::ffi::OsString); 4] {
    let units = format!("{}:{USER_UNITS}", folder.join("units").display());
    [
        ("XDG_RUNTIME_DIR", folder.join("run").into()),
        ("XDG_CONFIG_HOME", folder.join("config").into()),
        ("HOME", folder.join("home").into()),
        ("SYSTEMD_UNIT_PATH", units.into()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_run_at_once_and_nothing_of_them_is_left() {
        let (Some(first), Some(second)) = (Systemd::start(), Systemd::start()) else { return };
        assert_ne!(first.address(), second.address());
        first.unit("one.service", "[Service]\nExecStart=sleep 1000\n").unwrap();
        first.run("one.service").unwrap();
        first.systemctl(&["is-active", "one.service"]).unwrap();
        assert!(second.systemctl(&["is-active", "one.service"]).is_err());
        let group = first.cgroup.as_ref().unwrap().name().to_string();
        let folder = first.folder().to_path_buf();
        drop(first);
        assert!(!folder.exists());
        // a cgroup with a living process in it cannot be removed
        assert!(!crate::cgroup::exists(&group));
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
        assert!(!mounts.contains(folder.to_str().unwrap()));
        second.systemctl(&["is-active", TARGET]).unwrap();
    }
}
