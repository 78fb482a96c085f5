//! What a chat app is told of podwhy: current, valid by the app's own schema, and explained.
//!
//! `UPDATE_EXPECT=1 cargo test -p podwhy-tests manifest` rewrites what is committed.

use std::path::PathBuf;
use std::process::Command;

use podwhy_tests::recordings::repository;
use serde_json::Value;

use crate::terminal::binary;

fn printed(arguments: &[&str]) -> String {
    let output = Command::new(binary("podwhy")).args(["manifest", "slack"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The committed text, or with UPDATE_EXPECT=1 what it should be.
pub fn committed(file: &str, wanted: &str) -> String {
    let path = repository().join(file);
    if std::env::var("UPDATE_EXPECT").is_ok_and(|value| value == "1") {
        std::fs::write(&path, wanted).unwrap();
    }
    std::fs::read_to_string(&path).unwrap_or_default()
}

#[test]
fn the_committed_manifest_is_what_podwhy_prints() {
    let current = printed(&[]);
    let message = "run UPDATE_EXPECT=1 cargo test -p podwhy-tests manifest";
    assert_eq!(committed("deploy/slack/manifest.json", &current), current, "{message}");
}

#[test]
fn every_scope_is_explained_where_it_is_asked_for() {
    let file = "deploy/slack/README.md";
    let page = std::fs::read_to_string(repository().join(file)).unwrap();
    let head = "| scope | for |\n|---|---|\n";
    let (before, _) = page.split_once(head).expect("a table of scopes");
    let rows: String =
        podwhy_slack::manifest::scopes().map(|(scope, why)| format!("| `{scope}` | {why} |\n")).collect();
    let wanted = format!("{before}{head}{rows}");
    assert_eq!(committed(file, &wanted), wanted, "run UPDATE_EXPECT=1 cargo test -p podwhy-tests manifest");
}

#[test]
fn slacks_own_schema_takes_it() {
    let Some(shared) = std::env::var_os("PODWHY_SHARED").map(PathBuf::from) else {
        assert!(std::env::var_os("PODWHY_REQUIRE_CORPUS").is_none(), "PODWHY_SHARED is not set");
        eprintln!("left out: PODWHY_SHARED names no folder with Slack's schema of manifests");
        return;
    };
    let text = std::fs::read_to_string(shared.join("specs/slack-manifest.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap();
    for arguments in [&[][..], &["--url", "https://podwhy.example.com", "--command", "/why"]] {
        let manifest: Value = serde_json::from_str(&printed(arguments)).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&manifest).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:?}\n{manifest:#}");
    }
}

#[test]
fn what_slack_would_refuse_is_refused() {
    for (arguments, wanted) in [
        (["--url", "http://podwhy.example.com"], "https:// addresses only"),
        (["--command", "pod"], "a slash command is / and one word"),
    ] {
        let output =
            Command::new(binary("podwhy")).args(["manifest", "slack"]).args(arguments).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && told.contains(wanted), "{told}");
    }
}
