//! The node's own file system, wherever it is mounted for the agent.
//!
//! A link on the node is meant for the node's root: `/etc/kubernetes/manifests -> /data/manifests` is another folder
//! when it is followed from inside a container. The kernel resolves it under the root that is given to it.
//! <https://man7.org/linux/man-pages/man2/openat2.2.html> (`RESOLVE_IN_ROOT`)

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Dir, Mode, OFlags, ResolveFlags, StatVfs, fstatvfs, open, openat2, readlinkat};
use rustix::io::Errno;

/// The node's root: `/`, or `/host` in a container.
#[derive(Clone, Debug)]
pub struct Host {
    root: PathBuf,
}

impl Host {
    /// The node whose root is mounted there.
    pub fn at(root: impl Into<PathBuf>) -> Host {
        Host { root: root.into() }
    }

    /// Opens a regular file. A pipe or a device is refused, and waits for no writer.
    pub fn open(&self, path: &str) -> io::Result<File> {
        let file = File::from(self.raw(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY)?);
        match file.metadata()?.is_file() {
            true => Ok(file),
            false => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
        }
    }

    /// A file's bytes. One of more than `most` bytes is an error, not a part.
    pub fn read(&self, path: &str, most: u64) -> io::Result<Vec<u8>> {
        bounded(&self.open(path)?, most)
    }

    /// A file's text, at most `most` bytes of it.
    pub fn text(&self, path: &str, most: u64) -> io::Result<String> {
        String::from_utf8(self.read(path, most)?)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8"))
    }

    /// The names in a folder, sorted, and whether there are more than `most`: those are left out as they come.
    pub fn names(&self, path: &str, most: usize) -> io::Result<(Vec<String>, bool)> {
        let folder = self.raw(path, OFlags::RDONLY | OFlags::DIRECTORY)?;
        let mut names = Vec::new();
        for entry in Dir::read_from(&folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name == "." || name == ".." {
                continue;
            }
            if names.len() == most {
                names.sort();
                return Ok((names, true));
            }
            names.push(name);
        }
        names.sort();
        Ok((names, false))
    }

    /// What the file system of this folder holds.
    pub fn space(&self, path: &str) -> io::Result<StatVfs> {
        Ok(fstatvfs(self.raw(path, OFlags::PATH | OFlags::DIRECTORY)?)?)
    }

    /// The link on the way to this path that leads to nothing, and what it says: out of what is mounted here, or into nowhere on the node as
    /// well. None where there is no such link.
    pub fn dangling(&self, path: &str) -> Option<(String, String)> {
        let mut way = String::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            way.push('/');
            way.push_str(part);
            let there = self.raw(&way, OFlags::PATH | OFlags::NOFOLLOW).ok()?;
            // what is no link has nothing to read
            let Ok(target) = readlinkat(&there, "", Vec::new()) else { continue };
            if self.raw(&way, OFlags::PATH).is_err() {
                return Some((way, target.to_string_lossy().into_owned()));
            }
        }
        None
    }

    /// The running kernel's version: `5.15.0-1019-aws`. <https://man7.org/linux/man-pages/man5/proc_sys_kernel.5.html>
    pub fn kernel(&self) -> io::Result<String> {
        Ok(self.text("/proc/sys/kernel/osrelease", 256)?.trim().to_string())
    }

    fn raw(&self, path: &str, flags: OFlags) -> io::Result<rustix::fd::OwnedFd> {
        let flags = flags | OFlags::CLOEXEC;
        // relative, and the root itself is a dot: an empty path is none
        let inside = Path::new(".").join(path.trim_start_matches('/'));
        if self.root == Path::new("/") {
            return Ok(open(Path::new("/").join(&inside), flags, Mode::empty())?);
        }
        let root = open(&self.root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        match openat2(&root, &inside, flags, Mode::empty(), ResolveFlags::IN_ROOT) {
            // kernels before 5.6 have no such call, and old seccomp profiles refuse what they do not know
            Err(Errno::NOSYS | Errno::PERM) => {
                Ok(rustix::fs::openat(CWD, self.root.join(&inside), flags, Mode::empty())?)
            }
            opened => Ok(opened?),
        }
    }
}

/// What a file holds, if that is no more than `most` bytes. Files below `/proc` do not tell their size.
pub fn bounded(file: &File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()).is_ok_and(|length| length <= most) {
        true => Ok(bytes),
        false => Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("more than {most} bytes"))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_of_the_node_is_followed_below_its_root() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("data/kubelet")).unwrap();
        fs::write(root.path().join("data/kubelet/config.yaml"), "a: 1").unwrap();
        fs::create_dir_all(root.path().join("var/lib")).unwrap();
        symlink("/data/kubelet", root.path().join("var/lib/kubelet")).unwrap();
        symlink("../../../../../../data", root.path().join("out")).unwrap();
        let host = Host::at(root.path());
        assert_eq!(host.text("/var/lib/kubelet/config.yaml", 99).unwrap(), "a: 1");
        assert_eq!(host.names("/out", 9).unwrap(), (vec!["kubelet".to_string()], false));
        assert!(host.space("/var/lib/kubelet").unwrap().f_frsize > 0);
        assert_eq!(host.space("/var/lib/none").err().unwrap().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn too_much_is_an_error_and_a_pipe_is_not_waited_for() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("long"), [b'a'; 11]).unwrap();
        let host = Host::at(root.path());
        assert_eq!(host.read("/long", 11).unwrap().len(), 11);
        assert_eq!(host.read("/long", 10).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        rustix::fs::mkfifoat(CWD, root.path().join("pipe"), Mode::RUSR | Mode::WUSR).unwrap();
        assert_eq!(host.read("/pipe", 10).unwrap_err().to_string(), "not a regular file");
        for name in ["a", "b", "c"] {
            fs::write(root.path().join(name), "").unwrap();
        }
        assert!(host.names("/", 3).unwrap().1);
    }

    #[test]
    fn the_kernel_is_as_it_says_itself() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("proc/sys/kernel")).unwrap();
        fs::write(root.path().join("proc/sys/kernel/osrelease"), "5.15.0-1019-aws\n").unwrap();
        assert_eq!(Host::at(root.path()).kernel().unwrap(), "5.15.0-1019-aws");
        assert!(!Host::at("/").kernel().unwrap().is_empty());
    }
}
