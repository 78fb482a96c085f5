//! What a mount's own words say of the reason.

use std::sync::LazyLock;

use regex::Regex;

use crate::mount::without_names;

/// Why a mount failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The node lacks the program or the module for this kind of file system.
    Helper,
    /// The server or the kernel refuses.
    Denied,
    /// The path, share or device is not there.
    Path,
    /// The server is not reached.
    Unreachable,
    /// What is on the device is not what is expected, or is damaged.
    FileSystem,
    /// Something else has it.
    Busy,
    /// The server forgot the handle.
    Stale,
    /// An option is not known.
    Option,
    /// Client and server have no version, or no service for locks, in common: `mount.nfs` itself says so.
    Version,
    /// No space.
    Space,
    /// It took too long.
    Timeout,
    /// The PersistentVolume belongs to other nodes.
    Affinity,
    /// None of these.
    Other,
}

/// In the order they are asked: `wrong fs type …` of a network file system names the missing helper, of a disk the disk.
const WORDS: &[(Why, &[&str])] = &[
    (
        Why::Version,
        &[
            "protocol not supported",
            "requested nfs version or transport protocol is not supported",
            "rpc.statd is not running",
            "program not registered",
        ],
    ),
    (
        Why::Helper,
        &[
            "unknown filesystem type",
            "need a /sbin/mount.",
            "executable file not found",
            "command not found",
            "no such device",
            "modprobe",
        ],
    ),
    (
        Why::Affinity,
        &["nodeaffinity check failed", "no matching nodeselectorterms", "no matching topologyselector"],
    ),
    (Why::Stale, &["stale file handle", "stale nfs file handle", "transport endpoint is not connected"]),
    (
        Why::Unreachable,
        &[
            "connection timed out",
            "no route to host",
            "connection refused",
            "network is unreachable",
            "host is down",
            "failed to resolve server",
            "could not resolve",
            "name or service not known",
            "temporary failure in name resolution",
            "no such host",
            "i/o timeout",
            "mount error(110)",
            "mount error(111)",
            "mount error(112)",
            "mount error(113)",
            "failed to log in to any iscsi",
        ],
    ),
    (
        Why::Denied,
        &[
            "access denied",
            "permission denied",
            "operation not permitted",
            "permissiondenied",
            "logon_failure",
            "unauthorized",
            "authorizationfailed",
            "authentication failed",
            "mount error(13)",
        ],
    ),
    (
        Why::FileSystem,
        &[
            "bad superblock",
            "can't read superblock",
            "structure needs cleaning",
            "fsck",
            "filesystem issues",
            "wrong fs type",
            "already contains",
            "is not formatted",
            "unformatted",
            "mkfs",
            "unsupported filesystem",
        ],
    ),
    (
        Why::Busy,
        &["already mounted", "resource busy", "apparently in use", "already being used", "mount point busy"],
    ),
    (Why::Space, &["no space left", "disk quota exceeded"]),
    (
        Why::Option,
        &["bad option", "bad usage", "invalid argument", "unrecognized mount option", "mount error(22)"],
    ),
    (
        Why::Path,
        &[
            "no such file or directory",
            "does not exist",
            "not a directory",
            "notfound",
            "not found",
            "mount error(2)",
        ],
    ),
    (
        Why::Timeout,
        &["deadline exceeded", "deadlineexceeded", "timed out", "timeout", "operation with the given volume"],
    ),
];

/// The reason in a message.
pub fn why(words: &str) -> Why {
    // the API server, not a file server, is asked for an account's token
    if words.contains("failed to fetch token") {
        return Why::Other;
    }
    // the command line above the output holds the folder's name, which may hold anything
    let output = words.rsplit_once("Output:").map_or(words, |(_, output)| output);
    let disk = ["ext2", "ext3", "ext4", "xfs", "btrfs"].iter().any(|fs| words.contains(&format!("-t {fs}")));
    let first = |said: &String| {
        let said = said.to_ascii_lowercase();
        WORDS.iter().find(|(why, parts)| {
            // for a disk, mount's long sentence about helpers is only one of its guesses
            let guess = *why == Why::Helper && disk && said.contains("bad superblock");
            !guess && parts.iter().any(|part| said.contains(part))
        })
    };
    without_names(output).iter().find_map(first).map_or(Why::Other, |(why, _)| *why)
}

static ARGUMENTS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"-t ([a-z0-9]+)\b").ok());
static PLACE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\s((?:[\w.\-]+|\[[0-9a-fA-F:]+\]):/\S*|//[\w.\-]+/\S+)").ok());

static SECRET: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"SecretRef ([\w.\-]+/[\w.\-]+) failed").ok());

/// The Secret that a CSI driver needs for the volume, when it could not be read.
pub fn secret_in(words: &str) -> Option<String> {
    SECRET.as_ref().and_then(|re| re.captures(words)).map(|c| c[1].to_string())
}

/// The driver that fetches secrets from a store outside the cluster while it mounts.
/// <https://secrets-store-csi-driver.sigs.k8s.io/>
pub const SECRETS_STORE: &str = "secrets-store.csi.k8s.io";

/// Whether that driver found no object of its own that says what to fetch.
pub fn lacks_class(words: &str) -> bool {
    words.contains("failed to get secretproviderclass") && words.contains("not found")
}

/// The kind of file system in a mount's arguments.
pub fn kind_in(words: &str) -> String {
    ARGUMENTS.as_ref().and_then(|re| re.captures(words)).map(|c| c[1].to_string()).unwrap_or_default()
}

/// `server:/path` or `//server/share` in a mount's arguments.
pub fn place_in(words: &str) -> Option<String> {
    let arguments = words.split_once("Mounting arguments:").or_else(|| words.split_once("mount -t "))?.1;
    PLACE.as_ref()?.captures(arguments).map(|c| c[1].to_string())
}

/// What brings the helper, by the name Debian and Red Hat give it.
pub fn package(kind: &str) -> Option<&'static str> {
    match kind {
        "nfs" | "nfs4" => Some("nfs-common (Debian, Ubuntu) / nfs-utils (RHEL, SUSE: nfs-client)"),
        "cifs" => Some("cifs-utils"),
        "iscsi" => Some("open-iscsi (Debian, Ubuntu) / iscsi-initiator-utils (RHEL)"),
        "ceph" => Some("ceph-common"),
        "glusterfs" => Some("glusterfs-client (Debian, Ubuntu) / glusterfs-fuse (RHEL)"),
        "xfs" => Some("xfsprogs"),
        _ => None,
    }
}

/// The mount's own last sentence.
pub fn essence(words: &str) -> String {
    const MAX: usize = 110;
    let tail = words
        .rsplit_once("Output:")
        .or_else(|| words.rsplit_once("desc = "))
        .or_else(|| words.split_once(" : "));
    let tail = tail.map_or(words, |(_, tail)| tail);
    let line =
        tail.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("Running scope"));
    let line = line.unwrap_or_default();
    // the folder says nothing: its volume is named already
    let line = line.strip_prefix("mount: ").unwrap_or(line);
    let line = match line.split_once("/var/lib/kubelet/").and_then(|(_, rest)| rest.split_once(": ")) {
        Some((_, rest)) if !rest.is_empty() => rest,
        _ => line.split_once(" on /var/lib/kubelet/").map_or(line, |(head, _)| head),
    };
    crate::evidence::cut(line.trim_end_matches(['.', ',']), MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_decides() {
        let nfs = "mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t nfs 10.0.0.5:/exports/media /var/lib/kubelet/pods/1b/volumes/kubernetes.io~nfs/n\nOutput: mount: /var/lib/kubelet/pods/1b/volumes/kubernetes.io~nfs/n: unknown filesystem type 'nfs'.\n";
        assert_eq!(why(nfs), Why::Helper);
        assert_eq!(essence(nfs), "unknown filesystem type 'nfs'");
        assert_eq!(place_in(nfs).as_deref(), Some("10.0.0.5:/exports/media"));
        assert_eq!(kind_in(nfs), "nfs");
        let disk = "mount failed: exit status 32\nMounting arguments: -t ext4 -o defaults /dev/vdb /x\nOutput: mount: wrong fs type, bad option, bad superblock on /dev/vdb, missing codepage or helper program (for several filesystems you might need a /sbin/mount.<type> helper program)";
        assert_eq!(why(disk), Why::FileSystem);
        assert_eq!(why("x : mount failed\nOutput: mount.nfs: Connection timed out"), Why::Unreachable);
        let named = r#"MountVolume.MountDevice failed for volume "fsck-reports" : rpc error: code = DeadlineExceeded desc = context deadline exceeded while staging //nas/permission denied archive"#;
        assert_eq!(why(named), Why::Timeout);
        let named = r#"MountVolume.SetUp failed for volume "timeout-tests" : rpc error: code = Internal desc = chmod /x: read-only file system"#;
        assert_eq!(why(named), Why::Other);
        assert_eq!(
            why("x : rpc error: code = DeadlineExceeded desc = context deadline exceeded"),
            Why::Timeout
        );
    }
}
