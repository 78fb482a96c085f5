//! Kills the servers when the test process cannot: an interrupt or a kill runs no destructor.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Reads process ids until its input ends. After a last `done` it leaves; without one, nobody else will clean up.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
ids=
while read -r line; do
  [ "$line" = done ] && exit
  ids="$ids $line"
done
[ -n "$ids" ] && kill -9 $ids
rm -rf "$1"
"#;

/// A shell at the other end of a pipe that ends with this process, however it ends.
pub(super) struct Guardian {
    shell: Child,
    pipe: ChildStdin,
}

impl Guardian {
    /// One that would remove this folder. Fails where there is no `sh`.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "guardian"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let pipe = shell.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { shell, pipe })
    }

    /// Has this process killed, too.
    pub(super) fn watch(&mut self, id: u32) -> io::Result<()> {
        writeln!(self.pipe, "{id}")
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        // a shell that is gone already needs no word
        drop(writeln!(self.pipe, "done"));
        drop(self.shell.wait());
    }
}
