//! Which ConfigMaps and Secrets a pod names, where, and whether it can do without.

use k8s_openapi::api::core::v1::{Container, Volume};

use crate::snapshot::Snapshot;

/// A ConfigMap or Secret named by a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigReference {
    /// `ConfigMap` or `Secret`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The key asked for, when one is.
    pub key: Option<String>,
    /// Whether the pod starts without it.
    pub optional: bool,
    /// Where in the spec it is named.
    pub path: String,
    /// The container that names it; `None` for a volume.
    pub container: Option<String>,
}

/// Every ConfigMap and Secret the pod names in volumes, `env` and `envFrom`.
pub fn config_references(s: &Snapshot) -> Vec<ConfigReference> {
    let Some(spec) = s.spec() else { return Vec::new() };
    let mut references = Vec::new();
    for volume in spec.volumes.iter().flatten() {
        volume_references(volume, &mut references);
    }
    let groups = [
        ("containers", &spec.containers[..]),
        ("initContainers", spec.init_containers.as_deref().unwrap_or_default()),
    ];
    for (list, containers) in groups {
        for container in containers {
            container_references(list, container, &mut references);
        }
    }
    references
}

fn volume_references(volume: &Volume, references: &mut Vec<ConfigReference>) {
    let mut push = |kind, name: Option<&String>, optional: Option<bool>, keys: Vec<String>| {
        let Some(name) = name.filter(|n| !n.is_empty()) else {
            return;
        };
        let base = ConfigReference {
            kind,
            name: name.clone(),
            key: None,
            optional: optional.unwrap_or(false),
            path: format!("spec.volumes[{}]", volume.name),
            container: None,
        };
        references.extend(keys.iter().map(|key| ConfigReference { key: Some(key.clone()), ..base.clone() }));
        if keys.is_empty() {
            references.push(base);
        }
    };
    if let Some(source) = &volume.config_map {
        let keys = source.items.iter().flatten().map(|item| item.key.clone()).collect();
        push("ConfigMap", Some(&source.name), source.optional, keys);
    }
    if let Some(source) = &volume.secret {
        let keys = source.items.iter().flatten().map(|item| item.key.clone()).collect();
        push("Secret", source.secret_name.as_ref(), source.optional, keys);
    }
    for source in volume.projected.iter().flat_map(|p| p.sources.iter().flatten()) {
        if let Some(map) = &source.config_map {
            let keys = map.items.iter().flatten().map(|item| item.key.clone()).collect();
            push("ConfigMap", Some(&map.name), map.optional, keys);
        }
        if let Some(secret) = &source.secret {
            let keys = secret.items.iter().flatten().map(|item| item.key.clone()).collect();
            push("Secret", Some(&secret.name), secret.optional, keys);
        }
    }
}

fn container_references(list: &str, container: &Container, references: &mut Vec<ConfigReference>) {
    let mut push = |kind, name: &str, key: Option<String>, optional: Option<bool>, path: String| {
        if !name.is_empty() {
            references.push(ConfigReference {
                kind,
                name: name.to_string(),
                key,
                optional: optional.unwrap_or(false),
                path: format!("spec.{list}[{}].{path}", container.name),
                container: Some(container.name.clone()),
            });
        }
    };
    for source in container.env_from.iter().flatten() {
        if let Some(map) = &source.config_map_ref {
            push("ConfigMap", &map.name, None, map.optional, "envFrom".to_string());
        }
        if let Some(secret) = &source.secret_ref {
            push("Secret", &secret.name, None, secret.optional, "envFrom".to_string());
        }
    }
    for variable in container.env.iter().flatten() {
        let Some(source) = &variable.value_from else {
            continue;
        };
        let path = format!("env[{}]", variable.name);
        if let Some(key) = &source.config_map_key_ref {
            push("ConfigMap", &key.name, Some(key.key.clone()), key.optional, path.clone());
        }
        if let Some(key) = &source.secret_key_ref {
            push("Secret", &key.name, Some(key.key.clone()), key.optional, path);
        }
    }
}
