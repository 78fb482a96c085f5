//! The real field names in each place of a pod spec, and the one that was meant.

use std::cell::Cell;

use k8s_openapi::api::core::v1::{
    Affinity, Capabilities, ConfigMapKeySelector, ConfigMapVolumeSource, Container, ContainerPort,
    EmptyDirVolumeSource, EnvFromSource, EnvVar, EnvVarSource, ExecAction, HTTPGetAction,
    HostPathVolumeSource, Lifecycle, LocalObjectReference, PersistentVolumeClaimVolumeSource,
    PodSecurityContext, PodSpec, Probe, ResourceRequirements, SecretKeySelector, SecretVolumeSource,
    SecurityContext, TCPSocketAction, Toleration, TopologySpreadConstraint, Volume, VolumeMount,
};
use serde::de::{Deserialize, Deserializer, Error, Visitor, value};

/// The field that was probably meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nearest {
    pub(super) name: String,
    /// Where it belongs: `spec.containers[]`.
    pub(super) place: String,
    /// It is the same name, in another place.
    pub(super) misplaced: bool,
}

/// How similar a name must be to be offered.
const SIMILAR: f64 = 0.8;

type Names = &'static [&'static str];

/// A place, the key it stands under, and the names it has. The nearest to be looked into first.
fn places() -> Vec<(&'static str, &'static str, Names)> {
    vec![
        ("spec", "", names::<PodSpec>()),
        ("spec.containers[]", "containers", names::<Container>()),
        ("resources of a container", "resources", names::<ResourceRequirements>()),
        ("livenessProbe, readinessProbe or startupProbe of a container", "livenessProbe", names::<Probe>()),
        ("env[] of a container", "env", names::<EnvVar>()),
        ("valueFrom of an env entry", "valueFrom", names::<EnvVarSource>()),
        ("envFrom[] of a container", "envFrom", names::<EnvFromSource>()),
        ("ports[] of a container", "ports", names::<ContainerPort>()),
        ("volumeMounts[] of a container", "volumeMounts", names::<VolumeMount>()),
        ("securityContext of a container", "securityContext", names::<SecurityContext>()),
        ("spec.securityContext", "podSecurityContext", names::<PodSecurityContext>()),
        ("lifecycle of a container", "lifecycle", names::<Lifecycle>()),
        ("httpGet of a probe", "httpGet", names::<HTTPGetAction>()),
        ("exec of a probe", "exec", names::<ExecAction>()),
        ("tcpSocket of a probe", "tcpSocket", names::<TCPSocketAction>()),
        ("spec.volumes[]", "volumes", names::<Volume>()),
        ("configMap of a volume", "configMap", names::<ConfigMapVolumeSource>()),
        ("secret of a volume", "secret", names::<SecretVolumeSource>()),
        ("emptyDir of a volume", "emptyDir", names::<EmptyDirVolumeSource>()),
        ("hostPath of a volume", "hostPath", names::<HostPathVolumeSource>()),
        (
            "persistentVolumeClaim of a volume",
            "persistentVolumeClaim",
            names::<PersistentVolumeClaimVolumeSource>(),
        ),
        ("spec.tolerations[]", "tolerations", names::<Toleration>()),
        ("spec.affinity", "affinity", names::<Affinity>()),
        (
            "spec.topologySpreadConstraints[]",
            "topologySpreadConstraints",
            names::<TopologySpreadConstraint>(),
        ),
        ("spec.imagePullSecrets[]", "imagePullSecrets", names::<LocalObjectReference>()),
        ("configMapKeyRef", "configMapKeyRef", names::<ConfigMapKeySelector>()),
        ("secretKeyRef", "secretKeyRef", names::<SecretKeySelector>()),
        ("securityContext.capabilities of a container", "capabilities", names::<Capabilities>()),
    ]
}

/// The field that `name`, found under `keys`, was meant to be.
pub(super) fn nearest(keys: &[String], name: &str) -> Option<Nearest> {
    let places = places();
    let here = key_of(keys);
    let own = places.iter().find(|(_, key, _)| *key == here);
    // the same name, elsewhere: the neighbours of where it stands come first in the list
    let elsewhere =
        places.iter().find(|(_, key, names)| *key != here && names.contains(&name) && !is_common(name));
    if let Some((place, ..)) = elsewhere {
        return Some(Nearest { name: name.to_string(), place: place.to_string(), misplaced: true });
    }
    let (place, _, names) = own?;
    let mut scored: Vec<(f64, &str)> = names.iter().map(|real| (similarity(name, real), *real)).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let (score, real) = scored.first()?;
    (*score >= SIMILAR).then(|| Nearest {
        name: real.to_string(),
        place: place.to_string(),
        misplaced: false,
    })
}

/// Names that stand nearly everywhere tell nothing about where one was meant to be.
fn is_common(name: &str) -> bool {
    matches!(
        name,
        "name" | "key" | "optional" | "items" | "path" | "add" | "drop" | "prefix" | "operator" | "value"
    )
}

/// Under which key the type of a place is listed.
fn key_of(keys: &[String]) -> &str {
    match keys.last().map(String::as_str) {
        None => "",
        Some("initContainers" | "ephemeralContainers") => "containers",
        Some("readinessProbe" | "startupProbe") => "livenessProbe",
        Some("securityContext") if keys.len() == 1 => "podSecurityContext",
        Some(key) => key,
    }
}

/// What people write who know it from elsewhere: no likeness of letters tells.
const ALIASES: &[(&str, &str)] = &[
    ("cmd", "command"),
    ("entrypoint", "command"),
    ("healthcheck", "livenessProbe"),
    ("mounts", "volumeMounts"),
];

fn similarity(written: &str, real: &str) -> f64 {
    if ALIASES.contains(&(written.to_ascii_lowercase().as_str(), real)) {
        return 1.0;
    }
    let plain = |text: &str| text.replace(['_', '-'], "").to_ascii_lowercase();
    let (written, real) = (plain(written), plain(real));
    let begins =
        real.len() >= 3 && written.starts_with(&real) || written.len() >= 3 && real.starts_with(&written);
    // `enviroment` is meant to be `env`, and is as near to `envFrom`
    let score = strsim::jaro_winkler(&written, &real);
    if begins { score.max(0.9) } else { score }
}

/// The fields a type reads, as its own deserialisation declares them.
fn names<'de, T: Deserialize<'de>>() -> Names {
    let fields: Cell<Names> = Cell::new(&[]);
    // it always ends in an error: nothing is there to be read
    let _asked = T::deserialize(Asked(&fields)).is_ok();
    fields.get()
}

struct Asked<'a>(&'a Cell<Names>);

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(Self::Error::custom("only asked for its fields"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: Names,
        _: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.set(fields);
        Err(Self::Error::custom("only asked for its fields"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(keys: &[&str], name: &str) -> Option<(String, bool)> {
        let keys: Vec<String> = keys.iter().map(|k| k.to_string()).collect();
        nearest(&keys, name).map(|n| (n.name, n.misplaced))
    }

    #[test]
    fn typing_mistakes_and_wrong_places_are_told_apart() {
        assert!(places().iter().all(|(place, _, names)| !names.is_empty() || place.is_empty()));
        for (name, real) in [
            ("commnad", "command"),
            ("enviroment", "env"),
            ("environment", "env"),
            ("arg", "args"),
            ("cmd", "command"),
            ("volumeMount", "volumeMounts"),
            ("image_pull_policy", "imagePullPolicy"),
            ("livenessprob", "livenessProbe"),
        ] {
            assert_eq!(meant(&["containers"], name), Some((real.to_string(), false)), "{name}");
        }
        assert_eq!(meant(&[], "restarPolicy"), Some(("restartPolicy".to_string(), false)));
        assert_eq!(meant(&[], "command"), Some(("command".to_string(), true)));
        assert_eq!(meant(&["containers"], "tolerations"), Some(("tolerations".to_string(), true)));
        assert_eq!(meant(&["containers", "resources"], "limit"), Some(("limits".to_string(), false)));
        assert_eq!(
            meant(&["containers", "ports"], "conatainerPort"),
            Some(("containerPort".to_string(), false))
        );
        assert_eq!(meant(&["containers"], "zzz"), None);
    }
}
