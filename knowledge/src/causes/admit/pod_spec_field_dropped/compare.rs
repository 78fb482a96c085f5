//! What of an applied pod spec the API server does not hold.

use k8s_openapi::api::core::v1::PodSpec;
use serde_json::{Map, Value};

/// A field that was applied and is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dropped {
    /// The keys above it, without indices.
    pub(super) keys: Vec<String>,
    /// `spec.containers[app]`
    pub(super) parent: String,
    pub(super) name: String,
    /// The container it was given to.
    pub(super) container: Option<String>,
    /// Kubernetes has such a field there, this server did not keep it.
    pub(super) known: bool,
    /// What the object does hold in that place.
    pub(super) present: Vec<String>,
}

/// The fields of `given` that `held` lacks and that cannot have been there: names the API does not have in that place.
/// Fields the API has may have been removed later; they count only when the spec is as it was made (`untouched`).
pub(super) fn dropped(given: &Value, held: &Value, untouched: bool) -> Vec<Dropped> {
    // what the types do not know does not come back
    let Some(known) =
        serde_json::from_value::<PodSpec>(given.clone()).ok().and_then(|s| serde_json::to_value(s).ok())
    else {
        return Vec::new();
    };
    let mut walk = Walk { found: Vec::new(), untouched };
    walk.object(given, &known, held, &Place { keys: Vec::new(), shown: "spec".to_string(), container: None });
    walk.found
}

#[derive(Clone)]
struct Place {
    keys: Vec<String>,
    shown: String,
    container: Option<String>,
}

struct Walk {
    found: Vec<Dropped>,
    untouched: bool,
}

impl Walk {
    fn object(&mut self, given: &Value, known: &Value, held: &Value, place: &Place) {
        // a part that is not there any more was removed by someone: nothing can be said of what was in it
        let (Value::Object(given), Value::Object(known), Value::Object(held)) = (given, known, held) else {
            return;
        };
        for (name, value) in given.iter().filter(|(_, value)| !is_empty(value)) {
            match (known.get(name), held.get(name)) {
                (Some(known), Some(held)) => self.inner(name, value, known, held, place),
                (None, None) if !read_anyway(name, value, held) => self.note(name, held, place, false),
                (Some(_), None) if self.may_tell(place) => self.note(name, held, place, true),
                _ => {}
            }
        }
    }

    /// Deeper down, a known field may be missing for being the default or for having been brought to another form.
    fn may_tell(&self, place: &Place) -> bool {
        let list = place.keys.first().map(String::as_str);
        self.untouched
            && (place.keys.is_empty()
                || (place.keys.len() == 1 && place.container.is_some() && list.is_some()))
    }

    fn inner(&mut self, name: &str, given: &Value, known: &Value, held: &Value, place: &Place) {
        let mut next = place.clone();
        next.keys.push(name.to_string());
        match (given, known, held) {
            (Value::Array(given), Value::Array(known), Value::Array(held)) => {
                for (index, (given, known)) in given.iter().zip(known).enumerate() {
                    let own = given.get("name").and_then(Value::as_str);
                    let twin = match own {
                        Some(own) => held.iter().find(|h| h.get("name").and_then(Value::as_str) == Some(own)),
                        None => held.get(index),
                    };
                    let Some(twin) = twin else { continue };
                    let label = own.map_or(index.to_string(), str::to_string);
                    let container = name.to_lowercase().ends_with("containers") && place.keys.is_empty();
                    let item = Place {
                        keys: next.keys.clone(),
                        shown: format!("{}.{name}[{label}]", place.shown),
                        container: if container { own.map(str::to_string) } else { place.container.clone() },
                    };
                    self.object(given, known, twin, &item);
                }
            }
            _ => {
                next.shown = format!("{}.{name}", place.shown);
                self.object(given, known, held, &next);
            }
        }
    }

    fn note(&mut self, name: &str, held: &Map<String, Value>, place: &Place, known: bool) {
        self.found.push(Dropped {
            keys: place.keys.clone(),
            parent: place.shown.clone(),
            name: name.to_string(),
            container: place.container.clone(),
            known,
            present: held.keys().cloned().collect(),
        });
    }
}

/// Not written out again, or of no effect: null, false, zero and whatever is empty.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(on) => !on,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_empty),
    }
}

/// Before 1.8 the API server did not mind the case of letters.
fn read_anyway(name: &str, value: &Value, held: &Map<String, Value>) -> bool {
    held.iter().any(|(real, kept)| real.eq_ignore_ascii_case(name) && kept == value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn names(given: Value, held: Value, untouched: bool) -> Vec<String> {
        dropped(&given, &held, untouched).iter().map(|d| format!("{}.{}", d.parent, d.name)).collect()
    }

    #[test]
    fn only_what_the_api_has_no_place_for_is_dropped() {
        let given = json!({"containers": [{"name": "app", "image": "a:1", "commnad": ["x"], "tty": true, "env": [
            {"name": "A", "value": "1"}]}], "resources": {"limits": {"cpu": "1"}}, "foo": null});
        let held =
            json!({"containers": [{"name": "app", "image": "b:2", "env": []}], "restartPolicy": "Always"});
        // tty and resources may have been taken away again
        assert_eq!(names(given.clone(), held.clone(), false), ["spec.containers[app].commnad"]);
        assert_eq!(names(given, held, true).len(), 3);
    }

    #[test]
    fn what_is_stored_or_gone_with_its_parent_is_not_dropped() {
        let given = json!({"containers": [{"name": "app", "newField": 1}, {"name": "old", "commnad": ["x"]}],
            "securityContext": {"runAsUsr": 5}});
        let held = json!({"containers": [{"name": "app", "newField": 1}], "securityContext": {}});
        assert_eq!(names(given, held, true), ["spec.securityContext.runAsUsr"]);
        let cased = json!({"containers": [{"name": "app", "ImagePullPolicy": "Always"}]});
        let held = json!({"containers": [{"name": "app", "imagePullPolicy": "Always"}]});
        assert!(names(cased, held, true).is_empty());
    }
}
