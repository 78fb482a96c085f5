//! How far a deletion has got.

use jiff::Timestamp;

use crate::causes::sandbox::cni_not_ready::without_network;
use crate::container::ContainerView;
use crate::event::Event;
use crate::finding::Evidence;
use crate::node_state;
use crate::sandbox::on_host_network;
use crate::snapshot::Snapshot;

/// After its grace period a pod may take this many seconds more: the kill, the sandbox, the volumes, the last update.
pub const SLACK_SECONDS: i64 = 30;

/// A deletion, as the pod's metadata tell of it.
#[derive(Clone, Copy, Debug)]
pub struct Deletion {
    /// `deletionTimestamp`: when the grace period ends.
    pub ends: Timestamp,
    /// `deletionGracePeriodSeconds`
    pub grace: i64,
    /// Seconds past that end; negative while it lasts.
    pub over: i64,
}

impl Deletion {
    /// When the deletion was asked for.
    pub fn asked(&self) -> i64 {
        self.ends.as_second() - self.grace
    }

    /// Whether the grace period is over by more than finishing takes.
    pub fn is_overdue(&self) -> bool {
        self.over > SLACK_SECONDS
    }
}

/// The pod's deletion, if it is being deleted.
/// <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/>
pub fn deletion(s: &Snapshot) -> Option<Deletion> {
    let meta = &s.pod()?.metadata;
    let ends = meta.deletion_timestamp.as_ref()?.0;
    let grace = meta.deletion_grace_period_seconds.unwrap_or(30);
    Some(Deletion { ends, grace, over: s.taken_at().seconds_since(ends) })
}

/// Its evidence.
pub fn evidence(s: &Snapshot, deletion: &Deletion) -> Evidence {
    let text = format!(
        "metadata.deletionTimestamp {}, deletionGracePeriodSeconds {}",
        deletion.ends, deletion.grace
    );
    s.from_status(Some(deletion.ends), text)
}

/// The containers that, as far as the API knows, still run.
pub fn running(s: &Snapshot) -> Vec<ContainerView<'_>> {
    s.containers().into_iter().filter(ContainerView::is_running).collect()
}

/// A bound pod whose deletion is overdue, with nothing in its metadata that holds it and a kubelet that is alive:
/// what is left to do, is the kubelet's. A static pod's mirror is made anew whatever is deleted.
pub fn kubelets_turn(s: &Snapshot) -> Option<Deletion> {
    let deletion = deletion(s).filter(Deletion::is_overdue)?;
    let held = s.pod()?.metadata.finalizers.as_ref().is_some_and(|finalizers| !finalizers.is_empty());
    let silent = s.node().is_some() && !node_state::is_ready(s);
    (!held && !silent && !s.is_static() && s.node_name().is_some()).then_some(deletion)
}

/// The same on a node whose kubelet says itself that no network plugin is there: it lives and kills, and the runtime
/// cannot take down a sandbox's network.
pub fn without_a_plugin(s: &Snapshot) -> Option<(Deletion, Evidence)> {
    let deletion = deletion(s).filter(Deletion::is_overdue)?;
    let pod = s.pod().filter(|pod| !on_host_network(pod))?;
    let held = pod.metadata.finalizers.as_ref().is_some_and(|finalizers| !finalizers.is_empty());
    let condition = s.node().and_then(without_network)?;
    (!held && !s.is_static()).then_some((deletion, condition))
}

/// The newest event since the deletion was asked for that satisfies this.
pub fn event_since<'a>(
    s: &'a Snapshot,
    deletion: &Deletion,
    wanted: impl Fn(&Event) -> bool,
) -> Option<&'a Event> {
    let since = |e: &Event| e.at.is_none_or(|at| at.as_second() >= deletion.asked());
    s.events.iter().rev().map(AsRef::as_ref).find(|e| since(e) && wanted(e))
}
