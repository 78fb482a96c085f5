//! When a snapshot was taken, and how long ago something was.

use jiff::Timestamp;
use serde_json::Value;

/// The time a snapshot speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The time.
    pub at: Timestamp,
    /// False when it was derived from the newest object in a dump: the true time is the same or later, so an age is
    /// a lower bound and "still within" cannot be certain.
    pub exact: bool,
}

/// Before a duration that is a lower bound; pages in other languages put their own word in its place.
pub const AT_LEAST: &str = "at least ";

impl Moment {
    /// Seconds from `then` to the moment; negative when `then` is later.
    pub fn seconds_since(&self, then: Timestamp) -> i64 {
        self.at.as_second() - then.as_second()
    }

    /// The age as people say it: `3m`, `2h10m`, with [`AT_LEAST`] before it when it is a lower bound.
    pub fn age(&self, then: Timestamp) -> String {
        let age = show_seconds(self.seconds_since(then).max(0));
        if self.exact { age } else { format!("{AT_LEAST}{age}") }
    }
}

/// Seconds as `kubectl` would show a duration: the two largest units.
pub fn show_seconds(seconds: i64) -> String {
    let (days, hours, minutes, rest) =
        (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let pair = |a: i64, b: i64, x: &str, y: &str| {
        if b == 0 { format!("{a}{x}") } else { format!("{a}{x}{b}{y}") }
    };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{rest}s"),
        (0, 0, _) => pair(minutes, rest, "m", "s"),
        (0, _, _) => pair(hours, minutes, "h", "m"),
        _ => pair(days, hours, "d", "h"),
    }
}

/// The newest time an object gives for something that has happened: creation, managed fields, conditions, container
/// states, event and lease times. Never the deletion timestamp, which lies in the future by the grace period, and
/// never text.
pub fn newest_time(object: &Value) -> Option<Timestamp> {
    let mut newest = None;
    let mut see = |value: Option<&Value>| {
        let time: Option<Timestamp> = value.and_then(Value::as_str).and_then(|text| text.parse().ok());
        newest = newest.max(time);
    };
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    see(object.pointer("/metadata/creationTimestamp"));
    for field in list(object.pointer("/metadata/managedFields")) {
        see(field.get("time"));
    }
    for condition in list(object.pointer("/status/conditions")) {
        for key in ["lastTransitionTime", "lastHeartbeatTime", "lastProbeTime", "lastUpdateTime"] {
            see(condition.get(key));
        }
    }
    for statuses in ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] {
        for status in list(object.pointer(&format!("/status/{statuses}"))) {
            for state in ["state/running", "state/terminated", "lastState/terminated"] {
                for key in ["startedAt", "finishedAt"] {
                    see(status.pointer(&format!("/{state}/{key}")));
                }
            }
        }
    }
    match object.get("kind").and_then(Value::as_str) {
        Some("Event") => {
            for key in [
                "eventTime",
                "firstTimestamp",
                "lastTimestamp",
                "deprecatedFirstTimestamp",
                "deprecatedLastTimestamp",
            ] {
                see(object.get(key));
            }
            see(object.pointer("/series/lastObservedTime"));
        }
        Some("Lease") => {
            see(object.pointer("/spec/renewTime"));
            see(object.pointer("/spec/acquireTime"));
        }
        _ => {}
    }
    newest
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn durations_read_as_people_write_them() {
        for (seconds, text) in
            [(0, "0s"), (59, "59s"), (60, "1m"), (61, "1m1s"), (3600, "1h"), (90_000, "1d1h")]
        {
            assert_eq!(show_seconds(seconds), text);
        }
    }

    #[test]
    fn the_future_and_mere_text_do_not_count() {
        let pod = json!({
            "kind": "Pod",
            "metadata": {
                "creationTimestamp": "2026-01-01T00:00:00Z",
                "deletionTimestamp": "2026-01-09T00:00:00Z",
                "annotations": {"when": "2026-01-08T00:00:00Z"},
            },
            "status": {"containerStatuses": [{"state": {"running": {"startedAt": "2026-01-01T00:00:05Z"}}}]},
        });
        assert_eq!(newest_time(&pod), "2026-01-01T00:00:05Z".parse().ok());
    }
}
