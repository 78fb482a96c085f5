//! Fields of an object, ages, containers and selectors as text.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Scope;

pub(super) use crate::api::store::text;

/// The text at a JSON pointer, or what stands for an empty one.
pub(super) fn text_or<'a>(object: &'a Value, pointer: &str, other: &'a str) -> &'a str {
    Some(text(object, pointer)).filter(|text| !text.is_empty()).unwrap_or(other)
}

/// The number at a JSON pointer; as in Go, an absent one is 0.
pub(super) fn number(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

/// Whether a boolean is set and true.
pub(super) fn flag(object: &Value, pointer: &str) -> bool {
    object.pointer(pointer).and_then(Value::as_bool).unwrap_or_default()
}

/// The elements of a list; none where it is absent.
pub(super) fn list<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The entries of a map in the order of their keys, as the server prints maps.
pub(super) fn entries<'a>(object: &'a Value, pointer: &str) -> BTreeMap<&'a str, &'a Value> {
    let map = object.pointer(pointer).and_then(Value::as_object);
    map.into_iter().flatten().map(|(key, value)| (key.as_str(), value)).collect()
}

/// Whether the first condition of a type says True.
pub(super) fn condition(object: &Value, kind: &str) -> bool {
    let found = list(object, "/status/conditions").iter().find(|condition| text(condition, "/type") == kind);
    found.is_some_and(|condition| text(condition, "/status") == "True")
}

pub(super) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

pub(super) fn deleted(object: &Value) -> bool {
    !text(object, "/metadata/deletionTimestamp").is_empty()
}

/// The point in time at a JSON pointer.
pub(super) fn time(object: &Value, pointer: &str) -> Option<Timestamp> {
    text(object, pointer).parse().ok()
}

/// `translateTimestampSince`: how long ago, `<unknown>` where there is no time.
pub(super) fn since(at: Option<Timestamp>, scope: &Scope) -> String {
    at.map_or_else(|| "<unknown>".to_owned(), |at| human(scope.now.duration_since(at)))
}

pub(super) fn age(object: &Value, scope: &Scope) -> String {
    since(time(object, "/metadata/creationTimestamp"), scope)
}

/// A duration in two or three significant figures
/// ([HumanDuration](https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/duration/duration.go)).
pub(super) fn human(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    if seconds < -1 {
        return "<invalid>".to_owned();
    }
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let (days, years) = (hours / 24, hours / 24 / 365);
    let two = |big: i64, unit: &str, small: i64, small_unit: &str| match small {
        0 => format!("{big}{unit}"),
        _ => format!("{big}{unit}{small}{small_unit}"),
    };
    match () {
        () if seconds < 120 => format!("{}s", seconds.max(0)),
        () if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => two(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 24 * 8 => two(days, "d", hours % 24, "h"),
        () if hours < 24 * 365 * 2 => format!("{days}d"),
        () if hours < 24 * 365 * 8 => two(years, "y", days % 365, "d"),
        () => format!("{years}y"),
    }
}

/// A map as `k=v,…`, `<none>` where it is empty
/// ([FormatLabels](https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/labels/labels.go)).
pub(super) fn labels(object: &Value, pointer: &str) -> String {
    joined(equalities(object, pointer).into_values(), "<none>")
}

/// A LabelSelector in the syntax of the query parameter, its requirements in the order of their keys
/// ([FormatLabelSelector](https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/apis/meta/v1/helpers.go)).
pub(super) fn selector(object: &Value, pointer: &str) -> String {
    let equalities = equalities(object, &format!("{pointer}/matchLabels"));
    let mut parts: Vec<_> = equalities.into_iter().collect();
    for expression in list(object, &format!("{pointer}/matchExpressions")) {
        let key = text(expression, "/key");
        let mut values: Vec<_> = list(expression, "/values").iter().filter_map(Value::as_str).collect();
        values.sort_unstable();
        let part = match text(expression, "/operator") {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        };
        parts.push((key, part));
    }
    parts.sort_by_key(|(key, _)| *key);
    joined(parts.into_iter().map(|(_, text)| text), "<none>")
}

fn equalities<'a>(object: &'a Value, pointer: &str) -> BTreeMap<&'a str, String> {
    let entries = entries(object, pointer).into_iter();
    entries.map(|(key, value)| (key, format!("{key}={}", value.as_str().unwrap_or_default()))).collect()
}

/// Parts with commas between them, or what stands for none.
pub(super) fn joined(parts: impl IntoIterator<Item: Into<String>>, none: &str) -> String {
    let parts: Vec<String> = parts.into_iter().map(Into::into).collect();
    if parts.is_empty() { none.to_owned() } else { parts.join(",") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_reads_as_on_the_real_server() {
        let day = 86_400;
        for (seconds, expected) in [
            (-2, "<invalid>"),
            (-1, "0s"),
            (119, "119s"),
            (120, "2m"),
            (121, "2m1s"),
            (599, "9m59s"),
            (600, "10m"),
            (10_799, "179m"),
            (10_800, "3h"),
            (11_100, "3h5m"),
            (28_799, "7h59m"),
            (28_800, "8h"),
            (172_799, "47h"),
            (176_400, "2d1h"),
            (691_199, "7d23h"),
            (691_200, "8d"),
            (729 * day, "729d"),
            (730 * day, "2y"),
            (731 * day, "2y1d"),
            (2_919 * day, "7y364d"),
            (2_920 * day, "8y"),
        ] {
            assert_eq!(human(SignedDuration::from_secs(seconds)), expected);
        }
    }
}
