//! The recordings in the repository, and what each is expected to answer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The truth beside a recording.
#[derive(Clone, Debug, Deserialize)]
pub struct Truth {
    /// Where the target is.
    pub namespace: String,
    /// kind/name
    pub target: String,
    /// The right cause.
    pub cause: String,
    /// Others that are right too.
    pub also: Vec<String>,
}

/// One recorded case.
#[derive(Clone, Debug)]
pub struct Case {
    /// `k8s1.37-containerd/workloads-1`
    pub folder: String,
    /// Where that is.
    pub path: PathBuf,
    /// The case's name in truth.json.
    pub name: String,
    /// What is right.
    pub truth: Truth,
}

impl Case {
    /// NAMESPACE/KIND/NAME
    pub fn target(&self) -> String {
        format!("{}/{}", self.truth.namespace, self.truth.target)
    }

    /// Whether a cause is right.
    pub fn accepts(&self, cause: &str) -> bool {
        self.truth.cause == cause || self.truth.also.iter().any(|also| also == cause)
    }
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_path_buf()
}

/// Every case of every recording, in order.
///
/// # Panics
/// When a truth.json cannot be read, so that no recording is left out in silence.
#[expect(clippy::expect_used, reason = "only tests call it, and a broken fixture must stop them")]
pub fn cases() -> Vec<Case> {
    let root = repository().join("knowledge/recordings");
    let mut cases = Vec::new();
    for set in folders(&root) {
        for folder in folders(&set) {
            let text = std::fs::read_to_string(folder.join("truth.json")).expect("truth.json");
            let truths: BTreeMap<String, Truth> = serde_json::from_str(&text).expect("truth.json");
            let shown = folder.strip_prefix(&root).unwrap_or(&folder).display().to_string();
            cases.extend(truths.into_iter().map(|(name, truth)| Case {
                folder: shown.clone(),
                path: folder.clone(),
                name,
                truth,
            }));
        }
    }
    cases
}

#[expect(clippy::expect_used, reason = "only tests call it")]
fn folders(path: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(path)
        .expect("a folder of recordings")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}
