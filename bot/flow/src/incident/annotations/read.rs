//! Reads what annotations say about what a look found: of the workloads, which the look has read, and of their namespaces, which are
//! asked for.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use podwhy_knowledge::{Blame, Kind, World};

use super::judge::{Raw, judge};
use super::{Allowed, Annotations, PREFIX};
use crate::incident::bounds::Bounds;
use crate::incident::look::Sighted;
use crate::incident::looks::top_owner;
use crate::incident::record::Member;
use crate::ports::ClusterRead;

/// Annotations of namespaces, by the namespace's name.
type Namespaces = BTreeMap<String, BTreeMap<String, String>>;

/// Says of everything that was found what annotations say about it. Where none are allowed nothing is asked. Of what is in a
/// namespace that could not be read nothing is said: what was known of it stays.
pub async fn annotate<'s, C: ClusterRead>(
    cluster: &C,
    world: &World,
    bounds: &Bounds,
    found: impl IntoIterator<Item = &'s mut Sighted>,
    at: Timestamp,
) {
    let allowed_in = |namespace: &str| -> Vec<&Allowed> {
        let holds = |own: &&Allowed| own.areas.iter().any(|area| area.holds(cluster.name(), namespace));
        bounds.annotations.iter().filter(holds).collect()
    };
    let mut found: Vec<&mut Sighted> = found.into_iter().collect();
    let members = found.iter().flat_map(|sighted| &sighted.members);
    let wanted: BTreeSet<String> = members.map(|member| member.namespace.clone()).collect();
    let wanted: BTreeSet<String> =
        wanted.into_iter().filter(|name| !name.is_empty() && !allowed_in(name).is_empty()).collect();
    if wanted.is_empty() {
        // what was once allowed is allowed no longer
        found.iter_mut().for_each(|sighted| sighted.annotations = Some(Annotations::default()));
        return;
    }
    let namespaces = match cluster.annotations(&wanted, PREFIX).await {
        Ok(namespaces) => namespaces,
        Err(error) => {
            tracing::debug!(cluster = cluster.name(), %error, "annotations of namespaces could not be read");
            return;
        }
    };
    let mut reading = Reading { world, namespaces, judged: BTreeMap::new(), at };
    for sighted in found {
        sighted.annotations = Some(reading.of(&sighted.members, &allowed_in));
    }
}

/// What is read, each object's once.
struct Reading<'w> {
    world: &'w World,
    namespaces: Namespaces,
    judged: BTreeMap<String, Annotations>,
    at: Timestamp,
}

impl Reading<'_> {
    fn of<'a>(&mut self, members: &[Member], allowed_in: &impl Fn(&str) -> Vec<&'a Allowed>) -> Annotations {
        let mut all = Annotations::default();
        let mut mutes: Vec<Option<Timestamp>> = Vec::new();
        for member in members {
            let allowed = allowed_in(&member.namespace);
            if member.namespace.is_empty() || allowed.is_empty() {
                mutes.push(None);
                continue;
            }
            let mut own = self.workload(member, &allowed);
            let namespace = self.namespace(&member.namespace, &allowed);
            own.refused.extend(namespace.refused);
            if own.channels.is_empty() {
                own.channels = namespace.channels;
            }
            if own.runbooks.is_empty() {
                own.runbooks = namespace.runbooks;
            }
            mutes.push(own.muted_until.or(namespace.muted_until));
            all.channels.extend(own.channels);
            all.runbooks.extend(own.runbooks);
            all.refused.extend(own.refused);
            all.tidy();
        }
        // one that may be told is told
        let all_mute: Option<Vec<Timestamp>> = mutes.into_iter().collect();
        all.muted_until = all_mute.and_then(|all| all.into_iter().min());
        all
    }

    fn workload(&mut self, member: &Member, allowed: &[&Allowed]) -> Annotations {
        let Some(workload) = self.workload_of(member) else { return Annotations::default() };
        let key = format!("{} {}/{}", workload.kind, member.namespace, workload.name);
        if let Some(known) = self.judged.get(&key) {
            return known.clone();
        }
        let place = Kind::from_camel(&workload.kind).and_then(|kind| {
            self.world.workloads.get(&(kind, member.namespace.clone(), workload.name.clone()))
        });
        let said = place.map(|object| judge(&Raw::of(&object.raw), &key, allowed, self.at));
        let said = said.unwrap_or_default();
        self.judged.insert(key, said.clone());
        said
    }

    /// The outermost workload of a pod, or what fails itself.
    fn workload_of(&self, member: &Member) -> Option<Blame> {
        let (namespace, name) = (member.namespace.as_str(), member.name.as_str());
        if member.kind != "Pod" {
            return Some(Blame::namespaced(&member.kind, namespace, name));
        }
        let pod = self.world.pods.get(&(namespace.to_string(), name.to_string()))?;
        top_owner(self.world, namespace, pod)
    }

    fn namespace(&mut self, name: &str, allowed: &[&Allowed]) -> Annotations {
        let key = format!("Namespace {name}");
        if let Some(known) = self.judged.get(&key) {
            return known.clone();
        }
        let own = self.namespaces.get(name);
        let raw = Raw::from(|key| own?.get(&format!("{PREFIX}{key}")).cloned());
        let said = judge(&raw, &key, allowed, self.at);
        self.judged.insert(key, said.clone());
        said
    }
}
