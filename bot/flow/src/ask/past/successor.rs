//! How it goes on where a pod is gone.

use std::sync::Arc;

use podwhy_knowledge::world::PodObject;
use podwhy_knowledge::{Snapshot, Verdict, World, diagnose};

use crate::answer::BlameAnswer;
use crate::ask::owner::top_owner;

/// The pod that stands where another one stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    /// Its name.
    pub name: String,
    /// How it is.
    pub state: State,
}

/// How a pod is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Ready.
    Ready,
    /// Not ready, and nothing is wrong with it yet.
    Starting,
    /// It fails, for this cause.
    Failing(String),
}

/// The pod that came after a gone one, as far as a world knows it: of the same name, else the newest of the same workload.
pub fn successor(
    world: &Arc<World>,
    namespace: &str,
    gone: &str,
    owner: Option<&BlameAnswer>,
) -> Option<Successor> {
    let here = world.pods.iter().filter(|((place, _), _)| place == namespace);
    let belongs = |pod: &PodObject| {
        let own = top_owner(world, namespace, pod).map(|own| BlameAnswer::from(&own));
        own.is_some() && own.as_ref() == owner
    };
    let made = |pod: &PodObject| pod.pod.metadata.creation_timestamp.as_ref().map(|at| at.0);
    let candidates = here.filter(|((_, name), pod)| name == gone || belongs(pod));
    // one that is on its way out is nobody's successor
    let stays = |pod: &PodObject| pod.pod.metadata.deletion_timestamp.is_none();
    let ((_, name), pod) = candidates.max_by_key(|((_, name), pod)| (stays(pod), name == gone, made(pod)))?;
    let state = if pod.is_ready() { State::Ready } else { state(world, namespace, name) };
    Some(Successor { name: name.clone(), state })
}

fn state(world: &Arc<World>, namespace: &str, name: &str) -> State {
    let Some(snapshot) = Snapshot::of_pod(world, namespace, name) else { return State::Starting };
    let diagnosis = diagnose(&snapshot);
    match diagnosis.verdict {
        Verdict::Failing | Verdict::Unknown => State::Failing(diagnosis.top().cause.to_string()),
        Verdict::Healthy | Verdict::Expected => State::Starting,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn world() -> Arc<World> {
        let mut world = World::default();
        for (name, uid, made, ready) in [
            ("web-1-aaaaa", "1", "2026-11-25T12:00:00Z", "True"),
            ("web-1-ccccc", "3", "2026-11-25T12:09:00Z", "True"),
            ("web-1-bbbbb", "2", "2026-11-25T12:05:00Z", "False"),
        ] {
            let owner = json!({"kind": "ReplicaSet", "name": "web-1", "controller": true, "apiVersion": "apps/v1",
                "uid": "r"});
            let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "shop", "name": name,
                "uid": uid, "creationTimestamp": made, "labels": {"pod-template-hash": "1"},
                "ownerReferences": [owner]},
                "status": {"conditions": [{"type": "Ready", "status": ready}]}});
            world.add(pod).unwrap();
        }
        Arc::new(world)
    }

    #[test]
    fn the_successor_is_the_newest_of_its_workload() {
        let web =
            BlameAnswer { kind: "Deployment".into(), namespace: Some("shop".into()), name: "web".into() };
        let next = successor(&world(), "shop", "web-1-zzzzz", Some(&web));
        assert_eq!(next, Some(Successor { name: "web-1-ccccc".into(), state: State::Ready }));
        let replaced = successor(&world(), "shop", "web-1-bbbbb", None);
        let name = replaced.as_ref().map(|next| next.name.as_str());
        assert_eq!(name, Some("web-1-bbbbb"), "of the same name");
        assert_ne!(replaced.map(|next| next.state), Some(State::Ready));
        assert_eq!(successor(&world(), "shop", "x", None), None);
        assert_eq!(successor(&world(), "pay", "web-1-bbbbb", Some(&web)), None);
    }
}
