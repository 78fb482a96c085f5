//! The events of a world, by what they are about.

use std::sync::Arc;

use super::World;
use crate::event::{Event, Identity};

impl World {
    pub(super) fn add_event(&mut self, event: Event) {
        let about = (event.kind.clone(), event.namespace.clone(), event.name.clone());
        // a Node's events stand in the namespace `default`, its own namespace is empty
        let about = if about.0 == "Node" { (about.0, String::new(), about.2) } else { about };
        self.events.entry(about).or_default().push(Arc::new(event));
    }

    /// Whether any event at all was read for this namespace.
    pub fn has_events_in(&self, namespace: &str) -> bool {
        self.events.keys().any(|(_, ns, _)| ns == namespace)
    }

    /// The events about an object, oldest first.
    pub fn events_about(&self, object: &Identity<'_>) -> Vec<Arc<Event>> {
        let key = (object.kind.to_string(), object.namespace.to_string(), object.name.to_string());
        let all = self.events.get(&key).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(|event| event.is_about(object)).cloned().collect()
    }

    /// The events about pods whose names begin like this, newest first; the pods themselves may be gone. What follows
    /// the beginning is the five letters a controller adds, with an index before them if it has one. A pod whose name begins
    /// like that of a longer-named controller is that one's.
    pub fn events_of_pods(&self, namespace: &str, prefix: &str) -> Vec<Arc<Event>> {
        let made_for = |name: &str| {
            let rest = name.strip_prefix(prefix);
            rest.is_some_and(|rest| {
                rest.rsplit('-').next().is_some_and(|end| end.len() == 5) && rest.len() <= 16
            })
        };
        let longer: Vec<String> = (self.workloads.values())
            .filter(|other| other.namespace == namespace && other.name.starts_with(prefix))
            .map(|other| format!("{}-", other.name))
            .collect();
        let others = |name: &str| longer.iter().any(|longer| name.starts_with(longer.as_str()));
        let from = ("Pod".to_string(), namespace.to_string(), prefix.to_string());
        let mut found: Vec<Arc<Event>> = self
            .events
            .range(from..)
            .take_while(|((kind, ns, name), _)| kind == "Pod" && ns == namespace && name.starts_with(prefix))
            .filter(|((.., name), _)| made_for(name) && !others(name))
            .flat_map(|(_, events)| events.iter().cloned())
            .collect();
        found.sort_by(|a, b| (b.at, &b.reason, &b.message).cmp(&(a.at, &a.reason, &a.message)));
        found
    }
}
