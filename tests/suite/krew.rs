//! The plugin of kubectl: packed, installed by krew itself, and found by kubectl.

use std::path::Path;
use std::process::Command;

use podwhy_tests::control_plane::{Binaries, Missing, Program};
use podwhy_tests::recordings::repository;

use crate::terminal::{binary, works};

fn programs() -> Result<[std::path::PathBuf; 2], Missing> {
    let found = Binaries::find()?;
    Ok([found.path(Program::Krew)?.to_path_buf(), found.path(Program::Kubectl)?.to_path_buf()])
}

fn pack(binary: &Path, folder: &Path) -> String {
    let output = works(
        Command::new(repository().join("deploy/krew/pack")).arg(binary).args(["linux", "amd64"]).arg(folder),
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn krew_installs_what_is_packed_and_kubectl_finds_it() {
    let [krew, kubectl] = match programs() {
        Ok(programs) => programs,
        Err(missing) => {
            assert!(std::env::var("REQUIRE_HELM").is_err(), "{missing}");
            eprintln!("left out: the plugin of kubectl: {missing}");
            return;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let packed = pack(&binary("kubectl-podwhy"), folder.path());
    let (manifest, archive) = packed.trim().split_once('\n').unwrap();
    let root = folder.path().join("krew");
    let mut command = Command::new(krew);
    command.env("KREW_ROOT", &root).env("HOME", folder.path());
    works(command.args(["install", &format!("--manifest={manifest}"), &format!("--archive={archive}")]));
    let path = format!("{}:/usr/bin:/bin", root.join("bin").display());
    let mut command = Command::new(&kubectl);
    let output = works(command.env("PATH", path).env("HOME", folder.path()).args(["podwhy", "version"]));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.starts_with(concat!("podwhy ", env!("CARGO_PKG_VERSION"), "\n")), "{told}");
}

#[test]
fn the_same_binary_gives_the_same_archive_and_the_manifest_has_its_digest() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let program = one.path().join("program");
    std::fs::write(&program, "#!/bin/sh\n").unwrap();
    pack(&program, one.path());
    pack(&program, other.path());
    let read = |folder: &Path, name: &str| std::fs::read(folder.join(name)).unwrap();
    let archive = "podwhy-linux-amd64.tar.gz";
    assert_eq!(read(one.path(), archive), read(other.path(), archive));
    let manifest = String::from_utf8(read(one.path(), "podwhy.yaml")).unwrap();
    let digest = works(Command::new("sha256sum").arg(one.path().join(archive))).stdout;
    let digest = String::from_utf8(digest).unwrap();
    assert!(manifest.contains(digest.split_whitespace().next().unwrap()), "{manifest}");
    for left in ["VERSION", "HOMEPAGE", "SHA256", "ARCHIVE", "OS", "ARCH"] {
        assert!(!manifest.contains(&format!(": {left}")), "{left}: {manifest}");
    }
}
