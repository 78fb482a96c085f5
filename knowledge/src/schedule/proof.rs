//! What several causes of this stage need: how sure a class of refusal is once its own objects were looked at, and how
//! the owner's template is changed.

use serde_json::{Value, json};

use super::message::Class;
use super::table::{Choice, Table};
use crate::finding::{Blame, Confidence};

/// How sure a class is, beyond what the table alone can tell. `confirmed`: the objects it is about show it on every
/// node the choice names.
pub fn confidence(table: &Table, choice: &Choice, confirmed: bool) -> Confidence {
    let one = |class: &Class| *class == choice.class || (is_interpod(class) && is_interpod(&choice.class));
    let spoken: usize = table.said.counts.iter().filter(|(class, _)| one(class)).map(|(_, n)| n).sum();
    let alone = table.said.counts.iter().all(|(class, _)| one(class) || class.is_background());
    let said = table.complete && spoken > 0;
    let earned = match (said, confirmed, alone) {
        (true, true, true) => Confidence::Certain,
        (true, true, false) | (true, false, true) => Confidence::Likely,
        _ => Confidence::Possible,
    };
    earned.max(choice.confidence)
}

/// Schedulers up to 1.20 count one refusal under both.
pub fn is_interpod(class: &Class) -> bool {
    matches!(class, Class::PodAffinity | Class::PodAntiAffinity)
}

/// The owner as `kubectl` names it and where its pod spec stands, if a change to its template makes new pods.
pub fn template_of(owner: &Blame) -> Option<(String, &'static str)> {
    let path = match owner.kind.as_str() {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => "/spec/template/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        _ => return None,
    };
    Some((format!("{}/{}", owner.kind.to_lowercase(), owner.name), path))
}

/// A JSON patch of one field of the owner's pod spec, with the owner as `kubectl` names it. `path` is below the pod
/// spec: `/affinity/…`. `add` replaces a field that is there.
pub fn patch(owner: &Blame, path: &str, value: impl Into<Value>) -> Option<(String, String)> {
    let (name, spec) = template_of(owner)?;
    let operation = json!([{"op": "add", "path": format!("{spec}{path}"), "value": value.into()}]);
    Some((name, operation.to_string()))
}

/// A key as a segment of a JSON pointer.
pub fn segment(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
