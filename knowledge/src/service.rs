//! Services: which pods stand behind one, through which port, and whose labels come near where none does.
//! <https://kubernetes.io/docs/concepts/services-networking/service/>

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{ContainerPort, Pod};
use serde_json::Value;

use crate::evidence::object_name;
use crate::finding::{Evidence, Source};
use crate::snapshot::{Surrounding, carries, has_ended, labels_at};
use crate::target::Kind;
use crate::workload::Workload;
use crate::world::{PodObject, World};

/// Two labels' values this alike may have been meant to be the same.
const SIMILAR: f64 = 0.8;

/// The Services of a namespace, by name.
pub fn services<'w>(world: &'w World, namespace: &'w str) -> impl Iterator<Item = Surrounding> + 'w {
    let kind = Kind::Service;
    let all = world.others.range((kind.camel().to_string(), namespace.to_string(), String::new())..);
    all.take_while(move |((known, ns, _), _)| known == kind.camel() && ns == namespace).map(
        move |((_, ns, name), raw)| Surrounding {
            kind,
            namespace: ns.clone(),
            name: name.clone(),
            raw: Arc::clone(raw),
        },
    )
}

/// The pods a Service selects that have not ended.
pub fn selected<'w>(world: &'w World, service: &Surrounding) -> Vec<&'w PodObject> {
    let selector = service.selector();
    let own = world.pods.iter().filter(|((namespace, _), _)| *namespace == service.namespace);
    own.map(|(_, known)| known)
        .filter(|known| carries(&known.pod, &selector) && !has_ended(&known.pod))
        .collect()
}

/// Whether traffic is sent to a pod: a pod that is being deleted gets none, whatever it says of itself.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/endpointslice/utils.go> (`podToEndpoint`)
pub fn serves(known: &PodObject) -> bool {
    known.is_ready() && !is_leaving(known)
}

/// Whether it is being deleted.
pub fn is_leaving(known: &PodObject) -> bool {
    known.pod.metadata.deletion_timestamp.is_some()
}

/// The workloads whose pods a Service would select: nothing is wrong with the labels where there is one, also if it has no pod.
pub fn behind<'w>(world: &'w World, service: &Surrounding) -> Vec<&'w Workload> {
    let selector = service.selector();
    let fits = |workload: &&Arc<Workload>| {
        let labels = labels_at(&workload.raw, "/spec/template/metadata/labels");
        let given = |key: &str, value: &str| key == POD_NAME && ordinal(workload, value).is_some();
        selector.iter().all(|(key, value)| labels.get(key) == Some(value) || given(key, value))
    };
    let own = outermost(world, &service.namespace).filter(fits);
    if selector.is_empty() { Vec::new() } else { own.map(Arc::as_ref).collect() }
}

/// What a StatefulSet writes on each of its pods: a Service for one of them selects by it.
/// <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#pod-name-label>
pub const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";

/// The number of a StatefulSet's pod, if the name is of one.
pub fn ordinal(workload: &Workload, pod: &str) -> Option<i64> {
    let number = pod.strip_prefix(&workload.name)?.strip_prefix('-')?;
    number.parse().ok().filter(|_| workload.kind == Kind::StatefulSet)
}

/// Labels that controllers write: one with another value is another pod or revision, and no slip.
const OF_CONTROLLERS: [&str; 9] = [
    POD_NAME,
    "apps.kubernetes.io/pod-index",
    "pod-template-hash",
    "rollouts-pod-template-hash",
    "controller-revision-hash",
    "job-name",
    "batch.kubernetes.io/job-name",
    "controller-uid",
    "batch.kubernetes.io/controller-uid",
];

fn outermost<'w>(world: &'w World, namespace: &str) -> impl Iterator<Item = &'w Arc<Workload>> {
    world.workloads.values().filter(move |w| w.namespace == namespace && w.is_outermost())
}

/// What the endpoints controller wrote for a Service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Whether any EndpointSlice or Endpoints object of it was read.
    pub read: bool,
    /// Whether that was an EndpointSlice, and not the older Endpoints.
    pub sliced: bool,
    /// Addresses that are ready.
    pub ready: usize,
    /// Addresses that are not.
    pub not_ready: usize,
    /// The object it was read in, the first of several.
    pub object: String,
}

impl Endpoints {
    /// As evidence, where they were read.
    pub fn evidence(&self) -> Option<Evidence> {
        let text = format!("{} ready, {} not ready addresses", self.ready, self.not_ready);
        self.read.then(|| Evidence::new(Source::Object, self.object.clone(), None, text))
    }
}

/// The addresses behind a Service, as the API holds them: its EndpointSlices, else the older Endpoints.
pub fn endpoints(world: &World, namespace: &str, name: &str) -> Endpoints {
    let mut found = Endpoints::default();
    let slices = world.others.range(("EndpointSlice".to_string(), namespace.to_string(), String::new())..);
    let own = slices.take_while(|((kind, ns, _), _)| kind == "EndpointSlice" && ns == namespace).filter(
        |(_, slice)| {
            labels_at(slice, "/metadata/labels")
                .get("kubernetes.io/service-name")
                .is_some_and(|of| of == name)
        },
    );
    for ((_, _, slice_name), slice) in own {
        if !found.read {
            found.object = object_name("EndpointSlice", namespace, slice_name);
        }
        (found.read, found.sliced) = (true, true);
        for endpoint in slice.get("endpoints").and_then(Value::as_array).into_iter().flatten() {
            // no condition means ready:
            // <https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions>
            let ready = endpoint.pointer("/conditions/ready").and_then(Value::as_bool).unwrap_or(true);
            *(if ready { &mut found.ready } else { &mut found.not_ready }) += 1;
        }
    }
    let key = ("Endpoints".to_string(), namespace.to_string(), name.to_string());
    if let (false, Some(object)) = (found.read, world.others.get(&key)) {
        found.read = true;
        found.object = object_name("Endpoints", namespace, name);
        for subset in object.get("subsets").and_then(Value::as_array).into_iter().flatten() {
            let count = |field: &str| subset.get(field).and_then(Value::as_array).map_or(0, Vec::len);
            found.ready += count("addresses");
            found.not_ready += count("notReadyAddresses");
        }
    }
    found
}

/// One port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// The port callers use.
    pub port: i64,
    /// What it leads to: a container port's name or number.
    pub target: String,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
}

impl ServicePort {
    /// Whether the target is a name, which only a container port of that name can be.
    pub fn is_named(&self) -> bool {
        self.target.parse::<u16>().is_err()
    }

    /// Whether a container declares it. A number need not be declared to be listened on.
    pub fn is_declared(&self, pod: &Pod) -> bool {
        declared(pod).any(|port| {
            let protocol = port.protocol.as_deref().unwrap_or("TCP") == self.protocol;
            let named = port.name.as_deref() == Some(self.target.as_str());
            protocol && (named || port.container_port.to_string() == self.target)
        })
    }
}

/// The ports a Service offers.
pub fn ports(service: &Surrounding) -> Vec<ServicePort> {
    let ports = service.raw.pointer("/spec/ports").and_then(Value::as_array);
    let port = |port: &Value| {
        let number = port.get("port")?.as_i64()?;
        let target = match port.get("targetPort") {
            Some(Value::String(name)) if !name.is_empty() => name.clone(),
            Some(Value::Number(target)) if target.as_i64() != Some(0) => target.to_string(),
            // without a target, the port itself
            _ => number.to_string(),
        };
        let protocol = port.get("protocol").and_then(Value::as_str).unwrap_or("TCP").to_string();
        Some(ServicePort { port: number, target, protocol })
    };
    ports.into_iter().flatten().filter_map(port).collect()
}

/// The ports a pod's containers declare, sidecars' too.
pub fn declared(pod: &Pod) -> impl Iterator<Item = &ContainerPort> {
    let spec = pod.spec.as_ref();
    let sidecars = spec
        .and_then(|spec| spec.init_containers.as_ref())
        .into_iter()
        .flatten()
        .filter(|c| c.restart_policy.as_deref() == Some("Always"));
    let containers = spec.into_iter().flat_map(|spec| spec.containers.iter()).chain(sidecars);
    containers.flat_map(|container| container.ports.iter().flatten())
}

/// A pair of a selector that labels do not carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differing {
    /// Its key.
    pub key: String,
    /// The value asked for.
    pub asked: String,
    /// What is carried in its place: a key and its value.
    pub has: Option<(String, String)>,
}

impl Differing {
    /// Whether it looks like a slip: another key for the same value, or nearly the same value.
    fn is_alike(&self) -> bool {
        let by_controller = OF_CONTROLLERS.contains(&self.key.as_str());
        !by_controller
            && self.has.as_ref().is_some_and(|(key, value)| *key != self.key || is_alike(&self.asked, value))
    }
}

/// Labels that come near a selector.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// `Deployment api`, or `Pod api-0` for a pod without an owner.
    pub who: String,
    /// How many pairs of the selector are carried as they are.
    pub equal: usize,
    /// Each pair that is not.
    pub differing: Vec<Differing>,
}

impl Near {
    /// Whether it was hardly meant for another Service: all but one pair are carried, and that one nearly. Another value altogether (a
    /// role, a colour, a component) is no slip.
    pub fn is_convincing(&self) -> bool {
        self.differing.len() == 1 && self.differing.iter().all(Differing::is_alike)
    }
}

fn is_alike(asked: &str, has: &str) -> bool {
    strsim::jaro_winkler(asked, has) >= SIMILAR && !is_other_number(asked, has)
}

/// `kafka-0` and `kafka-2`, `checkout-v1` and `checkout-v2`: what differs in a number alone is meant to.
fn is_other_number(asked: &str, has: &str) -> bool {
    let words = |text: &str| text.split(|c: char| c.is_ascii_digit()).collect::<String>();
    let numbered = |text: &str| text.contains(|c: char| c.is_ascii_digit());
    asked != has && numbered(asked) && numbered(has) && words(asked) == words(has)
}

/// The workload or pod whose labels come nearest to a selector; `None` when none has anything of it.
pub fn nearest(world: &World, namespace: &str, selector: &BTreeMap<String, String>) -> Option<Near> {
    let templates = outermost(world, namespace).map(|w| {
        let labels = labels_at(&w.raw, "/spec/template/metadata/labels");
        (format!("{} {}", w.kind.camel(), w.name), labels)
    });
    let own = world.pods.iter().filter(|((ns, _), known)| ns == namespace && !has_ended(&known.pod));
    let alone = own.map(|((_, name), known)| {
        (format!("Pod {name}"), known.pod.metadata.labels.clone().unwrap_or_default())
    });
    let near = templates.chain(alone).filter_map(|(who, labels)| near(who, &labels, selector));
    // the first of equals: a workload rather than one of its pods
    near.fold(None, |best: Option<Near>, next| match best {
        Some(best) if score(&best) >= score(&next) => Some(best),
        _ => Some(next),
    })
}

fn score(near: &Near) -> usize {
    let replaced = near.differing.iter().filter(|pair| pair.has.is_some()).count();
    near.equal * 2 + replaced
}

/// How near these labels come to a selector; `None` when they have nothing of it.
pub fn near(
    who: String,
    labels: &BTreeMap<String, String>,
    selector: &BTreeMap<String, String>,
) -> Option<Near> {
    let (mut equal, mut differing) = (0, Vec::new());
    for (key, asked) in selector {
        if labels.get(key) == Some(asked) {
            equal += 1;
            continue;
        }
        let of_key = labels.get(key).filter(|has| is_alike(asked, has)).map(|has| (key.clone(), has.clone()));
        // the same value under another key, as `app` for `app.kubernetes.io/name`
        let of_value = || labels.iter().find(|(_, has)| *has == asked).map(|(k, v)| (k.clone(), v.clone()));
        let other = || labels.get(key).map(|has| (key.clone(), has.clone()));
        let has = of_key.or_else(of_value).or_else(other);
        differing.push(Differing { key: key.clone(), asked: asked.clone(), has });
    }
    let near = equal > 0 || differing.iter().any(Differing::is_alike);
    near.then_some(Near { who, equal, differing })
}
