//! Whether a scheduler of the pod's name is at work: its lock, its pods, and what it did for others.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;

use crate::moment::Moment;
use crate::snapshot::Snapshot;
use crate::world::World;

/// The name pods get that ask for none.
pub const DEFAULT: &str = "default-scheduler";

/// The lock a scheduler holds while it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// `Lease`, or `Endpoints` up to 1.19.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Who holds it: `host_uuid`; empty once it was given back.
    pub holder: String,
    /// When it was last renewed.
    pub renewed: Timestamp,
    /// For how long a renewal is good, in seconds.
    pub lasts: i64,
}

/// Leader election in an annotation, as before Leases.
/// <https://github.com/kubernetes/client-go/blob/kubernetes-1.16.0/tools/leaderelection/resourcelock/interface.go>
const LEADER: &str = "/metadata/annotations/control-plane.alpha.kubernetes.io~1leader";

/// Every lock that is renewed by itself, the nodes' included.
fn locks(world: &World) -> Vec<Lock> {
    let leases = world.leases.iter().filter_map(|((namespace, name), lease)| {
        let spec = lease.spec.as_ref()?;
        Some(Lock {
            kind: "Lease",
            namespace: namespace.clone(),
            name: name.clone(),
            holder: spec.holder_identity.clone().unwrap_or_default(),
            renewed: spec.renew_time.as_ref()?.0,
            lasts: i64::from(spec.lease_duration_seconds.unwrap_or(15)),
        })
    });
    let endpoints = world.others.iter().filter(|((kind, ..), _)| kind == "Endpoints");
    let annotated = endpoints.filter_map(|((_, namespace, name), object)| {
        let record: Value = serde_json::from_str(object.pointer(LEADER)?.as_str()?).ok()?;
        Some(Lock {
            kind: "Endpoints",
            namespace: namespace.clone(),
            name: name.clone(),
            holder: record.get("holderIdentity").and_then(Value::as_str).unwrap_or_default().to_string(),
            renewed: record.get("renewTime")?.as_str()?.parse().ok()?,
            lasts: record.get("leaseDurationSeconds").and_then(Value::as_i64).unwrap_or(15),
        })
    });
    leases.chain(annotated).collect()
}

/// The lock of this scheduler, if it was read, and for how long it has not been renewed, in seconds. The age is measured
/// by what was renewed in the same dump; `None` where nothing else tells the time. A dump is read one namespace after
/// the other: only another lock of the same one was surely read in the same breath ([`Age::sure`]).
pub fn lock(world: &World, scheduler: &str) -> Option<(Lock, Option<Age>)> {
    let all = locks(world);
    let name = if scheduler == DEFAULT { "kube-scheduler" } else { scheduler };
    let own = |lock: &&Lock| lock.name == name && lock.namespace != "kube-node-lease";
    let found = all.iter().filter(own).max_by_key(|lock| lock.renewed)?.clone();
    let others = |near: bool| {
        let other =
            all.iter().filter(|lock| lock.name != name && (!near || lock.namespace == found.namespace));
        other.map(|lock| lock.renewed).max()
    };
    let beside = if world.taken_at.exact { Some(world.taken_at.at) } else { others(true) };
    let since = |now| Moment { at: now, exact: true }.seconds_since(found.renewed).max(0);
    let sure = beside.map(|now| Age { seconds: since(now), sure: true });
    let age = sure.or_else(|| others(false).map(|now| Age { seconds: since(now), sure: false }));
    Some((found, age))
}

/// For how long a lock was not renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    /// Seconds.
    pub seconds: i64,
    /// Whether lock and clock were read in the same breath.
    pub sure: bool,
}

/// A pod that runs the scheduler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runner {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its node, empty when it has none.
    pub node: String,
    /// Whether it runs, as far as was read.
    pub runs: bool,
    /// What it does instead.
    pub state: String,
    /// It mirrors a static pod's manifest.
    pub is_static: bool,
}

/// The pods that run this scheduler.
pub fn runners(s: &Snapshot, scheduler: &str) -> Vec<Runner> {
    let default = scheduler == DEFAULT;
    let briefs = s.world.briefs.iter().filter(|pod| {
        let itself = pod.namespace == s.namespace() && pod.name == s.name();
        let label = |key: &str| pod.labels.get(key).map(String::as_str);
        let named = if default {
            let control_plane = matches!(pod.namespace.as_str(), "kube-system" | "openshift-kube-scheduler");
            let component =
                label("component") == Some("kube-scheduler") || label("k8s-app") == Some("kube-scheduler");
            let by_name =
                pod.name.starts_with("kube-scheduler-") || pod.name.starts_with("openshift-kube-scheduler-");
            control_plane && (component || by_name)
        } else {
            pod.name.starts_with(&format!("{scheduler}-"))
                || ["app", "component", "app.kubernetes.io/name", "k8s-app"]
                    .iter()
                    .any(|key| label(key) == Some(scheduler))
        };
        named && !itself
    });
    briefs
        .map(|brief| {
            let key = (brief.namespace.clone(), brief.name.clone());
            let pod = s.world.pods.get(&key).map(|object| object.pod.as_ref());
            let (runs, state) = pod.map_or((brief.phase == "Running", brief.phase.clone()), state_of);
            Runner {
                namespace: brief.namespace.clone(),
                name: brief.name.clone(),
                node: brief.node.clone().unwrap_or_default(),
                runs: runs && !brief.deleting,
                state,
                is_static: pod.is_some_and(|pod| {
                    let annotations = pod.metadata.annotations.as_ref();
                    annotations.is_some_and(|a| a.contains_key("kubernetes.io/config.mirror"))
                }),
            }
        })
        .collect()
}

/// Whether a pod's container runs, and what it does instead.
fn state_of(pod: &Pod) -> (bool, String) {
    let status = pod.status.as_ref();
    let phase = status.and_then(|s| s.phase.clone()).unwrap_or_default();
    let Some(containers) = status.and_then(|s| s.container_statuses.as_ref()).filter(|c| !c.is_empty())
    else {
        return (phase == "Running", phase);
    };
    for container in containers {
        let state = container.state.as_ref();
        if let Some(waiting) = state.and_then(|state| state.waiting.as_ref()) {
            return (false, waiting.reason.clone().unwrap_or_default());
        }
        if let Some(end) = state.and_then(|state| state.terminated.as_ref()) {
            let reason = end.reason.clone().unwrap_or_default();
            return (false, format!("{reason} (exit code {})", end.exit_code));
        }
    }
    (phase == "Running", phase)
}

/// Whether this scheduler has spoken of another pod since this time.
pub fn spoke_since(s: &Snapshot, scheduler: &str, then: Timestamp) -> bool {
    s.world.pods.values().any(|object| {
        let spec = object.pod.spec.as_ref();
        let own = spec.and_then(|spec| spec.scheduler_name.as_deref()).unwrap_or(DEFAULT);
        let conditions = object.pod.status.as_ref().and_then(|status| status.conditions.as_ref());
        let scheduled = conditions.and_then(|c| c.iter().find(|c| c.type_ == "PodScheduled"));
        let at = scheduled.and_then(|c| c.last_transition_time.as_ref()).map(|time| time.0);
        own == scheduler && at.is_some_and(|at| at > then)
    })
}

/// The schedulers that pods of this world name, that one left out.
pub fn others(s: &Snapshot, scheduler: &str) -> Vec<String> {
    let mut names: Vec<String> = vec![DEFAULT.to_string()];
    for object in s.world.pods.values() {
        let spec = object.pod.spec.as_ref();
        let scheduled = spec.is_some_and(|spec| spec.node_name.is_some());
        if let Some(name) = spec.and_then(|spec| spec.scheduler_name.clone()).filter(|_| scheduled)
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names.retain(|name| name != scheduler);
    names
}
