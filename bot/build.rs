//! What this build is made of, for `podwhy version`. Nothing of when or where: the same sources give the same bytes.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=PODWHY_COMMIT");
    println!("cargo::rustc-env=PODWHY_BUILD_COMMIT={}", commit());
    println!("cargo::rustc-env=PODWHY_BUILD_TARGET={}", variable("TARGET"));
    println!("cargo::rustc-env=PODWHY_BUILD_PROFILE={}", variable("PROFILE"));
    println!("cargo::rustc-env=PODWHY_BUILD_RUSTC={}", rustc());
}

/// As it is told, else as git says it; of a folder that is no repository nothing is known.
fn commit() -> String {
    if let Some(told) = std::env::var("PODWHY_COMMIT").ok().filter(|told| !told.is_empty()) {
        return told;
    }
    let told = said("git", &["rev-parse", "--absolute-git-dir"]);
    let Some(folder) = told else { return "unknown".to_string() };
    // another commit, or another branch
    for file in ["HEAD", "logs/HEAD"] {
        let file = Path::new(&folder).join(file);
        if file.is_file() {
            println!("cargo::rerun-if-changed={}", file.display());
        }
    }
    said("git", &["rev-parse", "HEAD"]).unwrap_or_else(|| "unknown".to_string())
}

fn rustc() -> String {
    said(&variable("RUSTC"), &["--version"]).unwrap_or_else(|| "unknown".to_string())
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| "unknown".to_string())
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_string();
    (output.status.success() && !text.is_empty()).then_some(text)
}
