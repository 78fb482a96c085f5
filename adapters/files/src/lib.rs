//! Dumps on disk as one cluster: any folder or file of `kubectl get -o yaml|json` or `kubectl cluster-info dump`,
//! with container logs beside it. Nothing in a dump is trusted: its size, its links, its YAML aliases and its text.

mod logs;
mod one;
mod parse;
mod walk;
mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
pub use one::OneFile;
use podwhy_flow::UserError;
use podwhy_knowledge::World;
use podwhy_knowledge::moment::Moment;
use serde_json::Value;
use thiserror::Error;
pub use write::{WriteError, write};

/// How much of a dump is read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of all files together.
    pub bytes: u64,
    /// Objects of all files together.
    pub objects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes: 512 * 1024 * 1024, objects: 1_000_000 }
    }
}

/// What to read, and as of when.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The time the dump is to speak for; otherwise its own, otherwise its newest object's.
    pub at: Option<Timestamp>,
    /// How much to read.
    pub limits: Limits,
}

/// A dump that was read.
#[derive(Debug)]
pub struct Dump {
    /// The cluster in it.
    pub world: World,
    /// What could not be read, by name. The rest was used.
    pub warnings: Vec<String>,
}

/// Why a dump could not be read at all.
#[derive(Debug, Error)]
pub enum ReadError {
    /// No such file or folder, or not readable.
    #[error("cannot read {path}: {source}", path = path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// More than one cluster.
    #[error("{path} holds several recordings; name one of them:{list}", path = path.display(), list = listed(recordings))]
    Several {
        /// What was named.
        path: PathBuf,
        /// What it holds.
        recordings: Vec<PathBuf>,
    },
    /// Too large.
    #[error("{path} is too large: {what}; name a smaller part of it", path = path.display())]
    TooLarge {
        /// What was named.
        path: PathBuf,
        /// Which limit.
        what: String,
    },
    /// Nothing in it.
    #[error("{path} holds no Kubernetes object: expected *.yaml or *.json as `kubectl get -o yaml` or `kubectl cluster-info dump` write them{list}", path = path.display(), list = listed_warnings(warnings))]
    Empty {
        /// What was named.
        path: PathBuf,
        /// What could not be read in it.
        warnings: Vec<String>,
    },
}

impl From<ReadError> for UserError {
    fn from(error: ReadError) -> Self {
        UserError::Input(error.to_string())
    }
}

fn listed(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("\n  {}", path.display())).collect()
}

fn listed_warnings(warnings: &[String]) -> String {
    warnings.iter().map(|warning| format!("\n  {warning}")).collect()
}

/// Reads one cluster from a folder or file.
///
/// # Errors
/// [`ReadError`] when the path cannot be read, holds several clusters or none, or is too large. What only *part* of it
/// is wrong with is a warning.
pub fn read(path: &Path, options: &Options) -> Result<Dump, ReadError> {
    let found = walk::walk(path, &options.limits)?;
    let mut reader = Reader {
        world: World::default(),
        warnings: found.warnings,
        objects: 0,
        meta: None,
        uids: BTreeMap::new(),
    };
    for file in &found.objects {
        reader.objects_of(path, file, &options.limits)?;
    }
    for log in &found.logs {
        reader.log_of(log);
    }
    if reader.objects == 0 {
        return Err(ReadError::Empty { path: path.to_path_buf(), warnings: reader.warnings });
    }
    let own = reader.meta.as_ref().and_then(|meta| meta.taken_at);
    let at = options.at.or(own).map(|at| Moment { at, exact: true });
    if let Some(meta) = &reader.meta {
        meta.apply(&mut reader.world);
    }
    if let Some(cluster) = reader.meta.and_then(|meta| meta.cluster) {
        reader.world.cluster = cluster;
    }
    reader.world.finish(at);
    Ok(Dump { world: reader.world, warnings: reader.warnings })
}

struct Reader {
    world: World,
    warnings: Vec<String>,
    objects: usize,
    meta: Option<parse::Meta>,
    /// (kind, namespace, name) → uid, and the folder it stands in.
    uids: BTreeMap<(String, String, String), (String, PathBuf)>,
}

impl Reader {
    fn objects_of(&mut self, root: &Path, file: &walk::Found, limits: &Limits) -> Result<(), ReadError> {
        let bytes = match std::fs::read(&file.path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.warnings.push(format!("{}: {error}; left out", file.shown));
                return Ok(());
            }
        };
        let text = String::from_utf8_lossy(&bytes);
        let (text, logs) = logs::split_inline(&text);
        for log in logs {
            logs::store(&mut self.world, log);
        }
        if file.shown.ends_with(parse::META_FILE) {
            match parse::meta(&text) {
                Ok(meta) => self.meta = Some(meta),
                Err(error) => self.warnings.push(format!("{}: {error}; left out", file.shown)),
            }
            return Ok(());
        }
        let mut warnings = Vec::new();
        for object in parse::objects(&text, &mut warnings) {
            self.objects += 1;
            if self.objects > limits.objects {
                let what = format!("more than {} objects", limits.objects);
                return Err(ReadError::TooLarge { path: root.to_path_buf(), what });
            }
            self.same_cluster(root, file, &object)?;
            if let Err(error) = self.world.add(object) {
                self.objects -= 1;
                warnings.push(error.to_string());
            }
        }
        self.warnings.extend(warnings.into_iter().map(|w| format!("{}: {w}; left out", file.shown)));
        Ok(())
    }

    /// One name with two uids in two folders is two clusters, or two moments of one.
    fn same_cluster(&mut self, root: &Path, file: &walk::Found, object: &Value) -> Result<(), ReadError> {
        let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default().to_string();
        let (kind, uid) = (text("/kind"), text("/metadata/uid"));
        let folder = Path::new(&file.shown).components().next().map(|top| root.join(top)).unwrap_or_default();
        if uid.is_empty() || !matches!(kind.as_str(), "Node" | "Namespace" | "Pod") {
            return Ok(());
        }
        let key = (kind, text("/metadata/namespace"), text("/metadata/name"));
        match self.uids.get(&key) {
            Some((known, other)) if *known != uid && *other != folder => {
                let recordings = vec![other.clone(), folder];
                Err(ReadError::Several { path: root.to_path_buf(), recordings })
            }
            Some(_) => Ok(()),
            None => {
                self.uids.insert(key, (uid, folder));
                Ok(())
            }
        }
    }

    fn log_of(&mut self, log: &walk::FoundLog) {
        match std::fs::read(&log.path) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                logs::store(&mut self.world, log.as_log(text));
            }
            Err(error) => self.warnings.push(format!("{}: {error}; left out", log.shown)),
        }
    }
}

#[cfg(test)]
mod tests;
