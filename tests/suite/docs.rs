//! The documents: every link leads somewhere, every test they name exists, every command line in them is one, the rights' page is the
//! table's.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use podwhy_kubernetes::rights::{self, Place, Right};
use podwhy_tests::recordings::repository;
use regex::Regex;

use crate::manifest::committed;

/// Every page of the repository, by its path there: whatever is below a folder that is not built or fetched.
fn pages() -> Vec<(String, String)> {
    let (mut pages, mut folders) = (Vec::new(), vec![repository()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if entry.file_type().unwrap().is_dir() {
                let foreign = name.starts_with('.') || ["target", "node_modules"].contains(&name.as_str());
                folders.extend(Some(path).filter(|_| !foreign));
            } else if name.ends_with(".md") {
                let own = path.strip_prefix(repository()).unwrap().display().to_string();
                pages.push((own, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(pages.len() > 20, "{}", pages.len());
    pages
}

/// As GitHub makes one of a heading: <https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links>
fn anchor(heading: &str) -> String {
    let plain: String =
        heading.trim().to_lowercase().chars().filter(|c| c.is_alphanumeric() || "-_ ".contains(*c)).collect();
    plain.replace(' ', "-")
}

fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#'))).collect()
}

fn without_code(text: &str) -> String {
    let mut is_code = false;
    let lines = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        is_code ^= fence;
        !is_code && !fence
    });
    let spans = Regex::new("`[^`]*`").unwrap();
    spans.replace_all(&lines.collect::<Vec<_>>().join("\n"), "").into_owned()
}

#[test]
fn every_link_leads_somewhere() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let mut dead = Vec::new();
    for (name, text) in pages() {
        for found in link.captures_iter(&without_code(&text)) {
            let target = &found[1];
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = match path {
                "" => repository().join(&name),
                path => repository().join(&name).parent().unwrap().join(path),
            };
            let there = file.exists() && (anchor.is_empty() || holds(&file, anchor));
            if !there {
                dead.push(format!("{name}: {target}"));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}

fn holds(file: &Path, anchor: &str) -> bool {
    std::fs::read_to_string(file).is_ok_and(|text| anchors(&text).contains(anchor))
}

#[test]
fn every_test_that_is_named_exists() {
    let named = Regex::new(r"`([a-z0-9_/.-]+\.rs)::([a-z0-9_]+)`").unwrap();
    let (mut missing, mut found) = (Vec::new(), 0);
    for (name, text) in pages() {
        for one in named.captures_iter(&text) {
            found += 1;
            let source = std::fs::read_to_string(repository().join(&one[1])).unwrap_or_default();
            if !source.contains(&format!("fn {}(", &one[2])) {
                missing.push(format!("{name}: {}::{}", &one[1], &one[2]));
            }
        }
    }
    assert!(found > 50, "the page of threats names more than {found}");
    assert!(missing.is_empty(), "{missing:#?}");
}

/// What stands in the shell's blocks and begins with `podwhy`, without what the shell adds.
fn commands(text: &str) -> Vec<String> {
    let (mut all, mut is_shell, mut is_code) = (Vec::new(), false, false);
    for line in text.lines() {
        let line = line.trim();
        if let Some(kind) = line.strip_prefix("```") {
            is_code = !is_code;
            is_shell = is_code && matches!(kind, "sh" | "bash" | "console");
            continue;
        }
        let line = line.trim_start_matches("$ ");
        let own = line.strip_prefix("cargo run --quiet -- ").map(|rest| format!("podwhy {rest}"));
        let own = own.or_else(|| line.starts_with("podwhy ").then(|| line.to_string()));
        if let Some(command) = own.filter(|_| is_shell) {
            let ends = [" | ", " > ", " # ", " && ", " &"];
            let end = ends.iter().filter_map(|end| command.find(end)).min().unwrap_or(command.len());
            all.push(command[..end].trim().to_string());
        }
    }
    all
}

#[test]
fn every_command_line_is_one() {
    let (mut wrong, mut found) = (Vec::new(), 0);
    for (name, text) in pages() {
        for command in commands(&text) {
            found += 1;
            let words = command.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
            if let Err(why) = podwhy::cli::is_a_line(words) {
                wrong.push(format!("{name}: {command}: {why}"));
            }
        }
    }
    assert!(found > 20, "{found}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_document_stands_in_the_index() {
    let index = std::fs::read_to_string(repository().join("deploy/docs/README.md")).unwrap();
    let link = Regex::new(r"\]\(([^)\s#]+)").unwrap();
    let listed: BTreeSet<PathBuf> = link
        .captures_iter(&index)
        .filter_map(|found| repository().join("deploy/docs").join(&found[1]).canonicalize().ok())
        .collect();
    let generated =
        ["knowledge/reference/", "knowledge/src/", "knowledge/recordings/", "adapters/node-agent/tests/"];
    let missing: Vec<String> = pages()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| {
            name != "deploy/docs/README.md" && !generated.iter().any(|part| name.starts_with(part))
        })
        .filter(|name| !listed.contains(&repository().join(name).canonicalize().unwrap()))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

fn place(place: Place) -> String {
    match place {
        Place::Namespaces => "each namespace that is asked about".to_string(),
        Place::Cluster => "the cluster".to_string(),
        Place::Everywhere => "all namespaces at once".to_string(),
        Place::In(namespace) => format!("namespace `{namespace}`"),
        Place::Own => "podwhy's own namespace".to_string(),
        Place::Agents => "the agents' namespace".to_string(),
    }
}

fn row(Right { place: at, needs, rule }: &Right) -> String {
    let code = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let needs: Vec<&str> = needs.iter().map(|need| need.word()).collect();
    let group = if rule.group.is_empty() { "core" } else { rule.group };
    let names = if rule.names.is_empty() { String::new() } else { format!(" named {}", code(&rule.names)) };
    format!(
        "| {} | `{group}` | {}{names} | {} | {} | {} |\n",
        place(*at),
        code(&rule.resources),
        code(&rule.verbs),
        needs.join(", "),
        rule.why
    )
}

#[test]
fn the_page_of_rights_is_the_table() {
    let mut page = String::from(
        "# Rights

Every right podwhy has use for. Generated from `adapters/kubernetes/src/rights.rs`, as are what `podwhy manifest rbac` prints, the chart's
roles and what `podwhy setup` asks for; do not edit. `UPDATE_EXPECT=1 cargo test -p podwhy-tests docs` writes it anew. Each is used by the
bot in a test, which is refused nothing (`tests/support/rights.rs`). There is no wildcard, none on Secrets by default, and none that changes
a workload: what somebody agreed to is written as that person, by `impersonate` of the users and groups of the configuration, each by name.

A right that is not given is a gap of the answers, or something podwhy says it cannot do.

| where | group | resources | verbs | taken by | what for |
|---|---|---|---|---|---|
",
    );
    for right in rights::all() {
        page += &row(&right);
    }
    page += "\nWhat takes them:\n\n| word | is |\n|---|---|\n";
    for (word, is) in [
        ("read", "answering"),
        ("secrets", "`secrets` in the configuration, off by default"),
        ("chat", "Slack or Discord: names complete"),
        ("watch", "`routes` with `watch`"),
        ("persons", "`read.as = \"person\"`"),
        ("claims", "`serve.claims = \"leases\"`"),
        ("incidents", "`routes` or `digests`"),
        ("act", "`remediation`"),
        ("deadNodes", "`remedies` of a dead node"),
        ("revisions", "the remedy `roll-back`"),
        ("controllers", "the remedy `remove-finalizer`"),
        ("agents", "`clusters[].agents`"),
        ("witnesses", "both: agents are asked about a neighbour"),
        ("tickets", "`remediation.ticket_key`"),
    ] {
        assert!(rights::Need::ALL.iter().any(|need| need.word() == word), "{word}");
        let _always = writeln!(page, "| {word} | {is} |");
    }
    let message = "run UPDATE_EXPECT=1 cargo test -p podwhy-tests docs";
    assert_eq!(committed("deploy/docs/rights.md", &page), page, "{message}");
}
