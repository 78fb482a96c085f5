//! The configuration a webhook stands in, and the state of the Service it is called by.

use serde_json::Value;

use super::said::Said;
use crate::finding::{Evidence, Source};
use crate::snapshot::{Snapshot, carries, labels_at};
use crate::text::counted;

/// A webhook or policy as its object declares it.
#[derive(Clone, Debug)]
pub(super) struct Hook {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) service: Option<(String, String)>,
    pub(super) evidence: Evidence,
}

pub(super) fn find(s: &Snapshot, said: &Said) -> Option<Hook> {
    if said.policy {
        return ["ValidatingAdmissionPolicy", "MutatingAdmissionPolicy"].iter().find_map(|kind| {
            let policy = s.other(kind, "", &said.name)?;
            let failure = policy.pointer("/spec/failurePolicy").and_then(Value::as_str).unwrap_or("Fail");
            let text = format!("spec.failurePolicy: {failure}");
            Some(Hook {
                kind: kind.to_string(),
                name: said.name.clone(),
                service: None,
                evidence: Evidence::new(Source::Object, format!("{kind} {}", said.name), None, text),
            })
        });
    }
    ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"].iter().find_map(|kind| {
        s.others(kind, "").find_map(|(name, object)| in_configuration(kind, name, object, said))
    })
}

fn in_configuration(kind: &str, name: &str, object: &Value, said: &Said) -> Option<Hook> {
    let hooks = object.get("webhooks")?.as_array()?;
    let hook = hooks.iter().find(|hook| hook.get("name").and_then(Value::as_str) == Some(&said.name))?;
    let text = |path: &str| hook.pointer(path).and_then(Value::as_str);
    let service = text("/clientConfig/service/namespace").zip(text("/clientConfig/service/name"));
    // v1beta1 let it be Ignore by default, but an Ignore would not have refused
    let failure = text("/failurePolicy").unwrap_or("Fail");
    let seconds = hook.get("timeoutSeconds").and_then(Value::as_i64);
    let target = match (service, text("/clientConfig/url")) {
        (Some((namespace, service)), _) => format!(", service {namespace}/{service}"),
        (None, Some(url)) => format!(", url {url}"),
        _ => String::new(),
    };
    let seconds = seconds.map(|s| format!(", timeoutSeconds {s}")).unwrap_or_default();
    let words = format!("webhooks[{}]: failurePolicy {failure}{seconds}{target}", said.name);
    Some(Hook {
        kind: kind.to_string(),
        name: name.to_string(),
        service: service.map(|(namespace, service)| (namespace.to_string(), service.to_string())),
        evidence: Evidence::new(Source::Object, format!("{kind} {name}"), None, words),
    })
}

/// What is known of a Service.
#[derive(Clone, Debug, Default)]
pub(super) struct ServiceState {
    absent: bool,
    read: bool,
    /// `app=policy`, for kubectl
    pub(super) selector: String,
    pub(super) pods: usize,
    pub(super) ready: usize,
}

pub(super) fn state(s: &Snapshot, namespace: &str, name: &str) -> ServiceState {
    let Some(service) = s.other("Service", namespace, name) else {
        return ServiceState { absent: s.is_absent("Service", namespace, name), ..ServiceState::default() };
    };
    let labels = labels_at(service, "/spec/selector");
    let mut state = ServiceState { read: !labels.is_empty(), ..ServiceState::default() };
    state.selector = labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(",");
    for ((_, _), object) in s.world.pods.iter().filter(|((ns, _), _)| ns == namespace) {
        if carries(&object.pod, &labels) {
            state.pods += 1;
            state.ready += usize::from(object.is_ready());
        }
    }
    state
}

impl ServiceState {
    /// In words, for evidence; `None` when nothing is known.
    pub(super) fn text(&self) -> Option<String> {
        match (self.absent, self.read) {
            (true, _) => Some("not found".to_string()),
            // in a dump without the webhook's pods nobody knows
            (_, true) if self.pods > 0 => Some(format!(
                "selector {}: {} of {} ready",
                self.selector,
                self.ready,
                counted(self.pods, "pod", "pods")
            )),
            (_, true) => Some(format!("selector {}: no pod of it was read", self.selector)),
            _ => None,
        }
    }
}
