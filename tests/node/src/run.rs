//! Programs are run, and waited for.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, io};

use crate::cgroup::Cgroup;

/// Between two looks at what is waited for.
const PAUSE: Duration = Duration::from_millis(10);

/// Why there is no node to test with.
#[derive(Debug)]
pub enum Trouble {
    /// Something it needs is not on this machine.
    Absent(String),
    /// It is there, and does not work.
    Broken(String),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Trouble::Broken(error.to_string())
    }
}

/// Asks until it is so.
///
/// # Errors
/// What was not so within the time, with the last answer.
pub fn until<T>(
    within: Duration,
    what: &str,
    mut look: impl FnMut() -> Result<T, String>,
) -> Result<T, Trouble> {
    let deadline = Instant::now() + within;
    loop {
        match look() {
            Ok(found) => return Ok(found),
            Err(why) if Instant::now() >= deadline => {
                return Err(Trouble::Broken(format!("{what}: not within {within:?}: {why}")));
            }
            Err(_) => std::thread::sleep(PAUSE),
        }
    }
}

/// Runs a program to its end and returns what it wrote.
pub(crate) fn output(command: &mut Command) -> Result<String, Trouble> {
    let name = command.get_program().to_string_lossy().into_owned();
    let out =
        command.stdin(Stdio::null()).output().map_err(|why| Trouble::Broken(format!("{name}: {why}")))?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&out.stderr);
    Err(Trouble::Broken(format!("{name}: {}: {}", out.status, said.trim())))
}

/// Starts a program in a cgroup and in a mount namespace of its own, after a shell has prepared it there. What it writes goes into a file.
pub(crate) fn apart(
    cgroup: &Cgroup,
    prepare: &str,
    program: &[&OsStr],
    vars: &[(&str, &OsStr)],
    log: &Path,
) -> Result<Child, Trouble> {
    let joins: String =
        cgroup.joins()?.iter().map(|file| format!("echo $$ > '{}' && ", file.display())).collect();
    let file = fs::File::create(log)?;
    let child = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "--", "sh", "-c"])
        .arg(format!("{joins}{prepare} exec \"$@\""))
        .arg("apart")
        .args(program)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs(vars.iter().copied())
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .spawn()?;
    Ok(child)
}
