//! Which writes the API server was sent, by its own audit log: with bodies, as a dry run of an eviction says so in its body only.
//! <https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/>

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;

/// Only what a remediation of these rounds writes.
const POLICY: &str = r#"{"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"], "rules": [
    {"level": "Request", "verbs": ["create"], "resources": [{"group": "", "resources": ["pods/eviction"]}]},
    {"level": "Request", "verbs": ["patch"], "resources": [{"group": "apps", "resources": ["deployments"]}]},
    {"level": "None"}]}"#;

/// A write that is no dry run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// In whose name.
    pub(super) by: String,
    /// The answer's status.
    pub(super) code: u64,
}

/// Flags by which the API server logs into this folder.
pub(super) fn flags(folder: &Path) -> anyhow::Result<Vec<String>> {
    let policy = folder.join("writes-policy.json");
    fs::write(&policy, POLICY).context("writing the audit policy")?;
    Ok(vec![
        format!("--audit-policy-file={}", policy.display()),
        format!("--audit-log-path={}", log(folder).display()),
        "--audit-log-maxsize=0".to_string(),
    ])
}

fn log(folder: &Path) -> std::path::PathBuf {
    folder.join("writes.log")
}

/// All writes so far, by the name of what they change. Each answer comes after its line is written.
pub(super) fn writes(folder: &Path) -> anyhow::Result<BTreeMap<String, Vec<Seen>>> {
    let text = fs::read_to_string(log(folder)).unwrap_or_default();
    let mut all: BTreeMap<String, Vec<Seen>> = BTreeMap::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).with_context(|| format!("audit line {line}"))?;
        let of_query = line["requestURI"].as_str().unwrap_or_default().contains("dryRun=All");
        let of_body = &line["requestObject"]["deleteOptions"]["dryRun"];
        if of_query || of_body.as_array().is_some_and(|stages| !stages.is_empty()) {
            continue;
        }
        let name = line["objectRef"]["name"].as_str().unwrap_or_default().to_string();
        let by = line["impersonatedUser"]["username"].as_str().unwrap_or_default().to_string();
        let code = line["responseStatus"]["code"].as_u64().unwrap_or_default();
        all.entry(name).or_default().push(Seen { by, code });
    }
    Ok(all)
}
