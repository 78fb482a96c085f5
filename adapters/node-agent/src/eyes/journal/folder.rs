//! Where journald keeps its files: `/var/log/journal` where that folder exists, else `/run/log/journal`.
//! <https://www.freedesktop.org/software/systemd/man/latest/journald.conf.html#Storage=>

use std::io::ErrorKind;

use super::{Host, JournalError, Line, Seen};

/// journald keeps a hundred files by default (`SystemMaxFiles=`), and each user of the machine may have some more.
const MOST_FILES: usize = 2_000;
const ROOTS: [&str; 2] = ["/var/log/journal", "/run/log/journal"];

/// The system's own journals: not those of users' sessions, and not those another machine sent.
pub fn files(host: &Host, seen: &mut Seen<Vec<Line>>) -> Result<Vec<String>, JournalError> {
    let mut found = Vec::new();
    let mut there = false;
    for root in ROOTS {
        for folder in folders(host, root)? {
            let (names, more) = match host.names(&folder, MOST_FILES) {
                Ok(names) => names,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(source) => return Err(JournalError::Folder { path: folder, source }),
            };
            there = true;
            if more {
                seen.lacks(
                    "journal",
                    format!("{folder}: more than {MOST_FILES} files, the rest is not read"),
                );
            }
            let own = names.iter().filter(|name| is_systems(name));
            found.extend(own.map(|name| format!("{folder}/{name}")));
        }
    }
    match there {
        true => Ok(found),
        false => Err(JournalError::Absent(ROOTS.join(" and "))),
    }
}

/// The folder of this machine; all of them where it does not say which one it is.
fn folders(host: &Host, root: &str) -> Result<Vec<String>, JournalError> {
    if let Some(id) = host.text("/etc/machine-id", 64).ok().filter(|id| is_machine_id(id.trim())) {
        return Ok(vec![format!("{root}/{}", id.trim())]);
    }
    match host.names(root, MOST_FILES) {
        Ok((names, _)) => {
            Ok(names.iter().filter(|name| is_machine_id(name)).map(|name| format!("{root}/{name}")).collect())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(JournalError::Folder { path: root.to_string(), source }),
    }
}

fn is_machine_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `system.journal`, `system@….journal`, and `system@….journal~`: one that was not closed before the machine went down.
fn is_systems(name: &str) -> bool {
    let ends = name.ends_with(".journal") || name.ends_with(".journal~");
    ends && (name.starts_with("system.") || name.starts_with("system@"))
}
