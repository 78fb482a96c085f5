//! ConfigMaps and Secrets that were written around the time the pod began to fail.

use super::{Changed, What, change};
use crate::evidence::object_name;
use crate::finding::{Evidence, Source};
use crate::references::config_references;
use crate::snapshot::Snapshot;
use crate::world::Lookup;

pub(super) fn of(s: &Snapshot) -> Vec<Changed> {
    let mut seen: Vec<(&'static str, String)> = Vec::new();
    let mut found = Vec::new();
    for reference in config_references(s) {
        let key = (reference.kind, reference.name.clone());
        // the cluster's own certificate, which every namespace is given
        if reference.name == "kube-root-ca.crt" || seen.contains(&key) {
            continue;
        }
        seen.push(key);
        found.extend(written(s, reference.kind, &reference.name));
    }
    found
}

fn written(s: &Snapshot, kind: &'static str, name: &str) -> Option<Changed> {
    let object = match kind {
        "ConfigMap" => s.world.config_map(s.namespace(), name),
        _ => s.world.secret(s.namespace(), name),
    };
    let Lookup::Found(object) = object else { return None };
    let at = object.changed_at?;
    let made = object.made_at == Some(at);
    let started = s.containers().into_iter().filter_map(|container| {
        container.running_since().or_else(|| container.last_end()?.started_at.as_ref().map(|time| time.0))
    });
    let created = s.pod().and_then(|pod| pod.metadata.creation_timestamp.as_ref()).map(|time| time.0);
    let after_start = started.min().or(created).is_some_and(|started| at > started);
    let place = object_name(kind, s.namespace(), name);
    let field = if made { "metadata.creationTimestamp" } else { "metadata.managedFields" };
    let evidence = Evidence::new(Source::Object, place.clone(), Some(at), format!("{field}: written {at}"));
    Some(change(Some(at), place, What::Config { kind, name: name.to_string(), made, after_start }, evidence))
}
