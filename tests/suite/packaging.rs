//! What packages install beside the binary, and what it says of itself.

use std::process::{Command, Output};

use podwhy_tests::recordings::repository;
use serde_json::Value;

use crate::terminal::binary;

fn podwhy(arguments: &[&str]) -> Output {
    let output = Command::new(binary("podwhy")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn printed(arguments: &[&str]) -> String {
    String::from_utf8(podwhy(arguments).stdout).unwrap()
}

#[test]
fn a_build_says_what_it_is_made_of() {
    let build: Value = serde_json::from_str(&printed(&["version", "-o", "json"])).unwrap();
    assert_eq!(build["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(build["features"], serde_json::json!(["chat", "console", "mcp"]));
    assert_eq!(build["causes"], podwhy_knowledge::causes::catalogue().count());
    assert_eq!(build["kubernetes"]["remediations"], "1.30");
    let commit = build["commit"].as_str().unwrap();
    let known = commit == "unknown" || (commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()));
    assert!(known && build["rustc"].as_str().unwrap().starts_with("rustc 1."), "{build}");
    assert!(printed(&["version"]).contains("1.20 to answer, 1.29 to keep incidents, 1.30 to act"));
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let said = printed(&["man", folder.path().to_str().unwrap()]);
    assert!(said.contains("podwhy.1"), "{said}");
    let help = printed(&["--help"]);
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let names: Vec<&str> = commands
        .lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(names.contains(&"why") && names.contains(&"setup") && names.len() > 10, "{names:?}");
    for name in names.into_iter().filter(|name| *name != "help") {
        let page =
            std::fs::read_to_string(folder.path().join(format!("podwhy-{name}.1"))).unwrap_or_default();
        assert!(page.contains(".SH SYNOPSIS"), "podwhy-{name}.1");
    }
    assert!(printed(&["man"]).contains(".TH podwhy 1"));
}

#[test]
fn a_shell_completes_commands_and_flags() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(printed(&["completion", shell]).contains("COMPLETE"), "{shell}");
    }
    assert!(printed(&["completion", "bash", "--name", "kubectl-podwhy"]).contains("kubectl-podwhy"));
    let mut command = Command::new(binary("podwhy"));
    command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", "1").env("IFS", "\n");
    let output = command.args(["--", "podwhy", "tri"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "triage");
}

#[test]
fn the_chart_knows_the_schema_of_the_configuration() {
    let read = |file: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(repository().join(file)).unwrap()).unwrap()
    };
    let (chart, own) = (read("deploy/chart/values.schema.json"), read("bot/schema/config.schema.json"));
    assert_eq!(chart["properties"]["config"]["properties"], own["properties"]);
    assert_eq!(chart["$defs"], own["$defs"]);
}
