//! The containers, as the runtime sees them.

use std::cmp::Reverse;
use std::collections::HashMap;

use futures::{StreamExt, stream};
use jiff::Timestamp;
use podwhy_api::report::RuntimeContainer;

use super::client::{Cri, CriError, LOOK};
use super::messages::{
    Container, ContainerFilter, ContainerState, ContainerStateValue, ContainerStatus, ContainerStatusRequest,
    ContainerStatusResponse, ListContainersRequest, ListContainersResponse, StatusRequest, StatusResponse,
    VersionRequest, VersionResponse,
};

/// Of so many ended containers it is asked when they ended: the youngest.
const MOST_ASKED: usize = 100;

/// So many of these questions are under way at once.
const AT_ONCE: usize = 4;

/// Names have at most so many bytes: the API server takes none that is longer.
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names>
const MOST_NAME: usize = 253;

/// The labels by which the kubelet finds its containers again.
/// <https://github.com/kubernetes/kubelet/blob/master/pkg/types/labels.go>
const NAMESPACE: &str = "io.kubernetes.pod.namespace";
const POD: &str = "io.kubernetes.pod.name";
const UID: &str = "io.kubernetes.pod.uid";
const NAME: &str = "io.kubernetes.container.name";

/// Whether the runtime can work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// Its `RuntimeReady`.
    pub runtime: bool,
    /// Its `NetworkReady`.
    pub network: bool,
    /// What it says of what is not ready; empty where all is.
    pub why: String,
}

impl Cri {
    /// The runtime's name and version: `containerd 1.6.20`.
    ///
    /// # Errors
    /// [`CriError`]
    pub async fn version(&self) -> Result<String, CriError> {
        let asked = VersionRequest { version: "v1".to_string() };
        let said: VersionResponse = self.runtime("Version", asked, LOOK).await?;
        let version = said.runtime_version.trim_start_matches('v');
        Ok(bounded(&format!("{} {version}", said.runtime_name)))
    }

    /// Whether it says that it can run containers and give them a network.
    ///
    /// # Errors
    /// [`CriError`]
    pub async fn ready(&self) -> Result<Ready, CriError> {
        let said: StatusResponse = self.runtime("Status", StatusRequest {}, LOOK).await?;
        let conditions = said.status.unwrap_or_default().conditions;
        let holds = |kind: &str| conditions.iter().any(|one| one.kind == kind && one.status);
        let failing = conditions.iter().filter(|one| !one.status);
        let why: Vec<String> =
            failing.map(|one| bounded(&format!("{}: {} {}", one.kind, one.reason, one.message))).collect();
        Ok(Ready { runtime: holds("RuntimeReady"), network: holds("NetworkReady"), why: why.join("; ") })
    }

    /// How many containers run.
    ///
    /// # Errors
    /// [`CriError`]
    pub async fn running(&self) -> Result<usize, CriError> {
        self.list(Some(ContainerState::Running)).await.map(|all| all.len())
    }

    /// Every container. The list has no times but that of creation: it stands for the start of one that runs, which follows within moments.
    /// When an ended one started and ended is asked for the 100 that were created last; others have no times, and neither has one that was
    /// removed meanwhile.
    ///
    /// # Errors
    /// [`CriError`] of the list.
    pub async fn containers(&self) -> Result<Vec<RuntimeContainer>, CriError> {
        let mut all = self.list(None).await?;
        all.sort_by_key(|one| Reverse(one.created_at));
        let ended = all.iter().filter(|one| one.state() == ContainerState::Exited);
        let ids: Vec<String> = ended.take(MOST_ASKED).map(|one| one.id.clone()).collect();
        let asked = stream::iter(ids).map(|id| async move {
            let status = self.status(&id).await.ok().flatten();
            (id, status)
        });
        let times: HashMap<_, _> = asked.buffer_unordered(AT_ONCE).collect().await;
        Ok(all.iter().map(|one| told(one, times.get(&one.id).and_then(Option::as_ref))).collect())
    }

    async fn status(&self, id: &str) -> Result<Option<ContainerStatus>, CriError> {
        let asked = ContainerStatusRequest { container_id: id.to_string() };
        let said: ContainerStatusResponse = self.runtime("ContainerStatus", asked, LOOK).await?;
        Ok(said.status)
    }

    pub(super) async fn list(&self, state: Option<ContainerState>) -> Result<Vec<Container>, CriError> {
        let filter = state.map(|state| {
            let state = ContainerStateValue { state: state.into() };
            ContainerFilter { state: Some(state) }
        });
        let said: ListContainersResponse =
            self.runtime("ListContainers", ListContainersRequest { filter }, LOOK).await?;
        Ok(said.containers)
    }
}

/// Its namespace, pod and name.
pub(super) fn place(container: &Container) -> (String, String, String) {
    let label = |key: &str| bounded(container.labels.get(key).map_or("", String::as_str));
    let own = container.metadata.as_ref().map_or("", |metadata| &metadata.name);
    let name = container.labels.get(NAME).map_or(own, String::as_str);
    (label(NAMESPACE), label(POD), bounded(name))
}

fn told(container: &Container, status: Option<&ContainerStatus>) -> RuntimeContainer {
    let (namespace, pod, name) = place(container);
    let state = ContainerState::try_from(container.state).unwrap_or(ContainerState::Unknown);
    let finished = status.and_then(|status| time(status.finished_at));
    // containerd notes a start when it is over, and the end of a short run may be noted before
    let ran =
        status.and_then(|status| time(status.started_at)).map(|at| finished.map_or(at, |end| at.min(end)));
    let (state, started) = match state {
        ContainerState::Created => ("created", None),
        ContainerState::Running => ("running", time(container.created_at)),
        ContainerState::Exited => ("exited", ran),
        ContainerState::Unknown => ("unknown", None),
    };
    RuntimeContainer {
        namespace,
        pod,
        pod_uid: bounded(container.labels.get(UID).map_or("", String::as_str)),
        name,
        state: state.to_string(),
        started_at: started,
        finished_at: finished,
    }
}

/// Nothing where it did not happen.
fn time(nanos: i64) -> Option<Timestamp> {
    Timestamp::from_nanosecond(i128::from(nanos)).ok().filter(|_| nanos > 0)
}

/// What strangers name is cut, and has no line breaks.
fn bounded(text: &str) -> String {
    let end = text.floor_char_boundary(MOST_NAME);
    text[..end].replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(state: i32) -> Container {
        let labels = [(NAMESPACE, "shop"), (POD, "web-0"), (UID, "u"), (NAME, "web")];
        let labels = labels.map(|(key, value)| (key.to_string(), value.to_string())).into();
        Container { id: "c".to_string(), state, created_at: 1_000_000_000, labels, ..Container::default() }
    }

    #[test]
    fn creation_is_the_start_only_of_what_runs() {
        let at = |seconds| Some(Timestamp::from_second(seconds).unwrap());
        let running = told(&container(1), None);
        assert_eq!(
            (running.state.as_str(), running.started_at, running.finished_at),
            ("running", at(1), None)
        );
        let status = ContainerStatus { started_at: 2_000_000_000, finished_at: 3_000_000_000 };
        let exited = told(&container(2), Some(&status));
        assert_eq!((exited.state.as_str(), exited.started_at, exited.finished_at), ("exited", at(2), at(3)));
        let brief = ContainerStatus { started_at: 3_000_000_001, finished_at: 3_000_000_000 };
        assert_eq!(told(&container(2), Some(&brief)).started_at, at(3), "nothing ends before it starts");
        assert_eq!(told(&container(2), None).started_at, None);
        assert_eq!(told(&container(0), None).started_at, None);
        assert_eq!(told(&container(9), None).state, "unknown");
        let never = ContainerStatus { started_at: 0, finished_at: i64::MIN };
        assert_eq!(told(&container(2), Some(&never)).finished_at, None);
    }

    #[test]
    fn the_kubelets_labels_name_it_and_strangers_names_are_cut() {
        let named = told(&container(1), None);
        assert_eq!(
            (named.namespace, named.pod, named.pod_uid, named.name),
            ("shop".into(), "web-0".into(), "u".into(), "web".into())
        );
        let mut hostile = container(1);
        hostile.labels.insert(POD.to_string(), format!("a\n{}", "ü".repeat(500)));
        let pod = told(&hostile, None).pod;
        assert!(pod.len() <= MOST_NAME && pod.starts_with("a ü"));
    }
}
