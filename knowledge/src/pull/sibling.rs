//! What the same container ran before: the revisions of its owner.

use serde_json::Value;

use crate::container::containers;
use crate::finding::{Evidence, Source};
use crate::pull::Pull;
use crate::snapshot::{Snapshot, pods_of};
use crate::target::Kind;
use crate::workload::Workload;

/// An image that the same container used in another revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    /// The image.
    pub image: String,
    /// The revision of the Deployment; empty where there is no number.
    pub revision: String,
    /// Whether pods of it are ready now: then the image is known to be good.
    pub runs: bool,
    /// Where it was read.
    pub object: String,
}

impl Previous {
    /// As a piece of evidence.
    pub fn evidence(&self) -> Evidence {
        let text = match self.revision.as_str() {
            "" => format!("another pod of the same owner runs {}", self.image),
            revision => format!("revision {revision} of the same Deployment used {}", self.image),
        };
        Evidence::new(Source::Owner, self.object.clone(), None, text)
    }
}

/// What the same container ran before: a revision whose pods are ready goes before a newer one whose are not. With a
/// StatefulSet or DaemonSet it is what its other pods run.
pub fn previous(s: &Snapshot, pull: &Pull<'_>) -> Option<Previous> {
    // what an image volume held before is not looked up
    if pull.image != pull.container.image() {
        return None;
    }
    if corrected(s, pull).is_some() {
        return None;
    }
    of_replica_sets(s, pull).or_else(|| of_other_pods(s, pull))
}

/// The image that the workload's template has by now in the place of the pod's: the pod is of an earlier revision, and to go back would
/// be to go back to it.
pub fn corrected(s: &Snapshot, pull: &Pull<'_>) -> Option<String> {
    let image_in = |workload: &Workload| {
        let template = workload.template.as_ref()?;
        let mut all = template.containers.iter().chain(template.init_containers.iter().flatten());
        all.find(|c| c.name == pull.container.name)?.image.clone()
    };
    let top = s.owners.last()?;
    let earlier = match top.kind {
        // what admission changes in a pod's image is no other revision
        Kind::Deployment => {
            s.owners.iter().find(|o| o.kind == Kind::ReplicaSet).and_then(|set| image_in(set))
                != image_in(top)
        }
        Kind::DaemonSet => {
            // <https://kubernetes.io/docs/reference/labels-annotations-taints/#deprecated-daemonset-template-generation>
            let own = s.pod()?.metadata.labels.as_ref()?.get("pod-template-generation")?;
            let wanted = top.raw.pointer("/metadata/annotations/deprecated.daemonset.template.generation");
            wanted.and_then(Value::as_str).is_some_and(|wanted| wanted != own)
        }
        Kind::StatefulSet => {
            let own = s.pod()?.metadata.labels.as_ref()?.get("controller-revision-hash")?;
            top.raw
                .pointer("/status/updateRevision")
                .and_then(Value::as_str)
                .is_some_and(|wanted| wanted != own)
        }
        _ => false,
    };
    image_in(top).filter(|image| earlier && image != pull.image)
}

fn of_replica_sets(s: &Snapshot, pull: &Pull<'_>) -> Option<Previous> {
    let deployment = s.owners.iter().find(|o| o.kind == Kind::Deployment)?;
    let mine = s.owners.iter().find(|o| o.kind == Kind::ReplicaSet)?;
    let owner = Some((Kind::Deployment.camel().to_string(), deployment.name.clone()));
    let siblings = s.world.workloads.values().filter(|w| {
        w.kind == Kind::ReplicaSet && w.namespace == mine.namespace && w.owner == owner && w.name != mine.name
    });
    siblings
        .filter_map(|sibling| {
            let template = sibling.template.as_ref()?;
            let all = template.containers.iter().chain(template.init_containers.iter().flatten());
            let container = all.into_iter().find(|c| c.name == pull.container.name)?;
            let image = container.image.clone().filter(|image| image != pull.image)?;
            Some(((sibling.ready > 0, revision(sibling)), image, sibling.name.clone()))
        })
        .max_by_key(|(rank, ..)| *rank)
        .map(|((runs, revision), image, name)| Previous {
            image,
            revision: revision.to_string(),
            runs,
            object: format!("ReplicaSet {}/{name}", s.namespace()),
        })
}

fn of_other_pods(s: &Snapshot, pull: &Pull<'_>) -> Option<Previous> {
    let owner = s.owners.iter().find(|o| matches!(o.kind, Kind::StatefulSet | Kind::DaemonSet))?;
    pods_of(&s.world, owner).into_iter().find_map(|pod| {
        let pod = &s.world.pods.get(&pod)?.pod;
        let views = containers(pod);
        let other = views.iter().find(|c| c.name == pull.container.name && c.is_running())?;
        (other.image() != pull.image).then(|| Previous {
            image: other.image().to_string(),
            revision: String::new(),
            runs: other.is_ready(),
            object: format!("Pod {}/{}", owner.namespace, pod.metadata.name.as_deref().unwrap_or_default()),
        })
    })
}

fn revision(workload: &Workload) -> u64 {
    let text = workload.raw.pointer("/metadata/annotations/deployment.kubernetes.io~1revision");
    text.and_then(Value::as_str).and_then(|text| text.parse().ok()).unwrap_or(0)
}
