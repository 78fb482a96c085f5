//! How it goes on where a pod is gone.

use podwhy_knowledge::World;
use podwhy_knowledge::world::PodObject;

use super::Remains;
use crate::incident::looks::top_owner;
use crate::incident::record::Blamed;

/// The pod that stands where another one stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    /// Its name.
    pub name: String,
    /// Whether it is ready.
    pub is_ready: bool,
}

/// The pod that came after a gone one, as far as a world knows it: of the same name, else the newest of the same workload.
pub fn successor(world: &World, gone: &Remains) -> Option<Successor> {
    let here = world.pods.iter().filter(|((namespace, _), _)| *namespace == gone.namespace);
    let others = here.filter(|(_, pod)| pod.pod.metadata.uid.as_deref() != Some(gone.uid.as_str()));
    let belongs = |namespace: &str, pod| {
        let owner = top_owner(world, namespace, pod).map(|owner| Blamed::from(&owner));
        owner.is_some() && owner == gone.owner
    };
    let made = |pod: &PodObject| pod.pod.metadata.creation_timestamp.as_ref().map(|at| at.0);
    let candidates = others.filter(|((namespace, name), pod)| *name == gone.name || belongs(namespace, pod));
    let next = candidates.max_by_key(|((_, name), pod)| (*name == gone.name, made(pod)))?;
    Some(Successor { name: next.0.1.clone(), is_ready: next.1.is_ready() })
}
