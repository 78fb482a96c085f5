//! The settings themselves, as a `KubeletConfiguration`, and how what is said in several places comes together.

use podwhy_api::report::KubeletLimits;
use podwhy_knowledge::node_state::minor;
use serde_json::{Map, Value, json};

use super::Kubelet;
use super::flags::Flags;

/// Numbers of which a zero in the file means that they are not set: the kubelet's type for them knows no absence. Of
/// the others a zero is a zero, which takes the limit away.
/// <https://github.com/kubernetes/kubernetes/blob/v1.31.0/pkg/kubelet/apis/config/v1beta1/defaults.go>
const ZERO_IS_ABSENT: [&str; 4] = ["maxPods", "eventBurst", "kubeAPIBurst", "registryBurst"];

/// What a kubelet of this version starts from; nothing where the version is not known.
pub fn defaults(version: &str) -> Value {
    let Some(version) = minor(version) else { return Value::Object(Map::new()) };
    // <https://github.com/kubernetes/kubernetes/blob/master/CHANGELOG/CHANGELOG-1.27.md>
    let (qps, burst) = if version < (1, 27) { (5, 10) } else { (50, 100) };
    json!({
        "maxPods": 110,
        "eventRecordQPS": qps,
        "eventBurst": burst,
        "kubeAPIQPS": qps,
        "kubeAPIBurst": burst,
        "registryPullQPS": 5,
        "registryBurst": 10,
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "10%",
            "nodefs.inodesFree": "5%",
            "imagefs.available": "15%",
        },
    })
}

/// Lays the kubelet's file over its defaults. Thresholds are replaced as a whole, unless the file asks for the rest of
/// the defaults. <https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#hard-eviction-thresholds>
pub fn apply_file(config: &mut Value, mut file: Value) {
    let Some(said) = file.as_object_mut() else { return };
    said.retain(|name, value| {
        let unset = value.as_i64() == Some(0) && ZERO_IS_ABSENT.contains(&name.as_str());
        !unset && !value.is_null()
    });
    let merges = said.get("mergeDefaultEvictionSettings").and_then(Value::as_bool).unwrap_or(false);
    if let (false, true, Some(config)) = (merges, said.contains_key("evictionHard"), config.as_object_mut()) {
        config.remove("evictionHard");
    }
    merge(config, &file);
}

/// Lays a drop-in over what is there, as a JSON merge patch: the kubelet does it so.
/// <https://datatracker.ietf.org/doc/html/rfc7396>
pub fn merge(config: &mut Value, patch: &Value) {
    let (Some(config), Some(patch)) = (config.as_object_mut(), patch.as_object()) else { return };
    for (name, value) in patch {
        match (config.get_mut(name), value) {
            (_, Value::Null) => {
                config.remove(name);
            }
            (Some(old @ Value::Object(_)), Value::Object(_)) => merge(old, value),
            _ => {
                config.insert(name.clone(), value.clone());
            }
        }
    }
}

/// What is in force where flags stand above the configuration.
pub fn effective(config: &Value, flags: &Flags) -> Kubelet {
    let number = |field: &str, flag: &str| flags.number(flag).or_else(|| config.get(field)?.as_i64());
    let text = |field: &str, flag: &str| {
        let said = flags.get(flag).or_else(|| config.get(field)?.as_str());
        said.filter(|text| !text.is_empty()).map(str::to_string)
    };
    let thresholds = config.get("evictionHard").and_then(Value::as_object);
    Kubelet {
        limits: KubeletLimits {
            max_pods: number("maxPods", "max-pods"),
            event_qps: number("eventRecordQPS", "event-qps"),
            event_burst: number("eventBurst", "event-burst"),
            kube_api_qps: number("kubeAPIQPS", "kube-api-qps"),
            kube_api_burst: number("kubeAPIBurst", "kube-api-burst"),
            registry_pull_qps: number("registryPullQPS", "registry-qps"),
            registry_burst: number("registryBurst", "registry-burst"),
        },
        eviction_hard: match flags.get("eviction-hard") {
            Some(said) => said.split(',').filter_map(threshold).collect(),
            None => {
                thresholds.into_iter().flatten().map(|(name, value)| (name.clone(), shown(value))).collect()
            }
        },
        static_pods: text("staticPodPath", "pod-manifest-path"),
        runtime_endpoint: text("containerRuntimeEndpoint", "container-runtime-endpoint"),
        root: flags.get("root-dir").unwrap_or("/var/lib/kubelet").to_string(),
    }
}

/// `memory.available<100Mi`
fn threshold(text: &str) -> Option<(String, String)> {
    let (signal, value) = text.split_once('<')?;
    Some((signal.trim().to_string(), value.trim().to_string()))
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}
