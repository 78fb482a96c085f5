//! What the kubelet's configuration comes to: its command line over drop-ins over its file over its version's defaults.
//!
//! <https://kubernetes.io/docs/tasks/administer-cluster/kubelet-config-file/#kubelet-configuration-merging-order>

mod files;
mod flags;
mod process;
mod settings;

use std::collections::BTreeMap;

use podwhy_api::report::KubeletLimits;
use serde_json::{Value, json};

use self::flags::Flags;
use self::process::Running;
use super::{Host, Seen};

/// The word gaps of it have.
const WHAT: &str = "kubelet configuration";

/// Where kubeadm puts the static pods.
const STATIC_PODS: &str = "/etc/kubernetes/manifests";

/// What is in force.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kubelet {
    /// Requests a second, bursts and pods. A default is in it only where the version and the flags are known.
    pub limits: KubeletLimits,
    /// The hard eviction thresholds: `memory.available: 100Mi`.
    pub eviction_hard: BTreeMap<String, String>,
    /// The folder of static pods. None where the kubelet is known to read none.
    pub static_pods: Option<String>,
    /// `unix:///run/containerd/containerd.sock`, where it is named.
    pub runtime_endpoint: Option<String>,
    /// The folder of the kubelet's own state.
    pub root: String,
}

/// What the kubelet of this node goes by. `version` is its own word, such as `v1.31.2`; an empty one is not known.
///
/// The files are read as they are now: a kubelet that was not started since they changed goes by what they were.
pub fn configuration(host: &Host, version: &str) -> Seen<Kubelet> {
    let mut seen = Seen::<Kubelet>::default();
    let (process, why) = process::find(host);
    if let Some(why) = why {
        seen.lacks(WHAT, why);
    }
    let flags = process.as_ref().map(|process| flags_of(host, process, &mut seen)).unwrap_or_default();
    // flags that are not known may stand above any default: of a kubelet that is down only what is written is told
    let mut config = settings::defaults(if process.is_some() { version } else { "" });
    if process.as_ref().is_some_and(Running::is_k3s) {
        // k3s gives its kubelet other thresholds, by flags that no command line shows
        settings::merge(&mut config, &json!({"evictionHard": null}));
    }
    let mut known = process.is_some();
    match files::file(host, process.as_ref(), &flags) {
        Ok(Some(file)) => {
            settings::apply_file(&mut config, file);
            known = true;
        }
        Ok(None) => {}
        Err(why) => {
            seen.lacks(WHAT, why);
            // what the file says is not known, so no default may stand in for it
            config = Value::Object(serde_json::Map::new());
            known = false;
        }
    }
    let (drop_ins, gaps) = files::drop_ins(host, process.as_ref(), &flags);
    drop_ins.iter().for_each(|patch| settings::merge(&mut config, patch));
    gaps.into_iter().for_each(|why| seen.lacks(WHAT, why));
    seen.found = settings::effective(&config, &flags);
    if !known {
        seen.found.static_pods.get_or_insert(STATIC_PODS.to_string());
    }
    seen
}

fn flags_of(host: &Host, process: &Running, seen: &mut Seen<Kubelet>) -> Flags {
    let mut flags = Flags::of(&process.arguments);
    let (more, why) = files::indirect(host, process, &flags);
    flags.under(more);
    if let Some(why) = why {
        seen.lacks(WHAT, why);
    }
    flags
}

#[cfg(test)]
mod tests;
