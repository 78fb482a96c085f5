//! The cells of volumes, claims and storage classes.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::Scope;
use super::read::{age, deleted, flag, joined, list, name, text, text_or};

pub(super) fn volume(object: &Value, scope: &Scope) -> Value {
    let claim = object.pointer("/spec/claimRef").filter(|claim| claim.is_object());
    let claim_name = |claim| format!("{}/{}", text(claim, "/namespace"), text(claim, "/name"));
    json!([
        name(object),
        // A quantity that is absent prints as zero.
        text_or(object, "/spec/capacity/storage", "0"),
        modes(object, "/spec/accessModes"),
        text(object, "/spec/persistentVolumeReclaimPolicy"),
        phase(object),
        claim.map_or_else(String::new, claim_name),
        class_of(object),
        text_or(object, "/spec/volumeAttributesClassName", "<unset>"),
        text(object, "/status/reason"),
        age(object, scope),
        text_or(object, "/spec/volumeMode", "<unset>"),
    ])
}

pub(super) fn claim(object: &Value, scope: &Scope) -> Value {
    let (capacity, modes) = match text(object, "/spec/volumeName") {
        "" => ("", String::new()),
        _ => (text_or(object, "/status/capacity/storage", "0"), modes(object, "/status/accessModes")),
    };
    json!([
        name(object),
        phase(object),
        text(object, "/spec/volumeName"),
        capacity,
        modes,
        class_of(object),
        text_or(object, "/spec/volumeAttributesClassName", "<unset>"),
        age(object, scope),
        text_or(object, "/spec/volumeMode", "<unset>"),
    ])
}

pub(super) fn class(object: &Value, scope: &Scope) -> Value {
    let marked = default_class(scope.items) == Some(name(object));
    json!([
        format!("{}{}", name(object), if marked { " (default)" } else { "" }),
        text(object, "/provisioner"),
        text_or(object, "/reclaimPolicy", "Delete"),
        text_or(object, "/volumeBindingMode", "Immediate"),
        flag(object, "/allowVolumeExpansion"),
        age(object, scope),
    ])
}

/// Of several defaults the newest counts, then the first by name (`getEffectiveDefaultStorageClass`).
fn default_class(classes: &[Value]) -> Option<&str> {
    let mark = "/metadata/annotations/storageclass.kubernetes.io~1is-default-class";
    let marked = classes.iter().filter(|class| text(class, mark) == "true");
    let created = |class| text(class, "/metadata/creationTimestamp");
    marked.max_by_key(|class| (created(class), Reverse(name(class)))).map(name)
}

fn phase(object: &Value) -> &str {
    if deleted(object) { "Terminating" } else { text(object, "/status/phase") }
}

/// The old annotation goes before the field, even where it is empty
/// ([helpers.go](https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/helper/helpers.go)).
fn class_of(object: &Value) -> &str {
    let old = object.pointer("/metadata/annotations/volume.beta.kubernetes.io~1storage-class");
    old.and_then(Value::as_str).unwrap_or_else(|| text(object, "/spec/storageClassName"))
}

fn modes(object: &Value, pointer: &str) -> String {
    let given = list(object, pointer);
    let known = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];
    let shown = known.iter().zip(["RWO", "ROX", "RWX", "RWOP"]);
    joined(shown.filter(|(mode, _)| given.iter().any(|one| one == *mode)).map(|(_, short)| short), "")
}

#[cfg(test)]
mod tests {
    use super::super::tests::cells;
    use super::*;

    #[test]
    fn volumes_and_claims_read_as_on_the_real_server() {
        let volume = json!({
            "metadata": { "name": "pv2", "creationTimestamp": "2026-11-24T18:40:36Z" },
            "spec": {
                "capacity": { "storage": "2Gi" },
                "accessModes": ["ReadWriteMany", "ReadOnlyMany", "ReadWriteOnce"],
                "persistentVolumeReclaimPolicy": "Delete",
                "claimRef": { "namespace": "d", "name": "c" },
                "storageClassName": "fast",
                "volumeMode": "Filesystem",
            },
            "status": { "phase": "Bound", "reason": "because" },
        });
        let expected = json!([
            "pv2",
            "2Gi",
            "RWO,ROX,RWX",
            "Delete",
            "Bound",
            "d/c",
            "fast",
            "<unset>",
            "because",
            "14m",
            "Filesystem",
        ]);
        assert_eq!(cells(("", "persistentvolumes"), volume), expected);
        let claim = json!({
            "metadata": {
                "name": "pvc3",
                "creationTimestamp": "2026-11-24T18:40:36Z",
                "annotations": { "volume.beta.kubernetes.io/storage-class": "beta" },
            },
            "spec": { "volumeName": "v", "volumeMode": "Block" },
            "status": { "phase": "Pending" },
        });
        let expected = json!(["pvc3", "Pending", "v", "0", "", "beta", "<unset>", "14m", "Block"]);
        assert_eq!(cells(("", "persistentvolumeclaims"), claim), expected);
    }

    #[test]
    fn of_two_equally_old_defaults_the_first_by_name_counts() {
        let class = |name: &str, second: u8| {
            let annotations = json!({ "storageclass.kubernetes.io/is-default-class": "true" });
            let created = format!("2026-11-24T18:40:3{second}Z");
            json!({ "metadata": { "name": name, "creationTimestamp": created, "annotations": annotations } })
        };
        assert_eq!(default_class(&[class("sc-z", 6), class("sc-b", 7), class("sc-a", 7)]), Some("sc-a"));
        assert_eq!(default_class(&[json!({ "metadata": { "name": "plain" } })]), None);
    }
}
