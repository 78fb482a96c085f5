//! A Service has no ready endpoint: its selector matches no pod, none of its pods is ready, or its port leads nowhere.

use k8s_openapi::api::core::v1::{Container, ContainerPort, Pod, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::evidence::object_name;
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::service::{
    Differing, Near, POD_NAME, ServicePort, behind, declared, endpoints, is_leaving, near, nearest, ordinal,
    ports, selected, serves, services,
};
use crate::snapshot::{Snapshot, Surrounding};
use crate::target::Kind;
use crate::wording::Wording;
use crate::workload::Workload;
use crate::world::PodObject;

/// `service-selects-nothing`
pub const CAUSE: Cause = Cause {
    id: "service-selects-nothing",
    stage: Some(Stage::Network),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("correct-selector"),
        RemedyKind::words("correct-port"),
        RemedyKind::words("look-at-endpoints"),
    ],
    wordings: &[
        Wording::telling(
            r#"(?:service|svc) "?(?:(?P<namespace>[\w.-]+)/)?(?P<name>[\w.-]+)"? does not have any active endpoint"#,
            r#"Service "shop/cart" does not have any active Endpoint."#,
            "ingress-nginx 0.9–1.13",
        )
        .blames("Service"),
        // also what the API server says of a webhook's Service
        Wording::hint(
            r#"no endpoints (available|found) for service "?(?:(?P<namespace>[\w-]+)/)?(?P<name>[\w.-]+)"?"#,
            r#"no endpoints available for service "cart""#,
            "kube-apiserver 1.0–1.37",
        )
        .blames("Service"),
        Wording::hint(r"^\s*Endpoints:\s*<none>", "Endpoints:         <none>", "kubectl describe service"),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Default, Serialize)]
struct Facts {
    service: String,
    /// `app=cart, tier=web`
    selector: String,
    /// No pod carries the labels.
    no_match: bool,
    /// Pods do, and none is ready.
    none_ready: bool,
    /// A named port that no container has, or a number that none declares.
    wrong_port: bool,
    /// It is the name.
    named: bool,
    /// Its other ports have endpoints that are ready.
    serves: bool,
    /// It has no selector and nobody wrote endpoints for it.
    by_hand: bool,
    /// How many pods it selects.
    pods: usize,
    /// How many of them are being deleted: those get no traffic any more.
    leaving: usize,
    /// The workload whose pods it would select, if there were any.
    fits: Option<String>,
    /// The pod of that workload it is for, which is none of those it has.
    beyond: Option<String>,
    /// Whose labels come nearest.
    near: Option<String>,
    /// Whether the person asked about that pod, which is well.
    asked_pod: bool,
    /// `app: asked cart, has carts`
    differing: Vec<String>,
    /// The selector that would match, as a merge patch.
    patch: Option<String>,
    /// The port's protocol, where it is not TCP.
    other_protocol: Option<String>,
    port: i64,
    target: String,
    /// The ports the containers declare.
    declared: String,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if let Some(service) = s.object_of(Kind::Service) {
        return of_service(s, service).into_iter().collect();
    }
    of_healthy_pod(s)
}

fn of_service(s: &Snapshot, service: &Surrounding) -> Option<Match> {
    if service.text("/spec/type") == "ExternalName" {
        return None;
    }
    let selector = service.selector();
    let known = endpoints(&s.world, &service.namespace, &service.name);
    if selector.is_empty() {
        let facts = Facts { by_hand: true, ..facts_of(service) };
        let confidence = if known.read { Confidence::Certain } else { Confidence::Possible };
        let none = known.ready == 0 && (known.read || s.world.live);
        return none.then(|| found(service, confidence, facts).because_all(known.evidence()));
    }
    let pods = selected(&s.world, service);
    if pods.is_empty() {
        return no_match(s, service, &known);
    }
    if let Some(wrong) = unnamed(service, &pods) {
        // the endpoints controller leaves out the one port and writes the rest
        let serves = known.ready > 0 && !leads_nowhere(service, &pods);
        let facts = Facts { pods: pods.len(), serves, ..port_facts(service, wrong, pods[0]) };
        let confidence = if serves { Confidence::Possible } else { Confidence::Certain };
        let found = found(service, confidence, facts);
        return Some(found.because_all(declared_evidence(pods[0])).because_all(known.evidence()));
    }
    let ready = pods.iter().filter(|pod| serves(pod)).count();
    if ready == 0 && known.ready == 0 && !publishes_all(service) {
        let leaving = pods.iter().filter(|pod| is_leaving(pod)).count();
        let facts = Facts { none_ready: true, pods: pods.len(), leaving, ..facts_of(service) };
        let evidence = pods.iter().take(3).filter_map(|pod| readiness(pod));
        return Some(
            found(service, Confidence::Certain, facts).because_all(known.evidence()).because_all(evidence),
        );
    }
    let wrong = undeclared(service, &pods)?;
    let facts = Facts { pods: pods.len(), ..port_facts(service, wrong, pods[0]) };
    Some(found(service, Confidence::Possible, facts).because_all(declared_evidence(pods[0])))
}

/// Endpoints count whether ready or not where this is set.
fn publishes_all(service: &Surrounding) -> bool {
    service.raw.pointer("/spec/publishNotReadyAddresses").and_then(serde_json::Value::as_bool) == Some(true)
}

fn no_match(s: &Snapshot, service: &Surrounding, known: &crate::service::Endpoints) -> Option<Match> {
    // pods that the dump lacks may be there
    if known.ready + known.not_ready > 0 {
        return None;
    }
    if let Some(workload) = behind(&s.world, service).first() {
        let beyond = beyond(workload, service);
        // it has some that the dump lacks
        if workload.current > 0 && beyond.is_none() {
            return None;
        }
        let confidence = if known.read || s.world.live { Confidence::Certain } else { Confidence::Likely };
        let who = format!("{} {}", workload.kind.camel(), workload.name);
        let object = object_name(workload.kind.camel(), &workload.namespace, &workload.name);
        let facts = Facts { no_match: true, fits: Some(who), ..facts_of(service) };
        let text = match &beyond {
            Some(pod) => format!("it has {} pods, and {pod} is none of them", workload.current),
            None => "its pods would carry these labels; it has none".to_string(),
        };
        let facts = Facts { beyond, ..facts };
        let none = Evidence::new(Source::Owner, object, None, text);
        return Some(found(service, confidence, facts).because_all(known.evidence()).because(none));
    }
    let near = nearest(&s.world, &service.namespace, &service.selector());
    let any = s.world.pods.keys().any(|(namespace, _)| *namespace == service.namespace);
    let confidence = match (known.read || s.world.live, any || near.is_some()) {
        (true, _) => Confidence::Certain,
        (false, true) => Confidence::Likely,
        (false, false) => Confidence::Possible,
    };
    let facts = Facts { no_match: true, ..facts_of(service) };
    let evidence = near.as_ref().map(|near| labels_of(service, near));
    let facts = match &near {
        Some(near) => near_facts(facts, service, near),
        None => facts,
    };
    Some(found(service, confidence, facts).because_all(known.evidence()).because_all(evidence))
}

/// The one pod of a StatefulSet that the Service is for, if that one is beyond those it has.
fn beyond(workload: &Workload, service: &Surrounding) -> Option<String> {
    let pod = service.selector().get(POD_NAME)?.clone();
    let first = workload.raw.pointer("/spec/ordinals/start").and_then(serde_json::Value::as_i64).unwrap_or(0);
    let number = ordinal(workload, &pod)?;
    (number >= first + workload.desired? || number < first).then_some(pod)
}

/// Whether another Service has the pod ready behind it: its callers reach it. A headless one, as each StatefulSet has, is for its
/// members.
fn is_served(s: &Snapshot, pod: &Pod) -> bool {
    services(&s.world, s.namespace()).any(|service| {
        let selector = service.selector();
        let headless = service.text("/spec/clusterIP") == "None";
        let ready = || endpoints(&s.world, &service.namespace, &service.name).ready > 0;
        !headless && !selector.is_empty() && crate::snapshot::carries(pod, &selector) && ready()
    })
}

/// A pod that is well, behind a Service that was surely meant for it and cannot reach it.
fn of_healthy_pod(s: &Snapshot) -> Vec<Match> {
    let Some(pod) = s.pod() else { return Vec::new() };
    let ready = s.condition("Ready").is_some_and(|c| c.status == "True");
    if !ready || s.is_deleting() || !s.crashing().is_empty() {
        return Vec::new();
    }
    let own = pod.metadata.labels.clone().unwrap_or_default();
    let mut matches = Vec::new();
    let served = is_served(s, pod);
    for service in services(&s.world, s.namespace()).filter(|service| !service.selector().is_empty()) {
        let pods = selected(&s.world, &service);
        let known = endpoints(&s.world, &service.namespace, &service.name);
        let selector = service.selector();
        // what was made for another role, colour or canary stands empty on purpose
        let is_meant = pods.is_empty()
            && known.ready + known.not_ready == 0
            && behind(&s.world, &service).is_empty()
            && !served;
        if is_meant {
            let near = near(s.object(), &own, &selector).filter(Near::is_convincing);
            matches.extend(near.map(|near| {
                let facts = Facts { no_match: true, asked_pod: true, ..facts_of(&service) };
                found(&service, Confidence::Likely, near_facts(facts, &service, &near))
                    .because_all(known.evidence())
                    .because(labels_of(&service, &near))
            }));
        } else if crate::snapshot::carries(pod, &selector)
            && leads_nowhere(&service, &pods)
            && let Some(wrong) = unnamed(&service, &pods)
        {
            let facts = Facts { pods: pods.len(), asked_pod: true, ..port_facts(&service, wrong, pods[0]) };
            let found = found(&service, Confidence::Certain, facts);
            matches.push(found.because_all(declared_evidence(pods[0])).because_all(known.evidence()));
        }
    }
    matches
}

/// The port whose name no container of any pod has.
fn unnamed(service: &Surrounding, pods: &[&PodObject]) -> Option<ServicePort> {
    let has = |port: &ServicePort| pods.iter().any(|known| port.is_declared(&known.pod));
    ports(service).into_iter().find(|port| port.is_named() && !has(port))
}

/// Whether no port of it leads to a container: one of several that does not leaves the others as they are.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/endpointslice/utils.go> (`getEndpointPorts`)
fn leads_nowhere(service: &Surrounding, pods: &[&PodObject]) -> bool {
    let leads =
        |port: &ServicePort| !port.is_named() || pods.iter().any(|known| port.is_declared(&known.pod));
    !ports(service).iter().any(leads)
}

/// Whether a container is asked at this port how it is: something listens there.
fn is_probed(pod: &Pod, port: &ServicePort) -> bool {
    let number =
        |of: Option<IntOrString>| matches!(of, Some(IntOrString::Int(n)) if n.to_string() == port.target);
    let asks = |probe: &Probe| {
        number(probe.http_get.as_ref().map(|get| get.port.clone()))
            || number(probe.tcp_socket.as_ref().map(|socket| socket.port.clone()))
            || probe.grpc.as_ref().is_some_and(|grpc| grpc.port.to_string() == port.target)
    };
    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    let probes = containers.flat_map(|c| [&c.readiness_probe, &c.liveness_probe, &c.startup_probe]);
    probes.flatten().any(asks)
}

/// A number that no container declares, where each container declares others: a port need not be declared to be listened on, and one
/// that only a proxy or an exporter beside the application declares says nothing of the application's.
/// <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Container> (`ports`)
fn undeclared(service: &Surrounding, pods: &[&PodObject]) -> Option<ServicePort> {
    let declares = |container: &Container| container.ports.as_ref().is_some_and(|ports| !ports.is_empty());
    let all_declare =
        pods.iter().all(|known| known.pod.spec.as_ref().is_some_and(|s| s.containers.iter().all(declares)));
    let has = |port: &ServicePort| {
        pods.iter().any(|known| port.is_declared(&known.pod) || is_probed(&known.pod, port))
    };
    ports(service).into_iter().find(|port| all_declare && !port.is_named() && !has(port))
}

fn found(service: &Surrounding, confidence: Confidence, facts: Facts) -> Match {
    let blame = Blame::namespaced("Service", &service.namespace, &service.name);
    let object = object_name("Service", &service.namespace, &service.name);
    let text = match (facts.wrong_port, facts.by_hand) {
        (true, _) => format!("spec.ports: {} leads to {}", facts.port, facts.target),
        (_, true) => "spec.selector: none".to_string(),
        _ => format!("spec.selector: {}", facts.selector),
    };
    Match::new(confidence, blame, facts).because(Evidence::new(Source::Object, object, None, text))
}

fn facts_of(service: &Surrounding) -> Facts {
    let pairs: Vec<String> = service.selector().iter().map(|(k, v)| format!("{k}={v}")).collect();
    Facts { service: service.name.clone(), selector: pairs.join(", "), ..Facts::default() }
}

fn near_facts(facts: Facts, service: &Surrounding, near: &Near) -> Facts {
    let mut selector = service.selector();
    let mut patch = serde_json::Map::new();
    for Differing { key, has, .. } in &near.differing {
        // a merge patch takes a key out with null
        patch.insert(key.clone(), serde_json::Value::Null);
        selector.remove(key);
        if let Some((key, value)) = has {
            patch.insert(key.clone(), value.clone().into());
            selector.insert(key.clone(), value.clone());
        }
    }
    let whole = serde_json::json!({"spec": {"selector": patch}});
    Facts {
        near: Some(near.who.clone()),
        differing: differing(near),
        // a selector that selects everything is no correction, and another role or colour is no slip
        patch: (!selector.is_empty() && near.is_convincing()).then(|| whole.to_string()),
        ..facts
    }
}

fn differing(near: &Near) -> Vec<String> {
    let shown = |Differing { key, asked, has }: &Differing| match has {
        Some((k, v)) => format!("{key}={asked} → {k}={v}"),
        None => format!("{key}={asked} → –"),
    };
    near.differing.iter().map(shown).collect()
}

fn labels_of(service: &Surrounding, near: &Near) -> Evidence {
    let object = match near.who.split_once(' ') {
        Some((kind, name)) if !name.contains('/') => object_name(kind, &service.namespace, name),
        _ => near.who.clone(),
    };
    Evidence::new(Source::Object, object, None, format!("labels: {}", differing(near).join(", ")))
}

fn port_facts(service: &Surrounding, wrong: ServicePort, pod: &PodObject) -> Facts {
    let number = |port: &ContainerPort| match port.protocol.as_deref() {
        Some(protocol) if protocol != "TCP" || wrong.protocol != "TCP" => {
            format!("{}/{protocol}", port.container_port)
        }
        _ => port.container_port.to_string(),
    };
    let declared: Vec<String> = declared(&pod.pod)
        .map(|port| match &port.name {
            Some(name) => format!("{} ({name})", number(port)),
            None => number(port),
        })
        .collect();
    Facts {
        wrong_port: true,
        named: wrong.is_named(),
        port: wrong.port,
        other_protocol: (wrong.protocol != "TCP").then(|| wrong.protocol.clone()),
        target: wrong.target,
        declared: declared.join(", "),
        ..facts_of(service)
    }
}

fn declared_evidence(known: &PodObject) -> Option<Evidence> {
    let meta = &known.pod.metadata;
    let object = object_name("Pod", meta.namespace.as_deref()?, meta.name.as_deref()?);
    let ports: Vec<String> = declared(&known.pod)
        .map(|port| format!("{} {}", port.name.as_deref().unwrap_or("(no name)"), port.container_port))
        .collect();
    let text = if ports.is_empty() { "none".to_string() } else { ports.join(", ") };
    Some(Evidence::new(Source::Spec, object, None, format!("container ports: {text}")))
}

fn readiness(known: &PodObject) -> Option<Evidence> {
    let meta = &known.pod.metadata;
    let object = object_name("Pod", meta.namespace.as_deref()?, meta.name.as_deref()?);
    let conditions = known.pod.status.as_ref()?.conditions.as_ref()?;
    let ready = conditions.iter().find(|c| c.type_ == "Ready")?;
    let message = ready.message.as_deref().unwrap_or_default();
    let at = ready.last_transition_time.as_ref().map(|t| t.0);
    if let Some(ends) = &meta.deletion_timestamp {
        let text = format!("Ready={}, being deleted: metadata.deletionTimestamp {}", ready.status, ends.0);
        return Some(Evidence::new(Source::Condition, object, at, text));
    }
    Some(Evidence::new(Source::Condition, object, at, format!("Ready={} {message}", ready.status)))
}
