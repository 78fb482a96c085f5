//! What stands behind a host that a program could not reach: a Service, whether it exists and has anyone behind it, and
//! which variable of the pod holds the name.

mod service;

use serde_json::Value;

use crate::container::ContainerView;
use crate::logs::names::Host;
use crate::snapshot::{Snapshot, has_ended};

pub use service::ServiceState;

/// What a host is, as far as the objects read tell.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// The pod itself.
    Itself,
    /// A Service that was read.
    Service(ServiceState),
    /// Named as Services are, and there is none of that name among those read.
    NoService(Missing),
    /// The address of a pod.
    Pod {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// Whether it is ready.
        ready: bool,
    },
    /// Something outside the cluster, or nothing that the objects tell of.
    Unknown,
}

/// A Service that was not found.
#[derive(Clone, Debug, PartialEq)]
pub struct Missing {
    /// The namespace it would be in.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Whether that namespace's Services were read, so that it is not there rather than not read.
    pub known_absent: bool,
    /// Whether the namespace itself exists; `None` where namespaces were not read.
    pub namespace_exists: Option<bool>,
    /// A namespace that has one of this name.
    pub elsewhere: Option<String>,
    /// The nearest name in the namespace.
    pub nearest: Option<String>,
}

/// A host and what stands behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Dependency {
    /// As the log names it.
    pub host: Host,
    /// What it is.
    pub standing: Standing,
    /// The variable or argument of the container that holds it: `DB_HOST=postgress`, or `DATABASE_URL` alone where the
    /// value is more than the host.
    pub variable: Option<String>,
}

/// How alike two names are to be, from 0 to 1, to be taken for a slip of the pen.
const ALIKE: f64 = 0.9;

/// Endings of names of two parts that are no namespaces, unless there is one of that name.
const DOMAINS: &[&str] = &[
    "com",
    "net",
    "org",
    "io",
    "dev",
    "app",
    "cloud",
    "ai",
    "co",
    "cn",
    "de",
    "eu",
    "uk",
    "us",
    "fr",
    "jp",
    "ru",
    "info",
    "local",
    "internal",
    "lan",
    "corp",
    "home",
    "intra",
    "example",
    "test",
    "localdomain",
    "me",
    "tv",
    "biz",
    "gov",
    "edu",
];

/// Looks a host up as the pod's resolver would.
/// <https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/>
pub fn look_up(s: &Snapshot, container: &ContainerView<'_>, host: &Host) -> Dependency {
    let standing = if host.is_the_pod_itself() {
        Standing::Itself
    } else if host.is_address() {
        of_address(s, &host.name)
    } else {
        of_name(s, &host.name)
    };
    Dependency { host: host.clone(), standing, variable: variable(container, host) }
}

impl Dependency {
    /// The Service, if it was read.
    pub fn service(&self) -> Option<&ServiceState> {
        match &self.standing {
            Standing::Service(service) => Some(service),
            _ => None,
        }
    }

    /// `orders-db:5432`
    pub fn shown(&self) -> String {
        match self.host.port {
            Some(port) if self.host.name.contains(':') => format!("[{}]:{port}", self.host.name),
            Some(port) => format!("{}:{port}", self.host.name),
            None => self.host.name.clone(),
        }
    }
}

fn of_address(s: &Snapshot, address: &str) -> Standing {
    if let Some(service) = services(s).find(|service| service::has_address(service, address)) {
        return Standing::Service(ServiceState::of(s, service));
    }
    let has = |status: &k8s_openapi::api::core::v1::PodStatus| {
        status.pod_ip.as_deref() == Some(address)
            || status.pod_ips.iter().flatten().any(|ip| ip.ip == address)
    };
    let found = s.world.pods.iter().find(|(_, object)| {
        let host_network = object.pod.spec.as_ref().and_then(|spec| spec.host_network) == Some(true);
        // the address of a pod that has ended is given to another
        !host_network && !has_ended(&object.pod) && object.pod.status.as_ref().is_some_and(has)
    });
    let Some(((namespace, name), object)) = found else { return Standing::Unknown };
    if namespace == s.namespace() && name == s.name() {
        return Standing::Itself;
    }
    Standing::Pod { namespace: namespace.clone(), name: name.clone(), ready: object.is_ready() }
}

/// The (namespace, name) a host would be a Service of, in the order the resolver's search list tries them.
fn candidates(host: &str, namespace: &str) -> Vec<(String, String)> {
    let labels: Vec<&str> = host.split('.').filter(|label| !label.starts_with('_')).collect();
    let pair = |namespace: &str, name: &str| (namespace.to_string(), name.to_string());
    if let Some(at) = labels.iter().position(|label| *label == "svc").filter(|at| *at >= 2) {
        return vec![pair(labels[at - 1], labels[at - 2])];
    }
    match labels[..] {
        [name] => vec![pair(namespace, name)],
        // of `kafka-0.kafka` the second is the headless Service
        [first, second] => vec![pair(second, first), pair(namespace, second)],
        [_, service, other] => vec![pair(other, service)],
        _ => Vec::new(),
    }
}

fn of_name(s: &Snapshot, host: &str) -> Standing {
    let candidates = candidates(host, s.namespace());
    for (namespace, name) in &candidates {
        if let Some(service) = s.other("Service", namespace, name).filter(|object| service::is_core(object)) {
            return Standing::Service(ServiceState::of(s, service));
        }
    }
    let labels = host.split('.').count();
    let in_cluster =
        labels == 1 || host.split('.').any(|label| label == "svc") || host.ends_with(".cluster.local");
    let Some((namespace, name)) = candidates.into_iter().next() else { return Standing::Unknown };
    // `example.com` is no Service of the namespace `com`
    let known = s.world.namespaces().any(|known| known == namespace);
    let named = in_cluster || labels == 2 && (known || !DOMAINS.contains(&namespace.as_str()));
    if !named {
        return Standing::Unknown;
    }
    Standing::NoService(missing(s, namespace, name))
}

fn missing(s: &Snapshot, namespace: String, name: String) -> Missing {
    let here = || s.others("Service", &namespace).filter(|(_, object)| service::is_core(object));
    let namespaces_read = s.others("Namespace", "").next().is_some();
    let namespace_exists = namespaces_read.then(|| s.other("Namespace", "", &namespace).is_some());
    let known_absent = s.is_absent("Service", &namespace, &name)
        || here().next().is_some()
        || namespace_exists == Some(false)
        || s.world.why_unread("Service", &namespace, &name).is_none();
    let elsewhere = services(s)
        .filter(|object| service::text(object, "/metadata/name") == name)
        .map(|object| service::text(object, "/metadata/namespace").to_string())
        .find(|other| *other != namespace);
    // the very name in another namespace says more than a similar one here
    let nearest = here()
        .filter(|_| elsewhere.is_none())
        .map(|(other, _)| (strsim::jaro_winkler(other, &name), other))
        .filter(|(alike, other)| *alike >= ALIKE || other.starts_with(&name) || name.starts_with(other))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, other)| other.to_string());
    Missing { namespace, name, known_absent, namespace_exists, elsewhere, nearest }
}

fn services(s: &Snapshot) -> impl Iterator<Item = &Value> {
    let first = ("Service".to_string(), String::new(), String::new());
    s.world
        .others
        .range(first..)
        .take_while(|((kind, ..), _)| kind == "Service")
        .map(|(_, object)| object.as_ref())
        .filter(|object| service::is_core(object))
}

/// A value that is the host, or its port behind it, is shown; a longer one may hold a password.
fn variable(container: &ContainerView<'_>, host: &Host) -> Option<String> {
    let holds = |value: &str| {
        let value = value.to_ascii_lowercase();
        let boundary = |c: Option<char>| c.is_none_or(|c| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
        value.match_indices(&host.name).any(|(at, found)| {
            boundary(value[..at].chars().last()) && {
                let mut rest = value[at + found.len()..].chars();
                let next = rest.next();
                boundary(next) || next == Some('.') && boundary(rest.next())
            }
        })
    };
    let spec = container.spec?;
    let found = spec.env.iter().flatten().filter_map(|variable| Some((variable, variable.value.as_deref()?)));
    let holding = found.filter(|(_, value)| holds(value)).min_by_key(|(_, value)| value.len());
    if let Some((variable, value)) = holding {
        let bare = value.eq_ignore_ascii_case(&host.name)
            || value.rsplit_once(':').is_some_and(|(name, port)| {
                name.eq_ignore_ascii_case(&host.name) && port.bytes().all(|b| b.is_ascii_digit())
            });
        return Some(if bare { format!("{}={value}", variable.name) } else { variable.name.clone() });
    }
    let argument = |list: &'static str, words: &Option<Vec<String>>| {
        words.iter().flatten().any(|word| word.len() < 200 && holds(word)).then(|| list.to_string())
    };
    argument("args", &spec.args).or_else(|| argument("command", &spec.command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_as_the_resolver_does() {
        let first = |host: &str| candidates(host, "shop").into_iter().next();
        let pair = |namespace: &str, name: &str| Some((namespace.to_string(), name.to_string()));
        assert_eq!(first("db"), pair("shop", "db"));
        assert_eq!(first("db.data"), pair("data", "db"));
        assert_eq!(first("db.data.svc"), pair("data", "db"));
        assert_eq!(first("kafka-0.kafka.data.svc.cluster.local"), pair("data", "kafka"));
        assert_eq!(first("_mongodb._tcp.db.data.svc.cluster.local"), pair("data", "db"));
        assert_eq!(candidates("kafka-0.kafka", "shop")[1], ("shop".to_string(), "kafka".to_string()));
        assert_eq!(candidates("a.b.eu-1.example.com", "shop"), Vec::new());
    }
}
