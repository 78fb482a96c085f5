//! What was read of a cluster → a folder that [`read`](crate::read) reads, with nothing secret in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use podwhy_flow::UserError;
use podwhy_flow::ask::collect::{Collected, ObjectKey};
use podwhy_knowledge::brief::PodBrief;
use podwhy_knowledge::redact::{redact, redact_object};
use serde_json::{Value, json};
use thiserror::Error;

use crate::parse::{META_FILE, Meta, Named};

/// Why a dump could not be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// There is something already.
    #[error("{} is not empty; name a new folder", .0.display())]
    NotEmpty(PathBuf),
    /// No such place, or not writable.
    #[error("cannot write {path}: {source}", path = path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// An object could not be written as YAML: a fault of podwhy's.
    #[error("cannot write an object as YAML: {0}")]
    Yaml(String),
}

impl From<WriteError> for UserError {
    fn from(error: WriteError) -> Self {
        UserError::Input(error.to_string())
    }
}

/// Writes a dump: `cluster.yaml`, `<namespace>/objects.yaml`, logs, and the facts of the dump itself. Returns the files.
///
/// # Errors
/// [`WriteError`] when the folder has something in it or cannot be written.
pub fn write(collected: &Collected, folder: &Path) -> Result<Vec<PathBuf>, WriteError> {
    if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(WriteError::NotEmpty(folder.to_path_buf()));
    }
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    let mut by_namespace: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for object in collected.objects.iter().cloned().chain(collected.briefs.iter().map(brief)) {
        let namespace = object.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default();
        by_namespace.entry(namespace.to_string()).or_default().push(object);
    }
    for (namespace, mut objects) in by_namespace {
        objects.iter_mut().for_each(redact_object);
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        let text = serde_saphyr::to_string(&list).map_err(|error| WriteError::Yaml(error.to_string()))?;
        let file = if namespace.is_empty() {
            folder.join("cluster.yaml")
        } else {
            folder.join(safe(&namespace)).join("objects.yaml")
        };
        files.insert(file, text);
    }
    for ((namespace, pod, container), log) in &collected.logs {
        let place = folder.join(safe(namespace)).join(safe(pod));
        for (text, ending) in [(&log.current, "log"), (&log.previous, "previous.log")] {
            if let Some(text) = text {
                files.insert(place.join(format!("{}.{ending}", safe(container))), redact(text));
            }
        }
    }
    let meta = serde_json::to_string_pretty(&meta(collected)).map_err(|e| WriteError::Yaml(e.to_string()))?;
    files.insert(folder.join(META_FILE), format!("{meta}\n"));
    for (path, text) in &files {
        let io = |source| WriteError::Io { path: path.clone(), source };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(io)?;
        }
        std::fs::write(path, text).map_err(io)?;
    }
    Ok(files.into_keys().collect())
}

fn meta(collected: &Collected) -> Meta {
    let named = |(kind, namespace, name): &ObjectKey, why: Option<String>| Named {
        kind: kind.clone(),
        namespace: namespace.clone(),
        name: name.clone(),
        why,
    };
    Meta {
        taken_at: Some(collected.taken_at),
        cluster: Some(collected.cluster.clone()).filter(|name| !name.is_empty()),
        complete: true,
        absent: collected.absent.iter().map(|key| named(key, None)).collect(),
        unread: collected
            .unread
            .iter()
            .map(|(key, why)| named(key, Some(why.as_str().to_string())))
            .collect(),
        well: collected.well,
    }
}

/// A neighbour as a pod with nothing but what the scheduler counts.
pub(crate) fn brief(pod: &PodBrief) -> Value {
    let requests: BTreeMap<&String, String> =
        pod.requests.iter().map(|(name, amount)| (name, amount.to_string())).collect();
    let ports: Vec<Value> = pod
        .host_ports
        .iter()
        .map(|port| {
            json!({"containerPort": port.port, "hostPort": port.port, "hostIP": port.ip, "protocol": port.protocol})
        })
        .collect();
    let mut object = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": pod.name, "namespace": pod.namespace, "uid": pod.uid, "labels": pod.labels},
        "spec": {
            "nodeName": pod.node,
            "containers": [{"name": "brief", "resources": {"requests": requests}, "ports": ports}],
        },
        "status": {"phase": pod.phase},
    });
    if !pod.anti_affinity.is_empty() {
        object["spec"]["affinity"] = json!({
            "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": pod.anti_affinity}});
    }
    if pod.deleting {
        // where its time is not known this only says that the pod is being deleted
        object["metadata"]["deletionTimestamp"] = json!("1970-01-01T00:00:00Z");
    }
    if let Some(leaving) = &pod.leaving {
        object["metadata"]["deletionTimestamp"] = json!(leaving.ends.to_string());
        object["metadata"]["deletionGracePeriodSeconds"] =
            json!(leaving.ends.as_second() - leaving.asked.as_second());
        if !leaving.finalizers.is_empty() {
            object["metadata"]["finalizers"] = json!(leaving.finalizers);
        }
    }
    if !pod.claims.is_empty() {
        let volume = |(place, claim): (usize, &String)| json!({"name": format!("claim-{place}"), "persistentVolumeClaim": {"claimName": claim}});
        object["spec"]["volumes"] = pod.claims.iter().enumerate().map(volume).collect();
    }
    if pod.alone {
        object["metadata"]["annotations"] = json!({podwhy_knowledge::brief::ALONE: ""});
    }
    if pod.stays {
        object["metadata"]["ownerReferences"] =
            json!([{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "", "uid": ""}]);
    }
    object
}

/// A name as a file's: an API server gives none with a slash, but a dump is not written by what it is told.
fn safe(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let name: String = name.chars().map(plain).collect();
    if name.starts_with('.') { format!("_{name}") } else { name }
}
