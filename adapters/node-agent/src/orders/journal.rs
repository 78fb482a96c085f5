//! What this agent has done, on its node's own disk: a line for each beginning and each end.
//!
//! A line counts once it is on the disk (`fsync`); one without its end was being written when the machine went down, and what it would
//! have begun was not. A line that cannot be read makes the journal unusable, and then nothing is obeyed: it may be the one that says
//! that a ticket was.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use podwhy_api::report::Unit;
use podwhy_api::ticket::{Action, Status};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The file in the agent's folder.
const FILE: &str = "tickets.jsonl";

/// What is older than this is left out when the journal is made smaller: no ticket is valid for so long.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// From so many lines on it is made smaller at the next start.
const MANY: usize = 2_000;

/// It is never longer than this, or it is not this agent's.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Why there is no journal, or it cannot be written. Nothing is obeyed then.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The folder or the file cannot be used.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another agent uses it.
    #[error("{0} is used by another agent on this node")]
    InUse(PathBuf),
    /// Others than root may write there.
    #[error("{0} may be written by others than its owner: make it 0700")]
    Open(PathBuf),
    /// A line of it cannot be read.
    #[error(
        "{path}, line {line}: it cannot be read, and may be of a ticket that was obeyed; look at it, then move it away"
    )]
    Broken {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
}

/// A ticket that was begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Begun {
    /// The uid of its Remediation: by this one ticket is told from another.
    pub remediation_uid: String,
    /// The name of its object.
    pub name: String,
    /// The uid of its object.
    pub uid: String,
    /// What was ordered.
    pub action: Action,
    /// When it was begun.
    pub at: Timestamp,
    /// The unit as it was before, where one is restarted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Unit>,
}

/// A line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    Begun(Begun),
    Ended { remediation_uid: String, status: Status },
}

/// A ticket, as far as it is known here.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its beginning.
    pub begun: Begun,
    /// What came of it; none where this or an earlier run is still at it, or was ended in the middle.
    pub ended: Option<Status>,
}

/// The journal, open and locked.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    entries: BTreeMap<String, Entry>,
    lines: usize,
    /// Where the last whole line ends.
    length: u64,
}

impl Journal {
    /// Opens the journal in this folder, which it makes if there is none. Blocks.
    ///
    /// # Errors
    /// [`JournalError`]
    pub fn open(folder: &Path, now: Timestamp) -> Result<Journal, JournalError> {
        let io = |path: &Path| {
            let path = path.to_path_buf();
            move |source| JournalError::Io { path, source }
        };
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io(folder))?;
        let mode = folder.metadata().map_err(io(folder))?.permissions().mode();
        if mode & 0o022 != 0 {
            return Err(JournalError::Open(folder.to_path_buf()));
        }
        let path = folder.join(FILE);
        let options = OpenOptions::new().read(true).append(true).create(true).mode(0o600).clone();
        let mut file = options.open(&path).map_err(io(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse(path)),
            Err(TryLockError::Error(source)) => return Err(JournalError::Io { path, source }),
        }
        let text = whole(&mut file).map_err(io(&path))?;
        let (entries, lines, length) =
            read(&text).map_err(|line| JournalError::Broken { path: path.clone(), line })?;
        // the rest of a line that never was
        if length < text.len() {
            file.set_len(length as u64).and_then(|()| file.sync_all()).map_err(io(&path))?;
        }
        let mut journal = Journal { path, file, entries, lines, length: length as u64 };
        journal.shrink(folder, now).map_err(io(folder))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io(folder))?;
        Ok(journal)
    }

    /// Whether a ticket of this Remediation was ever begun.
    pub fn knows(&self, remediation_uid: &str) -> bool {
        self.entries.contains_key(remediation_uid)
    }

    /// What is known of it.
    pub fn entry(&self, remediation_uid: &str) -> Option<&Entry> {
        self.entries.get(remediation_uid)
    }

    /// Those that were begun and not ended.
    pub fn unfinished(&self) -> Vec<Begun> {
        let open = self.entries.values().filter(|entry| entry.ended.is_none());
        open.map(|entry| entry.begun.clone()).collect()
    }

    /// How many were begun since then.
    pub fn begun_since(&self, at: Timestamp) -> usize {
        self.entries.values().filter(|entry| entry.begun.at >= at).count()
    }

    /// The latest time that stands in it.
    pub fn latest(&self) -> Option<Timestamp> {
        let times = |entry: &Entry| entry.ended.as_ref().map(|status| status.at).max(Some(entry.begun.at));
        self.entries.values().filter_map(times).max()
    }

    /// Writes down that a ticket begins, and returns when that is on the disk. Blocks.
    ///
    /// # Errors
    /// [`JournalError::Io`]; nothing may be begun then.
    pub fn begin(&mut self, begun: Begun) -> Result<(), JournalError> {
        self.write(&Line::Begun(begun.clone()))?;
        self.entries.insert(begun.remediation_uid.clone(), Entry { begun, ended: None });
        Ok(())
    }

    /// Writes down what came of one. Blocks.
    ///
    /// # Errors
    /// [`JournalError::Io`]; it is told all the same.
    pub fn end(&mut self, remediation_uid: &str, status: Status) -> Result<(), JournalError> {
        // kept also where the disk does not take it: this run has to tell it
        if let Some(entry) = self.entries.get_mut(remediation_uid) {
            entry.ended = Some(status.clone());
        }
        self.write(&Line::Ended { remediation_uid: remediation_uid.to_string(), status })
    }

    fn write(&mut self, line: &Line) -> Result<(), JournalError> {
        let mut written = || -> io::Result<()> {
            let mut bytes = serde_json::to_vec(line).map_err(io::Error::other)?;
            bytes.push(b'\n');
            // what is left of a line that a full disk did not take: the next one would be a part of it
            self.file.set_len(self.length)?;
            self.file.write_all(&bytes)?;
            self.file.sync_all()?;
            self.length += bytes.len() as u64;
            Ok(())
        };
        let wrote = written().map_err(|source| JournalError::Io { path: self.path.clone(), source });
        self.lines += usize::from(wrote.is_ok());
        wrote
    }

    /// Leaves out what nobody can order again, so that it does not grow for ever.
    fn shrink(&mut self, folder: &Path, now: Timestamp) -> io::Result<()> {
        if self.lines < MANY {
            return Ok(());
        }
        let is_kept = |entry: &Entry| entry.ended.is_none() || now.duration_since(entry.begun.at) < KEPT;
        self.entries.retain(|_, entry| is_kept(entry));
        let new = folder.join("tickets.new");
        let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&new)?;
        file.set_len(0)?;
        file.try_lock().map_err(io::Error::other)?;
        let mut lines = 0;
        for Entry { begun, ended } in self.entries.values() {
            let uid = begun.remediation_uid.clone();
            let ended = ended.clone().map(|status| Line::Ended { remediation_uid: uid, status });
            for line in [Some(Line::Begun(begun.clone())), ended].into_iter().flatten() {
                serde_json::to_writer(&mut file, &line).map_err(io::Error::other)?;
                file.write_all(b"\n")?;
                lines += 1;
            }
        }
        file.sync_all()?;
        std::fs::rename(&new, &self.path)?;
        self.length = file.metadata()?.len();
        (self.file, self.lines) = (file, lines);
        Ok(())
    }
}

fn whole(file: &mut File) -> io::Result<Vec<u8>> {
    if file.metadata()?.len() > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too long to be this agent's"));
    }
    file.seek(SeekFrom::Start(0))?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    Ok(text)
}

type Entries = BTreeMap<String, Entry>;

/// The entries, how many lines there are, and where the last whole one ends; or which line cannot be read.
fn read(text: &[u8]) -> Result<(Entries, usize, usize), usize> {
    let (mut entries, mut lines, mut length) = (Entries::new(), 0, 0);
    for piece in text.split_inclusive(|byte| *byte == b'\n') {
        if piece.last() != Some(&b'\n') {
            break;
        }
        (lines, length) = (lines + 1, length + piece.len());
        match serde_json::from_slice(piece) {
            Ok(Line::Begun(begun)) => {
                entries.insert(begun.remediation_uid.clone(), Entry { begun, ended: None });
            }
            Ok(Line::Ended { remediation_uid, status }) => {
                entries.get_mut(&remediation_uid).ok_or(lines)?.ended = Some(status);
            }
            Err(_) => return Err(lines),
        }
    }
    Ok((entries, lines, length))
}
