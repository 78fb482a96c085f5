//! systemd's journals, read backwards from their ends, without systemd: <https://systemd.io/JOURNAL_FILE_FORMAT/>.
//!
//! The bytes come from whoever wrote them: every offset is checked, and the work is bounded by counts. A file that is
//! damaged gives what can be read of it, and a gap.
//!
//! Only fields that journald itself adds decide whose a line is: anyone may write `SYSLOG_IDENTIFIER=kubelet`.
//! <https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html>

mod damage;
mod entry;
mod file;
mod folder;
mod inflate;
mod object;
mod window;

use jiff::Timestamp;
use podwhy_api::report::MOST_EXCERPT;
use podwhy_knowledge::redact::redact;

use self::file::Journal;
use self::window::Budget;
use super::{Host, Seen};

/// The name under which the kernel's own lines are asked for.
pub const KERNEL: &str = "kernel";

/// At most so many entries are looked at in one reading, of whatever unit.
const MOST_ENTRIES: usize = 20_000;
/// So many bytes, which is more than twenty thousand entries usually take.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// So many compressed values: each may take as long as a hundred plain ones.
const MOST_PACKED: usize = 4_000;

/// A line of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `kubelet.service`; [`KERNEL`] for the kernel's. What systemd says of a unit is among that unit's lines.
    pub unit: String,
    /// When journald got it.
    pub at: Timestamp,
    /// The message as it was written, and cut where it is very long. It may hold credentials.
    pub text: String,
}

/// Why no journal could be read at all.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// There is none: no systemd, or one that keeps no journal.
    #[error("there is no journal in {0}")]
    Absent(String),
    /// A folder of journals cannot be listed.
    #[error("{path}: {source}")]
    Folder {
        /// The folder, as it is called on the node.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

/// The lines of these units, oldest first, that are not older than `since`: the last `most` of them. [`KERNEL`] is a
/// unit here. What was left out to stay in bounds is a gap. Errors: where there is no journal to read.
pub fn recent(
    host: &Host,
    units: &[&str],
    since: Timestamp,
    most: usize,
) -> Result<Seen<Vec<Line>>, JournalError> {
    let mut seen = Seen::<Vec<Line>>::default();
    let mut budget = Budget { entries: MOST_ENTRIES, bytes: MOST_BYTES, packed: MOST_PACKED };
    let since = u64::try_from(since.as_microsecond()).unwrap_or(0);
    let mut journals = opened(host, since, &mut budget, &mut seen)?;
    // the newest first; of one and the same moment it is any
    journals.sort_by_key(|(_, journal)| std::cmp::Reverse(journal.newest()));
    for (path, journal) in &mut journals {
        let oldest = seen.found.iter().map(|line| line.at).min();
        let full = seen.found.len() >= most;
        // files of one machine follow each other: an older file adds nothing to lines that are all newer than it
        if full && oldest.is_some_and(|oldest| journal.ends_before(oldest)) {
            break;
        }
        let outcome = journal.read(units, since, most, &mut budget, &mut seen.found);
        outcome.into_iter().for_each(|why| seen.lacks("journal", format!("{path}: {why}")));
        if budget.is_spent() {
            seen.lacks(
                "journal",
                "there is more in the journals than is looked at: older lines are left out",
            );
            break;
        }
    }
    // lines of one moment stay in the order in which they were written
    seen.found.reverse();
    seen.found.sort_by_key(|line| line.at);
    let surplus = seen.found.len().saturating_sub(most);
    seen.found.drain(..surplus);
    Ok(seen)
}

/// The last `most` lines of a unit, oldest first, redacted and cut: what to show of a start that failed.
pub fn last_lines(host: &Host, unit: &str, most: usize) -> Result<Seen<Vec<Line>>, JournalError> {
    let mut seen = recent(host, &[unit], Timestamp::UNIX_EPOCH, most)?;
    for line in &mut seen.found {
        line.text = redact(&line.text).chars().take(MOST_EXCERPT).collect();
    }
    Ok(seen)
}

/// The journals that have something since then.
fn opened(
    host: &Host,
    since: u64,
    budget: &mut Budget,
    seen: &mut Seen<Vec<Line>>,
) -> Result<Vec<(String, Journal)>, JournalError> {
    let mut journals = Vec::new();
    for path in folder::files(host, seen)? {
        let opened =
            host.open(&path).map_err(damage::Damage::from).and_then(|file| Journal::open(file, budget));
        match opened {
            Ok(journal) if journal.newest() >= since => journals.push((path, journal)),
            Ok(_) => {}
            // journald deletes its oldest files whenever it needs room
            Err(damage::Damage::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(why) => seen.lacks("journal", format!("{path}: {why}")),
        }
    }
    Ok(journals)
}

#[cfg(test)]
mod tests;
