//! The files a kubelet's settings stand in.

use std::io::ErrorKind;

use serde_json::Value;

use super::super::{Host, first_line};
use super::flags::Flags;
use super::process::Running;

/// A configuration is some kilobytes.
const MOST_BYTES: u64 = 1024 * 1024;
const MOST_DROP_INS: usize = 100;

/// Where installers put the file. It is looked for there only while no kubelet runs that names another: kubeadm, EKS,
/// EKS on Amazon Linux 2023, GKE.
const USUAL_FILES: [&str; 4] = [
    "/var/lib/kubelet/config.yaml",
    "/etc/kubernetes/kubelet/kubelet-config.json",
    "/etc/kubernetes/kubelet/config.json",
    "/home/kubernetes/kubelet-config.yaml",
];

/// The folder the documentation names for drop-ins. A kubelet reads it only where it is told to.
/// <https://kubernetes.io/docs/tasks/administer-cluster/kubelet-config-file/#kubelet-conf-d>
const USUAL_DROP_INS: &str = "/etc/kubernetes/kubelet.conf.d";
/// <https://docs.k3s.io/cli/agent>
const K3S_DROP_INS: &str = "/var/lib/rancher/k3s/agent/etc/kubelet.conf.d";
const K3S_FILE: &str = "/etc/rancher/k3s/config.yaml";

/// The kubelet's file. A kubelet without `--config` reads none, whatever lies there.
pub fn file(host: &Host, process: Option<&Running>, flags: &Flags) -> Result<Option<Value>, String> {
    let paths: Vec<&str> = match (flags.get("config"), process) {
        (Some(path), _) => vec![path],
        (None, Some(_)) => return Ok(None),
        (None, None) => USUAL_FILES.to_vec(),
    };
    for path in &paths {
        match document(host, path) {
            Ok(file) => return Ok(Some(file)),
            Err(Unread::Absent) => {}
            Err(Unread::Because(why)) => return Err(format!("{path}: {why}")),
        }
    }
    Err(format!("{}: there is no such file", paths.join(", ")))
}

/// The drop-ins in the order in which they are merged, and what could not be read.
pub fn drop_ins(host: &Host, process: Option<&Running>, flags: &Flags) -> (Vec<Value>, Vec<String>) {
    let (folder, optional) = match (flags.get("config-dir"), process) {
        (Some(folder), _) => (folder, false),
        (None, None) => (USUAL_DROP_INS, true),
        (None, Some(process)) if process.is_k3s() => (K3S_DROP_INS, true),
        (None, Some(_)) => return (Vec::new(), Vec::new()),
    };
    let (names, more) = match host.names(folder, MOST_DROP_INS) {
        Ok(names) => names,
        Err(error) if optional && error.kind() == ErrorKind::NotFound => return (Vec::new(), Vec::new()),
        Err(error) => return (Vec::new(), vec![format!("{folder}: {error}")]),
    };
    let mut gaps = Vec::new();
    if more {
        gaps.push(format!("{folder}: more than {MOST_DROP_INS} files, the rest is not read"));
    }
    let mut patches = Vec::new();
    for name in names.iter().filter(|name| name.ends_with(".conf")) {
        match document(host, &format!("{folder}/{name}")) {
            Ok(patch) => patches.push(patch),
            Err(Unread::Absent) => {}
            Err(Unread::Because(why)) => gaps.push(format!("{folder}/{name}: {why}")),
        }
    }
    (patches, gaps)
}

/// Flags that stand in a file of their own: MicroK8s's, whose command line names it, and k3s's.
pub fn indirect(host: &Host, process: &Running, flags: &Flags) -> (Flags, Option<String>) {
    if let Some(path) = flags.get("kubelet-args-file") {
        return match host.text(path, MOST_BYTES) {
            Ok(text) => {
                let words: Vec<String> = text.split_whitespace().map(str::to_string).collect();
                (Flags::of(&words), None)
            }
            Err(error) => (Flags::default(), Some(format!("{path}: {error}"))),
        };
    }
    if !process.is_k3s() {
        return (Flags::default(), None);
    }
    match document(host, K3S_FILE) {
        Ok(file) => (Flags::of(&kubelet_arguments(&file)), None),
        Err(Unread::Absent) => (Flags::default(), None),
        Err(Unread::Because(why)) => (Flags::default(), Some(format!("{K3S_FILE}: {why}"))),
    }
}

/// `kubelet-arg: ["max-pods=200"]`, or one alone.
fn kubelet_arguments(file: &Value) -> Vec<String> {
    let said = file.get("kubelet-arg");
    let many = said.and_then(Value::as_array).into_iter().flatten();
    let texts = many.chain(said).filter_map(Value::as_str);
    texts.map(|text| format!("--kubelet-arg={text}")).collect()
}

enum Unread {
    Absent,
    Because(String),
}

fn document(host: &Host, path: &str) -> Result<Value, Unread> {
    let text = host.text(path, MOST_BYTES).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Unread::Absent,
        _ => Unread::Because(error.to_string()),
    })?;
    let value: Value = serde_saphyr::from_str(&text).map_err(|error| Unread::Because(first_line(&error)))?;
    match value {
        Value::Object(_) => Ok(value),
        _ => Err(Unread::Because("it is no object".to_string())),
    }
}
