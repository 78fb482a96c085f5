//! Mount points that are read-only and were not meant to be.
//!
//! The kernel tells two things apart: whether a mount was asked to be read-only, and whether its file system is. One
//! that was mounted read-only has both; a read-only bind mount, such as a pod's, has the first alone; one that an error
//! has turned read-only has the second alone. <https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html>
//!
//! So an immutable system's `/` or `/usr` is no fault: it was asked for. A mount with both is one only where `/etc/fstab`
//! asks for a writable one: a root whose check failed at boot stays as the kernel mounted it first.

use std::collections::HashSet;
use std::io::ErrorKind;

use super::{Host, Seen};

/// A mount table is a few hundred bytes a pod's volume.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// File systems of disks that Linux can write to. Images (squashfs, erofs, iso9660) are read-only by nature, and what
/// has no disk (tmpfs, overlay, NFS) has no disk that fails.
const OF_DISKS: [&str; 9] = ["ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs", "reiserfs", "bcachefs"];

/// The mount points, as they are called on the node.
pub fn read_only_mounts(host: &Host) -> Seen<Vec<String>> {
    let mut seen = Seen::<Vec<String>>::default();
    let fstab = match host.text("/etc/fstab", MOST_BYTES) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => {
            seen.lacks("mounts", format!("/etc/fstab: {error}"));
            String::new()
        }
    };
    match host.text("/proc/1/mountinfo", MOST_BYTES) {
        Ok(table) => seen.found = faults(&table, &fstab),
        Err(error) => seen.lacks("mounts", format!("/proc/1/mountinfo: {error}")),
    }
    seen
}

/// The faults in a mount table, sorted. `fstab` is the text of `/etc/fstab`.
pub fn faults(mountinfo: &str, fstab: &str) -> Vec<String> {
    let writable = meant_writable(fstab);
    let mounts: Vec<Mount> = mountinfo.lines().filter_map(Mount::parse).collect();
    let broken: Vec<&Mount> = mounts.iter().filter(|mount| mount.is_fault(&writable)).collect();
    // a pod's volume on the node's own disk says nothing that the disk's own mount does not
    let own: HashSet<&str> = broken.iter().filter(|m| !m.is_pods()).map(|m| m.device).collect();
    let kept = broken.iter().filter(|mount| !mount.is_pods() || !own.contains(mount.device));
    let mut points: Vec<String> = kept.map(|mount| mount.point.clone()).collect();
    points.sort();
    points.dedup();
    points
}

struct Mount<'a> {
    /// `259:1`
    device: &'a str,
    point: String,
    /// Of this mount.
    options: &'a str,
    kind: &'a str,
    source: &'a str,
    /// Of its file system.
    of_all: &'a str,
}

impl<'a> Mount<'a> {
    /// `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`
    fn parse(line: &'a str) -> Option<Mount<'a>> {
        let (mount, system) = line.split_once(" - ")?;
        let mut mount = mount.split(' ').skip(2);
        let (device, _root, point, options) = (mount.next()?, mount.next()?, mount.next()?, mount.next()?);
        let mut system = system.split(' ');
        let (kind, source, of_all) = (system.next()?, system.next()?, system.next()?);
        Some(Mount { device, point: unescaped(point), options, kind, source, of_all })
    }

    fn is_fault(&self, meant_writable: &HashSet<String>) -> bool {
        // a loop device holds an image, and most images are mounted as what they are
        let disk = OF_DISKS.contains(&self.kind)
            && self.source.starts_with("/dev/")
            && !self.source.starts_with("/dev/loop");
        // ext4 of newer kernels does not turn its file system read-only on an error: it lists this word
        // <https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/fs/ext4/super.c>
        let emergency = has(self.of_all, "emergency_ro");
        let turned = has(self.of_all, "ro") && has(self.options, "rw");
        let left = has(self.of_all, "ro") && meant_writable.contains(&self.point);
        disk && (emergency || turned || left)
    }

    fn is_pods(&self) -> bool {
        self.point.contains("/kubelet/pods/")
    }
}

fn has(options: &str, wanted: &str) -> bool {
    options.split(',').any(|option| option == wanted)
}

/// <https://man7.org/linux/man-pages/man5/fstab.5.html>
fn meant_writable(fstab: &str) -> HashSet<String> {
    let lines = fstab.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let entries = lines.filter_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (point, _kind) = (fields.next()?, fields.next()?);
        let options = fields.next().unwrap_or("defaults");
        (!has(options, "ro")).then(|| unescaped(point))
    });
    entries.collect()
}

/// Space, tab, line break and backslash are written as three octal digits.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = (*first == b'\\').then(|| after.get(..3)).flatten();
        let code = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|code| u8::from_str_radix(code, 8).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(3..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;
