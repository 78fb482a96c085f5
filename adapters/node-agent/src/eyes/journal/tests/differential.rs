//! The same journals, read by systemd's own reader, and journals its own writer makes now.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::*;

/// Where distributions put the writer, which is no command of users.
const WRITERS: [&str; 2] = ["/lib/systemd/systemd-journal-remote", "/usr/lib/systemd/systemd-journal-remote"];

/// The program, or a word that it is not there. `REQUIRE_SYSTEMD=1` makes that a failure.
fn program(paths: &[PathBuf]) -> Option<PathBuf> {
    let found = paths.iter().find(|path| path.exists()).cloned();
    if found.is_none() {
        let required = std::env::var_os("REQUIRE_SYSTEMD").is_some_and(|value| value == "1");
        assert!(!required, "REQUIRE_SYSTEMD=1, and there is none of {paths:?}");
        eprintln!("NOT COMPARED with systemd: there is none of {paths:?}");
    }
    found
}

fn reader() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    program(&std::env::split_paths(&path).map(|folder| folder.join("journalctl")).collect::<Vec<_>>())
}

/// What journalctl says of a file, in the form of our lines.
fn theirs(reader: &Path, file: &Path) -> Vec<Line> {
    let output = Command::new(reader).arg("--file").arg(file).args(["-o", "json", "--all"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let entries = text.lines().map(|line| serde_json::from_str::<BTreeMap<String, Value>>(line).unwrap());
    let lines = entries.filter_map(|entry| {
        let field = |name: &str| entry.get(name).and_then(Value::as_str);
        let by_systemd = field("_PID") == Some("1");
        let unit = match field("_TRANSPORT") {
            Some("kernel") => Some(KERNEL),
            _ => field("_SYSTEMD_UNIT").filter(|unit| ALL.contains(unit)),
        };
        let unit = unit.or_else(|| field("UNIT").filter(|unit| by_systemd && ALL.contains(unit)))?;
        let micros: i64 = field("__REALTIME_TIMESTAMP")?.parse().unwrap();
        let text = field("MESSAGE")?.to_string();
        let own = field("CONTAINER_NAME").is_none();
        let at = Timestamp::from_microsecond(micros).unwrap();
        own.then(|| Line { unit: unit.to_string(), at, text })
    });
    lines.collect()
}

fn compare(reader: &Path, form: &str, bytes: &[u8]) {
    let (root, host) = node(&[("system.journal", bytes)]);
    let file = root.path().join("var/log/journal").join(ID).join("system.journal");
    let ours = recent(&host, &ALL, Timestamp::UNIX_EPOCH, 100_000).unwrap();
    assert_eq!(ours.gaps, [], "{form}");
    let theirs = theirs(reader, &file);
    assert!(!theirs.is_empty());
    assert_eq!(ours.found, theirs, "{form}");
}

#[test]
fn journalctl_reads_the_same_in_the_fixtures() {
    let Some(reader) = reader() else { return };
    for (form, sparse) in FIXTURES {
        compare(&reader, form, &journal(sparse));
    }
}

#[test]
fn journalctl_reads_the_same_in_long_journals_of_its_own_writer() {
    let writers = WRITERS.map(PathBuf::from);
    let (Some(reader), Some(writer)) = (reader(), program(&writers)) else { return };
    for (form, compact, keyed) in [("regular", "0", "0"), ("keyed", "0", "1"), ("compact", "1", "1")] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("out.journal");
        let mut child = Command::new(&writer)
            .args(["-o", file.to_str().unwrap(), "-"])
            .env("SYSTEMD_JOURNAL_COMPACT", compact)
            .env("SYSTEMD_JOURNAL_KEYED_HASH", keyed)
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&exported(3000)).unwrap();
        assert!(child.wait().unwrap().success());
        compare(&reader, form, &fs::read(&file).unwrap());
    }
}

/// Entries in the export format: of three units and the kernel, short, long, and of several lines.
/// <https://systemd.io/JOURNAL_EXPORT_FORMATS/>
fn exported(count: u64) -> Vec<u8> {
    let mut out = Vec::new();
    for number in 0..count {
        let at = 1_777_886_400_000_000 + number * 1_000;
        let boot = "5b1f0c8e2d4a4f6c9a7b3e1d00c0ffee";
        let unit = match number % 5 {
            0 => "_TRANSPORT=kernel".to_string(),
            1 => "_SYSTEMD_UNIT=docker.service".to_string(),
            2 => "_SYSTEMD_UNIT=noise.service".to_string(),
            _ => "_SYSTEMD_UNIT=kubelet.service".to_string(),
        };
        let message = match number % 7 {
            0 => format!(
                "entry {number} {}",
                "says the same again; ".repeat(usize::try_from(number % 300).unwrap())
            ),
            1 => format!("entry {number}\nof two lines"),
            _ => format!("entry {number}"),
        };
        let head =
            format!("__REALTIME_TIMESTAMP={at}\n__MONOTONIC_TIMESTAMP={}\n_BOOT_ID={boot}\n", number + 1);
        out.extend_from_slice(format!("{head}{unit}\n_PID={}\nMESSAGE\n", 100 + number % 9).as_bytes());
        out.extend_from_slice(&u64::try_from(message.len()).unwrap().to_le_bytes());
        out.extend_from_slice(message.as_bytes());
        out.extend_from_slice(b"\n\n");
    }
    out
}
