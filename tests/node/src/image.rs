//! An image of one tiny program, made by hand: no registry is asked.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Trouble, output};

/// The program of an image that waits until it is killed.
pub const PAUSE: &str = "/pause";

/// Code for x86-64: `pause()`, again and again. <https://man7.org/linux/man-pages/man2/pause.2.html>
const WAITS: [u8; 9] = [0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7];

/// `exit(0)`
const EXITS: [u8; 9] = [0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05];

/// An image that a test may have.
#[derive(Clone, Copy, Debug)]
pub struct Image {
    /// Its names, with their tags: `docker.io/library/tiny:1`.
    pub names: &'static [&'static str],
    /// Whether its program, [`PAUSE`], ends at once in the place of waiting.
    pub ends: bool,
}

impl Image {
    /// Writes it as an archive that docker and containerd read. Two of them with the same names and the same program are the same image.
    /// <https://github.com/moby/docker-image-spec/blob/main/v1.2.md#combined-image-json--filesystem-changeset-format>
    pub(crate) fn write(self, folder: &Path) -> Result<PathBuf, Trouble> {
        let rootfs = folder.join("rootfs");
        fs::create_dir_all(&rootfs)?;
        let program = rootfs.join(PAUSE.trim_start_matches('/'));
        fs::write(&program, executable(if self.ends { &EXITS } else { &WAITS }))?;
        output(Command::new("chmod").arg("0755").arg(&program))?;
        let layer = folder.join("layer.tar");
        tar(&rootfs, &layer, &["."])?;
        let sum = output(Command::new("sha256sum").arg(&layer))?;
        let digest = sum.split_whitespace().next().unwrap_or_default();
        let names = self.names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(",");
        let config = format!(
            r#"{{"architecture":"amd64","os":"linux","author":{names:?},"config":{{"Entrypoint":["{PAUSE}"]}},"rootfs":{{"type":"layers","diff_ids":["sha256:{digest}"]}}}}"#
        );
        fs::write(folder.join("config.json"), config)?;
        let manifest = format!(r#"[{{"Config":"config.json","RepoTags":[{names}],"Layers":["layer.tar"]}}]"#);
        fs::write(folder.join("manifest.json"), manifest)?;
        let archive = folder.join("image.tar");
        tar(folder, &archive, &["manifest.json", "config.json", "layer.tar"])?;
        Ok(archive)
    }
}

fn tar(folder: &Path, archive: &Path, what: &[&str]) -> Result<(), Trouble> {
    let flags = ["--owner=0", "--group=0", "--mtime=@0", "--sort=name"].map(OsStr::new);
    output(Command::new("tar").args(flags).arg("-C").arg(folder).arg("-cf").arg(archive).args(what)).map(drop)
}

/// The smallest program that Linux runs: a header, one segment, the code.
/// <https://man7.org/linux/man-pages/man5/elf.5.html>
fn executable(code: &[u8]) -> Vec<u8> {
    const BASE: u64 = 0x40_0000;
    const HEADERS: u64 = 64 + 56;
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    // executable, x86-64, version 1
    file.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    // the entry, the table of segments, no table of sections
    for word in [BASE + HEADERS, 64, 0] {
        file.extend(word.to_le_bytes());
    }
    // no flags; a header of 64 bytes, one segment of 56, no sections of 64
    file.extend([0, 0, 0, 0, 64, 0, 56, 0, 1, 0, 64, 0, 0, 0, 0, 0]);
    // loaded, readable and executable
    file.extend([1, 0, 0, 0, 5, 0, 0, 0]);
    let size = HEADERS + code.len() as u64;
    for word in [0, BASE, BASE, size, size, 0x1000] {
        file.extend(word.to_le_bytes());
    }
    file.extend(code);
    file
}
