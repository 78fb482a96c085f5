//! Everything a cause may look at: one subject, what hangs on it, and what could not be read.

mod ends;
mod object;
mod owned;

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStateTerminated, Node, Pod, PodSpec, PodStatus};

use crate::agent::NodeFacts;
use crate::container::{ContainerView, containers};
use crate::event::{Event, Identity};
use crate::finding::Blame;
use crate::gap::{Gap, pod_gaps, workload_gaps};
use crate::logs::Readings;
use crate::moment::Moment;
use crate::node_state::joined_lately;
use crate::schedule::Table;
use crate::target::Kind;
use crate::workload::Workload;
use crate::world::{ContainerLog, World};

pub use ends::ended_at;
pub use object::{Surrounding, carries, has_ended, labels_at, pods_around};
pub use owned::{pod_owner, pods_of};

use owned::{children_of, distinct_members, known_owner, owners_of};

/// What is asked about.
#[derive(Clone, Debug)]
pub enum Subject {
    /// One pod.
    Pod(Arc<Pod>),
    /// A workload; its pods are the snapshot's members.
    Workload(Arc<Workload>),
    /// A Service, claim, node or namespace; the pods that hang on it are the snapshot's members.
    Object(Arc<Surrounding>),
}

/// The only input of a diagnosis.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The cluster it was cut from: nodes, neighbours, claims, names of ConfigMaps and Secrets, logs.
    pub world: Arc<World>,
    /// What is asked about.
    pub subject: Subject,
    /// The subject as the API wrote it, for fields the types do not know.
    pub raw: Arc<serde_json::Value>,
    /// The subject's controllers, nearest first, as far as they were read.
    pub owners: Vec<Arc<Workload>>,
    /// The events about the subject, oldest first.
    pub events: Vec<Arc<Event>>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// A workload's pods, one for each distinct state.
    pub members: Vec<Snapshot>,
    /// The scheduling of the pod, re-run once for all the causes that ask.
    pub(crate) scheduling: OnceLock<Option<Table>>,
    /// The logs of the pod, read once for all the causes that ask.
    pub(crate) readings: OnceLock<Readings>,
}

/// How far back a restart still tells why a pod is unwell.
pub const RECENT_SECONDS: i64 = 3_600;

/// A new pod gets this long, in seconds, before "not ready yet" is worth a word.
pub const START_GRACE_SECONDS: i64 = 60;

/// How long the run that ended had lived, in seconds; `None` where the kubelet did not note both times, or noted them
/// the wrong way round.
pub fn lived(end: &ContainerStateTerminated) -> Option<i64> {
    let (from, to) = (end.started_at.as_ref()?, end.finished_at.as_ref()?);
    Some(to.0.as_second() - from.0.as_second()).filter(|seconds| *seconds >= 0)
}

/// At most this many of a workload's pods are diagnosed, one for each distinct state.
pub const MAX_MEMBERS: usize = 20;

impl Snapshot {
    /// The snapshot of one pod; `None` when the world does not hold it.
    pub fn of_pod(world: &Arc<World>, namespace: &str, name: &str) -> Option<Snapshot> {
        let object = world.pods.get(&(namespace.to_string(), name.to_string()))?;
        let pod = Arc::clone(&object.pod);
        let events = world.events_about(&identity_of_pod(&pod));
        let owners = owners_of(world, namespace, known_owner(world, &pod));
        let mut snapshot = Snapshot {
            world: Arc::clone(world),
            subject: Subject::Pod(pod),
            raw: Arc::clone(&object.raw),
            owners,
            events,
            gaps: Vec::new(),
            members: Vec::new(),
            scheduling: OnceLock::new(),
            readings: OnceLock::new(),
        };
        snapshot.gaps = pod_gaps(&snapshot);
        Some(snapshot)
    }

    /// The snapshot of a workload and of its pods; `None` when the world does not hold it.
    pub fn of_workload(world: &Arc<World>, kind: Kind, namespace: &str, name: &str) -> Option<Snapshot> {
        let key = (kind, namespace.to_string(), name.to_string());
        let workload = Arc::clone(world.workloads.get(&key)?);
        let mut owned = vec![Arc::clone(&workload)];
        owned.extend(children_of(world, &workload));
        let mut events: Vec<Arc<Event>> =
            owned.iter().flat_map(|w| world.events_about(&identity_of_workload(w))).collect();
        events.sort_by_key(|event| event.at);
        let owners = owners_of(world, namespace, workload.owner.clone());
        let of_job = matches!(workload.kind, Kind::Job | Kind::CronJob);
        let members = distinct_members(world, &pods_of(world, &workload), of_job);
        let mut snapshot = Snapshot {
            world: Arc::clone(world),
            raw: Arc::clone(&workload.raw),
            subject: Subject::Workload(workload),
            owners,
            events,
            gaps: Vec::new(),
            members,
            scheduling: OnceLock::new(),
            readings: OnceLock::new(),
        };
        snapshot.gaps = workload_gaps(&snapshot);
        Some(snapshot)
    }

    /// The pod, if the subject is one.
    pub fn pod(&self) -> Option<&Pod> {
        match &self.subject {
            Subject::Pod(pod) => Some(pod),
            Subject::Workload(_) | Subject::Object(_) => None,
        }
    }

    /// The workload, if the subject is one.
    pub fn workload(&self) -> Option<&Workload> {
        match &self.subject {
            Subject::Pod(_) | Subject::Object(_) => None,
            Subject::Workload(workload) => Some(workload),
        }
    }

    /// The pod's spec.
    pub fn spec(&self) -> Option<&PodSpec> {
        self.pod()?.spec.as_ref()
    }

    /// The pod's status.
    pub fn status(&self) -> Option<&PodStatus> {
        self.pod()?.status.as_ref()
    }

    /// When the snapshot was taken.
    pub fn taken_at(&self) -> Moment {
        self.world.taken_at
    }

    /// The subject's namespace.
    pub fn namespace(&self) -> &str {
        match &self.subject {
            Subject::Pod(pod) => pod.metadata.namespace.as_deref().unwrap_or_default(),
            Subject::Workload(workload) => &workload.namespace,
            Subject::Object(object) => &object.namespace,
        }
    }

    /// The subject's name.
    pub fn name(&self) -> &str {
        match &self.subject {
            Subject::Pod(pod) => pod.metadata.name.as_deref().unwrap_or_default(),
            Subject::Workload(workload) => &workload.name,
            Subject::Object(object) => &object.name,
        }
    }

    /// The subject's kind.
    pub fn kind(&self) -> Kind {
        match &self.subject {
            Subject::Pod(_) => Kind::Pod,
            Subject::Workload(workload) => workload.kind,
            Subject::Object(object) => object.kind,
        }
    }

    /// The subject as something to blame.
    pub fn subject_blame(&self) -> Blame {
        match self.kind().is_namespaced() {
            true => Blame::namespaced(self.kind().camel(), self.namespace(), self.name()),
            false => Blame::global(self.kind().camel(), self.name()),
        }
    }

    /// The outermost controller, or the subject itself: what a person would edit.
    pub fn top_owner(&self) -> Blame {
        if let Some(top) = self.owners.last() {
            // an owner that is named but was not read is still the one to edit
            return match &top.owner {
                Some((kind, name)) => Blame::namespaced(kind, self.namespace(), name),
                None => Blame::namespaced(top.kind.camel(), &top.namespace, &top.name),
            };
        }
        let named = match &self.subject {
            Subject::Pod(pod) => known_owner(&self.world, pod),
            Subject::Workload(workload) => workload.owner.clone(),
            Subject::Object(_) => None,
        };
        match named {
            // a static pod's controller is its node, which nobody would edit for it
            Some((kind, name)) if kind != "Node" => Blame::namespaced(&kind, self.namespace(), &name),
            _ => self.subject_blame(),
        }
    }

    /// The node the pod is bound to, by name; of a node, itself.
    pub fn node_name(&self) -> Option<&str> {
        if let Some(node) = self.object_of(Kind::Node) {
            return Some(&node.name);
        }
        self.spec()?.node_name.as_deref().filter(|name| !name.is_empty())
    }

    /// The node the pod is bound to, if it was read.
    pub fn node(&self) -> Option<&Node> {
        self.world.nodes.get(self.node_name()?).map(Arc::as_ref)
    }

    /// What the agent of the pod's node reports.
    pub fn agent(&self) -> Option<&NodeFacts> {
        self.world.agents.get(self.node_name()?).map(Arc::as_ref)
    }

    /// An object of a kind podwhy has no type for, as a value. `None` says nothing about whether it exists: ask
    /// [`is_absent`](Snapshot::is_absent).
    pub fn other(&self, kind: &str, namespace: &str, name: &str) -> Option<&Arc<serde_json::Value>> {
        self.world.others.get(&(kind.to_string(), namespace.to_string(), name.to_string()))
    }

    /// Every object of a kind in a namespace (empty: cluster-wide), by name.
    pub fn others<'a>(
        &'a self,
        kind: &'a str,
        namespace: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a serde_json::Value)> {
        let all = self.world.others.range((kind.to_string(), namespace.to_string(), String::new())..);
        all.take_while(move |((k, ns, _), _)| k == kind && ns == namespace)
            .map(|((.., name), value)| (name.as_str(), value.as_ref()))
    }

    /// Whether the API server itself said that this object does not exist.
    pub fn is_absent(&self, kind: &str, namespace: &str, name: &str) -> bool {
        self.world.absent.contains(&(kind.to_string(), namespace.to_string(), name.to_string()))
    }

    /// The pod's containers.
    pub fn containers(&self) -> Vec<ContainerView<'_>> {
        self.pod().map(containers).unwrap_or_default()
    }

    /// Whether it mirrors a static pod: a manifest on the node is the original.
    pub fn is_static(&self) -> bool {
        let annotations = self.pod().and_then(|pod| pod.metadata.annotations.as_ref());
        annotations.is_some_and(|a| a.contains_key("kubernetes.io/config.mirror"))
    }

    /// Whether the pod is being deleted.
    pub fn is_deleting(&self) -> bool {
        self.pod().is_some_and(|pod| pod.metadata.deletion_timestamp.is_some())
    }

    /// The pod's phase, empty when no one reported it.
    pub fn phase(&self) -> &str {
        self.status().and_then(|s| s.phase.as_deref()).unwrap_or_default()
    }

    /// The reason standing in the pod's own status (`Evicted`, `NodeLost` …), empty when there is none.
    pub fn status_reason(&self) -> &str {
        self.status().and_then(|s| s.reason.as_deref()).unwrap_or_default()
    }

    /// A pod condition: (status, reason, message, since).
    pub fn condition(&self, name: &str) -> Option<PodConditionView<'_>> {
        let conditions = self.status()?.conditions.as_ref()?;
        let condition = conditions.iter().find(|c| c.type_ == name)?;
        Some(PodConditionView {
            status: &condition.status,
            reason: condition.reason.as_deref().unwrap_or_default(),
            message: condition.message.as_deref().unwrap_or_default(),
            at: condition.last_transition_time.as_ref().map(|t| t.0),
        })
    }

    /// Whether the pod waits for a node: not bound, not ended, not being deleted.
    pub fn is_unscheduled(&self) -> bool {
        self.pod().is_some()
            && self.node_name().is_none()
            && !self.is_deleting()
            && matches!(self.phase(), "" | "Pending")
    }

    /// The events about one container, and those that name none.
    pub fn container_events<'a>(&'a self, container: &'a str) -> impl Iterator<Item = &'a Arc<Event>> {
        self.events.iter().filter(move |e| e.container.as_deref().is_none_or(|name| name == container))
    }

    /// When the pod's kubelet could begin: when it was bound to its node, else when it was made.
    pub fn could_begin(&self) -> Option<Timestamp> {
        let bound = self.condition("PodScheduled").filter(|c| c.status == "True").and_then(|c| c.at);
        let made = self.pod().and_then(|pod| pod.metadata.creation_timestamp.as_ref()).map(|at| at.0);
        bound.max(made)
    }

    /// Whether the pod could begin so lately that it may still be starting, its probes' own delays aside.
    pub fn is_young(&self) -> bool {
        self.could_begin().is_some_and(|at| {
            self.world.knows_the_age_of(at) && self.taken_at().seconds_since(at) < START_GRACE_SECONDS
        })
    }

    /// Whether the pod's node joined so lately that its agents may still be starting.
    pub fn is_on_new_node(&self) -> bool {
        self.node().is_some_and(|node| joined_lately(self, node))
    }

    /// A container's logs.
    pub fn log(&self, container: &str) -> Option<&ContainerLog> {
        let key = (self.namespace().to_string(), self.name().to_string(), container.to_string());
        self.world.logs.get(&key)
    }

    /// Whether `then` is recent enough to explain the present.
    pub fn is_recent(&self, then: Timestamp) -> bool {
        self.taken_at().seconds_since(then) <= RECENT_SECONDS
    }

    /// Whether the pod's own state has the scheduler's word that no node takes it. A scheduler writes condition and event
    /// together: an event alone is of an earlier life of the name, or of a dump that was cut.
    pub fn is_called_unschedulable(&self) -> bool {
        self.condition("PodScheduled").is_some_and(|c| c.status == "False" && !c.message.is_empty())
    }

    /// The condition or event in which the scheduler last spoke about the pod, with where it stands.
    pub fn scheduler_message(&self) -> Option<(String, Option<Timestamp>, bool)> {
        if let Some(condition) = self.condition("PodScheduled")
            && condition.status == "False"
            && !condition.message.is_empty()
        {
            return Some((condition.message.to_string(), condition.at, true));
        }
        let event = self.events.iter().rev().find(|e| e.reason.eq_ignore_ascii_case("FailedScheduling"))?;
        Some((event.message.clone(), event.at, false))
    }
}

/// A pod condition, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct PodConditionView<'a> {
    /// `True`, `False` or `Unknown`
    pub status: &'a str,
    /// `reason`
    pub reason: &'a str,
    /// `message`
    pub message: &'a str,
    /// `lastTransitionTime`
    pub at: Option<Timestamp>,
}

/// What identifies a pod to its events.
pub fn identity_of_pod(pod: &Pod) -> Identity<'_> {
    let meta = &pod.metadata;
    let annotations = meta.annotations.as_ref();
    Identity {
        kind: "Pod",
        namespace: meta.namespace.as_deref().unwrap_or_default(),
        name: meta.name.as_deref().unwrap_or_default(),
        uid: meta.uid.as_deref().unwrap_or_default(),
        mirror: annotations.and_then(|a| a.get("kubernetes.io/config.mirror")).map(String::as_str),
        created: meta.creation_timestamp.as_ref().map(|t| t.0),
    }
}

fn identity_of_workload(workload: &Workload) -> Identity<'_> {
    Identity {
        kind: workload.kind.camel(),
        namespace: &workload.namespace,
        name: &workload.name,
        uid: &workload.uid,
        mirror: None,
        created: workload.created,
    }
}
