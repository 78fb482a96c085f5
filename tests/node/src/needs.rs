//! What a node for tests needs, and what is said where it is not there.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::run::Trouble;

/// Root, cgroups, a mount namespace, and these programs and files.
pub(crate) fn check(programs: &[&str], files: &[&str]) -> Result<(), Trouble> {
    let absent = |what: &str| Err(Trouble::Absent(what.to_string()));
    if !is_root() {
        return absent("not root");
    }
    for program in programs.iter().chain(&["unshare", "sh", "mount"]) {
        if !env::split_paths(&env::var_os("PATH").unwrap_or_default())
            .any(|folder| folder.join(program).is_file())
        {
            return Err(Trouble::Absent(format!("{program} is not installed")));
        }
    }
    for file in files {
        if !Path::new(file).exists() {
            return Err(Trouble::Absent(format!("there is no {file}")));
        }
    }
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "--propagation", "private", "--", "sh", "-c", "mount -t tmpfs tmpfs /run"]);
    let mounted = unshare.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !mounted.is_ok_and(|status| status.success()) {
        return absent("nothing may be mounted here");
    }
    let probe = crate::cgroup::Cgroup::new();
    match probe.joins() {
        Ok(files) if !files.is_empty() => Ok(()),
        _ => absent("no cgroup may be made here"),
    }
}

/// What was found; or nothing, after a line that says which test is left out.
pub(crate) fn or_left_out<T>(found: Result<T, Trouble>, what: &str, require: &str) -> Option<T> {
    let (why, absent) = match found {
        Ok(found) => return Some(found),
        Err(Trouble::Absent(why)) => (why, true),
        Err(Trouble::Broken(why)) => (why, false),
    };
    // it is installed and does not work: that is never left out
    assert!(absent, "{what} does not work: {why}");
    let required = env::var(require).is_ok_and(|value| value == "1");
    assert!(!required, "{require}=1, and {what} cannot be had: {why}");
    let test = std::thread::current().name().unwrap_or("a test").to_string();
    // not eprintln: the test runner keeps its lines to itself when the test passes
    let _written = writeln!(std::io::stderr(), "left out: {test}: no {what}: {why}");
    None
}

fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let uids = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap_or_default();
    // real, effective, saved, of the file system
    uids.split_whitespace().nth(1) == Some("0")
}
