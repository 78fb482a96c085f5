//! Events come in two groups and are kept in one: `events.k8s.io` is another way to write what `v1` reads.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/apis/events/v1/conversion.go>

use serde_json::{Value, json};

use crate::api::{Failure, Resource, find};

/// What the newer group calls otherwise, and the older name.
const RENAMED: [(&str, &str); 7] = [
    ("note", "message"),
    ("regarding", "involvedObject"),
    ("reportingController", "reportingComponent"),
    ("deprecatedSource", "source"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedCount", "count"),
];

/// What a new event of that group has to tell.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/apis/core/validation/events.go> (`ValidateEventCreate`)
const REQUIRED: [&str; 6] =
    ["eventTime", "reportingController", "reportingInstance", "action", "reason", "type"];

/// As which kind an object is kept, and how it then reads; any object but such an event as it is.
///
/// # Errors
/// 422 where the newer kind misses what it has to tell.
pub(crate) fn stored(
    resource: &'static Resource,
    object: &Value,
) -> Result<(&'static Resource, Value), Failure> {
    let (true, Some(core)) = (resource.group == "events.k8s.io", find("", "v1", "events")) else {
        return Ok((resource, object.clone()));
    };
    let missing = REQUIRED.iter().filter(|field| object[**field].as_str().is_none_or(str::is_empty));
    let faults: Vec<(&str, &str, String)> =
        missing.map(|field| (*field, "FieldValueRequired", "Required value".to_string())).collect();
    if !faults.is_empty() {
        return Err(Failure::invalid_fields("Event", resource.group, &faults));
    }
    let mut event = object.clone();
    event["apiVersion"] = json!("v1");
    if let Some(fields) = event.as_object_mut() {
        for (new, old) in RENAMED {
            if let Some(value) = fields.remove(new) {
                fields.insert(old.to_string(), value);
            }
        }
    }
    Ok((core, event))
}
