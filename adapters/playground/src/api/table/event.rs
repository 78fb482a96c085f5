//! The cells of an event.

use serde_json::{Value, json};

use super::Scope;
use super::read::{name, number, since, text, text_or, time};

pub(super) fn event(object: &Value, scope: &Scope) -> Value {
    let first = time(object, "/firstTimestamp").or_else(|| time(object, "/eventTime"));
    let (last, count) = match object.get("series").filter(|series| series.is_object()) {
        Some(series) => (time(series, "/lastObservedTime"), number(series, "/count")),
        // An event that happened once may have neither.
        None => (time(object, "/lastTimestamp").or(first), number(object, "/count").max(1)),
    };
    let kind = text(object, "/involvedObject/kind").to_lowercase();
    let target = match text(object, "/involvedObject/name") {
        "" => kind,
        name => format!("{kind}/{name}"),
    };
    let component = text_or(object, "/source/component", text(object, "/reportingComponent"));
    let source = match text_or(object, "/source/host", text(object, "/reportingInstance")) {
        "" => component.to_owned(),
        host => format!("{component}, {host}"),
    };
    json!([
        since(last, scope),
        text(object, "/type"),
        text(object, "/reason"),
        target,
        text(object, "/involvedObject/fieldPath"),
        source,
        text(object, "/message").trim(),
        since(first, scope),
        count,
        name(object),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::tests::cells;
    use serde_json::json;

    #[test]
    fn old_and_new_events_read_as_on_the_real_server() {
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
            "involvedObject": { "kind": "Node" },
            "reason": "Slow",
            "message": "n",
            "reportingComponent": "ctl",
            "reportingInstance": "i-1",
            "eventTime": "2026-11-24T17:17:13.123456Z",
            "series": { "count": 5, "lastObservedTime": "2026-11-24T18:35:03.000000Z" },
        });
        let expected = json!(["19m", "", "Slow", "node", "", "ctl, i-1", "n", "97m", 5, "e4"]);
        assert_eq!(cells(("", "events"), new), expected);
    }
}
