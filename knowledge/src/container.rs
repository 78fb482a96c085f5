//! One container of a pod: what was asked for beside what the kubelet says of it.

use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateTerminated, ContainerStatus, Pod, Probe,
};

use crate::quantity::Milli;

/// Which list of the pod a container stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerKind {
    /// Runs to its end before the app containers start.
    Init,
    /// An init container with `restartPolicy: Always`.
    Sidecar,
    /// `spec.containers`.
    App,
    /// Added with `kubectl debug`.
    Ephemeral,
}

/// A container's spec and status under one name.
#[derive(Clone, Copy, Debug)]
pub struct ContainerView<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its list.
    pub kind: ContainerKind,
    /// What the pod asks for; `None` for ephemeral containers, whose type differs.
    pub spec: Option<&'a Container>,
    /// What the kubelet last reported; `None` before its first report.
    pub status: Option<&'a ContainerStatus>,
    image: Option<&'a str>,
}

/// Every container of the pod, init first, in the pod's order.
pub fn containers(pod: &Pod) -> Vec<ContainerView<'_>> {
    let Some(spec) = &pod.spec else { return Vec::new() };
    let status = pod.status.as_ref();
    let init = status.and_then(|s| s.init_container_statuses.as_deref()).unwrap_or_default();
    let app = status.and_then(|s| s.container_statuses.as_deref()).unwrap_or_default();
    let ephemeral = status.and_then(|s| s.ephemeral_container_statuses.as_deref()).unwrap_or_default();
    fn named<'a>(statuses: &'a [ContainerStatus], name: &str) -> Option<&'a ContainerStatus> {
        statuses.iter().find(|s| s.name == name)
    }
    fn view<'a>(
        spec: &'a Container,
        kind: ContainerKind,
        status: Option<&'a ContainerStatus>,
    ) -> ContainerView<'a> {
        ContainerView { name: &spec.name, kind, spec: Some(spec), status, image: spec.image.as_deref() }
    }
    let mut views = Vec::new();
    for container in spec.init_containers.iter().flatten() {
        let sidecar = container.restart_policy.as_deref() == Some("Always");
        let kind = if sidecar { ContainerKind::Sidecar } else { ContainerKind::Init };
        views.push(view(container, kind, named(init, &container.name)));
    }
    for container in &spec.containers {
        views.push(view(container, ContainerKind::App, named(app, &container.name)));
    }
    for container in spec.ephemeral_containers.iter().flatten() {
        views.push(ContainerView {
            name: &container.name,
            kind: ContainerKind::Ephemeral,
            spec: None,
            status: named(ephemeral, &container.name),
            image: container.image.as_deref(),
        });
    }
    views
}

impl<'a> ContainerView<'a> {
    /// The image as the spec writes it.
    pub fn image(&self) -> &'a str {
        self.image.unwrap_or_default()
    }

    /// The waiting reason and message, if it waits.
    pub fn waiting(&self) -> Option<(&'a str, &'a str)> {
        let waiting = self.state()?.waiting.as_ref()?;
        Some((waiting.reason.as_deref().unwrap_or_default(), waiting.message.as_deref().unwrap_or_default()))
    }

    /// The end it stands at, if it is not running and not waiting.
    pub fn terminated(&self) -> Option<&'a ContainerStateTerminated> {
        self.state()?.terminated.as_ref()
    }

    /// How its previous run ended.
    pub fn last_terminated(&self) -> Option<&'a ContainerStateTerminated> {
        self.status?.last_state.as_ref()?.terminated.as_ref()
    }

    /// The latest end known, of this run or of the one before.
    pub fn last_end(&self) -> Option<&'a ContainerStateTerminated> {
        self.terminated().or_else(|| self.last_terminated())
    }

    /// When it started, if it is running.
    pub fn running_since(&self) -> Option<jiff::Timestamp> {
        let running = self.state()?.running.as_ref()?;
        running.started_at.as_ref().map(|time| time.0)
    }

    /// Whether it is running.
    pub fn is_running(&self) -> bool {
        self.state().is_some_and(|state| state.running.is_some())
    }

    /// Whether the kubelet counts it as ready.
    pub fn is_ready(&self) -> bool {
        self.status.is_some_and(|status| status.ready)
    }

    /// How often it was restarted.
    pub fn restarts(&self) -> i32 {
        self.status.map_or(0, |status| status.restart_count)
    }

    /// Whether it ever ran, as far as its status remembers.
    pub fn ever_ran(&self) -> bool {
        self.is_running() || self.last_end().is_some_and(|end| end.started_at.is_some())
    }

    /// The memory limit in force, as text and as an amount: where a resize in place is not done yet (1.33+), what the kubelet says it has
    /// set, and not what the spec asks for.
    /// <https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/>
    pub fn memory_limit(&self) -> Option<(&'a str, Milli)> {
        let set = self.status.and_then(|status| status.resources.as_ref()?.limits.as_ref()?.get("memory"));
        let text = set.map(|amount| amount.0.as_str()).or_else(|| self.asked_memory_limit())?;
        Some((text, Milli::parse(text)?))
    }

    /// The memory limit that the spec asks for.
    pub fn asked_memory_limit(&self) -> Option<&'a str> {
        let limits = self.spec?.resources.as_ref()?.limits.as_ref()?;
        Some(limits.get("memory")?.0.as_str())
    }

    /// The liveness probe.
    pub fn liveness(&self) -> Option<&'a Probe> {
        self.spec?.liveness_probe.as_ref()
    }

    /// `spec.containers[app]`: where evidence from its spec was read.
    pub fn spec_path(&self) -> String {
        format!("spec.{}[{}]", self.list("containers", "initContainers", "ephemeralContainers"), self.name)
    }

    /// `status.containerStatuses[app]`: where evidence from its status was read.
    pub fn status_path(&self) -> String {
        let list = self.list("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses");
        format!("status.{list}[{}]", self.name)
    }

    fn list(&self, app: &'static str, init: &'static str, ephemeral: &'static str) -> &'static str {
        match self.kind {
            ContainerKind::App => app,
            ContainerKind::Init | ContainerKind::Sidecar => init,
            ContainerKind::Ephemeral => ephemeral,
        }
    }

    fn state(&self) -> Option<&'a ContainerState> {
        self.status?.state.as_ref()
    }
}
