//! A copy of the repository with nothing in it but the knowledge, and cargo there.
//!
//! It stands below the target directory and always in the same place, so that what the knowledge depends on is compiled
//! once and not in each run.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `cargo test -p podwhy-knowledge` needs, beside the manifest.
const NEEDED: [&str; 5] = ["Cargo.lock", "rust-toolchain.toml", "clippy.toml", "rustfmt.toml", "knowledge"];

/// The only member.
const MEMBER: &str = "knowledge";

/// The copy; nobody else has it meanwhile.
pub struct Copy {
    pub root: PathBuf,
    target: PathBuf,
    _held: File,
}

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Copy {
    /// A new one, in the place of the last.
    pub fn make() -> Copy {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("add-a-cause");
        fs::create_dir_all(&place).unwrap();
        let held = File::create(place.join("lock")).unwrap();
        held.lock().unwrap();
        let copy = Copy { root: place.join("repository"), target: place.join("target"), _held: held };
        let _ = fs::remove_dir_all(&copy.root);
        fs::create_dir_all(&copy.root).unwrap();
        for name in NEEDED {
            copy_all(&repository().join(name), &copy.root.join(name));
        }
        let manifest = fs::read_to_string(repository().join("Cargo.toml")).unwrap();
        fs::write(copy.root.join("Cargo.toml"), with_one_member(&manifest)).unwrap();
        copy
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// What a shell at the copy's root does and says. Whatever is said of snapshots outside is not said to it, and no
    /// registry is asked: what is needed was fetched when the workspace was built.
    pub fn run(&self, script: &str) -> (bool, String) {
        let mut shell = Command::new("sh");
        shell.args(["-euc", &format!("exec 2>&1\n{script}")]).current_dir(&self.root);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if ["UPDATE_EXPECT", "INSTA_", "CARGO_PKG_", "CARGO_MANIFEST_"]
                .iter()
                .any(|p| text.starts_with(p))
            {
                shell.env_remove(&name);
            }
        }
        shell.env("CARGO_TARGET_DIR", &self.target).env("CARGO_NET_OFFLINE", "true");
        shell.env("CARGO_TERM_COLOR", "never").env("PATH", path_with_cargo());
        let output = shell.output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The cargo that runs this test is the one a script finds.
fn path_with_cargo() -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = std::env::var_os("CARGO").and_then(|cargo| Some(Path::new(&cargo).parent()?.to_path_buf()));
    std::env::join_paths(own.into_iter().chain(std::env::split_paths(&path))).unwrap()
}

fn with_one_member(manifest: &str) -> String {
    let (before, rest) = manifest.split_once("members = [").unwrap();
    let (_, after) = rest.split_once(']').unwrap();
    format!("{before}members = [\"{MEMBER}\"]{after}")
}

fn copy_all(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::copy(from, to).unwrap_or_else(|e| panic!("{}: {e}", from.display()));
        return;
    }
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        copy_all(&path, &to.join(path.file_name().unwrap()));
    }
}
