//! The chart: what is generated of it is current, it is valid, and its rights are those of the code.
//!
//! `UPDATE_EXPECT=1 cargo test -p podwhy-tests chart` rewrites what is generated.

mod generated;
mod installed;
mod rendered;
mod rights;

use std::path::PathBuf;
use std::process::{Command, Output};

use podwhy_tests::control_plane::{Binaries, Program};
use podwhy_tests::recordings::repository;
use serde_json::Value;

use crate::manifest::committed;

fn folder() -> PathBuf {
    repository().join("deploy/chart")
}

/// Helm, or a line that says what is left out without it.
fn helm(test: &str) -> Option<Command> {
    match Binaries::find().and_then(|found| Ok(found.path(Program::Helm)?.to_path_buf())) {
        Ok(path) => Some(Command::new(path)),
        Err(missing) => {
            let required = std::env::var("REQUIRE_HELM").is_ok_and(|value| value == "1");
            assert!(!required, "{test}: {missing}");
            eprintln!("left out: {test}: {missing}");
            None
        }
    }
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What `helm template podwhy deploy/chart -n podwhy` prints with these values, in YAML.
fn template(helm: Command, values: &str, arguments: &[&str]) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("values.yaml");
    std::fs::write(&file, values).unwrap();
    let mut helm = helm;
    helm.env("HOME", folder.path()).args(["template", "podwhy", "-n", "podwhy", "-f"]).arg(&file);
    let output = helm.args(arguments).arg(self::folder()).output().unwrap();
    if output.status.success() { Ok(String::from_utf8(output.stdout).unwrap()) } else { Err(told(&output)) }
}

fn objects(yaml: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_saphyr::from_multiple(yaml).unwrap();
    all.into_iter().filter(|object| !object.is_null()).collect()
}
