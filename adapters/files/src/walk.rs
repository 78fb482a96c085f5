//! Which files below a path belong to the dump.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use walkdir::WalkDir;

use crate::logs::Log;
use crate::parse::META_FILE;
use crate::{Limits, ReadError};

/// A file of objects.
#[derive(Debug)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// Its name below the dump, for warnings.
    pub shown: String,
}

/// A file that is one container's log, by its place: `<ns>/<pod>/<container>.log`.
#[derive(Debug)]
pub struct FoundLog {
    /// Where it is.
    pub path: PathBuf,
    /// Its name below the dump, for warnings.
    pub shown: String,
    namespace: String,
    pod: String,
    container: Option<String>,
    previous: bool,
}

impl FoundLog {
    /// The log with its text.
    pub fn as_log(&self, text: String) -> Log {
        Log {
            namespace: self.namespace.clone(),
            pod: self.pod.clone(),
            container: self.container.clone(),
            previous: self.previous,
            text,
        }
    }
}

/// What lies below a path.
#[derive(Debug, Default)]
pub struct Walked {
    /// Files of objects, in order of their names.
    pub objects: Vec<Found>,
    /// Log files.
    pub logs: Vec<FoundLog>,
    /// What was left out.
    pub warnings: Vec<String>,
}

/// What tells that a folder is a whole cluster: our recordings' file of cluster-scoped objects, our expectations
/// beside a recording, `kubectl cluster-info dump`'s nodes, `podwhy dump`'s own facts.
const MARKERS: [&str; 5] = ["cluster.yaml", "truth.json", "nodes.json", "nodes.yaml", META_FILE];

/// Finds the dump's files. Links are not followed.
pub fn walk(root: &Path, limits: &Limits) -> Result<Walked, ReadError> {
    let io = |source: std::io::Error| ReadError::Io { path: root.to_path_buf(), source };
    let real = root.canonicalize().map_err(io)?;
    let mut walked = Walked::default();
    let mut clusters = BTreeSet::new();
    let mut bytes = 0_u64;
    for entry in WalkDir::new(&real).follow_links(false).sort_by_file_name() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                walked.warnings.push(format!("{error}; left out"));
                continue;
            }
        };
        let below = entry.path().strip_prefix(&real).unwrap_or(entry.path());
        let shown = if below.as_os_str().is_empty() { file_name(&real) } else { below.display().to_string() };
        if entry.path_is_symlink() {
            // a link within the dump shows a file that is read anyway; one that leads out shows a stranger's
            let inside = entry.path().canonicalize().is_ok_and(|target| target.starts_with(&real));
            let why = if inside {
                "is a link to another file of the dump"
            } else {
                "is a link that leads out of the dump"
            };
            walked.warnings.push(format!("{shown}: {why}; left out"));
            continue;
        }
        if !entry.file_type().is_file() {
            continue;
        }
        let name = file_name(entry.path());
        if MARKERS.contains(&name.as_str()) {
            clusters.insert(entry.path().parent().unwrap_or(&real).to_path_buf());
        }
        let size = entry.metadata().map(|m| m.len()).unwrap_or(0);
        if let Some(log) = as_log(&real, entry.path(), below, &shown, &name) {
            bytes += size;
            walked.logs.push(log);
        } else if is_object_file(&name) || below.as_os_str().is_empty() {
            // a file that is named is read whatever it is called
            bytes += size;
            walked.objects.push(Found { path: entry.path().to_path_buf(), shown });
        }
        if bytes > limits.bytes {
            let what = format!("more than {} bytes", limits.bytes);
            return Err(ReadError::TooLarge { path: root.to_path_buf(), what });
        }
    }
    // a marker further down belongs to the cluster above it: `kubectl cluster-info dump` writes such folders
    let outermost: BTreeSet<PathBuf> = clusters
        .iter()
        .filter(|folder| !folder.ancestors().skip(1).any(|above| clusters.contains(above)))
        .cloned()
        .collect();
    let clusters = outermost;
    if clusters.len() > 1 {
        let recordings = clusters
            .into_iter()
            .map(|cluster| root.join(cluster.strip_prefix(&real).unwrap_or(&cluster)))
            .collect();
        return Err(ReadError::Several { path: root.to_path_buf(), recordings });
    }
    Ok(walked)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// `truth.json` holds what a recording is expected to answer, which is none of its objects.
fn is_object_file(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let object = [".yaml", ".yml", ".json"].iter().any(|end| lower.ends_with(end));
    object && name != "truth.json"
}

fn as_log(root: &Path, path: &Path, below: &Path, shown: &str, name: &str) -> Option<FoundLog> {
    // a dump of one namespace may be named by its own folder
    let from = root.file_name().map(PathBuf::from).unwrap_or_default().join(below);
    let folders: Vec<String> = from
        .parent()?
        .components()
        .filter_map(|part| match part {
            Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    let [.., namespace, pod] = &folders[..] else {
        return None;
    };
    let (container, previous) = if name == "logs.txt" {
        (None, false)
    } else {
        let stem = name.strip_suffix(".log")?;
        match stem.strip_suffix(".previous") {
            Some(container) => (Some(container.to_string()), true),
            None => (Some(stem.to_string()), false),
        }
    };
    Some(FoundLog {
        path: path.to_path_buf(),
        shown: shown.to_string(),
        namespace: namespace.clone(),
        pod: pod.clone(),
        container,
        previous,
    })
}
