//! How a pod's containers, and the pod itself, came to their ends: by themselves, again and again, or from outside.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStateTerminated, Pod};

use super::{Snapshot, lived, pod_owner};
use crate::container::{ContainerKind, ContainerView, containers};
use crate::event::{Event, Identity};
use crate::probes::is_of_last_run;
use crate::target::Kind;

/// After this long without an end the kubelet forgets a container's back-off.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/kubelet.go> (`MaxCrashLoopBackOff`, doubled)
const SETTLED_SECONDS: i64 = 600;

/// A kubelet's word about a kill, and the end it brings, are no further apart: the grace period and a little more.
const SAME_RUN_SECONDS: i64 = 120;

/// A program that ends at once has ended again within this, mostly.
const FIRST_SECONDS: i64 = 60;

/// When the last of a pod's containers that are over ended.
pub fn ended_at(pod: &Pod) -> Option<Timestamp> {
    let ends = containers(pod).into_iter().filter_map(|c| Some(c.terminated()?.finished_at.as_ref()?.0));
    ends.max()
}

impl Snapshot {
    /// Whether the kubelet says that it ended the container's last run for a startup probe or a hook that failed. An
    /// older such event is another run's.
    pub fn was_killed_at_start(&self, container: &ContainerView<'_>) -> bool {
        let finished = container.last_end().and_then(|end| end.finished_at.as_ref()).map(|t| t.0);
        let of_this_run = |e: &Event| match (e.at, finished) {
            (Some(at), Some(finished)) => (at.as_second() - finished.as_second()).abs() <= SAME_RUN_SECONDS,
            _ => true,
        };
        self.container_events(container.name).any(|e| {
            let told = e.message.contains("failed startup probe")
                || e.reason == "FailedPostStartHook"
                || e.message.contains("PostStartHook");
            told && of_this_run(e)
        })
    }

    /// Whether its last run was ended from outside and it was started again: the node was booted or lost the pod's sandbox, or the kubelet
    /// made it anew for a resize or a changed definition. A program that heeds SIGTERM ends with 0 or a code of its own then.
    /// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/kuberuntime/kuberuntime_manager.go>
    fn was_stopped(&self, container: &ContainerView<'_>, end: &ContainerStateTerminated) -> bool {
        let (Some(finished), Some(since)) = (end.finished_at.as_ref(), container.running_since()) else {
            return false;
        };
        let (from, to) = (finished.0.as_second() - 60, since.as_second() + 60);
        let between = |e: &Event| e.at.is_some_and(|at| (from..=to).contains(&at.as_second()));
        let anew = |e: &Event| {
            let changed = e.message.contains("requires restart") || e.message.contains("definition changed");
            e.reason == "SandboxChanged" || (e.reason == "Killing" && changed)
        };
        let booted = || {
            let name = self.node_name()?;
            let events = self.world.events_about(&Identity::of_node(name));
            events.into_iter().find(|e| e.reason == "Rebooted" && between(e))
        };
        self.container_events(container.name).any(|e| between(e) && anew(e)) || booted().is_some()
    }

    /// Whether the kubelet says that it ended this run for a probe. Many programs end with 0 when they are asked to.
    fn was_killed_by_probe(&self, container: &ContainerView<'_>) -> bool {
        self.container_events(container.name).any(|e| {
            let told =
                e.message.contains("failed liveness probe") || e.message.contains("failed startup probe");
            told && is_of_last_run(self, container, e)
        })
    }

    /// The containers that keep ending, or ended badly, and are not well now.
    ///
    /// A pod that is being deleted, or that the kubelet refused or evicted as a whole, has none: there the ends are
    /// the effect. A container that restarted once and is ready since has recovered.
    pub fn crashing(&self) -> Vec<ContainerView<'_>> {
        if self.ended_as_a_whole() {
            return Vec::new();
        }
        self.containers().into_iter().filter(|c| self.keeps_ending(c)).collect()
    }

    /// Whether the pod as a whole was ended, refused or evicted, or did its work: then how its containers ended is an
    /// effect.
    pub fn ended_as_a_whole(&self) -> bool {
        // one that was given up leaves its condition on a pod that runs on
        let disrupted = self.phase() == "Failed"
            && self.condition("DisruptionTarget").is_some_and(|c| c.status == "True");
        self.is_deleting() || !self.status_reason().is_empty() || self.phase() == "Succeeded" || disrupted
    }

    /// Whether all its containers ended without error although it is to run for ever: only the kubelet brings that about, which ended the pod
    /// for its node's shutdown or for room, and whose program heeded the signal.
    /// <https://github.com/kubernetes/kubernetes/issues/118310>
    pub fn was_ended_outside(&self) -> bool {
        let Some(spec) = self.spec().filter(|_| self.phase() == "Succeeded" && !self.is_deleting()) else {
            return false;
        };
        let always = spec.restart_policy.as_deref() == Some("Always");
        // the API server lets no Job's pod be so
        let of_job = self.pod().and_then(pod_owner).is_some_and(|(kind, _)| kind == Kind::Job.camel());
        // from 1.34 on a container may have a policy of its own
        always && !of_job && spec.containers.iter().all(|container| container.restart_policy.is_none())
    }

    /// Whether a pod that is over may count as the one its controller wants: one of a StatefulSet or DaemonSet that ended without error, in
    /// some releases of Kubernetes 1.27 and 1.28.
    /// <https://github.com/kubernetes/kubernetes/pull/121389>
    pub fn holds_its_place(&self) -> bool {
        let kind = self.owners.last().map(|top| top.kind);
        self.was_ended_outside() && matches!(kind, Some(Kind::StatefulSet | Kind::DaemonSet))
    }

    /// When the last of the pod's containers that are over ended.
    pub fn ended_at(&self) -> Option<Timestamp> {
        ended_at(self.pod()?)
    }

    /// Whether the pod is over and did not do its work.
    pub fn is_over(&self) -> bool {
        self.phase() == "Failed" || self.was_ended_outside()
    }

    /// Whether a container that was restarted has recovered: it is ready, has run for as long as it takes the kubelet
    /// to forget its back-off, and for much longer than the run before. One that ends every half hour has not.
    pub fn has_settled(&self, container: &ContainerView<'_>) -> bool {
        let (Some(since), Some(end)) = (container.running_since(), container.last_terminated()) else {
            return false;
        };
        // of a dump with no clock but the pod's own, nobody knows how long ago that was: it is ready, that is known
        let timeless = !self.world.knows_the_age_of(since);
        let runs = self.taken_at().seconds_since(since);
        let long = runs >= SETTLED_SECONDS && runs > lived(end).unwrap_or(0).saturating_mul(2);
        container.is_ready() && (long || timeless)
    }

    fn keeps_ending(&self, container: &ContainerView<'_>) -> bool {
        if container.kind == ContainerKind::Ephemeral {
            return false;
        }
        // a pod fails by its own containers; its sidecars are ended after them, whatever they then end with
        if container.kind == ContainerKind::Sidecar && self.phase() == "Failed" {
            return false;
        }
        if let Some(end) = container.terminated() {
            let always =
                self.spec().and_then(|spec| spec.restart_policy.as_deref()).unwrap_or("Always") == "Always";
            // its work is done, and nobody starts it again
            return end.exit_code != 0 || (always && container.kind != ContainerKind::Init);
        }
        let Some(end) = container.last_terminated() else {
            return false;
        };
        if !container.is_running() {
            return true;
        }
        // one that ends by itself now and then, as a worker with a time limit, is well between its runs
        let ends_of_age = end.exit_code == 0
            && lived(end).is_some_and(|lived| lived >= 3 * SETTLED_SECONDS)
            && !self.was_killed_by_probe(container);
        if container.is_ready() && (ends_of_age || self.was_stopped(container, end)) {
            return false;
        }
        let recent = end.finished_at.as_ref().is_none_or(|at| self.is_recent(at.0));
        let runs = container.running_since().map_or(0, |since| self.taken_at().seconds_since(since));
        let once = container.is_ready() && container.restarts() <= 1 && runs > FIRST_SECONDS;
        recent && !once && !self.has_settled(container)
    }
}
