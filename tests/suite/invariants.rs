//! The invariants of ARCHITECTURE.md that are about the code itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use podwhy_tests::recordings::repository;

fn metadata() -> Metadata {
    MetadataCommand::new().manifest_path(repository().join("Cargo.toml")).no_deps().exec().unwrap()
}

/// A package's layer by its folder: what stands further down may depend on what stands further up.
fn layer(folder: &str) -> usize {
    let layers = [
        "knowledge",
        "bot/flow",
        "adapters/api",
        "adapters",
        "bot",
        "tests/fakes",
        "tests/node",
        "tests/oracle",
        "tests/page",
        "tests",
    ];
    layers
        .iter()
        .position(|layer| folder == *layer || *layer == "adapters" && folder.starts_with("adapters/"))
        .unwrap_or_else(|| panic!("{folder} is in no layer of ARCHITECTURE.md"))
}

/// Each workspace package's folder and the workspace packages it depends on, outside its own tests.
fn packages() -> BTreeMap<String, (String, Vec<String>)> {
    let metadata = metadata();
    let root = metadata.workspace_root.as_str();
    let members: BTreeSet<String> =
        metadata.workspace_packages().iter().map(|p| p.name.to_string()).collect();
    metadata
        .workspace_packages()
        .iter()
        .map(|package| {
            let manifest = package.manifest_path.as_str();
            let folder = manifest
                .trim_start_matches(root)
                .trim_matches('/')
                .trim_end_matches("/Cargo.toml")
                .to_string();
            let dependencies = package
                .dependencies
                .iter()
                .filter(|d| d.kind != DependencyKind::Development && members.contains(&d.name))
                .map(|d| d.name.clone())
                .collect();
            (package.name.to_string(), (folder, dependencies))
        })
        .collect()
}

#[test]
fn dependencies_point_one_way() {
    let packages = packages();
    for (name, (folder, dependencies)) in &packages {
        for dependency in dependencies {
            let below = &packages[dependency].0;
            assert!(layer(below) < layer(folder), "{name} ({folder}) depends on {dependency} ({below})");
        }
    }
}

#[test]
fn the_knowledge_is_pure() {
    let knowledge = metadata()
        .workspace_packages()
        .iter()
        .find(|p| p.name == "podwhy-knowledge")
        .unwrap()
        .dependencies
        .clone();
    for dependency in knowledge.iter().filter(|d| d.kind == DependencyKind::Normal) {
        let impure =
            ["tokio", "hyper", "reqwest", "kube", "axum", "walkdir", "serde-saphyr", "rand", "chrono"];
        assert!(!impure.contains(&dependency.name.as_str()), "knowledge depends on {}", dependency.name);
    }
    for (path, text) in
        sources().iter().filter(|(path, _)| path.starts_with(repository().join("knowledge/src")))
    {
        for word in [
            "std::fs",
            "std::net::Tcp",
            "std::net::Udp",
            "ToSocketAddrs",
            "std::env",
            "std::process",
            "std::thread",
            "SystemTime",
            "Instant::now",
            "Timestamp::now",
        ] {
            assert!(!text.contains(word), "{} uses {word}", path.display());
        }
    }
}

#[test]
fn only_the_adapters_know_their_formats() {
    for (path, text) in sources() {
        let inside = |folder: &str| path.starts_with(repository().join(folder));
        if inside("knowledge/src") || inside("bot/flow/src") {
            assert!(!text.contains("serde_saphyr"), "{} reads YAML", path.display());
        }
    }
}

/// Every Rust source of the workspace, without build output.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for folder in ["knowledge", "bot", "adapters", "tests"] {
        collect(&repository().join(folder), &mut found);
    }
    assert!(found.len() > 50);
    found
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 500, "{} has {lines} lines", path.display());
    }
}

#[test]
fn the_playgrounds_api_stays_small() {
    let folder = repository().join("adapters/playground/src/api");
    let own = sources().into_iter().filter(|(path, _)| path.starts_with(&folder));
    let lines: usize = own
        .map(|(_, text)| text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().lines().count())
        .sum();
    assert!((1_000..=2_500).contains(&lines), "{lines} lines without tests");
}

#[test]
fn no_rule_knows_a_recording_by_name() {
    // names that occur in the recordings and in no sentence of Kubernetes
    let names = ["registry.lab:50", "node-a\"", "batch-1", "infra-1", "old-1", "-a/", "2026-11-2"];
    for (path, text) in
        sources().iter().filter(|(path, _)| path.starts_with(repository().join("knowledge/src/causes")))
    {
        let rules = text.split("#[cfg(test)]").next().unwrap_or_default();
        // a sample is a sentence as it was posted, not a key
        let keys: Vec<&str> =
            rules.lines().filter(|line| !line.trim_start().starts_with(['"', 'r', '/'])).collect();
        for name in names {
            assert!(!keys.iter().any(|line| line.contains(name)), "{} knows {name}", path.display());
        }
    }
}
