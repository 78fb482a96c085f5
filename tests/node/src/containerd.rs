//! A real containerd with its CRI, and runc below it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use tempfile::TempDir;

use crate::cgroup::Cgroup;
use crate::image::Image;
use crate::needs;
use crate::run::{Trouble, apart, output, until};

/// It is up within two seconds, on a machine with nothing else to do.
const WITHIN: Duration = Duration::from_secs(60);

/// The namespace of containerd that its CRI lives in.
const NAMESPACE: &str = "k8s.io";

/// What every pod's sandbox is made of.
const SANDBOX: Image = Image { names: &["podwhy.test/sandbox:1"], ends: false };

/// A containerd of its own. It ends with its value, and all of its containers do.
#[derive(Debug)]
pub struct Containerd {
    // in the order of dropping: the processes, the child that is waited for, the folder
    cgroup: Option<Cgroup>,
    child: Child,
    folder: TempDir,
    parent: String,
}

impl Containerd {
    /// Starts one, which has no image but the sandboxes', and no network for pods but the machine's own.
    ///
    /// None where there is none to start, after a line that says what is left out; see the crate.
    ///
    /// # Panics
    /// When it does not start, or when there is none and `REQUIRE_CONTAINERD=1`.
    pub fn start() -> Option<Containerd> {
        needs::or_left_out(Containerd::started(), "containerd", "REQUIRE_CONTAINERD")
    }

    fn started() -> Result<Containerd, Trouble> {
        needs::check(&["containerd", "containerd-shim-runc-v2", "ctr", "runc", "tar", "sha256sum"], &[])?;
        if !cfg!(target_arch = "x86_64") {
            return Err(Trouble::Absent("the program of its images is for x86-64".to_string()));
        }
        // a short path: a socket's has 108 bytes at most
        let folder = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp")?;
        let config = folder.path().join("config.toml");
        fs::write(&config, configuration(folder.path()))?;
        let cgroup = Cgroup::new();
        let parent = format!("/{}/pods", cgroup.name());
        let program = ["containerd", "--config"].map(OsStr::new);
        let program = [program.as_slice(), &[config.as_os_str()]].concat();
        let child = apart(&cgroup, "", &program, &[], &folder.path().join("log"))?;
        let mut containerd = Containerd { cgroup: Some(cgroup), child, folder, parent };
        containerd.ready()?;
        containerd.import(SANDBOX)?;
        Ok(containerd)
    }

    fn ready(&mut self) -> Result<(), Trouble> {
        let log = self.folder.path().join("log");
        until(WITHIN, "containerd answers", || {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("it ended: {status}: {}", fs::read_to_string(&log).unwrap_or_default()));
            }
            self.ctr(&["plugins", "list"]).map_err(|why| format!("{why:?}"))
        })?;
        Ok(())
    }

    /// The socket of its CRI.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("c.sock")
    }

    /// The cgroup that pods are to be put into, so that they end with it: a sandbox's `cgroup_parent`.
    pub fn cgroup_parent(&self) -> &str {
        &self.parent
    }

    /// What it has written so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Gives it an image.
    ///
    /// # Errors
    /// When the image cannot be made or is not taken.
    pub fn import(&self, image: Image) -> Result<(), Trouble> {
        let folder = TempDir::new_in(self.folder.path())?;
        let archive = image.write(folder.path())?;
        let archive = archive.to_string_lossy();
        // native: an overlay needs a file system below it that not every machine has in /tmp
        self.ctr(&["images", "import", "--snapshotter", "native", &archive]).map(drop)
    }

    /// `ctr` with these words, in the namespace of the CRI.
    ///
    /// # Errors
    /// When it fails, with what it says.
    pub fn ctr(&self, words: &[&str]) -> Result<String, Trouble> {
        output(Command::new("ctr").arg("-a").arg(self.socket()).args(["-n", NAMESPACE]).args(words))
    }
}

impl Drop for Containerd {
    fn drop(&mut self) {
        // the folder may only go when nobody writes into it any more
        drop(self.cgroup.take());
        let _status = self.child.wait();
    }
}

/// <https://github.com/containerd/containerd/blob/release/1.6/docs/cri/config.md>
fn configuration(folder: &Path) -> String {
    let folder = folder.display();
    let sandbox = SANDBOX.names.first().copied().unwrap_or_default();
    format!(
        r#"version = 2
root = "{folder}/root"
state = "{folder}/state"
[grpc]
  address = "{folder}/c.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "{folder}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{sandbox}"
  disable_apparmor = true
  restrict_oom_score_adj = true
  disable_tcp_service = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "native"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "{folder}/cni/bin"
  conf_dir = "{folder}/cni/conf"
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_run_at_once_and_have_what_they_are_given() {
        let (Some(first), Some(second)) = (Containerd::start(), Containerd::start()) else { return };
        let tiny = "docker.io/library/tiny:1";
        first.import(Image { names: &["docker.io/library/tiny:1"], ends: false }).unwrap();
        assert!(first.ctr(&["images", "list", "--quiet"]).unwrap().contains(tiny));
        assert!(!second.ctr(&["images", "list", "--quiet"]).unwrap().contains(tiny));
        let folder = first.folder.path().to_path_buf();
        drop(first);
        assert!(!folder.exists());
        second.ctr(&["version"]).unwrap();
    }
}
