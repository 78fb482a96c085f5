//! A Service: its ports, and who stands behind it.

use serde_json::Value;

use crate::evidence::object_name;
use crate::finding::{Evidence, Source};
use crate::service::endpoints;
use crate::snapshot::Snapshot;

/// A Service and its endpoints.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceState {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The ports it offers.
    pub ports: Vec<u16>,
    /// `app=postgres`; `None` where its endpoints are made by hand.
    pub selector: Option<String>,
    /// Where it is but another name for a host outside.
    pub external_name: Option<String>,
    /// (ready, all) endpoints; `None` where they were not read.
    pub endpoints: Option<(usize, usize)>,
    /// The endpoints' state, in words and from where.
    pub proof: Vec<Evidence>,
}

impl ServiceState {
    pub(super) fn of(s: &Snapshot, service: &Value) -> ServiceState {
        let (namespace, name) = (text(service, "/metadata/namespace"), text(service, "/metadata/name"));
        let selector = selector_of(service);
        let object = object_name("Service", namespace, name);
        let ports: Vec<u16> = list(service, "/spec/ports")
            .filter_map(|port| u16::try_from(port.get("port")?.as_i64()?).ok())
            .collect();
        let (endpoints, mut proof) = match endpoints_of(s, namespace, name) {
            Some((counts, evidence)) => (Some(counts), vec![evidence]),
            None => (None, Vec::new()),
        };
        let said: Vec<String> = ports.iter().map(u16::to_string).collect();
        let chosen = selector.as_deref().unwrap_or("none");
        proof.push(Evidence::new(
            Source::Object,
            object,
            None,
            format!("spec.ports {}; spec.selector {chosen}", said.join(", ")),
        ));
        ServiceState {
            namespace: namespace.to_string(),
            name: name.to_string(),
            ports,
            selector,
            external_name: service.pointer("/spec/externalName").and_then(Value::as_str).map(str::to_string),
            endpoints,
            proof,
        }
    }

    /// Whether it is known that nobody ready stands behind it.
    pub fn has_nobody(&self) -> bool {
        matches!(self.endpoints, Some((0, _)))
    }

    /// Whether the port is none that it offers. A headless Service forwards nothing, so any port goes.
    pub fn lacks_port(&self, port: u16) -> bool {
        self.external_name.is_none() && !self.ports.is_empty() && !self.ports.contains(&port)
    }
}

/// A Service of the core group: Knative's has the same kind.
pub(super) fn is_core(object: &Value) -> bool {
    text(object, "/apiVersion") == "v1"
}

pub(super) fn has_address(service: &Value, address: &str) -> bool {
    let all = list(service, "/spec/clusterIPs").chain(list(service, "/spec/externalIPs"));
    text(service, "/spec/clusterIP") == address
        || all.into_iter().any(|ip| ip.as_str() == Some(address))
        || list(service, "/status/loadBalancer/ingress").any(|i| text(i, "/ip") == address)
}

pub(super) fn text<'v>(object: &'v Value, path: &str) -> &'v str {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(object: &'v Value, path: &str) -> impl Iterator<Item = &'v Value> {
    object.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

fn selector_of(service: &Value) -> Option<String> {
    let labels = service.pointer("/spec/selector")?.as_object().filter(|labels| !labels.is_empty())?;
    let shown: Vec<String> =
        labels.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    Some(shown.join(","))
}

/// What was read of its endpoints, with their counts in the words of the object they stand in.
fn endpoints_of(s: &Snapshot, namespace: &str, name: &str) -> Option<((usize, usize), Evidence)> {
    let found = Some(endpoints(&s.world, namespace, name)).filter(|found| found.read)?;
    let (ready, all) = (found.ready, found.ready + found.not_ready);
    let said = if found.sliced {
        format!("ready endpoints {ready} of {all}")
    } else {
        format!("addresses {ready}, notReadyAddresses {}", found.not_ready)
    };
    Some(((ready, all), Evidence::new(Source::Object, found.object, None, said)))
}
