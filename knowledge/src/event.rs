//! Events of both API groups as one type, and which of them are about an object.

use jiff::Timestamp;
use serde_json::Value;

/// An event, `core/v1` or `events.k8s.io/v1`: only what a cause reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The kind of the object it is about.
    pub kind: String,
    /// That object's namespace, empty for cluster-scoped ones.
    pub namespace: String,
    /// That object's name.
    pub name: String,
    /// That object's uid; empty when the writer gave none.
    pub uid: String,
    /// The container it is about, from a field path such as `spec.containers{app}`.
    pub container: Option<String>,
    /// The machine-readable reason. Never the only key of a rule.
    pub reason: String,
    /// The sentence.
    pub message: String,
    /// `Warning` rather than `Normal`.
    pub warning: bool,
    /// The latest time the event carries; `None` when it carries none.
    pub at: Option<Timestamp>,
    /// The earliest time the event carries.
    pub first_at: Option<Timestamp>,
    /// How often it was seen, at least 1.
    pub count: i64,
    /// The component that wrote it: `kubelet`, `default-scheduler`; empty when it does not say.
    pub reporter: String,
}

/// What a recorder writes before the latest of ten events that differ in their words alone.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/client-go/tools/record/events_cache.go>
const COMBINED: &str = "(combined from similar events):";

impl Event {
    /// Reads an Event object of either group; `None` when it is not about anything.
    pub fn from_value(value: &Value) -> Option<Event> {
        let about = value.get("involvedObject").or_else(|| value.get("regarding"))?;
        let text = |v: &Value, key: &str| v.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
        let series = value.get("series");
        let times: Vec<Timestamp> = [
            series.and_then(|s| s.get("lastObservedTime")),
            value.get("eventTime"),
            value.get("lastTimestamp"),
            value.get("deprecatedLastTimestamp"),
            value.get("firstTimestamp"),
            value.get("deprecatedFirstTimestamp"),
        ]
        .into_iter()
        .flatten()
        .filter_map(|time| time.as_str()?.parse().ok())
        .collect();
        let count = [value.get("count"), value.get("deprecatedCount"), series.and_then(|s| s.get("count"))]
            .into_iter()
            .flatten()
            .filter_map(Value::as_i64)
            .max();
        let message = match value.get("message").or_else(|| value.get("note")).and_then(Value::as_str) {
            Some(message) => message.trim_end().trim_start_matches(COMBINED).trim_start().to_string(),
            None => String::new(),
        };
        Some(Event {
            kind: text(about, "kind"),
            namespace: text(about, "namespace"),
            name: text(about, "name"),
            uid: text(about, "uid"),
            container: container_of(&text(about, "fieldPath")),
            reason: text(value, "reason"),
            message,
            warning: text(value, "type") == "Warning",
            at: times.iter().max().copied(),
            first_at: times.iter().min().copied(),
            count: count.unwrap_or(1).max(1),
            reporter: [
                "/reportingComponent",
                "/reportingController",
                "/source/component",
                "/deprecatedSource/component",
            ]
            .iter()
            .filter_map(|path| value.pointer(path)?.as_str())
            .find(|name| !name.is_empty())
            .unwrap_or_default()
            .to_string(),
        })
    }

    /// Whether the event is about this object.
    ///
    /// Kubelets write the node's name as a Node event's uid, and a mirror pod's events carry the hash of its
    /// manifest (annotation `kubernetes.io/config.mirror`). An event without a uid counts only if it is not older
    /// than the object, so that a predecessor of the same name lends it nothing.
    pub fn is_about(&self, object: &Identity<'_>) -> bool {
        if self.kind != object.kind || self.name != object.name {
            return false;
        }
        if object.kind == "Node" {
            return true;
        }
        if self.namespace != object.namespace {
            return false;
        }
        if self.uid.is_empty() {
            return match (self.at, object.created) {
                (Some(at), Some(created)) => at >= created,
                _ => true,
            };
        }
        object.uid.is_empty() || self.uid == object.uid || Some(self.uid.as_str()) == object.mirror
    }
}

/// What identifies an object to its events.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// CamelCase kind.
    pub kind: &'a str,
    /// Namespace, empty for cluster-scoped objects.
    pub namespace: &'a str,
    /// Name.
    pub name: &'a str,
    /// uid, empty when unknown.
    pub uid: &'a str,
    /// The annotation `kubernetes.io/config.mirror` of a static pod's mirror.
    pub mirror: Option<&'a str>,
    /// creationTimestamp.
    pub created: Option<Timestamp>,
}

impl<'a> Identity<'a> {
    /// A node's: kubelets write its name as its uid, so that name alone tells whose an event is.
    pub fn of_node(name: &'a str) -> Identity<'a> {
        Identity { kind: "Node", namespace: "", name, uid: "", mirror: None, created: None }
    }
}

fn container_of(field_path: &str) -> Option<String> {
    let (_, rest) = field_path.split_once('{')?;
    rest.strip_suffix('}').map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn identity<'a>(uid: &'a str, mirror: Option<&'a str>) -> Identity<'a> {
        Identity {
            kind: "Pod",
            namespace: "shop",
            name: "cart-0",
            uid,
            mirror,
            created: "2026-01-01T00:00:10Z".parse().ok(),
        }
    }

    fn event(uid: &str, at: &str) -> Event {
        Event::from_value(&json!({
            "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "cart-0", "uid": uid,
                "fieldPath": "spec.containers{app}"},
            "reason": "Failed", "message": "no\n", "type": "Warning", "lastTimestamp": at,
            "firstTimestamp": "2026-01-01T00:00:00Z", "series": null,
        }))
        .unwrap()
    }

    #[test]
    fn both_groups_are_read() {
        let core = event("u", "2026-01-01T00:01:00Z");
        assert_eq!(core.container.as_deref(), Some("app"));
        assert_eq!((core.message.as_str(), core.count, core.warning), ("no", 1, true));
        let combined = Event::from_value(&json!({
            "involvedObject": {"kind": "Pod"}, "message": "(combined from similar events): no", "count": 12,
        }))
        .unwrap();
        assert_eq!((combined.message.as_str(), combined.count), ("no", 12));
        let new = Event::from_value(&json!({
            "regarding": {"kind": "Pod", "namespace": "shop", "name": "cart-0", "uid": "u"},
            "reason": "Failed", "note": "no", "type": "Warning",
            "eventTime": "2026-01-01T00:00:00.000001Z",
            "series": {"count": 7, "lastObservedTime": "2026-01-01T00:09:00.000001Z"},
        }))
        .unwrap();
        assert_eq!((new.count, new.at), (7, "2026-01-01T00:09:00.000001Z".parse().ok()));
    }

    #[test]
    fn an_event_belongs_to_one_life_of_a_name() {
        assert!(event("u", "2026-01-01T00:01:00Z").is_about(&identity("u", None)));
        assert!(!event("old", "2026-01-01T00:01:00Z").is_about(&identity("u", None)));
        assert!(event("hash", "2026-01-01T00:01:00Z").is_about(&identity("u", Some("hash"))));
        assert!(event("", "2026-01-01T00:01:00Z").is_about(&identity("u", None)));
        assert!(!event("", "2026-01-01T00:00:05Z").is_about(&identity("u", None)));
    }
}
