mod differential;
mod hostile;

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;

use tempfile::TempDir;

use super::*;

const ID: &str = "0123456789abcdef0123456789abcdef";
const FIXTURES: [(&str, &str); 3] = [
    ("regular", include_str!("../../../tests/journals/regular.sparse")),
    ("keyed", include_str!("../../../tests/journals/keyed.sparse")),
    ("compact", include_str!("../../../tests/journals/compact.sparse")),
];
const ALL: [&str; 3] = ["kubelet.service", "docker.service", KERNEL];

const ZEROS: [u8; 4096] = [0; 4096];

/// A node with these journals in its folder.
fn node(journals: &[(&str, &[u8])]) -> (TempDir, Host) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("var/log/journal").join(ID);
    fs::create_dir_all(&folder).unwrap();
    fs::create_dir_all(root.path().join("etc")).unwrap();
    fs::write(root.path().join("etc/machine-id"), format!("{ID}\n")).unwrap();
    for (name, bytes) in journals {
        let file = fs::File::create(folder.join(name)).unwrap();
        file.set_len(bytes.len() as u64).unwrap();
        // a journal is mostly zeros
        for (index, block) in
            bytes.chunks(4096).enumerate().filter(|(_, block)| block != &&ZEROS[..block.len()])
        {
            file.write_all_at(block, index as u64 * 4096).unwrap();
        }
    }
    let host = Host::at(root.path());
    (root, host)
}

/// See `tests/journals/README.md`.
fn journal(sparse: &str) -> Vec<u8> {
    let mut lines = sparse.lines();
    let mut bytes = vec![0; lines.next().unwrap().parse().unwrap()];
    for line in lines {
        let (at, hex) = line.split_once(' ').unwrap();
        let at = usize::from_str_radix(at, 16).unwrap();
        for (index, pair) in hex.as_bytes().chunks(2).enumerate() {
            bytes[at + index] = u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        }
    }
    bytes
}

fn all(host: &Host) -> Seen<Vec<Line>> {
    recent(host, &ALL, Timestamp::UNIX_EPOCH, 1000).unwrap()
}

#[test]
fn real_journals_are_read_in_every_form() {
    for (form, sparse) in FIXTURES {
        let (_root, host) = node(&[("system.journal", &journal(sparse))]);
        let seen = all(&host);
        assert_eq!(seen.gaps, [], "{form}");
        let lines: Vec<(String, String)> = seen
            .found
            .iter()
            .map(|line| (format!("{} {}", line.at.strftime("%T"), line.unit), line.text.clone()))
            .collect();
        let heads: Vec<&str> = lines.iter().map(|(head, _)| head.as_str()).collect();
        let expected = [
            "09:20:00 kernel",
            "09:20:01 kubelet.service",
            "09:20:08 kubelet.service",
            "09:20:10 docker.service",
            "09:20:12 kubelet.service",
            "09:20:13 kernel",
            "09:20:14 kubelet.service",
            "09:20:15 kubelet.service",
        ];
        assert_eq!(heads, expected, "{form}");
        assert!(lines[2].1.ends_with("try 89 of 90;"), "{form}: {}", lines[2].1);
        assert!(lines[4].1.starts_with("kubelet.service: Main process exited"), "{form}");
        assert_eq!(lines[6].1, "two lines\nof one message with ä in it", "{form}");
    }
}

#[test]
fn only_the_last_lines_since_then_are_read_and_only_of_the_units_asked_for() {
    let (_root, host) = node(&[("system.journal", &journal(FIXTURES[2].1))]);
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let since = recent(&host, &ALL, at("2026-05-04T09:20:12Z"), 99).unwrap();
    assert_eq!(since.found.len(), 4);
    let last = recent(&host, &ALL, Timestamp::UNIX_EPOCH, 2).unwrap();
    assert_eq!(last.found, since.found[2..]);
    let kernel = recent(&host, &[KERNEL], Timestamp::UNIX_EPOCH, 99).unwrap();
    assert!(kernel.found.iter().all(|line| line.unit == KERNEL) && kernel.found.len() == 2);
    assert_eq!(recent(&host, &ALL, at("2026-05-04T10:00:00Z"), 99).unwrap(), Seen::default());
}

#[test]
fn files_are_put_together_by_time_and_those_of_others_are_not_read() {
    let form = |index: usize| journal(FIXTURES[index].1);
    let (root, host) = node(&[("system.journal", &form(2)), ("system@0a1b-1-2.journal", &form(0))]);
    let seen = all(&host);
    assert_eq!((seen.found.len(), seen.gaps.len()), (16, 0));
    assert!(seen.found.is_sorted_by_key(|line| line.at));
    // a volatile folder beside it, a file of a crash, and what is not the system's
    let run = root.path().join("run/log/journal").join(ID);
    fs::create_dir_all(&run).unwrap();
    fs::write(run.join("system@0a1b-3-4.journal~"), form(1)).unwrap();
    fs::write(run.join("user-1000.journal"), form(1)).unwrap();
    fs::create_dir_all(root.path().join("var/log/journal").join("f".repeat(32))).unwrap();
    assert_eq!(all(&host).found.len(), 24);
}

#[test]
fn without_a_machine_id_every_machines_folder_is_read() {
    let (root, host) = node(&[("system.journal", &journal(FIXTURES[0].1))]);
    fs::write(root.path().join("etc/machine-id"), "uninitialized\n").unwrap();
    assert_eq!(all(&host).found.len(), 8);
}

#[test]
fn a_node_without_journals_says_so() {
    let root = tempfile::tempdir().unwrap();
    let error = recent(&Host::at(root.path()), &ALL, Timestamp::UNIX_EPOCH, 9).unwrap_err();
    assert_eq!(error.to_string(), "there is no journal in /var/log/journal and /run/log/journal");
}

#[test]
fn a_file_that_is_none_is_a_gap_and_the_others_are_read() {
    let mut newer = journal(FIXTURES[2].1);
    newer[12] |= 0x40;
    let good = journal(FIXTURES[1].1);
    let (_root, host) =
        node(&[("system.journal", &good), ("system@1.journal", b"LPKSHHRH"), ("system@2.journal", &newer)]);
    let seen = all(&host);
    assert_eq!(seen.found.len(), 8);
    let why: Vec<&str> = seen.gaps.iter().map(|gap| gap.why.rsplit(": ").next().unwrap()).collect();
    assert_eq!(why, ["it is no journal", "it has features that are not known here (0x40)"]);
}

#[test]
fn what_is_shown_of_a_failed_start_is_redacted_and_cut() {
    let mut bytes = journal(FIXTURES[0].1);
    let words = b"failed to run Kubelet: no route";
    let at = bytes.windows(words.len()).position(|window| window == words).unwrap();
    bytes[at..at + words.len()].copy_from_slice(b"Authorization: Bearer a1b2c3d4e");
    let (_root, host) = node(&[("system.journal", &bytes)]);
    let seen = last_lines(&host, "kubelet.service", 4).unwrap();
    assert_eq!(seen.found.len(), 4);
    let text = &seen.found[3].text;
    assert!(!text.contains("a1b2c3d4e") && text.contains("command failed"), "{text}");
    let long = last_lines(&host, "kubelet.service", 9).unwrap();
    assert!(long.found.iter().all(|line| line.text.chars().count() <= MOST_EXCERPT));
}

#[test]
fn a_message_packed_with_xz_is_a_gap_of_its_own() {
    let mut bytes = journal(FIXTURES[1].1);
    // the one value that is packed with zstd claims to be packed with xz
    let frame = [0x28, 0xb5, 0x2f, 0xfd];
    let at = bytes.windows(4).position(|window| window == frame).unwrap();
    assert_eq!(bytes[at - 64..at - 62], [1, 4]);
    bytes[at - 63] = 1;
    let (_root, host) = node(&[("system.journal", &bytes)]);
    let seen = all(&host);
    assert_eq!((seen.found.len(), seen.gaps.len()), (7, 1));
    assert!(seen.gaps[0].why.contains("compressed with xz, which is not read (times: 1)"));
}

/// A file that grows while it is read: what its header counts is there, and what comes after is not looked at.
#[test]
fn a_file_that_is_being_written_is_read_up_to_where_its_header_counts() {
    let mut bytes = journal(FIXTURES[0].1);
    bytes[16] = 1;
    bytes[152..160].copy_from_slice(&15u64.to_le_bytes());
    bytes.extend_from_slice(&[0xff; 4096]);
    let (root, host) = node(&[("system.journal", &bytes)]);
    let seen = all(&host);
    assert_eq!((seen.found.len(), seen.gaps.len()), (7, 0));
    let path = root.path().join("var/log/journal").join(ID).join("system.journal");
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(&16u64.to_le_bytes(), 152).unwrap();
    assert_eq!(all(&host).found.len(), 8);
    // counted, and its place in the array not filled yet
    file.write_all_at(&17u64.to_le_bytes(), 152).unwrap();
    assert_eq!((all(&host).found.len(), all(&host).gaps.len()), (8, 0));
    assert!(Path::new(&path).exists());
}
