//! The cells of an event.

use serde_json::{Value, json};

use super::Scope;
use super::read::{name, number, since, text, text_or, time};

/// Both the core Event and that of `events.k8s.io`, which names the same fields differently.
pub(super) fn cells(object: &Value, scope: &Scope) -> Value {
    let at = |core: &str, new: &str| time(object, core).or_else(|| time(object, new));
    let first = at("/firstTimestamp", "/deprecatedFirstTimestamp").or_else(|| time(object, "/eventTime"));
    let last = at("/lastTimestamp", "/deprecatedLastTimestamp").or(first);
    let count = number(object, "/count").max(number(object, "/deprecatedCount"));
    let (last, count) = match object.get("series").filter(|series| series.is_object()) {
        Some(series) => (time(series, "/lastObservedTime"), number(series, "/count")),
        // An event of the new API that happened once has no count.
        None => (last, count.max(1)),
    };
    let about = |field: &str| {
        text_or(object, &format!("/involvedObject/{field}"), text(object, &format!("/regarding/{field}")))
    };
    let kind = about("kind").to_lowercase();
    let target = if about("name").is_empty() { kind } else { format!("{kind}/{}", about("name")) };
    json!([
        since(last, scope),
        text(object, "/type"),
        text(object, "/reason"),
        target,
        about("fieldPath"),
        event_source(object),
        text_or(object, "/message", text(object, "/note")).trim(),
        since(first, scope),
        count,
        name(object),
    ])
}

fn event_source(event: &Value) -> String {
    let first = |pointers: &[&str]| {
        pointers.iter().map(|pointer| text(event, pointer)).find(|text| !text.is_empty()).unwrap_or_default()
    };
    let component = first(&[
        "/source/component",
        "/deprecatedSource/component",
        "/reportingComponent",
        "/reportingController",
    ]);
    match first(&["/source/host", "/deprecatedSource/host", "/reportingInstance"]) {
        "" => component.to_owned(),
        host => format!("{component}, {host}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::cells;
    use serde_json::json;

    #[test]
    fn both_kinds_of_events_read_as_on_the_real_server() {
        let core = json!({
            "metadata": { "name": "e1" },
            "involvedObject": { "kind": "Pod", "name": "running", "fieldPath": "spec.containers{c0}" },
            "reason": "BackOff",
            "type": "Warning",
            "message": "  back off\n",
            "source": { "component": "kubelet", "host": "n1" },
            "firstTimestamp": "2026-11-24T17:17:13Z",
            "lastTimestamp": "2026-11-24T18:39:28Z",
            "count": 9,
        });
        let (path, source) = ("spec.containers{c0}", "kubelet, n1");
        let expected =
            json!(["15m", "Warning", "BackOff", "pod/running", path, source, "back off", "97m", 9, "e1"]);
        assert_eq!(cells(("", "events"), core), expected);
        let new = json!({
            "metadata": { "name": "e4" },
            "regarding": { "kind": "Node" },
            "reason": "Slow",
            "note": "n",
            "reportingController": "ctl",
            "reportingInstance": "i-1",
            "eventTime": "2026-11-24T17:17:13.123456Z",
            "series": { "count": 5, "lastObservedTime": "2026-11-24T18:35:03.000000Z" },
        });
        let expected = json!(["19m", "", "Slow", "node", "", "ctl, i-1", "n", "97m", 5, "e4"]);
        assert_eq!(cells(("events.k8s.io", "events"), new), expected);
    }
}
