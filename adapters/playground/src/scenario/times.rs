//! The times of an object, moved together.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// A difference in whole seconds, as the API's times have them.
type Seconds = i64;

/// Fields whose times have microseconds; a client refuses them without.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/micro_time.go>
const MICRO: [&str; 4] = ["eventTime", "renewTime", "acquireTime", "lastObservedTime"];

pub(crate) fn seconds_between(from: Timestamp, to: Timestamp) -> Seconds {
    to.as_second() - from.as_second()
}

/// Moves every time of an object; text in annotations and messages stays.
pub(crate) fn shift(value: &mut Value, by: Seconds) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match value {
                    Value::String(text) if is_time(name) => {
                        if let Some(moved) = moved(text, by) {
                            *text = show(moved, name);
                        }
                    }
                    // what people wrote is theirs
                    _ if matches!(name.as_str(), "annotations" | "labels") => {}
                    value => shift(value, by),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| shift(item, by)),
        _ => {}
    }
}

fn is_time(field: &str) -> bool {
    // the last two are a node agent's: since when a unit is as it is, and when an error came last
    ["Time", "Timestamp", "At"].iter().any(|end| field.ends_with(end))
        || matches!(field, "time" | "since" | "last")
}

fn moved(text: &str, by: Seconds) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok()?.checked_add(SignedDuration::from_secs(by)).ok()
}

fn show(time: Timestamp, field: &str) -> String {
    if MICRO.contains(&field) { format!("{time:.6}") } else { format!("{time:.0}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_an_agent_tells_moves_with_the_time_of_its_report() {
        let mut report = json!({"spec": {"reportedAt": "2026-05-04T09:20:31Z",
            "units": [{"name": "kubelet.service", "since": "2026-05-04T09:06:25Z"}],
            "journal": [{"class": "pleg", "last": "2026-05-04T09:19:00Z", "excerpt": "since 2026-05-04T09:19:00Z"}]}});
        shift(&mut report, 3600);
        let spec = &report["spec"];
        assert_eq!(spec["reportedAt"], "2026-05-04T10:20:31Z");
        assert_eq!(spec["units"][0]["since"], "2026-05-04T10:06:25Z");
        assert_eq!(spec["journal"][0]["last"], "2026-05-04T10:19:00Z");
        assert_eq!(spec["journal"][0]["excerpt"], "since 2026-05-04T09:19:00Z");
    }

    #[test]
    fn times_move_and_words_stay() {
        let mut object = json!({"metadata": {"creationTimestamp": "2026-05-04T08:31:20Z",
            "annotations": {"note": "since 2026-05-04T08:31:20Z"}}, "spec": {"renewTime": "2026-05-04T08:31:20.5Z"}});
        shift(&mut object, 3600);
        assert_eq!(
            object,
            json!({"metadata": {"creationTimestamp": "2026-05-04T09:31:20Z",
                "annotations": {"note": "since 2026-05-04T08:31:20Z"}}, "spec": {"renewTime": "2026-05-04T09:31:20.500000Z"}})
        );
    }
}
