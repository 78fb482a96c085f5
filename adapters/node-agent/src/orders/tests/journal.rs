//! The journal: what is in it stays, and one that cannot be read stops everything.

use std::fs::{OpenOptions, Permissions, set_permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use podwhy_api::ticket::{Action, Phase, Status};
use proptest::prelude::*;

use super::super::journal::{Begun, Entry, Journal, JournalError};
use super::fakes::now;

fn begun(uid: &str, at: Timestamp) -> Begun {
    Begun {
        remediation_uid: uid.into(),
        name: format!("ticket-{uid}"),
        uid: format!("uid-{uid}"),
        action: Action::RemoveImage,
        at,
        before: None,
    }
}

fn status() -> Status {
    Status {
        phase: Phase::Done,
        reason: String::new(),
        message: "done\nand more".into(),
        at: now(),
        before: None,
        after: None,
        lines: Vec::new(),
    }
}

fn open(folder: &Path) -> Result<Journal, JournalError> {
    Journal::open(&folder.join("state"), now())
}

fn file(folder: &Path) -> std::path::PathBuf {
    folder.join("state/tickets.jsonl")
}

#[test]
fn what_was_begun_and_ended_is_known_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path()).unwrap();
    journal.begin(begun("a", now())).unwrap();
    journal.begin(begun("b", now())).unwrap();
    journal.end("a", status()).unwrap();
    drop(journal);
    let journal = open(folder.path()).unwrap();
    assert_eq!(journal.entry("a"), Some(&Entry { begun: begun("a", now()), ended: Some(status()) }));
    assert_eq!(journal.unfinished(), [begun("b", now())]);
    assert!(journal.knows("a") && journal.knows("b") && !journal.knows("c"));
    assert_eq!((journal.begun_since(now()), journal.latest()), (2, Some(now())));
}

#[test]
fn two_agents_do_not_share_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path()).unwrap();
    assert!(matches!(open(folder.path()), Err(JournalError::InUse(_))));
    drop(first);
    open(folder.path()).unwrap();
}

#[test]
fn it_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).unwrap());
    let state = folder.path().join("state");
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&state), mode(&file(folder.path()))), (0o700, 0o600));
    set_permissions(&state, Permissions::from_mode(0o770)).unwrap();
    assert!(matches!(open(folder.path()), Err(JournalError::Open(_))));
}

#[test]
fn a_line_that_the_power_took_was_never_begun_and_any_other_that_cannot_be_read_stops_it() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).unwrap().begin(begun("a", now())).unwrap();
    let mut torn = OpenOptions::new().append(true).open(file(folder.path())).unwrap();
    torn.write_all(b"{\"begun\":{\"remediationUid\":\"b\"").unwrap();
    let mut journal = open(folder.path()).unwrap();
    assert!(journal.knows("a") && !journal.knows("b"));
    journal.begin(begun("c", now())).unwrap();
    drop(journal);
    assert!(open(folder.path()).unwrap().knows("c"), "what follows is a line of its own");
    torn.write_all(b"nonsense\n").unwrap();
    assert!(matches!(open(folder.path()), Err(JournalError::Broken { line: 3, .. })));
}

/// A disk that is full takes the half of a line, and has room again later.
#[test]
fn the_half_of_a_line_that_was_not_taken_spoils_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path()).unwrap();
    journal.begin(begun("a", now())).unwrap();
    let mut half = OpenOptions::new().append(true).open(file(folder.path())).unwrap();
    half.write_all(b"{\"begun\":{\"remediationUid\":\"b\"").unwrap();
    journal.begin(begun("c", now())).unwrap();
    drop(journal);
    let journal = open(folder.path()).unwrap();
    assert!(journal.knows("a") && !journal.knows("b") && journal.knows("c"));
}

#[test]
fn what_nobody_can_order_again_is_left_out_when_there_is_too_much_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path()).unwrap();
    let old = now() - SignedDuration::from_hours(31 * 24);
    // as many lines as make it smaller at the next start
    let lines: String = (0..1_000)
        .flat_map(|number| {
            let begun = serde_json::json!({"begun": begun(&format!("old-{number}"), old)});
            let ended = serde_json::json!({"ended": {"remediation_uid": format!("old-{number}"), "status": status()}});
            [format!("{begun}\n"), format!("{ended}\n")]
        })
        .collect();
    OpenOptions::new().append(true).open(file(folder.path())).unwrap().write_all(lines.as_bytes()).unwrap();
    journal.begin(begun("open", old)).unwrap();
    journal.begin(begun("new", now())).unwrap();
    drop(journal);
    let mut journal = open(folder.path()).unwrap();
    assert!(!journal.knows("old-0") && journal.knows("open") && journal.knows("new"));
    journal.begin(begun("newer", now())).unwrap();
    drop(journal);
    let journal = open(folder.path()).unwrap();
    assert!(
        journal.knows("newer") && std::fs::read_to_string(file(folder.path())).unwrap().lines().count() == 3
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the disk makes of it: what was begun is known, or nothing is obeyed.
    #[test]
    fn a_changed_byte_forgets_no_ticket(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = open(folder.path()).unwrap();
        journal.begin(begun("a", now())).unwrap();
        journal.end("a", status()).unwrap();
        drop(journal);
        let path = file(folder.path());
        let mut text = std::fs::read(&path).unwrap();
        // the last byte ends the last line: without it that line never was
        let at = at.index(text.len() - 1);
        text[at] = byte;
        std::fs::write(&path, &text).unwrap();
        if let Ok(journal) = open(folder.path()) {
            let known = journal.knows("a") || text.windows(3).all(|three| three != b"\"a\"");
            prop_assert!(known, "{}", String::from_utf8_lossy(&text));
        }
    }
}
